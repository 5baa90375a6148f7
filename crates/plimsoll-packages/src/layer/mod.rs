//! One layer of an image, read in one pass: what lies in it, and what the few files say that anybody wants to know of.
//!
//! Contents of other files only pass through the digest. What is kept is bounded; what is damaged is a fault, and what came before
//! it still counts. Deliberately absent: what other layers do to it (see `stack`).

pub mod decode;
pub mod path;

use std::collections::HashMap;
use std::io::Read;

use plimsoll_posture::Certainty;

use crate::inventory::{Discovery, Interest, bundle, go, interest, npm};
use crate::tar::{Archive, Entry, EntryKind, Passing, TarError};
use decode::{Decoded, Digests};

/// Entries of one layer beyond this are not read.
const MAX_ENTRIES: usize = 2_000_000;
/// Bytes of all paths of one layer.
const MAX_PATHS: usize = 256 << 20;
/// One damaged layer needs no more words than this.
const MAX_FAULTS: usize = 20;

/// Whoever knows secrets when it sees them. The crate that does is not known here.
pub trait SecretSense: Sync {
    /// Whether a file of that path and size is worth a look. It is asked about every file.
    fn wants(&self, path: &str, size: u64) -> bool;

    /// The secrets in it.
    fn look(&self, path: &str, content: &[u8]) -> Vec<Sight>;
}

/// A secret in a file of a layer: never its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// The key that carries it, or the file's own name.
    pub name: String,
    /// What it is: a format's id, `named`, `url-password`.
    pub kind: String,
    /// Characters of the value; 0 when only the file's name speaks.
    pub length: usize,
    /// How sure.
    pub certainty: Certainty,
    /// The line in the file, from 1; 0 when the file as a whole is meant.
    pub line: usize,
}

/// One file, directory or link of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    start: u32,
    length: u32,
    /// Bytes.
    pub size: u64,
    /// What it is.
    pub kind: EntryKind,
    /// Permission bits with setuid, setgid and sticky.
    pub mode: u16,
    /// The account it belongs to.
    pub uid: u32,
}

/// Everything that lies in a layer, in its order.
#[derive(Debug, Default)]
pub struct Items {
    paths: String,
    all: Vec<Item>,
}

impl Items {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Item)> {
        self.all.iter().map(|item| (self.path(item), item))
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The item of an index.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<(&str, &Item)> {
        self.all.get(index).map(|item| (self.path(item), item))
    }

    fn path(&self, item: &Item) -> &str {
        self.paths.get(item.start as usize..item.start as usize + item.length as usize).unwrap_or("")
    }

    /// `false` when the bound is reached.
    fn push(&mut self, path: &str, entry: &Entry) -> bool {
        if self.all.len() >= MAX_ENTRIES || self.paths.len() + path.len() > MAX_PATHS {
            return false;
        }
        let (Ok(start), Ok(length)) = (u32::try_from(self.paths.len()), u32::try_from(path.len())) else {
            return false;
        };
        self.paths.push_str(path);
        self.all.push(Item {
            start,
            length,
            size: entry.real_size,
            kind: entry.kind,
            mode: (entry.mode & 0o7777) as u16,
            uid: entry.uid,
        });
        true
    }
}

/// What was read of a layer.
#[derive(Debug, Default)]
pub struct Layer {
    /// Its digests; `None` when it was not read to its end.
    pub digests: Option<Digests>,
    /// What lies in it.
    pub items: Items,
    /// What files of it say, with the index of the file.
    pub discoveries: Vec<(usize, Discovery)>,
    /// What could not be read.
    pub faults: Vec<String>,
    /// Whether anything is missing.
    pub partial: bool,
}

impl Layer {
    fn fault(&mut self, text: String) {
        self.partial = true;
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(text);
        }
    }
}

/// Reads a layer. `size` is the length of the blob, when it is known.
pub fn read(input: impl Read, size: Option<u64>, sense: &dyn SecretSense) -> Layer {
    let mut layer = Layer::default();
    let decoded = match Decoded::new(input, size) {
        Ok(decoded) => decoded,
        Err(error) => {
            layer.fault(error.to_string());
            return layer;
        }
    };
    let mut reader =
        Reader { archive: Archive::new(decoded), content: Vec::new(), store: HashMap::new(), sense };
    match reader.read_into(&mut layer) {
        Ok(()) => match reader.archive.into_inner().finish() {
            Ok(digests) => layer.digests = Some(digests),
            Err(error) => layer.fault(error.to_string()),
        },
        Err(error) => layer.fault(error.to_string()),
    }
    layer
}

struct Reader<'a, R: Passing> {
    archive: Archive<R>,
    /// Of the current file.
    content: Vec<u8>,
    /// Manifests in the store of pnpm, of which the installed ones are hard links.
    store: HashMap<String, npm::Manifest>,
    sense: &'a dyn SecretSense,
}

impl<R: Passing> Reader<'_, R> {
    fn read_into(&mut self, layer: &mut Layer) -> Result<(), TarError> {
        while let Some(entry) = self.archive.advance()? {
            let path = match path::clean(&entry.name) {
                Ok(path) if path.is_empty() => continue,
                Ok(path) => path,
                Err(refusal) => {
                    layer.fault(format!("an entry is not read: its path {refusal}"));
                    continue;
                }
            };
            let index = layer.items.len();
            if !layer.items.push(&path, &entry) {
                layer.fault("it has more entries than are read".to_owned());
                return Ok(());
            }
            match entry.kind {
                EntryKind::File => self.file(index, &path, entry.size, entry.mode, layer)?,
                EntryKind::HardLink => self.link(index, &path, &entry.link, layer),
                _ => {}
            }
        }
        Ok(())
    }

    fn file(
        &mut self,
        index: usize,
        path: &str,
        size: u64,
        mode: u32,
        layer: &mut Layer,
    ) -> Result<(), TarError> {
        if size == 0 {
            return Ok(());
        }
        let interest = interest(path);
        let secrets = self.sense.wants(path, size);
        if interest == Interest::None && !secrets {
            if go::is_worth_a_look(path, mode, size) {
                let found = go::search(|buffer| self.archive.read(buffer))?;
                layer.discoveries.extend(found.map(|build| (index, Discovery::Go(build))));
            }
            return Ok(());
        }
        if interest == Interest::Program {
            if let Some(found) = crate::inventory::node::search(|buffer| self.archive.read(buffer))? {
                layer.discoveries.push((index, Discovery::Node(found)));
            }
            return Ok(());
        }
        if let Interest::UnreadRpm(name) = interest {
            layer.discoveries.push((index, Discovery::UnreadRpm(name)));
            return Ok(());
        }
        if interest == Interest::Bundle && !secrets && (size < bundle::LEAST || size > interest.most()) {
            return Ok(());
        }
        let most = if interest == Interest::None { Interest::SMALL } else { interest.most() };
        if size > most {
            if interest.is_told() {
                layer.fault(format!("{path} is larger than {} MiB and is not read", most >> 20));
            }
            return Ok(());
        }
        self.archive.read_whole(&mut self.content)?;
        if interest == Interest::Store {
            if let Some(manifest) = npm::manifest(&self.content) {
                self.store.insert(path.to_owned(), manifest);
            }
            return Ok(());
        }
        match interest.read(path, &self.content) {
            Ok(Some(discovery)) => layer.discoveries.push((index, discovery)),
            Ok(None) => {}
            Err(fault) => layer.fault(format!("{path} {fault}")),
        }
        if secrets {
            let sights = self.sense.look(path, &self.content);
            if !sights.is_empty() {
                layer.discoveries.push((index, Discovery::Secrets(sights)));
            }
        }
        Ok(())
    }

    /// A hard link is its file under another name; only a package's manifest means something there that it did not before.
    fn link(&mut self, index: usize, path: &str, link: &[u8], layer: &mut Layer) {
        if interest(path) != Interest::Npm {
            return;
        }
        let Ok(target) = path::clean(link) else {
            layer.fault(format!("{path} is a hard link that leads out of the layer"));
            return;
        };
        let stored = self.store.get(&target).cloned();
        let same = || {
            layer.discoveries.iter().find_map(|(at, discovery)| match discovery {
                Discovery::Npm(manifest) if layer.items.get(*at)?.0 == target => Some(manifest.clone()),
                _ => None,
            })
        };
        if let Some(manifest) = stored.or_else(same) {
            layer.discoveries.push((index, Discovery::Npm(manifest)));
        }
    }
}
