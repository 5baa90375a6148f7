//! Lockfiles that were read and judged already: they are large, and the trials of a fix read the same ones again and again.
//!
//! What was read of a text stands as long as the text, the manifests that were asked for meanwhile and the advisories are the
//! same. Deliberately absent: a reading that is shared between runs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use plimsoll_packages::database::Database;
use plimsoll_posture::{Complaint, Lockfile, Lookalike};
use plimsoll_text::{SourceId, Span};

/// A document that decided what a lockfile was read as.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) source: SourceId,
    pub(crate) text: Arc<str>,
}

/// What is known of one lockfile.
#[derive(Debug, Clone)]
pub(crate) struct ReadLockfile {
    /// Its own text.
    pub(crate) document: Document,
    /// The manifests that were asked for, by path; `None` for one that is not there.
    pub(crate) manifests: Vec<(String, Option<Document>)>,
    pub(crate) database: Database,
    pub(crate) lockfile: Lockfile,
    pub(crate) complaints: Vec<Complaint>,
    /// Names and passwords in its addresses.
    pub(crate) masked: Vec<Span>,
    pub(crate) lookalikes: Vec<Lookalike>,
}

/// All of one run, by path.
#[derive(Debug, Default)]
pub struct ReadLockfiles(Mutex<HashMap<String, Arc<ReadLockfile>>>);

impl ReadLockfiles {
    /// What was read of that path last.
    pub(crate) fn of(&self, path: &str) -> Option<Arc<ReadLockfile>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }

    pub(crate) fn keep(&self, path: String, read: ReadLockfile) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path, Arc::new(read));
    }
}

impl ReadLockfile {
    /// The same reading for documents that have other numbers now; `None` where one of them is another text. `manifest`
    /// opens a manifest by its path.
    pub(crate) fn again(
        &self,
        document: &Document,
        database: &Database,
        manifest: &mut dyn FnMut(&str) -> Option<Document>,
    ) -> Option<Self> {
        if !is_same(&self.document.text, &document.text) || !self.database.is_same(database) {
            return None;
        }
        let mut moved = vec![(self.document.source, document.source)];
        let mut manifests = Vec::with_capacity(self.manifests.len());
        for (path, known) in &self.manifests {
            let now = manifest(path);
            match (known, &now) {
                (Some(known), Some(now)) if is_same(&known.text, &now.text) => {
                    moved.push((known.source, now.source));
                }
                (None, None) => {}
                _ => return None,
            }
            manifests.push((path.clone(), now));
        }
        let mut again = Self { document: document.clone(), manifests, ..self.clone() };
        again.renumber(&moved);
        Some(again)
    }

    fn renumber(&mut self, moved: &[(SourceId, SourceId)]) {
        if moved.iter().all(|(old, new)| old == new) {
            return;
        }
        let now = |id: &mut SourceId| {
            if let Some((_, new)) = moved.iter().find(|(old, _)| old == id) {
                *id = *new;
            }
        };
        now(&mut self.lockfile.source);
        self.lockfile.packages.iter_mut().for_each(|package| now(&mut package.at.source));
        self.lockfile.drift.iter_mut().for_each(|drift| now(&mut drift.at.source));
        self.complaints.iter_mut().for_each(|complaint| now(&mut complaint.at.source));
        self.masked.iter_mut().for_each(|span| now(&mut span.source));
        self.lookalikes.iter_mut().for_each(|lookalike| now(&mut lookalike.at.source));
    }
}

fn is_same(a: &Arc<str>, b: &Arc<str>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

#[cfg(test)]
mod tests {
    use plimsoll_lens::Memory;
    use plimsoll_posture::Posture;
    use plimsoll_text::{SourceKind, Sources};

    use super::*;
    use crate::dependencies;

    const LOCK: &str = r#"{ "lockfileVersion": 3, "packages": {
        "": { "dependencies": { "lodash": "^4.0.0" } },
        "node_modules/lodash": { "version": "4.17.15" } } }"#;

    /// What is said of a project, in which so many other documents were opened before.
    fn said(read: &ReadLockfiles, others: usize, manifest: &str, lock: &str) -> Vec<String> {
        let world = Memory::of(&[("package.json", manifest), ("package-lock.json", lock)]);
        let mut sources = Sources::new();
        for number in 0..others {
            sources.add_text(&format!("other{number}"), SourceKind::Other, "");
        }
        let mut posture = Posture::default();
        let database = Database::embedded();
        dependencies::read(&world, &mut sources, &mut posture, ".", database, read).unwrap();
        let lockfile = &posture.dependencies[0].lockfiles[0];
        let place = |span: Span| format!("{} {}", sources.get(span.source).name, sources.text(span));
        let packages = lockfile.packages.iter().map(|package| place(package.at));
        let drift = lockfile.drift.iter().map(|drift| place(drift.at));
        let hits = lockfile.hits.iter().map(|hit| format!("{} advisories", hit.advisories.len()));
        packages.chain(drift).chain(hits).collect()
    }

    #[test]
    fn a_second_reading_says_what_the_first_one_said() {
        let other = r#"{"dependencies": {"lodash": "^3.0.0"}}"#;
        let same = r#"{"dependencies": {"lodash": "^4.0.0"}}"#;
        let read = ReadLockfiles::default();
        for (others, manifest, lock) in [
            (0, same, LOCK),
            (0, same, LOCK),
            // Other numbers of documents, another manifest, another lockfile, and back.
            (3, same, LOCK),
            (3, other, LOCK),
            (1, other, LOCK),
            (1, same, &LOCK.replace("4.17.15", "4.18.1")),
            (0, same, LOCK),
        ] {
            let fresh = said(&ReadLockfiles::default(), others, manifest, lock);
            assert_eq!(said(&read, others, manifest, lock), fresh, "{others} {manifest}");
        }
    }
}
