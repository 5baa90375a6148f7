//! The tables that the program carries are made from the rows of `data/`; here they are made again and compared.
//! `UPDATE=1` writes them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

/// Called malware by the rows because their titles speak of malicious input; both are faults of honest packages
/// (`@babel/traverse`, `babel-traverse`; `openclaw`).
const FAULTS: [&str; 2] = ["GHSA-67hx-6x53-jw92", "GHSA-m3mh-3mpg-37hw"];

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data").join(name)
}

fn rows(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(data(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or("")
}

fn texts<'a>(row: &'a Value, key: &str) -> Vec<&'a str> {
    match &row[key] {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        Value::String(item) => vec![item],
        _ => Vec::new(),
    }
}

fn exploited() -> BTreeSet<String> {
    let kev: Value = serde_json::from_str(&fs::read_to_string(data("kev.json")).unwrap()).unwrap();
    kev["cves"].as_object().unwrap().keys().cloned().collect()
}

fn rating(row: &Value) -> char {
    match text(row, "sev") {
        "critical" => 'c',
        "high" => 'h',
        "medium" => 'm',
        "low" => 'l',
        "" => '-',
        other => panic!("{other}"),
    }
}

/// Compares, or writes when asked to.
fn hold(name: &str, made: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::write(data(name), made).unwrap();
    }
    let committed = fs::read_to_string(data(name)).unwrap_or_default();
    assert!(
        committed == made,
        "{name} is not what its sources make: UPDATE=1 cargo test -p plimsoll-packages --test embedded_data"
    );
}

/// `package id aliases rating completeness flags ranges`, a range being `range|first fixed version`.
#[test]
fn advisories_of_npm() {
    let exploited = exploited();
    let mut lines = Vec::new();
    let (mut complete, mut newest) = (String::new(), String::new());
    for row in rows("npm-advisories.jsonl") {
        let published = text(&row, "pub").to_owned();
        if text(&row, "rc") != "cpe" {
            complete = complete.max(published.clone());
        }
        newest = newest.max(published);
        if matches!(text(&row, "st"), "withdrawn" | "duplicate") {
            continue;
        }
        let id = text(&row, "id");
        let cves = texts(&row, "cve");
        let aliases: Vec<&str> = cves.iter().copied().filter(|cve| *cve != id).collect();
        let ranges: Vec<(&str, &str)> = row["r"]
            .as_array()
            .unwrap()
            .iter()
            .map(|range| (range[0].as_str().unwrap(), range[1].as_str().unwrap_or("")))
            .collect();
        let mut flags = String::new();
        if text(&row, "st") == "malware" && !FAULTS.contains(&id) {
            flags.push('m');
        }
        if cves.iter().any(|cve| exploited.contains(*cve)) {
            flags.push('k');
        }
        let completeness = match text(&row, "rc") {
            "full" => 'f',
            "confirmed" => 'c',
            "cpe" => 'p',
            "single-source" => 's',
            "maybe-partial" => 'm',
            other => panic!("{other}"),
        };
        let ranges: Vec<String> = ranges.iter().map(|(range, fixed)| format!("{range}|{fixed}")).collect();
        let package = text(&row, "pkg");
        let line = [
            package,
            id,
            &aliases.join(","),
            &rating(&row).to_string(),
            &completeness.to_string(),
            &flags,
            &ranges.join(";"),
        ]
        .join("\t");
        assert!(line.matches('\t').count() == 6 && !line.contains('\n'), "{line}");
        lines.push((package.to_owned(), line));
    }
    lines.sort();
    let body: String = lines.into_iter().map(|(_, line)| line + "\n").collect();
    hold("npm.tsv", &format!("{complete}\t{newest}\n{body}"));
}

/// `id aliases rating flags vulnerable patched`, both ranges as npm writes them.
#[test]
fn advisories_of_node() {
    let exploited = exploited();
    let mut newest = String::new();
    let mut body = String::new();
    for row in rows("node-core.jsonl") {
        newest = newest.max(text(&row, "pub").to_owned());
        let systems = texts(&row, "env");
        if !systems.is_empty() && !systems.iter().any(|system| matches!(*system, "linux" | "all")) {
            continue;
        }
        let (id, cve) = (text(&row, "id"), text(&row, "cve"));
        let (first, other) = if cve.is_empty() || cve == id { (id, "") } else { (cve, id) };
        let flag = if exploited.contains(cve) { "k" } else { "" };
        let line = [
            first,
            other,
            &rating(&row).to_string(),
            flag,
            text(&row, "vulnerable").trim(),
            text(&row, "patched").trim(),
        ]
        .join("\t");
        body.push_str(&line);
        body.push('\n');
    }
    hold("node.tsv", &format!("{newest}\t{newest}\n{body}"));
}

/// Faults of these products on Windows alone, which no image of theirs runs: by the texts of the CVEs.
const ELSEWHERE: [(&str, &str); 17] = [
    ("apache", "CVE-2024-38472"),
    ("apache", "CVE-2024-40898"),
    ("apache", "CVE-2024-43394"),
    ("mongodb", "CVE-2024-7553"),
    ("php", "CVE-2024-1874"),
    ("php", "CVE-2024-4577"),
    ("php", "CVE-2024-5585"),
    ("php", "CVE-2024-8926"),
    ("postgresql", "CVE-2020-10733"),
    ("python", "CVE-2019-13404"),
    ("python", "CVE-2020-15523"),
    ("python", "CVE-2020-8315"),
    ("python", "CVE-2022-26488"),
    ("python", "CVE-2024-4030"),
    ("redis", "CVE-2022-3734"),
    ("tomcat", "CVE-2024-50379"),
    ("tomcat", "CVE-2024-56337"),
];

/// `product id rating flags ranges`, the ranges divided by `;` and joined where one ends as the next begins.
#[test]
fn advisories_of_servers() {
    let exploited = exploited();
    let mut newest = String::new();
    let mut lines = BTreeSet::new();
    for row in rows("services.jsonl") {
        let (product, cve) = (text(&row, "p"), text(&row, "cve"));
        let known = plimsoll_packages::service::PRODUCTS.iter().any(|known| known.id == product);
        if !known
            || matches!(text(&row, "st"), "withdrawn" | "duplicate")
            || ELSEWHERE.contains(&(product, cve))
        {
            continue;
        }
        newest = newest.max(text(&row, "pub").to_owned());
        let mut ranges: Vec<String> = Vec::new();
        // A range of everything names no version that is better.
        for range in texts(&row, "r").into_iter().filter(|range| range.contains('<')) {
            let (from, to) = range.split_once(' ').unwrap_or((range, ""));
            let start = from.strip_prefix(">=").unwrap_or("");
            match ranges.iter_mut().find(|known| !start.is_empty() && known.ends_with(&format!("<{start}"))) {
                Some(known) => *known = known.replace(&format!("<{start}"), to),
                None => ranges.push(range.to_owned()),
            }
        }
        if ranges.is_empty() {
            continue;
        }
        let flag = if exploited.contains(cve) { "k" } else { "" };
        lines.insert([product, cve, &rating(&row).to_string(), flag, &ranges.join(";")].join("\t") + "\n");
    }
    hold("services.tsv", &format!("{newest}\t{newest}\n{}", lines.into_iter().collect::<String>()));
}

/// The rows carry no dates: this is the day of the newest of the source.
const GO_NEWEST: &str = "2026-08-21";

/// `module id aliases rating flags ranges`, the ranges divided by `;`; the vendor's own where there are some. What has no rating
/// has that of the same CVE among the rows of Go's own product.
#[test]
fn advisories_of_go() {
    let exploited = exploited();
    let rated: BTreeMap<String, char> = rows("services.jsonl")
        .iter()
        .filter(|row| text(row, "p") == "golang")
        .map(|row| (text(row, "cve").to_owned(), rating(row)))
        .collect();
    let mut lines = BTreeSet::new();
    for row in rows("go-vulndb.jsonl") {
        let aliases = texts(&row, "al");
        // A fault of Go on Windows.
        if matches!(text(&row, "st"), "withdrawn" | "duplicate") || aliases.contains(&"CVE-2020-0601") {
            continue;
        }
        let known = aliases.iter().find_map(|alias| rated.get(*alias).copied());
        let rating = Some(rating(&row)).filter(|rating| *rating != '-').or(known).unwrap_or('-');
        let flag = if aliases.iter().any(|alias| exploited.contains(*alias)) { "k" } else { "" };
        for (module, ranges) in row["aff"].as_object().unwrap() {
            let own = row["cr"].get(module).unwrap_or(ranges);
            let readable = |range: &&str| {
                let ends = range.contains('<') && plimsoll_packages::semver::Range::parse(range).is_some();
                ends && !range.contains("RELEASE") && !range.contains("main-")
            };
            let ranges: Vec<&str> = own
                .as_array()
                .unwrap()
                .iter()
                .map(|range| range.as_str().unwrap())
                .filter(readable)
                .collect();
            if ranges.is_empty() {
                continue;
            }
            let id = text(&row, "id");
            lines.insert(
                [module, id, &aliases.join(","), &rating.to_string(), flag, &ranges.join(";")].join("\t")
                    + "\n",
            );
        }
    }
    hold("go.tsv", &format!("{GO_NEWEST}\t{GO_NEWEST}\n{}", lines.into_iter().collect::<String>()));
}

/// `major start end codename`, by number.
#[test]
fn lines_of_node() {
    let schedule: Value =
        serde_json::from_str(&fs::read_to_string(data("node-schedule.json")).unwrap()).unwrap();
    let mut lines: Vec<(u32, String)> = schedule
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(name, line)| {
            let major: u32 = name.strip_prefix('v')?.parse().ok()?;
            let codename = text(line, "codename").to_ascii_lowercase();
            Some((major, format!("{major}\t{}\t{}\t{codename}\n", text(line, "start"), text(line, "end"))))
        })
        .collect();
    lines.sort();
    hold("node-lines.tsv", &lines.into_iter().map(|(_, line)| line).collect::<String>());
}

/// `CVE day-it-was-added`, and `r` where ransomware uses it.
#[test]
fn exploited_vulnerabilities() {
    let kev: Value = serde_json::from_str(&fs::read_to_string(data("kev.json")).unwrap()).unwrap();
    let mut body = String::new();
    let mut rows: Vec<(&String, &Value)> = kev["cves"].as_object().unwrap().iter().collect();
    rows.sort_by_key(|(cve, _)| *cve);
    for (cve, facts) in rows {
        let ransomware = if facts[1] == 1 { "r" } else { "" };
        body.push_str(&format!("{cve}\t{}\t{ransomware}\n", facts[0].as_str().unwrap()));
    }
    let day = kev["catalog"].as_str().unwrap().replace('.', "-");
    hold("kev.tsv", &format!("{day}\t{day}\n{body}"));
}

/// CVSS scores by CVE.
fn ratings() -> HashMap<String, char> {
    let rated = rows("cve-cvss.jsonl").into_iter().filter_map(|row| {
        let letter = match row["s"].as_f64()? {
            score if score >= 9.0 => 'c',
            score if score >= 7.0 => 'h',
            score if score >= 4.0 => 'm',
            score if score > 0.0 => 'l',
            _ => return None,
        };
        Some((text(&row, "cve").to_owned(), letter))
    });
    rated.collect()
}

/// `2024-1234h`: a CVE without `CVE-`, and its rating. Ids of others stand as they are. The source has a few that are misspelt: what is no
/// id is left out.
fn mark(id: &str, ratings: &HashMap<String, char>) -> Option<String> {
    let id = id.replace("CVE_", "CVE-");
    let id = id.strip_suffix(".patch").unwrap_or(&id);
    let Some(number) = id.strip_prefix("CVE-") else {
        return (id.contains('-') && !id.starts_with(|c: char| c.is_ascii_digit())).then(|| id.to_owned());
    };
    let parts: Vec<&str> = number.split('-').take(2).collect();
    let digits = |part: &&str| part.len() >= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.len() != 2 || !parts.iter().all(digits) {
        return None;
    }
    let number = parts.join("-");
    let rating = ratings.get(&format!("CVE-{number}"));
    Some(number.chars().chain(rating.copied()).collect())
}

/// `version=id,id;version=id`, as the source has it.
fn fixes(of: &Value, ratings: &HashMap<String, char>) -> String {
    let Some(versions) = of.as_object() else { return String::new() };
    let mut all = Vec::new();
    for (version, ids) in versions {
        let ids = ids.as_array().unwrap().iter().filter_map(|id| mark(id.as_str()?, ratings));
        let ids: BTreeSet<String> = ids.collect();
        if !ids.is_empty() {
            assert!(!version.contains(['=', ';', ',', '\t', ' ']), "{version}");
            all.push(format!("{version}={}", ids.into_iter().collect::<Vec<_>>().join(",")));
        }
    }
    all.join(";")
}

/// `release name to extent` for each release, by its name and by its number, and `release/source newest fixes` for each of its sources.
/// The days are those of README.md.
#[test]
fn sources_of_debian() {
    let ratings = ratings();
    let mut lines = Vec::new();
    for (release, number, to) in
        [("bookworm", "12", "2026-11-20"), ("bullseye", "11", "2026-09-12"), ("trixie", "13", "2026-11-20")]
    {
        let json = fs::read_to_string(data(&format!("debian/{release}.json"))).unwrap();
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(text(&json, "version"), number);
        lines.extend([release, number].map(|key| format!("{key}\t{release}\t{to}\tc")));
        for (source, of) in json["sources"].as_object().unwrap() {
            let pockets = [("main", 'm'), ("security", 's'), ("updates", 'u')];
            let newest =
                pockets.iter().filter_map(|(pocket, mark)| Some(format!("{mark}{}", of[pocket].as_str()?)));
            let newest = newest.collect::<Vec<_>>().join(";");
            lines.push(format!("{release}/{source}\t{newest}\t{}", fixes(&of["fixes"], &ratings)));
        }
    }
    let head = "2026-09-12\t2026-11-20\tthe sources that images commonly hold; Debian 11 to 2026-09-12, the end of its support";
    tabled("debian.tsv", head, lines);
}

/// The same notation. The repositories of a release are one here: no source is in two. Of the newer releases only four sources are known,
/// and to different days.
#[test]
fn sources_of_alpine() {
    let ratings = ratings();
    let json: Value =
        serde_json::from_str(&fs::read_to_string(data("alpine-secfixes.json")).unwrap()).unwrap();
    let mut lines = Vec::new();
    for (release, repositories) in json.as_object().unwrap() {
        let (to, extent) = match release.as_str() {
            "3.20" => ("2026-04", "f"),
            "3.21" => ("2026-09", "f"),
            "3.22" | "3.23" => ("2025-10", "f"),
            _ => ("2020-06-08", "a"),
        };
        lines.push(format!("{release}\t{release}\t{to}\t{extent}"));
        let mut known = BTreeSet::new();
        for (source, of) in repositories.as_object().unwrap().values().flat_map(|of| of.as_object().unwrap())
        {
            assert!(known.insert(source), "{source} is in two repositories of {release}");
            lines.push(format!("{release}/{source}\t\t{}", fixes(of, &ratings)));
        }
    }
    let head = "2020-06-08\t2026-09-22\tof Alpine 3.20 to 3.23 only busybox, musl, openssl and zlib";
    tabled("alpine.tsv", head, lines);
}

fn tabled(name: &str, head: &str, mut lines: Vec<String>) {
    lines.sort_by(|a, b| a.split('\t').next().cmp(&b.split('\t').next()));
    let body: String = lines.into_iter().map(|line| line + "\n").collect();
    hold(name, &format!("{head}\n{body}"));
}
