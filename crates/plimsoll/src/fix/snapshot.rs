//! A world that reads every file and lists every directory once: what is judged a hundred times is the same each time.
//!
//! Deliberately absent: bounds of its own; the world below has them.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, PoisonError};

use plimsoll_lens::{EntryKind, World};

/// An error that can be told again.
type Told = (io::ErrorKind, Option<String>);
type Answers<T> = Mutex<HashMap<String, T>>;

/// The world below as it was when it was first asked.
pub struct Snapshot<'w> {
    below: &'w dyn World,
    read: Answers<Result<Vec<u8>, Told>>,
    kinds: Answers<Option<EntryKind>>,
    lists: Answers<Result<Vec<(String, EntryKind)>, Told>>,
}

impl<'w> Snapshot<'w> {
    /// Nothing is asked yet.
    #[must_use]
    pub fn new(below: &'w dyn World) -> Self {
        Self { below, read: Mutex::default(), kinds: Mutex::default(), lists: Mutex::default() }
    }
}

/// The answer that was given, or is given now. The lock is not held while the world below is asked.
fn once<T: Clone>(answers: &Answers<T>, path: &str, ask: impl FnOnce() -> T) -> T {
    let lock = || answers.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = lock().get(path) {
        return known.clone();
    }
    let answer = ask();
    lock().entry(path.to_owned()).or_insert(answer).clone()
}

fn told(error: &io::Error) -> Told {
    (error.kind(), error.get_ref().map(ToString::to_string))
}

fn again((kind, message): Told) -> io::Error {
    message.map_or_else(|| kind.into(), |message| io::Error::new(kind, message))
}

impl World for Snapshot<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        once(&self.read, path, || self.below.read(path).map_err(|error| told(&error))).map_err(again)
    }

    fn read_up_to(&self, path: &str, most: u64) -> io::Result<Vec<u8>> {
        let read = || self.below.read_up_to(path, most).map_err(|error| told(&error));
        once(&self.read, path, read).map_err(again)
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        once(&self.kinds, path, || self.below.kind(path))
    }

    fn list(&self, path: &str) -> io::Result<Vec<(String, EntryKind)>> {
        once(&self.lists, path, || self.below.list(path).map_err(|error| told(&error))).map_err(again)
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
