//! Any bytes as a key, as a manifest with its blobs, as a bundle, as an index of a layout, and as what a registry answers. Reading
//! must neither panic nor hang, and nothing that was not signed by the key may come out as signed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_packages::archive::{self, Choice, Directory, Handle, Input};
use plimsoll_packages::layer::{SecretSense, Sight};
use plimsoll_posture::Standing;
use plimsoll_registry::{Keychain, Name};
use plimsoll_trust::{Attached, Key, examine};

struct Blind;

impl SecretSense for Blind {
    fn wants(&self, _: &str, _: u64) -> bool {
        false
    }

    fn look(&self, _: &str, _: &[u8]) -> Vec<Sight> {
        Vec::new()
    }
}

/// A layout all of whose files are the same bytes.
struct Same<'a>(&'a [u8]);

impl Directory for Same<'_> {
    fn open(&self, _: &str) -> std::io::Result<Box<dyn Handle>> {
        Ok(Box::new(std::io::Cursor::new(self.0.to_vec())))
    }
}

/// Whose private half is nowhere in here.
const KEY: &[u8] = include_bytes!("../../crates/plimsoll-trust/tests/keys/p256.pub");
/// The digest that the first part is said to have; what a manifest says is up to the input.
const ABOUT: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

fuzz_target!(|data: &[u8]| {
    let _ = Key::parse("x", data);
    let keys: Vec<Key> = Key::parse("own", KEY).into_iter().collect();
    let (manifest, blob) = match data.iter().position(|byte| *byte == 0) {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, data),
    };
    // Every digest that the manifest names is offered, so that only what the bytes themselves have can keep them out.
    let named = serde_json::from_slice::<serde_json::Value>(manifest).ok();
    let layers = named.as_ref().and_then(|manifest| manifest.get("layers")).and_then(|layers| layers.as_array());
    let blobs: Vec<(String, Vec<u8>)> = layers
        .into_iter()
        .flatten()
        .filter_map(|layer| layer.get("digest")?.as_str())
        .take(8)
        .map(|digest| (digest.to_owned(), blob.to_vec()))
        .collect();
    let attached = Attached { about: ABOUT, manifest, blobs: &blobs };
    for keys in [&keys[..], &[]] {
        let found = examine(&[attached], &[ABOUT.to_owned()], keys);
        let standings = found.signatures.iter().map(|one| &one.standing);
        for standing in standings.chain(found.attestations.iter().map(|one| &one.standing)) {
            assert!(!matches!(standing, Standing::Verified(_)));
        }
    }
    let _ = archive::read(Input::Directory(&Same(data)), &Choice::default(), &Blind);
    let _ = Keychain::parse(data);
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(name) = Name::parse(text)
    {
        assert!(name.base().starts_with("http"));
        assert!(!name.repository.contains("..") || !name.repository.split('/').any(|part| part == ".."));
        let _ = plimsoll_fetch::Address::parse(text);
    }
});
