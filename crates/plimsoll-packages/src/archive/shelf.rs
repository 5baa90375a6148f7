//! The blobs of an archive, by name: where they lie, or what was read of them as they passed.
//!
//! Deliberately absent: which of them belong to which image.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::Input;
use crate::layer::decode::{Compression, Decoded, compression};
use crate::layer::{self, Layer, SecretSense, path};
use crate::tar::{Archive, EntryKind, Passing, TarError};

/// A file that can be read from any place.
pub trait Handle: Read + Seek + Send {}

/// A directory of the OCI layout.
pub trait Directory: Sync {
    /// Opens a file below it by its path with `/`.
    ///
    /// # Errors
    /// As the file system says.
    fn open(&self, path: &str) -> io::Result<Box<dyn Handle>>;
}

/// A manifest, an index and a configuration are no larger.
const MAX_TEXT: u64 = 8 << 20;
/// All of them together.
const MAX_TEXTS: usize = 64 << 20;
/// Files of an archive beyond this belong to no image.
const MAX_BLOBS: usize = 100_000;

enum Blob {
    /// A JSON text.
    Text(Vec<u8>),
    /// Anything else: where it begins and how long it is.
    Place { start: u64, size: u64 },
    /// A layer that was read as it passed.
    Layer(Arc<Layer>),
    /// Another name of a blob: older engines save a layer that several images share once.
    Link(String),
}

/// Where blobs are read from when they are wanted.
enum Ground<'a> {
    File(&'a (dyn Fn() -> io::Result<Box<dyn Handle>> + Sync)),
    Directory(&'a dyn Directory),
    Passed,
}

/// All blobs of an archive.
pub(super) struct Shelf<'a> {
    ground: Ground<'a>,
    blobs: BTreeMap<String, Blob>,
    /// What is wrong with the archive.
    pub(super) faults: Vec<String>,
}

/// Passes over bytes by moving on in the file.
struct Moving<'h> {
    input: BufReader<&'h mut dyn Handle>,
    /// Bytes that are left of the file.
    left: u64,
}

impl Read for Moving<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}

impl Passing for Moving<'_> {
    fn pass(&mut self, count: u64) -> io::Result<()> {
        // Moving beyond the end of a file is no error.
        self.left = self.left.checked_sub(count).ok_or(io::ErrorKind::UnexpectedEof)?;
        let by = i64::try_from(count).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        self.input.seek_relative(by)
    }
}

impl<'a> Shelf<'a> {
    /// Looks through an archive.
    pub(super) fn survey(input: Input<'a>, sense: &dyn SecretSense) -> io::Result<Self> {
        let mut shelf = Self { ground: Ground::Passed, blobs: BTreeMap::new(), faults: Vec::new() };
        match input {
            Input::Directory(directory) => {
                directory.open("index.json").or_else(|_| directory.open("manifest.json"))?;
                shelf.ground = Ground::Directory(directory);
            }
            Input::File(open) => {
                let mut handle = open()?;
                let mut head = [0_u8; 4];
                let filled = fill(&mut handle, &mut head)?;
                let size = handle.seek(SeekFrom::End(0))?;
                handle.seek(SeekFrom::Start(0))?;
                if compression(head.get(..filled).unwrap_or_default()) == Compression::Plain {
                    shelf.ground = Ground::File(open);
                    let input = BufReader::with_capacity(8 * 1024, &mut *handle as &mut dyn Handle);
                    let archive = Archive::new(Moving { input, left: size });
                    shelf.walk(archive, None);
                } else {
                    shelf.walk(Archive::new(Decoded::unhashed(handle, Some(size))?), Some(sense));
                }
            }
            Input::Stream(stream) => shelf.walk(Archive::new(Decoded::unhashed(stream, None)?), Some(sense)),
        }
        Ok(shelf)
    }

    /// Goes through the entries. With `sense` everything is read now, because there is no second time.
    fn walk<R: Passing>(&mut self, mut archive: Archive<R>, sense: Option<&dyn SecretSense>) {
        let mut texts = 0;
        loop {
            let entry = match archive.advance() {
                Ok(Some(entry)) => entry,
                Ok(None) => return,
                Err(error) => return self.faults.push(format!("the archive is damaged: {error}")),
            };
            let Ok(name) = path::clean(&entry.name) else {
                self.faults
                    .push("a file of the archive has a path that leads out of it and is not read".to_owned());
                continue;
            };
            if self.blobs.len() >= MAX_BLOBS {
                return self.faults.push("the archive has more files than are read".to_owned());
            }
            match entry.kind {
                EntryKind::Symlink | EntryKind::HardLink => {
                    let link = String::from_utf8_lossy(&entry.link);
                    let target = if entry.kind == EntryKind::Symlink {
                        beside(&name, &link)
                    } else {
                        link.into_owned()
                    };
                    self.blobs.insert(name, Blob::Link(target));
                }
                EntryKind::File => match self.file(&mut archive, &name, entry.size, &mut texts, sense) {
                    Ok(Some(blob)) => {
                        self.blobs.insert(name, blob);
                    }
                    Ok(None) => {}
                    Err(error) => {
                        return self.faults.push(format!("the archive is damaged: {name}: {error}"));
                    }
                },
                _ => {}
            }
        }
    }

    fn file<R: Passing>(
        &mut self,
        archive: &mut Archive<R>,
        name: &str,
        size: u64,
        texts: &mut usize,
        sense: Option<&dyn SecretSense>,
    ) -> Result<Option<Blob>, TarError> {
        let start = archive.position();
        let text = size <= MAX_TEXT && (name.ends_with(".json") || name.starts_with("blobs/"));
        let Some(sense) = sense else {
            // Which of the blobs are texts their first byte tells; that costs one small read each.
            if text && *texts < MAX_TEXTS {
                let mut first = [0_u8; 1];
                let got = archive.read(&mut first)?;
                if got == 1 && matches!(first[0], b'{' | b'[') {
                    let mut rest = Vec::new();
                    archive.read_whole(&mut rest)?;
                    rest.insert(0, first[0]);
                    *texts += rest.len();
                    return Ok(Some(Blob::Text(rest)));
                }
            }
            return Ok(Some(Blob::Place { start, size }));
        };
        let mut head = [0_u8; 1];
        let got = archive.read(&mut head)?;
        if got == 0 {
            return Ok(Some(Blob::Text(Vec::new())));
        }
        if matches!(head[0], b'{' | b'[') && text && *texts < MAX_TEXTS {
            let mut rest = Vec::new();
            archive.read_whole(&mut rest)?;
            rest.insert(0, head[0]);
            *texts += rest.len();
            return Ok(Some(Blob::Text(rest)));
        }
        if !name.starts_with("blobs/") && !name.ends_with(".tar") && !name.ends_with(".tar.gz") {
            return Ok(None);
        }
        let mut cut = None;
        let content = Content { archive, cut: &mut cut };
        let layer = layer::read(io::Cursor::new(head).chain(content), Some(size), sense);
        match cut {
            Some(error) => Err(error),
            None => Ok(Some(Blob::Layer(Arc::new(layer)))),
        }
    }

    /// The name that a name stands for, after links.
    fn real(&self, name: &str) -> String {
        let mut name = name.to_owned();
        for _ in 0..8 {
            match self.blobs.get(&name) {
                Some(Blob::Link(target)) => name.clone_from(target),
                _ => break,
            }
        }
        name
    }

    /// A JSON text, when it is there.
    pub(super) fn text(&self, name: &str) -> Option<Vec<u8>> {
        if let Ground::Directory(directory) = &self.ground {
            let mut handle = directory.open(&path::clean(name.as_bytes()).ok()?).ok()?;
            let mut text = Vec::new();
            (&mut handle).take(MAX_TEXT + 1).read_to_end(&mut text).ok()?;
            return (text.len() as u64 <= MAX_TEXT).then_some(text);
        }
        match self.blobs.get(&self.real(name))? {
            Blob::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// Whether there is anything of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        match &self.ground {
            Ground::Directory(directory) => {
                path::clean(name.as_bytes()).is_ok_and(|name| directory.open(&name).is_ok())
            }
            _ => self.blobs.contains_key(&self.real(name)),
        }
    }

    /// The layers of these names, in their order; `None` for what is not there.
    pub(super) fn layers(&mut self, names: &[String], sense: &dyn SecretSense) -> Vec<Option<Arc<Layer>>> {
        let places: Vec<Option<Place<'_>>> = names.iter().map(|name| self.place(name)).collect();
        let done: Vec<Mutex<Option<Arc<Layer>>>> = names.iter().map(|_| Mutex::new(None)).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(place) = places.get(at) else { return };
                let layer = place.as_ref().map(|place| place.read(sense));
                if let Some(slot) = done.get(at) {
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = layer;
                }
            }
        };
        let workers = std::thread::available_parallelism().map_or(1, usize::from).min(names.len()).min(8);
        std::thread::scope(|scope| {
            for _ in 1..workers {
                scope.spawn(work);
            }
            work();
        });
        done.into_iter().map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
    }

    fn place(&self, name: &str) -> Option<Place<'_>> {
        if let Ground::Directory(directory) = &self.ground {
            let name = path::clean(name.as_bytes()).ok()?;
            return Some(Place::Named(*directory, name));
        }
        match self.blobs.get(&self.real(name))? {
            Blob::Place { start, size } => match &self.ground {
                Ground::File(open) => Some(Place::Part(*open, *start, *size)),
                _ => None,
            },
            Blob::Layer(layer) => Some(Place::Read(layer.clone())),
            Blob::Text(_) | Blob::Link(_) => None,
        }
    }
}

/// A layer that is wanted.
enum Place<'s> {
    Part(&'s (dyn Fn() -> io::Result<Box<dyn Handle>> + Sync), u64, u64),
    Named(&'s dyn Directory, String),
    Read(Arc<Layer>),
}

impl Place<'_> {
    fn read(&self, sense: &dyn SecretSense) -> Arc<Layer> {
        let opened = |error: io::Error| {
            let faults = vec![error.to_string()];
            Arc::new(Layer { faults, partial: true, ..Layer::default() })
        };
        match self {
            Self::Read(layer) => layer.clone(),
            Self::Part(open, start, size) => {
                let handle = open().and_then(|mut handle| {
                    handle.seek(SeekFrom::Start(*start))?;
                    Ok(handle)
                });
                match handle {
                    Ok(handle) => Arc::new(layer::read(handle.take(*size), Some(*size), sense)),
                    Err(error) => opened(error),
                }
            }
            Self::Named(directory, name) => {
                let handle = directory.open(name).and_then(|mut handle| {
                    let size = handle.seek(SeekFrom::End(0))?;
                    handle.seek(SeekFrom::Start(0))?;
                    Ok((handle, size))
                });
                match handle {
                    Ok((handle, size)) => Arc::new(layer::read(handle, Some(size), sense)),
                    Err(error) => opened(error),
                }
            }
        }
    }
}

/// The content of an entry of the archive, as a stream of its own.
struct Content<'a, R: Passing> {
    archive: &'a mut Archive<R>,
    /// What is wrong with the archive itself, rather than with the layer in it.
    cut: &'a mut Option<TarError>,
}

impl<R: Passing> Read for Content<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.archive.read(buffer) {
            Ok(read) => Ok(read),
            Err(error) => {
                let told = io::Error::new(io::ErrorKind::UnexpectedEof, error.to_string());
                *self.cut = Some(error);
                Err(told)
            }
        }
    }
}

fn fill(input: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
        match input.read(room)? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

/// `../ID/layer.tar` as seen from `OTHER/layer.tar`. What leads out of the archive is no name of it.
fn beside(name: &str, link: &str) -> String {
    let mut parts: Vec<&str> = name.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
