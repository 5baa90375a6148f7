//! A host's files below a root: links are followed as the host itself would follow them, and never lead out.

use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

/// As many links are followed for one path as Linux follows.
const MAX_LINKS: usize = 40;
/// No file that is read is larger; of a larger one the beginning is read.
const MAX_BYTES: u64 = 1024 * 1024;
/// No directory that is listed holds more.
const MAX_ENTRIES: usize = 65_536;

#[derive(Debug)]
pub(super) struct Tree {
    root: PathBuf,
}

/// What a path leads to.
pub(super) enum Found {
    Here(Metadata),
    /// It may not be looked at.
    Hidden,
    Nothing,
}

impl Tree {
    pub(super) fn open(root: &Path) -> Option<Self> {
        let root = fs::canonicalize(root).ok()?;
        fs::metadata(&root).ok()?.is_dir().then_some(Self { root })
    }

    /// Where a path of the host is: every link on the way followed inside the root.
    fn place(&self, path: &str) -> std::io::Result<PathBuf> {
        let mut pending: Vec<String> = parts(path);
        let mut place = self.root.clone();
        let mut links = 0;
        while let Some(part) = pending.pop() {
            if part == ".." {
                if place != self.root {
                    place.pop();
                }
                continue;
            }
            let next = place.join(&part);
            let metadata = fs::symlink_metadata(&next)?;
            if !metadata.file_type().is_symlink() {
                place = next;
                continue;
            }
            links += 1;
            if links > MAX_LINKS {
                return Err(std::io::Error::other("too many links"));
            }
            let target = fs::read_link(&next)?;
            let Some(target) = target.to_str() else {
                return Err(std::io::Error::other("a link that is no text"));
            };
            if target.starts_with('/') {
                place.clone_from(&self.root);
            }
            pending.extend(parts(target));
        }
        Ok(place)
    }

    pub(super) fn find(&self, path: &str) -> Found {
        match self.place(path).and_then(fs::symlink_metadata) {
            Ok(metadata) => Found::Here(metadata),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Found::Hidden,
            Err(_) => Found::Nothing,
        }
    }

    /// The beginning of a regular file; nothing where there is none.
    ///
    /// # Errors
    /// Why a file that is there cannot be read.
    pub(super) fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        let read = || -> std::io::Result<Option<Vec<u8>>> {
            let place = self.place(path)?;
            // Opening a pipe would wait for its other end.
            if !fs::symlink_metadata(&place)?.is_file() {
                return Ok(None);
            }
            let mut bytes = Vec::new();
            File::open(place)?.take(MAX_BYTES).read_to_end(&mut bytes)?;
            Ok(Some(bytes))
        };
        match read() {
            Ok(bytes) => Ok(bytes),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The text of a file that can be read.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        let bytes = self.read(path).ok()??;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The first line of a file, without blanks around it.
    pub(super) fn line(&self, path: &str) -> Option<String> {
        let text = self.text(path)?;
        text.lines().next().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty())
    }

    /// The names in a directory, sorted.
    pub(super) fn names(&self, path: &str) -> Vec<String> {
        let Ok(entries) = self.place(path).and_then(fs::read_dir) else { return Vec::new() };
        let names = entries.take(MAX_ENTRIES).filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        names
    }

    /// Where the last link of a path points, unfollowed: what the kernel says of an open file.
    pub(super) fn link(&self, path: &str) -> Option<String> {
        let (above, name) = path.rsplit_once('/')?;
        let target = fs::read_link(self.place(above).ok()?.join(name)).ok()?;
        target.into_os_string().into_string().ok()
    }
}

/// The parts of a path, the last first.
fn parts(path: &str) -> Vec<String> {
    path.split('/').rev().filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
}
