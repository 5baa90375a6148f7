//! An image of a registry as an OCI layout: `index.json` and blobs by their digest.
//!
//! The index is made here: the image that was chosen, what its index has beside it, and what refers to it. Everything but layers
//! is in memory; a layer comes over the network when it is opened.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

use plimsoll_fetch::Body;
use serde_json::{Value, json};

use crate::registry::Manifest;
use crate::{Registry, RegistryError};

/// More manifests than this are not fetched for one image.
const MAX_MANIFESTS: usize = 64;
/// Platforms that are looked at.
const MAX_PLATFORMS: usize = 256;

/// A layout.
#[derive(Debug)]
pub struct Layout<'a> {
    registry: &'a Registry<'a>,
    files: BTreeMap<String, Vec<u8>>,
    /// How long each blob is said to be, by its path.
    blobs: BTreeMap<String, (String, u64)>,
    /// Platforms that were not chosen, each with the reason.
    pub left_out: Vec<(String, String)>,
    /// The digest of what the name stands for.
    pub digest: String,
    /// What could not be had of what refers to the image.
    pub faults: Vec<String>,
}

impl<'a> Layout<'a> {
    /// Finds the image and chooses its platform: the one that is asked for, else `linux/amd64`, else the first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub fn open(registry: &'a Registry<'a>, platform: Option<&str>) -> Result<Self, RegistryError> {
        let name = registry.name().clone();
        let top = registry.manifest(&name.reference)?.ok_or_else(|| RegistryError::Missing {
            registry: name.registry.clone(),
            name: format!("{} ({})", name.repository, name.reference),
        })?;
        let mut layout = Self {
            registry,
            files: BTreeMap::new(),
            blobs: BTreeMap::new(),
            left_out: Vec::new(),
            digest: top.digest.clone(),
            faults: Vec::new(),
        };
        let mut listed = vec![descriptor(&top, Some(("io.containerd.image.name", &name.text)))];
        let mut about = vec![top.digest.clone()];
        if top.value.get("manifests").is_some() {
            let chosen = layout.choose(&top, platform)?;
            about.push(chosen.digest.clone());
            layout.keep(&chosen);
        }
        layout.keep(&top);
        for digest in about {
            layout.attached(&digest, &mut listed);
        }
        let index = json!({ "schemaVersion": 2, "manifests": listed });
        layout.files.insert("index.json".to_owned(), index.to_string().into_bytes());
        Ok(layout)
    }

    /// The image for one platform, and what BuildKit attests of it.
    fn choose(&mut self, top: &Manifest, platform: Option<&str>) -> Result<Manifest, RegistryError> {
        let name = self.registry.name();
        let all = top.value.get("manifests").and_then(Value::as_array).into_iter().flatten();
        let all: Vec<&Value> = all.take(MAX_PLATFORMS).collect();
        let annotation = |one: &Value, key: &str| {
            one.pointer("/annotations")
                .and_then(|all| all.get(key))
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let (beside, images): (Vec<&Value>, Vec<&Value>) =
            all.into_iter().partition(|one| annotation(one, "vnd.docker.reference.type").is_some());
        let own = |one: &Value| {
            let part =
                |key: &str| one.pointer("/platform").and_then(|all| all.get(key)).and_then(Value::as_str);
            let parts: Vec<&str> =
                [part("os"), part("architecture"), part("variant")].into_iter().flatten().collect();
            parts.join("/")
        };
        let is = |own: &str, wanted: &str| {
            own == wanted || own.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('/'))
        };
        let chosen = match platform {
            Some(wanted) => images.iter().position(|one| is(&own(one), wanted)).ok_or_else(|| {
                let others: Vec<String> = images.iter().map(|one| own(one)).collect();
                RegistryError::Platform {
                    name: name.text.clone(),
                    wanted: wanted.to_owned(),
                    others: others.join(", "),
                }
            })?,
            None => images.iter().position(|one| own(one) == "linux/amd64").unwrap_or(0),
        };
        let digest = |one: &Value| one.get("digest").and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some(descriptor) = images.get(chosen) else {
            return Err(self.registry.unusable(format!("{} is an index of no image", name.text)));
        };
        for (at, one) in images.iter().enumerate().filter(|(at, _)| *at != chosen) {
            let why = match platform {
                Some(wanted) => format!("{wanted} was asked for"),
                None => "another platform of the same image is read".to_owned(),
            };
            let label = own(one);
            self.left_out.push((if label.is_empty() { format!("image {}", at + 1) } else { label }, why));
        }
        let digest = digest(descriptor);
        if !crate::name::is_digest(&digest) {
            return Err(self.registry.unusable(format!("{} names an image by no digest", name.text)));
        }
        let manifest = self.registry.manifest(&digest)?.ok_or_else(|| {
            self.registry.unusable(format!("{} names {digest}, which is not there", name.text))
        })?;
        if manifest.value.get("manifests").is_some() {
            return Err(self.registry.unusable(format!("{} is an index of indexes", name.text)));
        }
        for one in beside.iter().take(MAX_MANIFESTS) {
            let about = annotation(one, "vnd.docker.reference.digest");
            if about.is_some_and(|about| about == digest) {
                let own = one.get("digest").and_then(Value::as_str).unwrap_or_default();
                self.fetch(own);
            }
        }
        Ok(manifest)
    }

    /// What refers to a manifest: signatures and attestations by tag, and referrers.
    fn attached(&mut self, digest: &str, listed: &mut Vec<Value>) {
        for ending in ["sig", "att"] {
            let tag = format!("{}.{ending}", digest.replace(':', "-"));
            match self.registry.manifest(&tag) {
                Ok(Some(manifest)) => {
                    listed.push(descriptor(&manifest, Some(("org.opencontainers.image.ref.name", &tag))));
                    self.keep(&manifest);
                }
                Ok(None) => {}
                Err(error) => self.faults.push(format!("signatures cannot be looked for: {error}")),
            }
        }
        match self.registry.referrers(digest) {
            Ok(referrers) => {
                for one in referrers.iter().take(MAX_MANIFESTS) {
                    let own = one.get("digest").and_then(Value::as_str).unwrap_or_default();
                    if let Some(manifest) = self.fetch(own) {
                        listed.push(descriptor(&manifest, None));
                    }
                }
            }
            Err(error) => self.faults.push(format!("signatures cannot be looked for: {error}")),
        }
    }

    fn fetch(&mut self, digest: &str) -> Option<Manifest> {
        if !crate::name::is_digest(digest) || self.files.len() >= MAX_MANIFESTS {
            return None;
        }
        match self.registry.manifest(digest) {
            Ok(Some(manifest)) => {
                self.keep(&manifest);
                Some(manifest)
            }
            Ok(None) => None,
            Err(error) => {
                self.faults.push(format!("what refers to the image cannot be read: {error}"));
                None
            }
        }
    }

    /// Keeps a manifest and takes down which blobs it names.
    fn keep(&mut self, manifest: &Manifest) {
        let path = |digest: &str| digest.strip_prefix("sha256:").map(|hex| format!("blobs/sha256/{hex}"));
        if let Some(path) = path(&manifest.digest) {
            self.files.insert(path, manifest.bytes.clone());
        }
        let layers = manifest.value.get("layers").and_then(Value::as_array).into_iter().flatten();
        for one in manifest.value.get("config").into_iter().chain(layers).take(2048) {
            let digest = one.get("digest").and_then(Value::as_str).unwrap_or_default();
            let size = one.get("size").and_then(Value::as_u64).unwrap_or(0);
            if crate::name::is_digest(digest)
                && let Some(path) = path(digest)
            {
                self.blobs.insert(path, (digest.to_owned(), size));
            }
        }
    }

    /// A file of the layout by its path.
    ///
    /// # Errors
    /// When there is none, or the registry does not give it.
    pub fn file(&self, path: &str) -> io::Result<Piece> {
        if let Some(bytes) = self.files.get(path) {
            return Ok(Piece::Here(Cursor::new(bytes.clone())));
        }
        let (digest, size) = self.blobs.get(path).ok_or(io::ErrorKind::NotFound)?;
        let reply = self.registry.blob(digest).map_err(io::Error::other)?;
        let reply = reply.ok_or_else(|| {
            io::Error::new(io::ErrorKind::NotFound, format!("the registry has no blob {digest}"))
        })?;
        let size = reply.length.unwrap_or(*size);
        Ok(Piece::Coming { body: reply.body, size, read: 0, at: 0 })
    }
}

fn descriptor(manifest: &Manifest, annotation: Option<(&str, &str)>) -> Value {
    let mut value = json!({
        "mediaType": manifest.kind,
        "digest": manifest.digest,
        "size": manifest.bytes.len(),
    });
    if let (Some((key, text)), Some(all)) = (annotation, value.as_object_mut()) {
        all.insert("annotations".to_owned(), json!({ key: text }));
    }
    value
}

/// A file of a layout: in memory, or on its way. What is on its way can be read once and asked for its length, and goes back
/// nowhere.
#[derive(Debug)]
pub enum Piece {
    /// In memory.
    Here(Cursor<Vec<u8>>),
    /// On its way.
    Coming {
        /// The bytes.
        body: Body,
        /// How many there should be.
        size: u64,
        /// How many came.
        read: u64,
        /// Where the reader believes to be.
        at: u64,
    },
}

impl Read for Piece {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Here(bytes) => bytes.read(buffer),
            Self::Coming { body, read, at, size } => {
                if *at == *size && *size != *read {
                    return Ok(0);
                }
                if at != read {
                    return Err(io::Error::new(
                        io::ErrorKind::Unsupported,
                        "a blob comes from front to back",
                    ));
                }
                let came = body.read(buffer)?;
                *read += came as u64;
                *at = *read;
                Ok(came)
            }
        }
    }
}

impl Seek for Piece {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Here(bytes) => bytes.seek(to),
            Self::Coming { size, at, .. } => {
                let target = match to {
                    SeekFrom::Start(target) => Some(target),
                    SeekFrom::End(by) => size.checked_add_signed(by),
                    SeekFrom::Current(by) => at.checked_add_signed(by),
                };
                *at = target.ok_or(io::ErrorKind::InvalidInput)?;
                Ok(*at)
            }
        }
    }
}
