//! Archives of images: what `docker save` writes (before and since engine 25), and the OCI layout as a directory or a tar.
//!
//! A plain tar on the disk is looked through first, so that only the layers that count are read, several at a time. A compressed one
//! and a stream are read once from front to back, every layer as it comes. Nothing is written anywhere.
//! Deliberately absent: the meaning of the configuration (a lens reads it), and archives of engines before 1.10.

mod attached;
mod manifest;
mod shelf;

use std::io::{self, Read, Seek};
use std::sync::Arc;

use crate::layer::{Layer, SecretSense};

pub use attached::Attached;
pub use shelf::{Directory, Handle};

/// An archive to read.
pub enum Input<'a> {
    /// A file: opened as often as needed.
    File(&'a (dyn Fn() -> io::Result<Box<dyn Handle>> + Sync)),
    /// A directory of the OCI layout.
    Directory(&'a dyn Directory),
    /// A stream that can be read once.
    Stream(Box<dyn Read + 'a>),
}

/// What an archive holds.
#[derive(Debug, Default)]
pub struct Reading {
    /// The images, in the order of the archive.
    pub images: Vec<SavedImage>,
    /// Images that were left out and why: the platform and a sentence.
    pub left_out: Vec<(String, String)>,
    /// What is wrong with the archive as a whole.
    pub faults: Vec<String>,
    /// Whether it is a layout alone: what `docker save` writes has no place for signatures.
    pub layout: bool,
}

/// One image of an archive.
#[derive(Debug)]
pub struct SavedImage {
    /// Names it was saved under.
    pub names: Vec<String>,
    /// The file with its configuration.
    pub config_name: String,
    /// The configuration as it is.
    pub config: Vec<u8>,
    /// The digest of the configuration: the image's id.
    pub id: String,
    /// The platform that the index names, when there is one.
    pub platform: Option<String>,
    /// The layers, lowest first; one that is not there is empty and partial.
    pub layers: Vec<Arc<Layer>>,
    /// What is wrong with it: digests that differ, blobs that are missing. With the layer, where it is about one.
    pub faults: Vec<(Option<usize>, String)>,
    /// The digest of its manifest and those of the indexes above it, where the archive has them.
    pub digests: Vec<String>,
    /// What the archive holds about it: signatures and attestations.
    pub attached: Vec<Arc<Attached>>,
}

/// Which images of an archive are wanted.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The platform, `linux/arm64`: of an image for several, only this one is read.
    pub platform: Option<String>,
}

/// Whether a file is a tar, perhaps compressed, by its first bytes (at least 262 of them for a plain one).
#[must_use]
pub fn looks_like_archive(head: &[u8]) -> bool {
    use crate::layer::decode::{Compression, compression};
    match compression(head) {
        Compression::Plain => head.get(257..262) == Some(b"ustar"),
        Compression::Gzip | Compression::Zstd => true,
    }
}

/// Reads an archive.
///
/// # Errors
/// When it cannot be opened at all, or is no archive of images.
pub fn read(input: Input<'_>, choice: &Choice, sense: &dyn SecretSense) -> io::Result<Reading> {
    let mut shelf = shelf::Shelf::survey(input, sense)?;
    let mut reading = Reading::default();
    reading.faults.append(&mut shelf.faults);
    let orders = manifest::orders(&shelf, choice, &mut reading);
    if orders.is_empty() && reading.faults.is_empty() && reading.left_out.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "holds no image: there is neither a manifest.json nor an index.json",
        ));
    }
    let mut wanted: Vec<String> = orders.iter().flat_map(|order| order.layers.iter().cloned()).collect();
    wanted.sort();
    wanted.dedup();
    let layers = shelf.layers(&wanted, sense);
    let attachments = attached::Attachments::of(&shelf);
    reading.layout = !shelf.has("manifest.json");
    for order in orders {
        let found = order.layers.iter().map(|name| {
            let at = wanted.binary_search(name).ok();
            at.and_then(|at| layers.get(at)).cloned().flatten()
        });
        let mut saved = manifest::fill(&order, found.collect());
        attachments.join(&mut saved);
        reading.images.push(saved);
    }
    Ok(reading)
}

impl<T: Read + Seek + Send> Handle for T {}
