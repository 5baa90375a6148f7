//! Files of the project that were searched for secrets, and former versions of them.
//!
//! Deliberately absent: the values, and files in which nothing was seen.

use std::sync::Arc;

use crate::{SecretSighting, Subject, Tracking};

/// A search through the project's files.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// How many files were read.
    pub files: usize,
    /// How many former versions of files were read.
    pub versions: usize,
    /// Those in which a secret was seen, by path.
    pub found: Vec<SearchedFile>,
}

/// A file, or a former version of one, with what was seen in it.
#[derive(Debug, Clone)]
pub struct SearchedFile {
    /// Its path.
    pub subject: Subject,
    /// What git does with it; `None` where it is not known.
    pub tracking: Option<Tracking>,
    /// The version, when it is one of the history.
    pub past: Option<Past>,
    /// What was seen; never empty.
    pub sightings: Vec<SecretSighting>,
}

/// Where in the history a version stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The newest commit that has it: the beginning of its id.
    pub commit: Arc<str>,
    /// Nothing that is checked out holds the secret any more.
    pub gone: bool,
}
