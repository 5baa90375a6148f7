//! New texts onto the disk: each file whole or not at all, with the permissions that it had, and nothing outside of
//! what was named.
//!
//! Deliberately absent: what the texts are.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Why a file was not written.
#[derive(Debug)]
pub struct StoreError {
    /// Which.
    pub path: String,
    /// Why.
    pub error: io::Error,
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path, self.error)
    }
}

impl std::error::Error for StoreError {}

/// The directories in which files may be written.
#[derive(Debug, Clone)]
pub struct Tree {
    root: PathBuf,
    within: Vec<PathBuf>,
}

/// Where a text goes.
struct Target {
    place: PathBuf,
    permissions: Option<std::fs::Metadata>,
}

impl Tree {
    /// The directories of what was named, each a directory or a file in one; names of files are relative to `root`.
    #[must_use]
    pub fn new(root: &Path, named: &[PathBuf]) -> Self {
        let directory = |path: &PathBuf| {
            let real = path.canonicalize().ok()?;
            if real.is_dir() { Some(real) } else { real.parent().map(Path::to_owned) }
        };
        Self { root: root.to_owned(), within: named.iter().filter_map(directory).collect() }
    }

    /// Why a file may not be written; nothing when it may.
    #[must_use]
    pub fn obstacle(&self, name: &str) -> Option<String> {
        self.target(name).err().map(|error| format!("{name}: {error}"))
    }

    fn target(&self, name: &str) -> io::Result<Target> {
        let asked = self.root.join(name);
        let Ok(meta) = std::fs::symlink_metadata(&asked) else {
            let file = asked.file_name().ok_or(io::ErrorKind::InvalidInput)?;
            let folder = asked.parent().unwrap_or(&self.root);
            let nearest = folder.ancestors().find(|folder| folder.exists()).unwrap_or(&self.root);
            let beyond = folder.strip_prefix(nearest).unwrap_or(Path::new(""));
            let place = nearest.canonicalize()?.join(beyond).join(file);
            return self.held(place).map(|place| Target { place, permissions: None });
        };
        let place = match meta.is_symlink() {
            true => asked.canonicalize().map_err(|_| io::Error::other("is a link that leads nowhere"))?,
            false => asked.canonicalize()?,
        };
        let place = self.held(place)?;
        let meta = std::fs::metadata(&place)?;
        if !meta.is_file() {
            return Err(io::Error::other("is no file"));
        }
        if meta.permissions().readonly() {
            return Err(io::Error::other("is read-only"));
        }
        Ok(Target { place, permissions: Some(meta) })
    }

    fn held(&self, place: PathBuf) -> io::Result<PathBuf> {
        match self.within.iter().any(|within| place.starts_with(within)) {
            true => Ok(place),
            false => Err(io::Error::other("lies outside of what was named")),
        }
    }

    /// Writes texts: names, what must still be there (`None` for nothing), and what is written. Nothing is written when
    /// one of them cannot be.
    ///
    /// # Errors
    /// [`StoreError`]; its file and those behind it are as they were then.
    pub fn store<'f>(
        &self,
        files: impl Iterator<Item = (&'f str, Option<&'f str>, &'f str)>,
    ) -> Result<(), StoreError> {
        let mut all: Vec<(&str, Target, &str)> = Vec::new();
        for (name, old, new) in files {
            let failed = |error| StoreError { path: name.to_owned(), error };
            let target = self.target(name).map_err(failed)?;
            let now = std::fs::read(&target.place).ok();
            if now.as_deref() != old.map(str::as_bytes) {
                return Err(failed(io::Error::other("changed since it was read; run again")));
            }
            if all.iter().any(|(_, known, _)| known.place == target.place) {
                return Err(failed(io::Error::other("goes by two names, and both would be written")));
            }
            all.push((name, target, new));
        }
        for (name, target, new) in all {
            write(&target, new).map_err(|error| StoreError { path: name.to_owned(), error })?;
        }
        Ok(())
    }
}

fn write(target: &Target, text: &str) -> io::Result<()> {
    let folder = target.place.parent().ok_or(io::ErrorKind::InvalidInput)?;
    std::fs::create_dir_all(folder)?;
    let name = target.place.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let draft = folder.join(format!(".{name}.plimsoll-{}", std::process::id()));
    let result =
        fill(&draft, text, target.permissions.as_ref()).and_then(|()| std::fs::rename(&draft, &target.place));
    if result.is_err() {
        // The draft is ours; that it may be gone already is no news.
        let _ = std::fs::remove_file(&draft);
    }
    result
}

fn fill(draft: &Path, text: &str, like: Option<&std::fs::Metadata>) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(draft)?;
    file.write_all(text.as_bytes())?;
    if let Some(like) = like {
        keep_owner(&file, like);
        file.set_permissions(like.permissions())?;
    }
    file.sync_all()
}

/// Whoever runs as root gives the file back to its owner. Others may not, and need not.
#[cfg(unix)]
fn keep_owner(file: &std::fs::File, like: &std::fs::Metadata) {
    use std::os::unix::fs::MetadataExt as _;
    let _ = std::os::unix::fs::fchown(file, Some(like.uid()), Some(like.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &std::fs::File, _: &std::fs::Metadata) {}
