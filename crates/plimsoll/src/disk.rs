//! The real world: files below bounded directories, and the few variables that may be looked at.
//!
//! A scanned project is not trusted: a path or a symbolic link in it must not make plimsoll read what lies outside.
//! Deliberately absent: writing, the network, the engine.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use plimsoll_lens::{EntryKind, Handle, World};

/// The largest file that is read, in bytes.
pub const MAX_FILE: u64 = 4 * 1024 * 1024;

/// The most entries of one directory that are listed.
const MAX_ENTRIES: usize = 100_000;

/// Variables that Compose itself reads to find its files; no others are looked at unless the user allows it.
const COMPOSE_VARIABLES: &[&str] =
    &["COMPOSE_FILE", "COMPOSE_PATH_SEPARATOR", "COMPOSE_PROFILES", "COMPOSE_ENV_FILES"];

/// Which variables of the caller's environment may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variables {
    /// None.
    Hidden,
    /// Those by which Compose finds its files.
    Compose,
    /// All: `--shell-env`.
    All,
}

/// Files of the disk, named relative to a root.
#[derive(Debug, Clone)]
pub struct Disk {
    root: PathBuf,
    bounds: Vec<PathBuf>,
    variables: Variables,
    /// Where directories really are: finding a project asks for a dozen names in each, and every answer would walk the
    /// whole path again.
    directories: Arc<RwLock<HashMap<PathBuf, PathBuf>>>,
}

impl Disk {
    /// A world whose names are relative to `root` and that reads only what lies in one of `bounds`.
    ///
    /// # Errors
    /// When the root is not there.
    pub fn new(root: &Path, bounds: &[PathBuf], variables: Variables) -> io::Result<Self> {
        let root = root.canonicalize()?;
        let mut bounds: Vec<PathBuf> = bounds.iter().filter_map(|bound| bound.canonicalize().ok()).collect();
        bounds.sort();
        bounds.dedup();
        Ok(Self { root, bounds, variables, directories: Arc::default() })
    }

    /// The same files seen with other variables.
    #[must_use]
    pub fn with_variables(&self, variables: Variables) -> Self {
        Self { variables, ..self.clone() }
    }

    /// The absolute root.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a file really is.
    ///
    /// # Errors
    /// When it is not there or lies outside of the bounds.
    pub fn located(&self, path: &str) -> io::Result<PathBuf> {
        self.resolve(path)
    }

    fn resolve(&self, path: &str) -> io::Result<PathBuf> {
        let real = self.real(&self.root.join(path))?;
        if self.bounds.iter().any(|bound| real.starts_with(bound)) {
            Ok(real)
        } else {
            Err(io::Error::new(io::ErrorKind::PermissionDenied, "lies outside of the project"))
        }
    }

    /// The path without symbolic links; an error when nothing is there.
    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return path.canonicalize();
        };
        let candidate = self.real_directory(parent)?.join(name);
        if fs::symlink_metadata(&candidate)?.is_symlink() { candidate.canonicalize() } else { Ok(candidate) }
    }

    fn real_directory(&self, directory: &Path) -> io::Result<PathBuf> {
        // A thread that panicked while it held the lock left a whole entry or none: the map is still good.
        let known = self.directories.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(real) = known.get(directory) {
            return Ok(real.clone());
        }
        drop(known);
        let real = directory.canonicalize()?;
        let mut known = self.directories.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        known.insert(directory.to_owned(), real.clone());
        Ok(real)
    }
}

impl World for Disk {
    fn open(&self, path: &str) -> io::Result<Box<dyn Handle>> {
        let real = self.resolve(path)?;
        // Opening a named pipe would wait for its writer.
        if !fs::metadata(&real)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "is not a regular file"));
        }
        Ok(Box::new(fs::File::open(&real)?))
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.read_up_to(path, MAX_FILE)
    }

    fn read_up_to(&self, path: &str, most: u64) -> io::Result<Vec<u8>> {
        let real = self.resolve(path)?;
        let meta = fs::metadata(&real)?;
        // Opening a named pipe would wait for its writer.
        if !meta.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "is not a regular file"));
        }
        let too_large =
            || io::Error::new(io::ErrorKind::InvalidData, format!("is larger than {} MiB", most >> 20));
        if meta.len() > most {
            return Err(too_large());
        }
        let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or_default());
        fs::File::open(&real)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most {
            return Err(too_large());
        }
        Ok(bytes)
    }

    fn modified(&self, path: &str) -> Option<i64> {
        let time = fs::metadata(self.resolve(path).ok()?).ok()?.modified().ok()?;
        let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_secs()).ok()
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        let plain = self.root.join(path);
        let Ok(real) = self.resolve(path) else {
            return fs::symlink_metadata(plain).is_ok().then_some(EntryKind::Other);
        };
        Some(kind_of(&fs::metadata(real).ok()?))
    }

    fn list(&self, path: &str) -> io::Result<Vec<(String, EntryKind)>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(self.resolve(path)?)?.take(MAX_ENTRIES) {
            let entry = entry?;
            // Names that are not UTF-8 cannot be written in a compose file or Dockerfile either.
            let Ok(name) = entry.file_name().into_string() else { continue };
            let kind = match entry.file_type() {
                Ok(kind) if kind.is_symlink() => {
                    self.kind(&format!("{path}/{name}")).unwrap_or(EntryKind::Other)
                }
                Ok(kind) if kind.is_dir() => EntryKind::Directory,
                Ok(kind) if kind.is_file() => EntryKind::File,
                _ => EntryKind::Other,
            };
            entries.push((name, kind));
        }
        entries.sort();
        Ok(entries)
    }

    fn variable(&self, name: &str) -> Option<String> {
        let allowed = match self.variables {
            Variables::Hidden => false,
            Variables::Compose => COMPOSE_VARIABLES.contains(&name),
            Variables::All => true,
        };
        allowed.then(|| std::env::var(name).ok()).flatten()
    }

    fn root_name(&self) -> String {
        self.root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    fn root_path(&self) -> String {
        self.root.to_string_lossy().replace('\\', "/")
    }
}

/// Reads a file that the user names for plimsoll itself, which may be a pipe or lie anywhere, up to `most` bytes.
///
/// # Errors
/// When it cannot be read or is larger.
pub fn read_named(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("is larger than {} MiB", most >> 20)));
    }
    Ok(bytes)
}

fn kind_of(meta: &fs::Metadata) -> EntryKind {
    if meta.is_file() {
        EntryKind::File
    } else if meta.is_dir() {
        EntryKind::Directory
    } else {
        EntryKind::Other
    }
}

/// The nearest directory upward that holds `.git`.
#[must_use]
pub fn repository(start: &Path) -> Option<&Path> {
    start.ancestors().find(|directory| directory.join(".git").exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory that is removed again.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("plimsoll-disk-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(path.join("project")).unwrap();
            Self(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn world(scratch: &Scratch) -> Disk {
        let project = scratch.0.join("project");
        Disk::new(&project, std::slice::from_ref(&project), Variables::Compose).unwrap()
    }

    #[test]
    fn nothing_outside_of_the_bounds_is_read() {
        let scratch = Scratch::new("bounds");
        fs::write(scratch.0.join("secret"), "x").unwrap();
        fs::write(scratch.0.join("project/inside"), "y").unwrap();
        let world = world(&scratch);
        assert_eq!(world.read("inside").unwrap(), b"y");
        assert_eq!(world.read("./a/../inside").unwrap_err().kind(), io::ErrorKind::NotFound);
        let absolute = scratch.0.join("secret").to_string_lossy().into_owned();
        for path in ["../secret", &absolute] {
            assert_eq!(world.read(path).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
            assert_eq!(world.kind(path), Some(EntryKind::Other));
        }
        assert_eq!(world.kind("nothing"), None);
        assert_eq!(world.kind("."), Some(EntryKind::Directory));
        assert!(world.list("..").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_no_further_than_the_bounds() {
        let scratch = Scratch::new("links");
        fs::write(scratch.0.join("secret"), "x").unwrap();
        fs::write(scratch.0.join("project/inside"), "y").unwrap();
        let project = scratch.0.join("project");
        std::os::unix::fs::symlink("../secret", project.join("out")).unwrap();
        std::os::unix::fs::symlink("inside", project.join("in")).unwrap();
        std::os::unix::fs::symlink("loop", project.join("loop")).unwrap();
        let world = world(&scratch);
        assert!(world.read("out").is_err() && world.read("loop").is_err());
        assert_eq!(world.read("in").unwrap(), b"y");
        let kinds = world.list(".").unwrap();
        let expected = [
            ("in", EntryKind::File),
            ("inside", EntryKind::File),
            ("loop", EntryKind::Other),
            ("out", EntryKind::Other),
        ];
        assert_eq!(kinds, expected.map(|(name, kind)| (name.to_owned(), kind)));
    }

    #[test]
    fn a_named_file_is_read_up_to_its_bound() {
        let scratch = Scratch::new("named");
        let path = scratch.0.join("named");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read_named(&path, 5).unwrap(), b"12345");
        assert_eq!(read_named(&path, 4).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_file_past_the_bound_is_refused() {
        let scratch = Scratch::new("size");
        let file = fs::File::create(scratch.0.join("project/large")).unwrap();
        file.set_len(MAX_FILE + 1).unwrap();
        assert_eq!(world(&scratch).read("large").unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
