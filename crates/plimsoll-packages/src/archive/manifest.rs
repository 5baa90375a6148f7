//! Which images an archive says it holds, and whether what it holds is what it says.
//!
//! Deliberately absent: signatures and attestations (see `attached`); a manifest of one is no image and is passed over.

use std::sync::Arc;

use serde_json::Value;

use super::shelf::Shelf;
use super::{Choice, Reading, SavedImage, attached};
use crate::layer::{Layer, decode::digest};

/// More images than this are not read from one archive.
const MAX_IMAGES: usize = 32;
/// An index may name indexes.
const MAX_DEPTH: usize = 4;
/// No image has more layers (the engine allows 127).
const MAX_LAYERS: usize = 1024;

/// One image as the archive describes it.
pub(super) struct Order {
    names: Vec<String>,
    config_name: String,
    config: Vec<u8>,
    platform: Option<String>,
    /// Names of the blobs.
    pub(super) layers: Vec<String>,
    faults: Vec<(Option<usize>, String)>,
}

/// The images of an archive. `manifest.json` comes first: it has the names, and names what is really there.
pub(super) fn orders(shelf: &Shelf<'_>, choice: &Choice, reading: &mut Reading) -> Vec<Order> {
    let mut orders = Vec::new();
    match shelf.text("manifest.json").map(|text| serde_json::from_slice::<Value>(&text)) {
        Some(Ok(Value::Array(images))) => {
            for image in images.iter().take(MAX_IMAGES) {
                orders.extend(saved(shelf, image, reading));
            }
            if images.len() > MAX_IMAGES {
                reading
                    .faults
                    .push(format!("only the first {MAX_IMAGES} of {} images are read", images.len()));
            }
            let text = |order: &Order| platform_of(&order.config);
            if let Some(wanted) = &choice.platform {
                let (kept, other): (Vec<Order>, Vec<Order>) = orders
                    .into_iter()
                    .partition(|order| text(order).is_none_or(|own| is_platform(&own, wanted)));
                orders = kept;
                let others = other.iter().filter_map(text);
                reading.left_out.extend(others.map(|own| (own, format!("{wanted} was asked for"))));
            }
            return orders;
        }
        Some(Ok(_)) => reading.faults.push("manifest.json is no list".to_owned()),
        Some(Err(error)) => reading.faults.push(format!("manifest.json is no JSON: {error}")),
        None => {}
    }
    let Some(text) = shelf.text("index.json") else {
        if shelf.has("repositories") {
            reading
                .faults
                .push("it was saved by an engine before 1.10, without manifest.json: not read".to_owned());
        }
        return orders;
    };
    let index: Value = match serde_json::from_slice(&text) {
        Ok(index) => index,
        Err(error) => {
            reading.faults.push(format!("index.json is no JSON: {error}"));
            return orders;
        }
    };
    let mut found = Vec::new();
    descend(shelf, &index, &[], 0, &mut found, reading);
    choose(found, choice, reading)
}

/// One entry of `manifest.json`.
fn saved(shelf: &Shelf<'_>, image: &Value, reading: &mut Reading) -> Option<Order> {
    let list = |key: &str| -> Vec<String> {
        let items = image.get(key).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).take(MAX_LAYERS).collect()
    };
    let config_name = image.get("Config").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(config) = shelf.text(&config_name) else {
        reading.faults.push(format!("the configuration `{config_name}` of an image is not in the archive"));
        return None;
    };
    let mut faults = Vec::new();
    if let Some(said) = digest_in(&config_name).filter(|said| *said != digest(&config)) {
        faults.push((None, format!("the configuration is not what its name says: {said}")));
    }
    Some(Order {
        names: list("RepoTags"),
        config_name,
        config,
        platform: None,
        layers: list("Layers"),
        faults,
    })
}

/// The digest that a blob is named by: `blobs/sha256/HEX` and `HEX.json`.
fn digest_in(name: &str) -> Option<String> {
    let stem = name.rsplit('/').next().unwrap_or(name);
    let stem = stem.strip_suffix(".json").unwrap_or(stem);
    is_hex(stem).then(|| format!("sha256:{stem}"))
}

fn is_hex(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// The file of a digest.
pub(super) fn blob(digest: &str) -> Option<String> {
    let hex = digest.strip_prefix("sha256:").filter(|hex| is_hex(hex))?;
    Some(format!("blobs/sha256/{hex}"))
}

/// Goes through an index and the indexes it names.
fn descend(
    shelf: &Shelf<'_>,
    index: &Value,
    names: &[String],
    depth: usize,
    found: &mut Vec<Order>,
    reading: &mut Reading,
) {
    let manifests = index.get("manifests").and_then(Value::as_array).into_iter().flatten();
    for descriptor in manifests.take(MAX_IMAGES * 4) {
        if found.len() >= MAX_IMAGES {
            reading.faults.push(format!("only {MAX_IMAGES} images are read"));
            return;
        }
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let annotation = |key: &str| descriptor.get("annotations").and_then(|all| text(all, key));
        // BuildKit's provenance, which is no image (moby/buildkit docs/attestations/attestation-storage.md).
        if annotation("vnd.docker.reference.type").is_some() {
            continue;
        }
        if annotation("org.opencontainers.image.ref.name").is_some_and(|tag| attached::of_tag(&tag).is_some())
        {
            continue;
        }
        let mut names = names.to_vec();
        let full = annotation("io.containerd.image.name");
        names.extend(full.or_else(|| annotation("org.opencontainers.image.ref.name")));
        names.dedup();
        let platform = descriptor.get("platform").map(|platform| {
            let part = |key: &str| text(platform, key);
            let parts = [part("os"), part("architecture"), part("variant")];
            parts.into_iter().flatten().collect::<Vec<_>>().join("/")
        });
        let label =
            platform.clone().or_else(|| names.last().cloned()).unwrap_or_else(|| "an image".to_owned());
        let said = text(descriptor, "digest").unwrap_or_default();
        let Some(file) = blob(&said) else {
            reading.faults.push(format!("{label}: `digest` of the index is none that can be checked"));
            continue;
        };
        let Some(bytes) = shelf.text(&file) else {
            reading.left_out.push((label, "its blobs are not in the archive".to_owned()));
            continue;
        };
        if digest(&bytes) != said {
            reading.faults.push(format!("{label}: the manifest is not what its digest says: {said}"));
        }
        let manifest: Value = match serde_json::from_slice(&bytes) {
            Ok(manifest) => manifest,
            Err(error) => {
                reading.faults.push(format!("{label}: the manifest is no JSON: {error}"));
                continue;
            }
        };
        if attached::is_about_another(&manifest) {
            continue;
        }
        if manifest.get("manifests").is_some() {
            if depth < MAX_DEPTH {
                descend(shelf, &manifest, &names, depth + 1, found, reading);
            }
            continue;
        }
        let config_digest =
            manifest.get("config").and_then(|config| text(config, "digest")).unwrap_or_default();
        let config_name = blob(&config_digest).unwrap_or_default();
        let Some(config) = shelf.text(&config_name) else {
            reading.left_out.push((label, "its configuration is not in the archive".to_owned()));
            continue;
        };
        let mut faults = Vec::new();
        if digest(&config) != config_digest {
            faults.push((None, format!("the configuration is not what its digest says: {config_digest}")));
        }
        let layers = manifest.get("layers").and_then(Value::as_array).into_iter().flatten();
        let layers = layers
            .take(MAX_LAYERS)
            .map(|layer| text(layer, "digest").and_then(|digest| blob(&digest)).unwrap_or_default());
        found.push(Order { names, config_name, config, platform, layers: layers.collect(), faults });
    }
}

/// Of an image for several platforms one is judged: the others hold the same files but for the machine.
fn choose(found: Vec<Order>, choice: &Choice, reading: &mut Reading) -> Vec<Order> {
    let platform = |order: &Order| {
        order
            .platform
            .clone()
            .filter(|own| !own.is_empty())
            .or_else(|| platform_of(&order.config))
            .unwrap_or_default()
    };
    let mut kept: Vec<Order> = Vec::new();
    for order in found {
        let own = platform(&order);
        if let Some(wanted) = choice.platform.as_ref().filter(|wanted| !is_platform(&own, wanted)) {
            reading.left_out.push((own, format!("{wanted} was asked for")));
            continue;
        }
        let same = kept.iter().position(|other| other.names == order.names);
        let rank = |platform: &str| match platform {
            "linux/amd64" => 0,
            text if text.starts_with("linux/arm64") => 1,
            _ => 2,
        };
        let dropped = match same.and_then(|at| kept.get_mut(at)) {
            None => {
                kept.push(order);
                continue;
            }
            Some(other) if rank(&own) < rank(&platform(other)) => platform(&std::mem::replace(other, order)),
            Some(_) => own,
        };
        let why = "another platform of the same image is read".to_owned();
        reading.left_out.push((dropped, why));
    }
    kept
}

/// The platform that a configuration states.
fn platform_of(config: &[u8]) -> Option<String> {
    let config: Value = serde_json::from_slice(config).ok()?;
    let part = |key: &str| config.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let parts = [part("os"), part("architecture"), part("variant")];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join("/")).filter(|text| !text.is_empty())
}

/// `linux/arm64` also means `linux/arm64/v8`.
fn is_platform(own: &str, wanted: &str) -> bool {
    own == wanted || own.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('/'))
}

/// Holds the layers against what the configuration and their names say.
pub(super) fn fill(order: &Order, found: Vec<Option<Arc<Layer>>>) -> SavedImage {
    let config: Value = serde_json::from_slice(&order.config).unwrap_or_default();
    let diff_ids: Vec<&str> = config
        .pointer("/rootfs/diff_ids")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut faults = order.faults.clone();
    if diff_ids.len() != found.len() {
        let (said, own) = (diff_ids.len(), found.len());
        faults.push((None, format!("the configuration names {said} layers and the manifest {own}")));
    }
    let mut layers = Vec::with_capacity(found.len());
    for (at, (layer, name)) in found.into_iter().zip(&order.layers).enumerate() {
        let Some(layer) = layer else {
            faults.push((Some(at), "it is not in the archive".to_owned()));
            layers.push(Arc::new(Layer { partial: true, ..Layer::default() }));
            continue;
        };
        faults.extend(layer.faults.iter().map(|fault| (Some(at), fault.clone())));
        if let Some(digests) = &layer.digests {
            let said = diff_ids.get(at).filter(|said| said.starts_with("sha256:"));
            if let Some(said) = said.filter(|said| **said != digests.plain) {
                faults.push((Some(at), format!("its content is not what the configuration says: {said}")));
            }
            let named = digest_in(name).filter(|_| name.starts_with("blobs/"));
            if let Some(named) = named.filter(|named| *named != digests.blob) {
                faults.push((Some(at), format!("the blob is not what its name says: {named}")));
            }
        }
        layers.push(layer);
    }
    SavedImage {
        names: order.names.clone(),
        config_name: order.config_name.clone(),
        id: digest(&order.config),
        config: order.config.clone(),
        platform: order.platform.clone(),
        layers,
        faults,
        digests: Vec::new(),
        attached: Vec::new(),
    }
}
