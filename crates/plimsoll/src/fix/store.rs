//! New texts onto the disk: each file whole or not at all, with the permissions that it had.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Why a file was not written.
#[derive(Debug)]
pub struct StoreError {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub error: io::Error,
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.error)
    }
}

impl std::error::Error for StoreError {}

/// Writes a text to a file below `root`. What is there must still be `old`; a link is followed only within `root`.
///
/// # Errors
/// [`StoreError`]; the file is as it was then.
pub fn store(root: &Path, name: &str, old: Option<&str>, new: &str) -> Result<(), StoreError> {
    let asked = root.join(name);
    write(root, &asked, old, new).map_err(|error| StoreError { path: asked, error })
}

fn write(root: &Path, asked: &Path, old: Option<&str>, new: &str) -> io::Result<()> {
    let root = root.canonicalize()?;
    let (place, permissions) = match old {
        Some(old) => {
            let place = asked.canonicalize()?;
            if std::fs::read(&place)? != old.as_bytes() {
                return Err(io::Error::other("it changed since it was read; run again"));
            }
            let permissions = std::fs::metadata(&place)?.permissions();
            (place, Some(permissions))
        }
        None => {
            let folder = asked.parent().unwrap_or(&root).canonicalize()?;
            let name = asked.file_name().ok_or(io::ErrorKind::InvalidInput)?;
            if std::fs::symlink_metadata(asked).is_ok() {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            (folder.join(name), None)
        }
    };
    if !place.starts_with(&root) {
        return Err(io::Error::other("it lies outside the project"));
    }
    let folder = place.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let name = place.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let draft = folder.join(format!(".{name}.plimsoll-{}", std::process::id()));
    let result = fill(&draft, new, permissions).and_then(|()| std::fs::rename(&draft, &place));
    if result.is_err() {
        // The draft is ours; that it may be gone already is no news.
        let _ = std::fs::remove_file(&draft);
    }
    result
}

fn fill(draft: &Path, text: &str, permissions: Option<std::fs::Permissions>) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(draft)?;
    file.write_all(text.as_bytes())?;
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    file.sync_all()
}
