//! The disk with the texts of an editor laid over it: what is not saved yet is read as if it were.
//!
//! It also keeps account of what was read, so that it is known whom a change concerns, and ends a scan that nobody
//! waits for any more. Deliberately absent: which documents are open.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use plimsoll_lens::{EntryKind, World};

use super::address;
use crate::disk::{Disk, MAX_FILE};

/// Open documents: their texts by real path.
pub(super) type Drafts = BTreeMap<PathBuf, Arc<str>>;

/// See the module.
pub(super) struct Overlay {
    disk: Disk,
    /// Where drafts may lie; the disk has its own guard.
    bounds: Vec<PathBuf>,
    drafts: Arc<Drafts>,
    stopped: Arc<AtomicBool>,
    read: Mutex<BTreeSet<PathBuf>>,
}

impl Overlay {
    pub(super) fn new(
        disk: Disk,
        bounds: Vec<PathBuf>,
        drafts: Arc<Drafts>,
        stopped: Arc<AtomicBool>,
    ) -> Self {
        Self { disk, bounds, drafts, stopped, read: Mutex::default() }
    }

    /// Where a file is.
    pub(super) fn place(&self, path: &str) -> PathBuf {
        self.disk.located(path).unwrap_or_else(|_| address::lexical(&self.disk.root().join(path)))
    }

    /// Everything that was asked for.
    pub(super) fn into_read(self) -> BTreeSet<PathBuf> {
        self.read.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn draft(&self, place: &Path) -> Option<&Arc<str>> {
        let within = self.bounds.iter().any(|bound| place.starts_with(bound));
        self.drafts.get(place).filter(|_| within)
    }
}

impl World for Overlay {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        if self.stopped.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let place = self.place(path);
        let draft = self.draft(&place).cloned();
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(place);
        match draft {
            Some(text) if text.len() as u64 > MAX_FILE => {
                let message = format!("is larger than {} MiB", MAX_FILE >> 20);
                Err(io::Error::new(io::ErrorKind::InvalidData, message))
            }
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => self.disk.read(path),
        }
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        match self.disk.kind(path) {
            None => self.draft(&self.place(path)).map(|_| EntryKind::File),
            known => known,
        }
    }

    fn list(&self, path: &str) -> io::Result<Vec<(String, EntryKind)>> {
        let mut entries = self.disk.list(path)?;
        let place = self.place(path);
        for draft in self.drafts.keys().filter(|draft| draft.parent() == Some(&place)) {
            let Some(name) = draft.file_name().and_then(|name| name.to_str()) else { continue };
            if entries.iter().all(|(known, _)| known != name) {
                entries.push((name.to_owned(), EntryKind::File));
            }
        }
        entries.sort();
        Ok(entries)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.disk.variable(name)
    }

    fn root_name(&self) -> String {
        self.disk.root_name()
    }

    fn root_path(&self) -> String {
        self.disk.root_path()
    }
}
