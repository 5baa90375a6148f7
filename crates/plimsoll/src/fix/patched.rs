//! Worlds in which some files hold other texts than the one below says, or one is not there.

use std::collections::BTreeMap;
use std::io;

use plimsoll_lens::{EntryKind, World};

use crate::paths;

/// The world below with new texts laid over it, by path as [`paths::join`] writes it.
pub(super) struct Patched<'w> {
    below: &'w dyn World,
    texts: &'w BTreeMap<String, String>,
}

/// The world below without one file.
pub(super) struct Without<'w> {
    pub(super) below: &'w dyn World,
    pub(super) path: &'w str,
}

impl Without<'_> {
    fn is(&self, path: &str) -> bool {
        paths::join(".", path) == self.path
    }
}

impl World for Without<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        if self.is(path) { Err(io::ErrorKind::NotFound.into()) } else { self.below.read(path) }
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        if self.is(path) { None } else { self.below.kind(path) }
    }

    fn list(&self, path: &str) -> io::Result<Vec<(String, EntryKind)>> {
        let mut entries = self.below.list(path)?;
        entries.retain(|(name, _)| !self.is(&paths::join(path, name)));
        Ok(entries)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.below.variable(name)
    }

    fn root_name(&self) -> String {
        self.below.root_name()
    }

    fn root_path(&self) -> String {
        self.below.root_path()
    }
}

impl<'w> Patched<'w> {
    pub(super) fn new(below: &'w dyn World, texts: &'w BTreeMap<String, String>) -> Self {
        Self { below, texts }
    }

    fn text(&self, path: &str) -> Option<&String> {
        self.texts.get(&paths::join(".", path))
    }
}

impl World for Patched<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        match self.text(path) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => self.below.read(path),
        }
    }

    fn read_up_to(&self, path: &str, most: u64) -> io::Result<Vec<u8>> {
        match self.text(path) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => self.below.read_up_to(path, most),
        }
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        self.text(path).map(|_| EntryKind::File).or_else(|| self.below.kind(path))
    }

    fn list(&self, path: &str) -> io::Result<Vec<(String, EntryKind)>> {
        let mut entries: BTreeMap<String, EntryKind> = self.below.list(path)?.into_iter().collect();
        let folder = paths::join(".", path);
        for file in self.texts.keys().filter(|file| paths::parent(file) == folder) {
            entries.entry(paths::name(file).to_owned()).or_insert(EntryKind::File);
        }
        Ok(entries.into_iter().collect())
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.below.variable(name)
    }

    fn root_name(&self) -> String {
        self.below.root_name()
    }

    fn root_path(&self) -> String {
        self.below.root_path()
    }
}
