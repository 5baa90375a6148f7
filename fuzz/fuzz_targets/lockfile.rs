//! Any bytes as each kind of lockfile, as a manifest, as a configuration of each package manager and as a name: the first byte chooses. Reading must neither panic nor
//! hang, every place must lie in its document, and the orders of versions must be total orders.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_packages::semver::{Range, Version};
use plimsoll_packages::{audit, lockfile, lookalike, manifest, order, settings};
use plimsoll_text::{SourceKind, Sources};

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    let name = lockfile::NAMES[usize::from(*first) % lockfile::NAMES.len()];
    let mut sources = Sources::new();
    let id = sources.add(name, SourceKind::Manifest, rest);
    let configured = settings::NAMES[usize::from(*first) % settings::NAMES.len()];
    let config = sources.add(configured, SourceKind::Manifest, rest);
    let own = manifest::read(sources.get(id));
    let mut reading = lockfile::read(sources.get(id), &mut |_| Some(own.clone()));
    audit(&mut reading.lockfile, plimsoll_packages::database::Database::embedded());
    let inside = |span: plimsoll_text::Span| {
        assert!(sources.get(span.source).text.get(span.range()).is_some(), "{span:?}");
    };
    reading.complaints.iter().for_each(|complaint| inside(complaint.at));
    own.requests.iter().for_each(|request| inside(request.at));
    for said in [settings::read(sources.get(config)), own.settings.clone()] {
        said.credentials.iter().for_each(|credential| inside(credential.at));
        said.plain.iter().for_each(|plain| inside(plain.at));
        said.registries.iter().for_each(|registry| inside(registry.at));
        said.scripts.iter().for_each(|rule| inside(rule.at));
        said.unverified.into_iter().for_each(inside);
    }
    for (at, package) in reading.lockfile.packages.iter().enumerate() {
        inside(package.at);
        let _ = reading.lockfile.way_to(at);
    }
    let text = String::from_utf8_lossy(rest);
    let _ = lookalike::of(&text);
    if let Some((a, b)) = text.split_once('\n') {
        for compare in [order::dpkg, order::apk, order::rpm] {
            assert_eq!(compare(a, b), compare(b, a).reverse());
        }
        if let (Some(range), Some(version)) = (Range::parse(a), Version::parse(b)) {
            assert!(!range.satisfies(&version) || range.holds(&version));
        }
    }
});
