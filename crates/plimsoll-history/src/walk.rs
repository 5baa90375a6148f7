//! The walk over commits, trees and files.
//!
//! Deliberately absent: comparing trees. What was seen once is left out, which comes to the same and needs no order of parents.

use std::collections::{BinaryHeap, HashSet};

use gix_hash::{Kind as HashKind, ObjectId};
use gix_object::{CommitRefIter, Find, FindHeader, Kind, TagRefIter, TreeRefIter};

use crate::{Error, Limits, Look, Repository, Summary, Version};

/// So many faults are listed.
const MAX_FAULTS: usize = 10;
/// The deepest folder.
const MAX_DEPTH: usize = 128;
/// The longest path.
const MAX_PATH: usize = 4096;
/// Commits and trees are no larger.
const MAX_TREE: u64 = 64 << 20;

/// Walks over everything that a reference reaches.
pub(crate) fn walk(repository: &Repository, limits: &Limits, look: &mut dyn Look) -> Result<Summary, Error> {
    let folder = repository.objects();
    let mut store = gix_odb::at(folder.clone(), HashKind::Sha1).map_err(|error| Error::Io(folder, error))?;
    // Nothing is added while somebody looks; an object that is missing stays missing.
    store.refresh_never();
    store.set_pack_cache(|| Box::new(gix_pack::cache::lru::MemoryCappedHashmap::new(32 << 20)));
    let mut walk = Walk {
        store,
        limits: *limits,
        summary: Summary::default(),
        objects: 0,
        bytes: 0,
        trees: HashSet::new(),
        files: HashSet::new(),
        current: HashSet::new(),
        buffer: Vec::new(),
    };
    let shallow: HashSet<ObjectId> = repository.shallow().into_iter().collect();
    walk.summary.shallow = !shallow.is_empty();
    if let Some(tree) = repository.head().and_then(|head| walk.peel(head)).and_then(|head| walk.commit(head))
    {
        walk.note_current(tree.tree);
    }
    let mut heap: BinaryHeap<(i64, ObjectId)> = BinaryHeap::new();
    let mut seen: HashSet<ObjectId> = HashSet::new();
    for tip in repository.tips() {
        if let Some(commit) = walk.peel(tip)
            && seen.insert(commit)
            && let Some(read) = walk.commit(commit)
        {
            heap.push((read.time, commit));
        }
    }
    while let Some((_, id)) = heap.pop() {
        if walk.summary.commits >= limits.commits {
            walk.summary.stopped = Some("commits");
        }
        if walk.summary.stopped.is_some() {
            break;
        }
        let Some(commit) = walk.commit(id) else { continue };
        walk.summary.commits += 1;
        walk.tree(&id.to_string(), commit.tree, look);
        for parent in commit.parents.into_iter().filter(|_| !shallow.contains(&id)) {
            if seen.insert(parent)
                && let Some(read) = walk.commit(parent)
            {
                heap.push((read.time, parent));
            }
        }
    }
    Ok(walk.summary)
}

struct Walk<S> {
    store: S,
    limits: Limits,
    summary: Summary,
    objects: usize,
    bytes: u64,
    trees: HashSet<ObjectId>,
    files: HashSet<ObjectId>,
    /// The files of the commit that is checked out.
    current: HashSet<ObjectId>,
    buffer: Vec<u8>,
}

struct Commit {
    tree: ObjectId,
    parents: Vec<ObjectId>,
    time: i64,
}

impl<S: Find + FindHeader> Walk<S> {
    fn fault(&mut self, message: String) {
        if self.summary.faults.len() < MAX_FAULTS {
            self.summary.faults.push(message);
        } else {
            self.summary.more_faults += 1;
        }
    }

    /// The bytes of an object of that kind, in the buffer.
    fn object(&mut self, id: ObjectId, kind: Kind, most: u64) -> Option<()> {
        self.objects += 1;
        if self.objects > self.limits.objects {
            self.summary.stopped = Some("objects");
            return None;
        }
        let name = kind_name(kind);
        let header = match self.store.try_header(&id) {
            Ok(Some(header)) => header,
            Ok(None) => {
                self.fault(format!("{name} {id} is missing"));
                return None;
            }
            Err(_) => {
                self.fault(format!("{name} {id} is damaged"));
                return None;
            }
        };
        if header.size > most {
            self.summary.large += 1;
            return None;
        }
        match self.store.try_find(&id, &mut self.buffer) {
            Ok(Some(data)) if data.kind == kind => {
                let sound = data.verify_checksum(&id).is_ok();
                let length = data.data.len();
                self.buffer.truncate(length);
                if !sound {
                    self.fault(format!("{name} {id} is damaged"));
                    return None;
                }
                Some(())
            }
            Ok(Some(_)) => {
                self.fault(format!("{id} is no {name}"));
                None
            }
            Ok(None) => {
                self.fault(format!("{name} {id} is missing"));
                None
            }
            Err(_) => {
                self.fault(format!("{name} {id} is damaged"));
                None
            }
        }
    }

    /// The commit that a reference names, through tags; nothing for a tag of a file or a tree.
    fn peel(&mut self, id: ObjectId) -> Option<ObjectId> {
        let mut id = id;
        for _ in 0..8 {
            match self.store.try_header(&id) {
                Ok(Some(header)) if header.kind == Kind::Commit => return Some(id),
                Ok(Some(header)) if header.kind == Kind::Tag => {
                    self.object(id, Kind::Tag, MAX_TREE)?;
                    id = TagRefIter::from_bytes(&self.buffer, HashKind::Sha1).target_id().ok()?;
                }
                Ok(Some(_)) => return None,
                Ok(None) => {
                    self.fault(format!("{id}, which a reference names, is missing"));
                    return None;
                }
                Err(_) => {
                    self.fault(format!("{id}, which a reference names, is damaged"));
                    return None;
                }
            }
        }
        None
    }

    fn commit(&mut self, id: ObjectId) -> Option<Commit> {
        self.object(id, Kind::Commit, MAX_TREE)?;
        let iter = || CommitRefIter::from_bytes(&self.buffer, HashKind::Sha1);
        let Ok(tree) = iter().tree_id() else {
            self.fault(format!("commit {id} is damaged"));
            return None;
        };
        let parents = iter().parent_ids().collect();
        let time = iter().committer().map(|signature| signature.seconds()).unwrap_or_default();
        Some(Commit { tree, parents, time })
    }

    /// The entries of a tree: name, id, and whether it is a tree.
    fn entries(&mut self, id: ObjectId) -> Option<Vec<(String, ObjectId, bool)>> {
        self.object(id, Kind::Tree, MAX_TREE)?;
        let mut entries = Vec::new();
        let mut damaged = false;
        for entry in TreeRefIter::from_bytes(&self.buffer, HashKind::Sha1) {
            let Ok(entry) = entry else {
                damaged = true;
                break;
            };
            let (tree, blob) = (entry.mode.is_tree(), entry.mode.is_blob());
            if tree || blob {
                let name = String::from_utf8_lossy(entry.filename).into_owned();
                entries.push((name, entry.oid.to_owned(), tree));
            }
        }
        if damaged {
            self.fault(format!("tree {id} is damaged"));
        }
        Some(entries)
    }

    /// Notes the files of what is checked out.
    fn note_current(&mut self, root: ObjectId) {
        let mut open = vec![(root, 0)];
        let mut seen = HashSet::new();
        while let Some((id, depth)) = open.pop() {
            if depth > MAX_DEPTH || !seen.insert(id) {
                continue;
            }
            for (_, id, tree) in self.entries(id).unwrap_or_default() {
                if tree {
                    open.push((id, depth + 1));
                } else {
                    self.current.insert(id);
                }
            }
        }
    }

    /// Shows the files below a tree that were not seen.
    fn tree(&mut self, commit: &str, root: ObjectId, look: &mut dyn Look) {
        let mut open = vec![(root, String::new(), 0)];
        while let Some((id, folder, depth)) = open.pop() {
            if depth > MAX_DEPTH || folder.len() > MAX_PATH || !self.trees.insert(id) {
                continue;
            }
            // The last one is taken first.
            for (name, id, tree) in self.entries(id).unwrap_or_default().into_iter().rev() {
                if self.summary.stopped.is_some() {
                    return;
                }
                let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                if tree {
                    open.push((id, path, depth + 1));
                } else if look.wants(&path) && self.files.insert(id) {
                    self.file(commit, &path, id, look);
                }
            }
        }
    }

    fn file(&mut self, commit: &str, path: &str, id: ObjectId, look: &mut dyn Look) {
        if self.object(id, Kind::Blob, self.limits.file).is_none() {
            return;
        }
        self.bytes += self.buffer.len() as u64;
        if self.bytes > self.limits.bytes {
            self.summary.stopped = Some("bytes");
            return;
        }
        self.summary.versions += 1;
        let current = self.current.contains(&id);
        look.look(&Version { commit, path, current, content: &self.buffer });
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Tree => "tree",
        Kind::Blob => "file",
        Kind::Commit => "commit",
        Kind::Tag => "tag",
    }
}
