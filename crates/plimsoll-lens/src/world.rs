//! The one door outward: how lenses reach files and variables.

use std::collections::BTreeMap;
use std::io;

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link that leads nowhere or out of bounds, a device, a socket.
    Other,
}

/// A file that can be read from any place.
pub trait Handle: io::Read + io::Seek + Send {}

impl<T: io::Read + io::Seek + Send> Handle for T {}

/// Files below the scanned root and the variables that may be used. Paths are relative to the root, use `/`, and may
/// start with `../` where a project refers to its neighbours; `.` is the root. Implementations bound sizes and refuse
/// what is no regular file.
pub trait World: Sync {
    /// The bytes of a file.
    ///
    /// # Errors
    /// As the file system says; `InvalidData` when the file is larger than the implementation's bound.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;

    /// Opens a file of any size, for archives that are read as a stream. A world without files of its own gives what it would
    /// read.
    ///
    /// # Errors
    /// As for [`World::read`], but for the bound.
    fn open(&self, path: &str) -> io::Result<Box<dyn Handle>> {
        Ok(Box::new(io::Cursor::new(self.read(path)?)))
    }

    /// The bytes of a file of a kind that may be larger than others, up to `most`. Implementations without a bound of their
    /// own just read it.
    ///
    /// # Errors
    /// As for `read`.
    fn read_up_to(&self, path: &str, most: u64) -> io::Result<Vec<u8>> {
        let _ = most;
        self.read(path)
    }

    /// What is there; `None` for nothing.
    fn kind(&self, path: &str) -> Option<EntryKind>;

    /// Names and kinds in a directory, sorted by name.
    ///
    /// # Errors
    /// As the file system says.
    fn list(&self, path: &str) -> io::Result<Vec<(String, EntryKind)>>;

    /// When a file was written, in seconds since 1970; nothing where there is no such thing. Only what is compared with the
    /// running containers may depend on it.
    fn modified(&self, path: &str) -> Option<i64> {
        let _ = path;
        None
    }

    /// A variable of the caller's environment, when the user allowed its use. Output must not depend on more than that.
    fn variable(&self, name: &str) -> Option<String>;

    /// The base name of the root directory, for a compose project's default name; empty when there is none.
    fn root_name(&self) -> String {
        String::new()
    }

    /// The absolute path of the root with `/`, to resolve relative bind sources; `/project` for a world without a disk.
    fn root_path(&self) -> String {
        "/project".to_owned()
    }
}

/// A world in memory, for standard input and for tests.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Contents by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Variables.
    pub variables: BTreeMap<String, String>,
}

impl Memory {
    /// A world of these files.
    #[must_use]
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self {
            files: files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect(),
            variables: BTreeMap::new(),
        }
    }
}

impl World for Memory {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.files.get(&clean(path)).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        let path = clean(path);
        if self.files.contains_key(&path) {
            return Some(EntryKind::File);
        }
        let inside = format!("{path}/");
        (path == "." || self.files.keys().any(|file| file.starts_with(&inside)))
            .then_some(EntryKind::Directory)
    }

    fn list(&self, path: &str) -> io::Result<Vec<(String, EntryKind)>> {
        let path = clean(path);
        let inside = if path == "." { String::new() } else { format!("{path}/") };
        let mut entries = BTreeMap::new();
        for file in self.files.keys().filter_map(|file| file.strip_prefix(&inside)) {
            match file.split_once('/') {
                Some((directory, _)) => entries.insert(directory.to_owned(), EntryKind::Directory),
                None => entries.insert(file.to_owned(), EntryKind::File),
            };
        }
        Ok(entries.into_iter().collect())
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }
}

/// Joins `.` and `..` away.
pub(crate) fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}
