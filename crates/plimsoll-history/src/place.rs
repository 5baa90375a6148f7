//! Where a repository lies, and what its references name.
//!
//! Source: gitrepository-layout(5). Deliberately absent: references kept as tables (`reftable`), and the names of references.

use std::fs;
use std::path::{Path, PathBuf};

use gix_hash::ObjectId;

use crate::Error;

/// The largest file of references that is read.
const MAX_REFS: u64 = 64 << 20;
/// The most references.
const MAX_COUNT: usize = 200_000;
/// The deepest folder below `refs`.
const MAX_DEPTH: usize = 16;

/// A repository of the disk.
#[derive(Debug, Clone)]
pub struct Repository {
    /// The folder of the working tree, or the repository itself when it is bare.
    pub top: PathBuf,
    /// What belongs to this working tree: HEAD and the index.
    own: PathBuf,
    /// What all working trees share: objects and references.
    common: PathBuf,
}

impl Repository {
    /// The repository at or above a directory.
    ///
    /// # Errors
    /// When there is none, or it is of a kind that is not read.
    pub fn around(directory: &Path) -> Result<Self, Error> {
        let absolute = directory.canonicalize().map_err(|error| Error::Io(directory.to_owned(), error))?;
        for above in absolute.ancestors() {
            let inside = above.join(".git");
            let own = if inside.is_dir() {
                inside
            } else if inside.is_file() {
                linked(&inside).ok_or_else(|| Error::None(directory.to_owned()))?
            } else if above.join("HEAD").is_file() && above.join("objects").is_dir() {
                above.to_owned()
            } else {
                continue;
            };
            let common = match read(&own.join("commondir")) {
                Some(text) => own.join(text.trim()),
                None => own.clone(),
            };
            let config = read(&common.join("config")).unwrap_or_default().to_ascii_lowercase();
            for (key, what) in [("sha256", "objects of SHA-256"), ("reftable", "references as tables")] {
                let value = |line: &str| line.split_once('=').is_some_and(|(_, value)| value.trim() == key);
                if config.lines().any(value) {
                    return Err(Error::Unsupported(what));
                }
            }
            return Ok(Self { top: above.to_owned(), own, common });
        }
        Err(Error::None(directory.to_owned()))
    }

    pub(crate) fn objects(&self) -> PathBuf {
        self.common.join("objects")
    }

    /// Commits whose parents a shallow clone does not have.
    pub(crate) fn shallow(&self) -> Vec<ObjectId> {
        read(&self.common.join("shallow")).unwrap_or_default().lines().filter_map(id).collect()
    }

    /// What is checked out.
    pub(crate) fn head(&self) -> Option<ObjectId> {
        self.resolve(read(&self.own.join("HEAD"))?.trim(), 0)
    }

    fn resolve(&self, text: &str, depth: usize) -> Option<ObjectId> {
        let Some(name) = text.strip_prefix("ref:") else { return id(text) };
        let name = name.trim();
        if depth > 4 || name.split('/').any(|part| part == "..") || name.starts_with('/') {
            return None;
        }
        for folder in [&self.own, &self.common] {
            if let Some(text) = read(&folder.join(name)) {
                return self.resolve(text.trim(), depth + 1);
            }
        }
        packed(&self.common).find(|(own, _)| own == name).map(|(_, id)| id)
    }

    /// What all references name: commits, tags, and whatever else; sorted, each once.
    pub(crate) fn tips(&self) -> Vec<ObjectId> {
        let mut tips: Vec<ObjectId> = self.head().into_iter().collect();
        tips.extend(packed(&self.common).map(|(_, id)| id).take(MAX_COUNT));
        for folder in [&self.own, &self.common] {
            loose(&folder.join("refs"), 0, &mut tips);
        }
        tips.sort();
        tips.dedup();
        tips
    }
}

/// The folder that a `.git` file names: of a worktree or a submodule.
fn linked(file: &Path) -> Option<PathBuf> {
    let text = read(file)?;
    let path = Path::new(text.strip_prefix("gitdir:")?.trim());
    let folder = file.parent()?.join(path);
    folder.is_dir().then_some(folder)
}

fn read(path: &Path) -> Option<String> {
    let meta = fs::metadata(path).ok()?;
    if !meta.is_file() || meta.len() > MAX_REFS {
        return None;
    }
    fs::read(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn id(text: &str) -> Option<ObjectId> {
    ObjectId::from_hex(text.split_whitespace().next()?.as_bytes()).ok()
}

/// The references of `packed-refs`: names and ids, and what the ids of tags come down to.
fn packed(common: &Path) -> impl Iterator<Item = (String, ObjectId)> {
    let text = read(&common.join("packed-refs")).unwrap_or_default();
    let all: Vec<(String, ObjectId)> = text
        .lines()
        .filter(|line| !line.starts_with(['#', '^']))
        .filter_map(|line| {
            let (first, name) = line.split_once(' ')?;
            Some((name.trim().to_owned(), id(first)?))
        })
        .collect();
    all.into_iter()
}

fn loose(folder: &Path, depth: usize, tips: &mut Vec<ObjectId>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if tips.len() > MAX_COUNT {
            return;
        }
        if kind.is_dir() && depth < MAX_DEPTH {
            loose(&entry.path(), depth + 1, tips);
        } else if kind.is_file() {
            tips.extend(read(&entry.path()).as_deref().and_then(id));
        }
    }
}
