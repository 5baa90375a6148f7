//! The feeds of one document each: known exploited vulnerabilities, Node.js itself, and reports of `npm audit`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::advisories::{Advisories, text as table};
use super::osv::{day, is_id, is_package};
use super::rating::of_word;
use crate::database::Table;
use crate::semver::{Range, Version};

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or("")
}

/// The table of the known exploited, which is always whole.
///
/// # Errors
/// Why it cannot be used.
pub(super) fn kev(value: &Value) -> Result<String, String> {
    let Some(all) = value.get("vulnerabilities").and_then(Value::as_array) else {
        return Err("it has no vulnerabilities".to_owned());
    };
    let mut rows = BTreeMap::new();
    for one in all {
        let (id, added) = (text(one, "cveID"), day(text(one, "dateAdded")));
        if id.starts_with("CVE-") && is_id(id) {
            let ransomware = if text(one, "knownRansomwareCampaignUse") == "Known" { "r" } else { "" };
            rows.insert(id, format!("{id}\t{added}\t{ransomware}"));
        }
    }
    if rows.is_empty() {
        return Err("it names no vulnerability".to_owned());
    }
    let latest = rows.values().filter_map(|row| row.split('\t').nth(1)).max().unwrap_or("");
    let released = day(text(value, "dateReleased")).max(latest);
    Ok(table(released, released, "", &rows.values().cloned().collect::<Vec<_>>()))
}

/// What the index of Node.js says. An entry that is known already stays as it is: some are corrected.
#[derive(Debug, Default)]
pub(super) struct Index(Vec<(String, Vec<String>, String)>);

impl Index {
    /// # Errors
    /// Why a part of it cannot be used.
    pub(super) fn read(&mut self, value: &Value) -> Result<(), String> {
        let mut bad = Vec::new();
        for (number, entry) in value.as_object().into_iter().flatten() {
            let ids: Vec<&str> = match entry.get("cve") {
                Some(Value::Array(ids)) => ids.iter().filter_map(Value::as_str).collect(),
                Some(Value::String(id)) => vec![id],
                _ => Vec::new(),
            };
            let ids: Vec<String> =
                ids.into_iter().map(str::trim).filter(|id| is_id(id)).map(str::to_owned).collect();
            let (vulnerable, patched) = (text(entry, "vulnerable").trim(), text(entry, "patched").trim());
            let readable = |range: &str| {
                range.len() < 2_000 && !range.contains(['\t', '\n']) && Range::parse(range).is_some()
            };
            if !is_id(number) || vulnerable.is_empty() || !readable(vulnerable) || !readable(patched) {
                bad.push(number.chars().take(40).collect::<String>());
                continue;
            }
            let systems = entry.get("affectedEnvironments").and_then(Value::as_array);
            let elsewhere = systems.is_some_and(|systems| {
                let mut names = systems.iter().filter_map(Value::as_str);
                !systems.is_empty() && !names.any(|name| matches!(name, "linux" | "all"))
            });
            if elsewhere {
                continue;
            }
            let letter = of_word(text(entry, "severity"));
            self.0.push((format!("NSWG-CORE-{number}"), ids, format!("{letter}\t\t{vulnerable}\t{patched}")));
        }
        match bad.is_empty() {
            true => Ok(()),
            false => Err(format!("entries that cannot be read: {}", bad.join(", "))),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The new text of the part.
    pub(super) fn table(self, base: &Table, day: &str) -> String {
        let mut rows: Vec<String> = base.rows().map(str::to_owned).collect();
        let known: std::collections::HashSet<&str> =
            base.rows().flat_map(|row| row.split('\t').take(2).flat_map(|ids| ids.split(','))).collect();
        let before = rows.len();
        for (own, ids, rest) in self.0 {
            if known.contains(own.as_str()) {
                continue;
            }
            let new: Vec<&String> = ids.iter().filter(|id| !known.contains(id.as_str())).collect();
            match (ids.is_empty(), new.is_empty()) {
                (true, _) => rows.push(format!("{own}\t\t{rest}")),
                (false, false) => rows.extend(new.into_iter().map(|id| format!("{id}\t{own}\t{rest}"))),
                (false, true) => {}
            }
        }
        let day = if rows.len() > before { day } else { "" };
        let (complete, newest) = (base.complete_to().max(day), base.newest().max(day));
        table(complete, newest, base.remark(), &rows)
    }
}

/// Takes a report of `npm audit --json`: the advisories that it names, of the packages that it names them for.
///
/// # Errors
/// Why a part of it cannot be used.
pub(super) fn audit(value: &Value, to: &mut Advisories) -> Result<(), String> {
    let mut bad = Vec::new();
    if value.get("auditReportVersion").is_some() {
        let packages = value.get("vulnerabilities").and_then(Value::as_object);
        for via in packages.into_iter().flatten().filter_map(|(_, of)| of.get("via")?.as_array()).flatten() {
            // A text names another package of the report, which has the advisory.
            if via.is_object() {
                let package = if text(via, "dependency").is_empty() {
                    text(via, "name")
                } else {
                    text(via, "dependency")
                };
                advisory(to, package, via, (text(via, "range"), ""), &mut bad);
            }
        }
    } else {
        for (_, one) in value.get("advisories").and_then(Value::as_object).into_iter().flatten() {
            let ranges = (text(one, "vulnerable_versions"), text(one, "patched_versions"));
            advisory(to, text(one, "module_name"), one, ranges, &mut bad);
        }
    }
    bad.sort();
    bad.dedup();
    match bad.is_empty() {
        true => Ok(()),
        false => Err(format!("advisories that cannot be read: {}", bad.join(", "))),
    }
}

fn advisory(
    to: &mut Advisories,
    package: &str,
    facts: &Value,
    (vulnerable, patched): (&str, &str),
    bad: &mut Vec<String>,
) {
    let url = text(facts, "url").rsplit('/').next().unwrap_or("");
    let own = Some(text(facts, "github_advisory_id")).filter(|id| id.starts_with("GHSA-"));
    let id = own.unwrap_or(url);
    let cves: Vec<&str> = facts
        .get("cves")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter(|cve| is_id(cve))
        .collect();
    let mut ranges = Vec::new();
    for range in vulnerable.split("||") {
        let range = plain(range);
        let sound =
            range.len() < 1_000 && !range.contains([';', '|', '\t', '\n']) && Range::parse(&range).is_some();
        if !sound {
            ranges.clear();
            break;
        }
        let fixed = fixed(&range, patched);
        ranges.push(format!("{range}|{fixed}"));
    }
    let known = id.starts_with("GHSA-") && is_id(id);
    if !known || !is_package(package) || ranges.is_empty() {
        bad.push(package.chars().take(80).filter(|c| !c.is_control()).collect());
        return;
    }
    let letter = of_word(text(facts, "severity")).to_string();
    to.see(id, &cves, "");
    to.add(&[package, id, &cves.join(","), &letter, "s", "", &ranges.join(";")]);
}

/// Comparators with their signs at them: `< 1.2.3` is `<1.2.3`.
fn plain(range: &str) -> String {
    let mut plain = String::new();
    for word in range.split_whitespace() {
        if !plain.is_empty() && !plain.ends_with(['<', '>', '=']) {
            plain.push(' ');
        }
        plain.push_str(word);
    }
    if plain.is_empty() { "*".to_owned() } else { plain }
}

/// The first version behind a range: where it ends, else what is said to be patched.
fn fixed(range: &str, patched: &str) -> String {
    let end = range.split(' ').find_map(|bound| bound.strip_prefix('<').filter(|end| !end.starts_with('=')));
    let said = patched.split("||").filter_map(|range| plain(range).strip_prefix(">=").map(str::to_owned));
    let mut said = said.filter(|version| !version.contains(' '));
    let one = end.map(str::to_owned).or_else(|| said.next());
    one.filter(|version| Version::parse(version).is_some()).unwrap_or_default()
}
