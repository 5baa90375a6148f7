//! Which project a document belongs to.
//!
//! The nearest directory upward that holds a `plimsoll.toml`, a `.git` or a compose file, no higher than the workspace
//! folder or, outside of one, the repository. Deliberately absent: what the project is made of.

use std::path::{Path, PathBuf};

use crate::{config, disk};

/// Names by which Compose finds a project, and what else marks one.
const MARKS: &[&str] =
    &[config::NAME, ".git", "compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/// The home of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Home {
    /// The directory that names are relative to.
    pub(super) directory: PathBuf,
    /// What may be read: as for a scan of the directory, the repository around it.
    pub(super) bounds: Vec<PathBuf>,
    /// The highest directory in which a configuration is looked for.
    pub(super) limit: PathBuf,
    /// Whether everything below belongs to it. A file outside of any workspace and repository may lie in a directory
    /// of all sorts, of which only the files beside it are looked at.
    pub(super) whole: bool,
}

/// The home of a document among the workspace folders.
pub(super) fn of(document: &Path, folders: &[PathBuf]) -> Home {
    let own = document.parent().unwrap_or(document);
    let folder =
        folders.iter().filter(|folder| own.starts_with(folder)).max_by_key(|folder| folder.as_os_str().len());
    let repository = disk::repository(own);
    let limit = folder.map(PathBuf::as_path).or(repository).unwrap_or(own);
    let marked = own
        .ancestors()
        .take_while(|directory| directory.starts_with(limit))
        .find(|directory| MARKS.iter().any(|mark| directory.join(mark).exists()));
    let directory = marked.unwrap_or(limit).to_owned();
    let mut bounds = vec![directory.clone(), limit.to_owned()];
    bounds.extend(repository.map(Path::to_owned));
    Home { directory, bounds, limit: limit.to_owned(), whole: folder.is_some() || repository.is_some() }
}
