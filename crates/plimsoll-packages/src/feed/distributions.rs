//! The feeds that distributions publish themselves: Debian's tracker and Alpine's secdb.
//!
//! Deliberately absent: what is not mended. A version that mends nothing is no fact of these tables.

use std::collections::HashMap;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::rating::{UNRATED, of_word};
use super::releases::{Releases, is_name, is_version, mark};

/// The feeds that make a release of Debian whole.
pub(super) const TRACKER: &[&str] = &["tracker"];
/// The repositories that make a release of Alpine whole.
pub(super) const REPOSITORIES: &[&str] = &["community", "main"];

/// Takes the tracker: source by source, so that it is never whole in memory as values.
///
/// # Errors
/// Why it cannot be read: nothing of it is used then.
pub(super) fn tracker(bytes: &[u8], day: &str) -> Result<Releases, String> {
    let mut releases = Releases::default();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let sources = Sources { releases: &mut releases, day };
    reader.deserialize_map(sources).and_then(|()| reader.end()).map_err(|error| error.to_string())?;
    Ok(releases)
}

struct Sources<'r> {
    releases: &'r mut Releases,
    day: &'r str,
}

impl<'de> Visitor<'de> for Sources<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("sources with their vulnerabilities")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((source, ids)) = map.next_entry::<String, HashMap<String, Value>>()? {
            if is_name(&source) {
                one(self.releases, &source, &ids, self.day);
            }
        }
        Ok(())
    }
}

fn one(releases: &mut Releases, source: &str, ids: &HashMap<String, Value>, day: &str) {
    for (id, facts) in ids {
        let Some(mark) = mark(id) else { continue };
        let of = facts.get("releases").and_then(Value::as_object);
        for (release, facts) in of.into_iter().flatten() {
            // Nobody runs what has no release; its packages name none either.
            if release == "sid" || !is_name(release) {
                continue;
            }
            releases.feed(release, "tracker", day);
            releases.whole(release, source);
            let repositories = facts.get("repositories").and_then(Value::as_object);
            for (suite, version) in repositories.into_iter().flatten() {
                let letter = match suite.strip_prefix(release.as_str()) {
                    Some("") => 'm',
                    Some("-security" | "-lts") => 's',
                    Some("-updates") => 'u',
                    _ => continue,
                };
                if let Some(version) = version.as_str().filter(|version| is_version(version)) {
                    releases.pocket(release, source, letter, version);
                }
            }
            let fixed = facts.get("fixed_version").and_then(Value::as_str).unwrap_or("");
            let resolved = facts.get("status").and_then(Value::as_str) == Some("resolved");
            if resolved && is_version(fixed) {
                let urgency = facts.get("urgency").and_then(Value::as_str).unwrap_or("");
                let letter = of_word(urgency.trim_end_matches('*'));
                releases.fix(release, source, fixed, mark.clone(), letter);
            }
        }
    }
}

/// Takes one repository of one release of Alpine.
///
/// # Errors
/// Why it cannot be used.
pub(super) fn secdb(value: &Value, day: &str) -> Result<Releases, String> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or("");
    let release = text("distroversion").trim_start_matches('v');
    let repository = text("reponame");
    if !is_name(release) || !is_name(repository) {
        return Err("it does not say which repository of which release it is about".to_owned());
    }
    let Some(packages) = value.get("packages").and_then(Value::as_array) else {
        return Err("it has no packages".to_owned());
    };
    let mut releases = Releases::default();
    releases.feed(release, repository, day);
    for package in packages.iter().filter_map(|package| package.get("pkg")) {
        let Some(name) = package.get("name").and_then(Value::as_str).filter(|name| is_name(name)) else {
            continue;
        };
        releases.whole(release, name);
        let fixes = package.get("secfixes").and_then(Value::as_object);
        for (version, ids) in fixes.into_iter().flatten().filter(|(version, _)| is_version(version)) {
            let ids = ids.as_array().into_iter().flatten().filter_map(Value::as_str);
            for mark in ids.flat_map(str::split_whitespace).filter_map(mark) {
                releases.fix(release, name, version, mark, UNRATED);
            }
        }
    }
    Ok(releases)
}
