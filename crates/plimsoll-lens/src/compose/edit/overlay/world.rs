//! A world with one more file, or with another text in one.

use std::io;

use crate::world::clean;
use crate::{EntryKind, World};

/// The world below with a text at a path.
pub(super) struct Over<'w> {
    pub(super) below: &'w dyn World,
    pub(super) path: &'w str,
    pub(super) text: &'w str,
}

impl Over<'_> {
    fn is(&self, path: &str) -> bool {
        clean(path) == clean(self.path)
    }
}

impl World for Over<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        if self.is(path) { Ok(self.text.as_bytes().to_vec()) } else { self.below.read(path) }
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        if self.is(path) { Some(EntryKind::File) } else { self.below.kind(path) }
    }

    fn list(&self, path: &str) -> io::Result<Vec<(String, EntryKind)>> {
        self.below.list(path)
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
