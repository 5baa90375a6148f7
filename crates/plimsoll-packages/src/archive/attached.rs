//! What an archive holds *about* its images: manifests of signatures and attestations, with their blobs.
//!
//! They are found in three ways: by the tag `sha256-….sig` that cosign gives them, by `subject` (OCI image specification 1.1), and
//! by the annotation of BuildKit. Deliberately absent: what they say and whether it holds (`plimsoll-trust`).

use std::sync::Arc;

use serde_json::Value;

use super::SavedImage;
use super::manifest::blob;
use super::shelf::Shelf;

/// Manifests that are looked at.
const MAX_MANIFESTS: usize = 512;
/// Bytes of blobs that are kept.
const MAX_BYTES: usize = 32 << 20;
/// An index may name indexes.
const MAX_DEPTH: usize = 4;

/// A manifest about an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// The digest of what it is about: a manifest or an index.
    pub about: String,
    /// The manifest.
    pub manifest: Vec<u8>,
    /// Those of its blobs that are there and are JSON, by digest. Whether they have it is not checked.
    pub blobs: Vec<(String, Vec<u8>)>,
}

/// All of an archive.
#[derive(Default)]
pub(super) struct Attachments {
    attached: Vec<Arc<Attached>>,
    /// Digest of a configuration, digests of its manifest and what is above it.
    images: Vec<(String, Vec<String>)>,
    manifests: usize,
    bytes: usize,
}

/// `sha256:…` for `sha256-….sig` and what else cosign puts beside an image.
pub(super) fn of_tag(tag: &str) -> Option<String> {
    let tag = tag.rsplit(':').next().unwrap_or(tag);
    let (hex, ending) = tag.strip_prefix("sha256-")?.split_once('.')?;
    let digest = format!("sha256:{hex}");
    (matches!(ending, "sig" | "att" | "sbom") && blob(&digest).is_some()).then_some(digest)
}

/// Whether a manifest is about another one, or no image at all.
pub(super) fn is_about_another(manifest: &Value) -> bool {
    manifest.get("subject").is_some_and(|subject| !subject.is_null())
        || manifest.get("artifactType").is_some()
}

fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer).and_then(Value::as_str)
}

impl Attachments {
    pub(super) fn of(shelf: &Shelf<'_>) -> Self {
        let mut all = Self::default();
        let index = shelf.text("index.json").and_then(|text| serde_json::from_slice::<Value>(&text).ok());
        if let Some(index) = index {
            all.descend(shelf, &index, &[]);
        }
        all
    }

    fn descend(&mut self, shelf: &Shelf<'_>, index: &Value, above: &[String]) {
        let descriptors = index.get("manifests").and_then(Value::as_array).into_iter().flatten();
        for descriptor in descriptors {
            if self.manifests >= MAX_MANIFESTS || above.len() > MAX_DEPTH {
                return;
            }
            self.manifests += 1;
            let digest = text(descriptor, "/digest").unwrap_or_default();
            let Some(bytes) = blob(digest).and_then(|file| shelf.text(&file)) else { continue };
            let Ok(manifest) = serde_json::from_slice::<Value>(&bytes) else { continue };
            let annotations = descriptor.get("annotations");
            let annotation = |key: &str| annotations.and_then(|all| all.get(key)).and_then(Value::as_str);
            let about = annotation("vnd.docker.reference.digest")
                .map(str::to_owned)
                .or_else(|| annotation("org.opencontainers.image.ref.name").and_then(of_tag))
                .or_else(|| text(&manifest, "/subject/digest").map(str::to_owned));
            if let Some(about) = about {
                self.keep(shelf, about, bytes, &manifest);
                continue;
            }
            let mut chain = vec![digest.to_owned()];
            chain.extend_from_slice(above);
            if manifest.get("manifests").is_some() {
                self.descend(shelf, &manifest, &chain);
            } else if let Some(config) = text(&manifest, "/config/digest") {
                self.images.push((config.to_owned(), chain));
            }
        }
    }

    fn keep(&mut self, shelf: &Shelf<'_>, about: String, bytes: Vec<u8>, manifest: &Value) {
        let mut blobs: Vec<(String, Vec<u8>)> = Vec::new();
        let layers = manifest.get("layers").and_then(Value::as_array).into_iter().flatten();
        for digest in layers.take(MAX_MANIFESTS).filter_map(|layer| text(layer, "/digest")) {
            // One payload has as many signatures as there are keys.
            if self.bytes >= MAX_BYTES || blobs.iter().any(|(own, _)| own == digest) {
                continue;
            }
            if let Some(content) = blob(digest).and_then(|file| shelf.text(&file)) {
                self.bytes += content.len();
                blobs.push((digest.to_owned(), content));
            }
        }
        self.bytes += bytes.len();
        self.attached.push(Arc::new(Attached { about, manifest: bytes, blobs }));
    }

    /// Gives an image what is about it.
    pub(super) fn join(&self, saved: &mut SavedImage) {
        for (_, chain) in self.images.iter().filter(|(config, _)| *config == saved.id) {
            for digest in
                chain.iter().filter(|digest| !saved.digests.contains(digest)).cloned().collect::<Vec<_>>()
            {
                saved.digests.push(digest);
            }
        }
        let about = self.attached.iter().filter(|one| saved.digests.contains(&one.about));
        saved.attached = about.cloned().collect();
    }
}
