//! Digests of the images that an engine has, by the names under which files ask for them.
//!
//! Deliberately absent: registries. What is not pulled has no digest here, and nothing is pulled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plimsoll_engine::{EngineError, ImageSummary, Lookout};
use plimsoll_posture::ImageReference;

use crate::args::Selection;
use crate::running;

/// Asks the engine that is named, or else the one of the environment or of this host.
pub(super) fn of_engine(selection: &Selection) -> Result<BTreeMap<String, Arc<str>>, EngineError> {
    let address = running::address(selection)?;
    Ok(known(&Lookout::open(&address)?.images(false)?))
}

/// The digest behind each tag, where there is one and no more: an image that was pulled again under another manifest has two,
/// and which of them the tag means now is not said.
fn known(images: &[ImageSummary]) -> BTreeMap<String, Arc<str>> {
    let mut digests = BTreeMap::new();
    for image in images {
        let parsed: Vec<ImageReference> =
            image.repo_digests.iter().filter_map(|text| ImageReference::parse(text)).collect();
        for tag in image.repo_tags.iter().filter_map(|text| ImageReference::parse(text)) {
            let own = parsed.iter().filter(|one| one.name() == tag.name());
            let own: BTreeSet<&Arc<str>> = own.filter_map(|one| one.digest.as_ref()).collect();
            if let (Some(digest), 1) = (own.first(), own.len())
                && is_digest(digest)
            {
                digests.insert(tag.tagged(), Arc::clone(digest));
            }
        }
    }
    digests
}

/// `sha256:` and 64 digits: nothing else goes into a file.
fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_the_one_digest_of_its_repository() {
        let digest = |letter: &str| format!("sha256:{}", letter.repeat(64));
        let image = |tags: &[&str], digests: &[String]| ImageSummary {
            repo_tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            repo_digests: digests.to_vec(),
            ..ImageSummary::default()
        };
        let (a, b) = (digest("a"), digest("b"));
        let images = [
            image(
                &["node:22", "127.0.0.1:5000/node:22"],
                &[format!("node@{a}"), format!("127.0.0.1:5000/node@{b}")],
            ),
            // Built here, pulled twice, not a digest.
            image(&["app:1"], &[]),
            image(&["redis:7"], &[format!("redis@{a}"), format!("redis@{b}")]),
            image(&["bad:1"], &["bad@sha256:xyz".to_owned()]),
            image(&["<none>:<none>"], &["<none>@<none>".to_owned()]),
        ];
        let known = known(&images);
        let pairs: Vec<(&str, &str)> =
            known.iter().map(|(name, digest)| (name.as_str(), &**digest)).collect();
        assert_eq!(pairs, [("127.0.0.1:5000/node:22", b.as_str()), ("node:22", a.as_str())]);
    }
}
