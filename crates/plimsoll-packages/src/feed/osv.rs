//! Records of the Open Source Vulnerability format.
//!
//! One record may name several packages of several worlds, and one package several times: every entry counts. A version is hit by its ranges
//! or by its list of versions; what is withdrawn hits nothing. Ranges of commits are not read, because nobody knows the commit of an
//! installed package. Other worlds than the tables' are counted and left out.

use std::collections::BTreeMap;

use serde_json::Value;

use super::range::{Interval, intervals};
use super::rating::{self, UNRATED};
use super::{Import, releases};
use crate::semver::Version;
use crate::service;

/// The most ranges and single versions of one row.
const MOST: usize = 5_000;

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or("")
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Whether an id can stand in a table.
pub(super) fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 64
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'_'))
}

/// The day of a time stamp.
pub(super) fn day(stamp: &str) -> &str {
    let day = stamp.get(..10).unwrap_or("");
    let digits = |at: usize| day.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let sound = [0, 1, 2, 3, 5, 6, 8, 9].into_iter().all(digits);
    if sound && day.bytes().filter(|byte| *byte == b'-').count() == 2 { day } else { "" }
}

/// Whether a package's name can be a key.
pub(super) fn is_package(name: &str) -> bool {
    !name.is_empty() && name.len() <= 400 && name.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What one record says of one package.
#[derive(Default)]
struct Hits {
    ranges: Vec<String>,
    rating: Option<char>,
}

/// Takes a record.
///
/// # Errors
/// Why the record, or a part of it, cannot be used.
pub(super) fn read(import: &mut Import<'_>, record: &Value) -> Result<(), String> {
    let id = text(record, "id");
    if !is_id(id) {
        return Err("it has no usable id".to_owned());
    }
    let aliases: Vec<&str> = list(record, "aliases")
        .iter()
        .filter_map(Value::as_str)
        .filter(|alias| is_id(alias) && *alias != id)
        .collect();
    let stamp = day(text(record, "modified")).max(day(text(record, "published")));
    let withdrawn = !matches!(record.get("withdrawn"), None | Some(Value::Null));
    let mut faults = Vec::new();
    let mut npm: BTreeMap<&str, Hits> = BTreeMap::new();
    let mut go: BTreeMap<&str, Hits> = BTreeMap::new();
    let mut services: BTreeMap<&str, Hits> = BTreeMap::new();
    for affected in list(record, "affected") {
        let Some(package) = affected.get("package") else { continue };
        let (world, release) =
            text(package, "ecosystem").split_once(':').unwrap_or((text(package, "ecosystem"), ""));
        let name = text(package, "name");
        let hits = match world {
            "npm" => npm.entry(name).or_default(),
            "Go" => go.entry(name).or_default(),
            "Bitnami" => services.entry(name).or_default(),
            "Debian" | "Alpine" => {
                if !withdrawn {
                    fixes(import, record, affected, (world, release, name), &mut faults);
                }
                continue;
            }
            _ => {
                import.other += 1;
                continue;
            }
        };
        if !is_package(name) {
            faults.push("a package without a usable name".to_owned());
            continue;
        }
        let letter = rating::of_record(record, affected);
        if letter != UNRATED || hits.rating.is_none() {
            hits.rating = Some(letter);
        }
        if !withdrawn {
            ranges(affected, world, hits, &mut faults);
        }
    }
    let joined = aliases.join(",");
    let malicious = id.starts_with("MAL-");
    if !npm.is_empty() {
        import.npm.see(id, &aliases, stamp);
    }
    for (name, hits) in npm.iter().filter(|(_, hits)| !hits.ranges.is_empty()) {
        let letter = hits.rating.unwrap_or(UNRATED);
        let letter = if malicious && letter == UNRATED { 'c' } else { letter };
        let flags = if malicious { "m" } else { "" };
        import.npm.add(&[name, id, &joined, &letter.to_string(), "f", flags, &hits.ranges.join(";")]);
    }
    if !go.is_empty() {
        // Go's own database has every advisory of the others; they rate, and it does not.
        if id.starts_with("GO-") {
            import.go.see(id, &aliases, stamp);
            for (name, hits) in go.iter().filter(|(_, hits)| !hits.ranges.is_empty()) {
                let letter = hits.rating.unwrap_or(UNRATED).to_string();
                import.go.add(&[name, id, &joined, &letter, "", &hits.ranges.join(";")]);
            }
        } else if let Some(letter) =
            go.values().filter_map(|hits| hits.rating).find(|letter| *letter != UNRATED)
        {
            import.go.rate(id, letter);
        }
    }
    for (name, hits) in services {
        let cve = aliases.iter().copied().chain([id]).find(|id| id.starts_with("CVE-"));
        let known = service::PRODUCTS.iter().any(|product| product.id == name);
        let Some(cve) = cve.filter(|_| known) else { continue };
        import.services.see(cve, &[], stamp);
        if !hits.ranges.is_empty() {
            let letter = hits.rating.unwrap_or(UNRATED).to_string();
            import.services.add(&[name, cve, &letter, "", &hits.ranges.join(";")]);
        }
    }
    match faults.is_empty() {
        true => Ok(()),
        false => Err(format!("{id}: {}", faults.join("; "))),
    }
}

/// The ranges and versions of one entry, in the notation of its table.
fn ranges(affected: &Value, world: &str, hits: &mut Hits, faults: &mut Vec<String>) {
    let own =
        affected.pointer("/ecosystem_specific/custom_ranges").and_then(Value::as_array).map(Vec::as_slice);
    let all = own.filter(|own| world == "Go" && !own.is_empty()).unwrap_or_else(|| list(affected, "ranges"));
    let mut found: Vec<Interval<'_>> = Vec::new();
    for range in all.iter().filter(|range| text(range, "type") != "GIT") {
        let is_version = |text: &str| {
            !text.contains([' ', '\t', ';', '|', '\n', '<', '>']) && Version::parse(text).is_some()
        };
        let compare = |a: &str, b: &str| Version::parse(a).cmp(&Version::parse(b));
        match intervals(list(range, "events"), is_version, compare) {
            Ok(some) => found.extend(some),
            Err(bad) => faults.push(format!("`{}` is no version", bad.chars().take(40).collect::<String>())),
        }
    }
    let mut put = |range: String| {
        if hits.ranges.len() < MOST && !hits.ranges.contains(&range) {
            hits.ranges.push(range);
        }
    };
    for interval in &found {
        let text = interval.text();
        match world {
            "npm" => put(format!("{text}|{}", interval.fixed().unwrap_or(""))),
            // A range without an end names no version that is better, and is mostly one that nobody closed.
            _ if text.contains('<') => put(text),
            _ => {}
        }
    }
    if world != "npm" {
        return;
    }
    for version in list(affected, "versions").iter().filter_map(Value::as_str) {
        let sound = !version.contains([' ', '\t', ';', '|', '\n']);
        match Version::parse(version).filter(|_| sound) {
            Some(parsed) if found.iter().any(|interval| interval.holds(&parsed)) => {}
            Some(parsed) => put(format!("={parsed}|")),
            None => faults.push(format!("`{}` is no version", version.chars().take(40).collect::<String>())),
        }
    }
}

/// The fixes of a source of a distribution.
fn fixes(
    import: &mut Import<'_>,
    record: &Value,
    affected: &Value,
    (world, release, source): (&str, &str, &str),
    faults: &mut Vec<String>,
) {
    let release = if world == "Alpine" { release.trim_start_matches('v') } else { release };
    if release.is_empty() {
        return;
    }
    if !releases::is_name(release) || !releases::is_name(source) {
        faults.push("a release or a source without a usable name".to_owned());
        return;
    }
    let letter = rating::of_record(record, affected);
    let id = text(record, "id");
    let others = ["aliases", "upstream", "related"].into_iter().flat_map(|key| list(record, key));
    let mut marks: Vec<String> = others
        .filter_map(Value::as_str)
        .chain([id])
        .filter_map(releases::mark)
        .filter(|mark| mark.starts_with(|first: char| first.is_ascii_digit()))
        .collect();
    if marks.is_empty() {
        marks.extend(releases::mark(id));
    }
    marks.sort();
    marks.dedup();
    let day = import.day_of(day(text(record, "modified")));
    let to = if world == "Alpine" { &mut import.alpine } else { &mut import.debian };
    to.feed(release, "osv", &day);
    for range in list(affected, "ranges").iter().filter(|range| text(range, "type") == "ECOSYSTEM") {
        let events = list(range, "events");
        let introduced =
            events.iter().map(|event| text(event, "introduced")).find(|version| !version.is_empty());
        if introduced.is_some_and(|version| version != "0") {
            faults.push(format!("a range of {source} does not start at 0"));
            continue;
        }
        for fixed in events.iter().map(|event| text(event, "fixed")).filter(|version| !version.is_empty()) {
            if !releases::is_version(fixed) {
                faults.push(format!("a fixed version of {source} cannot be used"));
                continue;
            }
            for mark in &marks {
                to.fix(release, source, fixed, mark.clone(), letter);
            }
        }
    }
}
