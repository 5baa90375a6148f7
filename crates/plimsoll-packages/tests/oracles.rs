//! What other tools find with the same versions (tests/data). Every difference is in `docs/accuracy-packages.md`, and a test
//! here holds that page against what is found.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use plimsoll_packages::advisory;
use plimsoll_packages::database::Database;
use plimsoll_packages::semver::{Range, Version};
use plimsoll_posture::Advisory;
use serde_json::Value;

fn is(advisory: &Advisory, id: &str) -> bool {
    *advisory.id == *id || advisory.aliases.iter().any(|alias| **alias == *id)
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// OSV of December 2023 says which advisories hit a version; what it knew is known here, but for what was narrowed since.
#[test]
fn osv_finds_nothing_that_is_not_found_here_but_what_the_page_explains() {
    let page = std::fs::read_to_string(
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/accuracy-packages.md"),
    )
    .unwrap();
    let (mut pairs, mut missed) = (0, BTreeSet::new());
    for line in include_str!("data/osv-npm-golden.jsonl").lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let (package, version) = (row["pkg"].as_str().unwrap(), row["ver"].as_str().unwrap());
        let found = advisory::of(Database::embedded(), package, version);
        for id in texts(&row["ids"]) {
            pairs += 1;
            if !found.iter().any(|advisory| is(advisory, id)) {
                missed.insert(format!("| `{package}` {version} | {id} |"));
            }
        }
    }
    assert_eq!(pairs, 177);
    let explained: BTreeSet<String> = page
        .lines()
        .filter(|line| line.starts_with("| `") && line.contains("| GHSA-"))
        .map(|line| line.splitn(4, '|').take(3).collect::<Vec<_>>().join("|") + "|")
        .collect();
    assert_eq!(missed, explained, "docs/accuracy-packages.md explains other misses than there are");
}

/// Trivy's rows for npm, pnpm, Yarn and Bun: by its own test database to the row, and by the advisories carried here.
#[test]
fn trivy_finds_the_same() {
    let golden: Value = serde_json::from_str(include_str!("data/trivy-npm-golden.json")).unwrap();
    let mut rows = 0;
    for case in golden["cases"].as_array().unwrap() {
        for row in case["rows"].as_array().unwrap() {
            rows += 1;
            let [id, package, version, fixed, _] = texts(row)[..] else { panic!("{row}") };
            let parsed = Version::parse(version).unwrap();
            let entry = &golden["db"][package][id];
            let inside = |range: &&str| Range::parse(range).unwrap().holds(&parsed);
            assert!(texts(&entry["VulnerableVersions"]).iter().any(inside), "{row}");
            let own = advisory::of(Database::embedded(), package, version);
            let own =
                own.iter().find(|advisory| is(advisory, id)).unwrap_or_else(|| panic!("{row}: {own:?}"));
            assert_eq!(own.fixed.as_deref(), Some(fixed), "{row}");
        }
    }
    assert_eq!(rows, 7);
}
