//! Any text as a bill of materials and as a VEX document. Reading must neither panic nor hang, every place must lie in the document, and what
//! was read and written must come back as the same bytes in both notations.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_packages::sbom::{self, Purl};
use plimsoll_packages::vex;
use plimsoll_text::{SourceKind, Sources};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    if let Some(document) = vex::read(&text) {
        for statement in &document.statements {
            assert!(text.get(statement.at.0..statement.at.1).is_some(), "{statement:?}");
        }
        let package = Purl::npm("a", "1.0.0");
        let _ = document.statements.iter().any(|one| one.covers(["CVE-1"].into_iter(), &package, &[]));
    }
    if let Some(purl) = text.lines().next().and_then(Purl::parse) {
        let again = Purl::parse(&purl.to_string());
        assert!(again.is_none_or(|again| again.to_string() == purl.to_string()));
    }
    let Some(reading) = sbom::read(&text) else { return };
    let mut sources = Sources::new();
    let id = sources.add("bill.json", SourceKind::Manifest, text.as_bytes());
    let survey = sbom::survey(&reading, "bill.json", id);
    for package in &survey.packages {
        assert!(sources.get(id).text.get(package.at.range()).is_some(), "{package:?}");
    }
    let written = sbom::cyclonedx(&reading.bill, "0");
    let again = sbom::read(&written).expect("what is written can be read");
    assert_eq!(
        sbom::cyclonedx(&again.bill, "0"),
        sbom::cyclonedx(&sbom::read(&sbom::cyclonedx(&again.bill, "0")).expect("again").bill, "0")
    );
    let written = sbom::spdx(&reading.bill, "0", "2026-01-01");
    assert!(sbom::read(&written).is_some(), "what is written can be read");
});
