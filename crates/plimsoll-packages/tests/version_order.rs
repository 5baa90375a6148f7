//! The orders of versions against facts that dpkg, apk, rpm and npm's semver established themselves (tests/data).

use std::cmp::Ordering;

use plimsoll_packages::order;
use plimsoll_packages::semver::{Range, Version};

/// Every fact of a file, both ways round; returns how many there were.
fn hold(text: &str, compare: impl Fn(&str, &str) -> Ordering) -> usize {
    let mut facts = 0;
    let mut wrong = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') || line.starts_with("//") {
            continue;
        }
        let [a, sign, b] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let expected = match sign {
            "<" => Ordering::Less,
            "=" => Ordering::Equal,
            ">" => Ordering::Greater,
            _ => panic!("{line}"),
        };
        facts += 1;
        if compare(a, b) != expected || compare(b, a) != expected.reverse() {
            wrong.push(line);
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {facts} facts do not hold: {:?}",
        wrong.len(),
        &wrong[..wrong.len().min(20)]
    );
    facts
}

#[test]
fn debian() {
    assert_eq!(hold(include_str!("data/version-order/debian-versions-generated.txt"), order::dpkg), 14_442);
    assert_eq!(hold(include_str!("data/version-order/debian-versions.txt"), order::dpkg), 30);
}

#[test]
fn alpine() {
    assert_eq!(hold(include_str!("data/version-order/alpine-versions-generated.txt"), order::apk), 13_979);
    assert!(hold(include_str!("data/version-order/alpine-versions.txt"), order::apk) > 700);
}

#[test]
fn rpm() {
    assert!(hold(include_str!("data/version-order/redhat-versions.txt"), order::rpm) > 120);
}

#[test]
fn npm() {
    let compare = |a: &str, b: &str| Version::parse(a).unwrap().cmp(&Version::parse(b).unwrap());
    assert!(hold(include_str!("data/version-order/semver-versions.txt"), compare) > 70);
}

/// `range`, `version`, what npm's semver says without and with pre-releases; `-` for a range that it refuses.
#[test]
fn ranges_hold_what_npm_says() {
    let mut wrong = Vec::new();
    let mut facts = 0;
    for line in include_str!("data/npm-ranges.tsv").lines() {
        let [range, version, plain, with] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let version = Version::parse(version).unwrap();
        let own = Range::parse(range).map_or(["-"; 2], |range| {
            [range.satisfies(&version), range.holds(&version)].map(|inside| if inside { "1" } else { "0" })
        });
        facts += 1;
        if own != [plain, with] {
            wrong.push(format!("{line}: {own:?}"));
        }
    }
    assert!(facts > 1_000, "{facts}");
    assert!(wrong.is_empty(), "{} of {facts}: {:#?}", wrong.len(), &wrong[..wrong.len().min(30)]);
}
