//! The files of a git repository's history: every version that a reference reaches, each once.
//!
//! From all references the newest commit first; a tree and a version that were seen are not looked at again, so that a version is told
//! with the newest commit that has it. Nothing is written and git is not run. Deliberately absent: what is looked for in the files,
//! submodules (repositories of their own), and repositories of SHA-256.

mod place;
mod walk;

use std::fmt;
use std::path::PathBuf;

pub use place::Repository;

/// How much is read.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Commits.
    pub commits: usize,
    /// Objects of any kind.
    pub objects: usize,
    /// Bytes of one file; a larger one is left out.
    pub file: u64,
    /// Bytes of all files together.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { commits: 500_000, objects: 5_000_000, file: 1 << 20, bytes: 8 << 30 }
    }
}

/// One version of a file.
#[derive(Debug)]
pub struct Version<'a> {
    /// The newest commit that has it, in hexadecimal.
    pub commit: &'a str,
    /// Its path in that commit.
    pub path: &'a str,
    /// Whether the commit that is checked out has it, at whatever path.
    pub current: bool,
    /// The content.
    pub content: &'a [u8],
}

/// Whoever looks at the versions.
pub trait Look {
    /// Whether a file of this path is worth reading.
    fn wants(&self, path: &str) -> bool;
    /// Looks at a version.
    fn look(&mut self, version: &Version<'_>);
}

/// What was read, and what was not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Commits that were read.
    pub commits: usize,
    /// Versions that were looked at.
    pub versions: usize,
    /// Versions that are larger than the limit.
    pub large: usize,
    /// The clone has only a part of the history.
    pub shallow: bool,
    /// What could not be read, in the order it was met; not more than a few.
    pub faults: Vec<String>,
    /// More faults than are listed.
    pub more_faults: usize,
    /// The limit at which reading ended.
    pub stopped: Option<&'static str>,
}

/// Why nothing could be read.
#[derive(Debug)]
pub enum Error {
    /// No repository lies at or above the directory.
    None(PathBuf),
    /// The repository is of a kind that is not read.
    Unsupported(&'static str),
    /// A file of the repository cannot be read.
    Io(PathBuf, std::io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None(directory) => write!(f, "{}: there is no git repository", directory.display()),
            Self::Unsupported(what) => write!(f, "the repository has {what}, which is not read"),
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for Error {}

impl Repository {
    /// Shows every version of every file that is wanted, the newest commits first.
    ///
    /// # Errors
    /// When the store of objects cannot be opened. What is damaged within it is told in the summary.
    pub fn look(&self, limits: &Limits, look: &mut dyn Look) -> Result<Summary, Error> {
        walk::walk(self, limits, look)
    }
}
