//! Feeds of advisories, read into the tables: records and documents in the shapes of their publishers, with facts that are public.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::io::{Cursor, Write};

use plimsoll_packages::advisory;
use plimsoll_packages::database::{Database, Part, Table};
use plimsoll_packages::feed::{Import, Imported, Kind};
use plimsoll_posture::Rating;
use serde_json::{Value, json};

fn import(day: &str, documents: &[Value]) -> Imported {
    import_on(Database::embedded(), day, documents)
}

fn import_on(base: &Database, day: &str, documents: &[Value]) -> Imported {
    let mut import = Import::new(base);
    import.published(day);
    for (at, document) in documents.iter().enumerate() {
        import.document(&format!("{at}.json"), document.to_string().as_bytes(), true);
    }
    import.finish()
}

fn database(imported: Imported) -> Database {
    database_on(Database::default(), imported)
}

fn database_on(base: Database, imported: Imported) -> Database {
    imported.tables.into_iter().fold(base, |database, (part, text)| {
        let table = Table::imported(text, "a test");
        assert!(part == Part::Node || table.is_sorted(), "{part:?}");
        database.with(part, table)
    })
}

fn ids(database: &Database, package: &str, version: &str) -> Vec<String> {
    advisory::of(database, package, version).iter().map(|advisory| advisory.id.to_string()).collect()
}

fn record(id: &str, package: &str, events: &Value) -> Value {
    json!({
        "schema_version": "1.7.0", "id": id, "modified": "2026-11-20T10:00:00Z", "published": "2026-11-19T10:00:00Z",
        "affected": [{"package": {"ecosystem": "npm", "name": package}, "ranges": [{"type": "SEMVER", "events": events}]}],
        "database_specific": {"severity": "HIGH"},
    })
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        let options =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// GHSA-c2qf-rxjj-qqgw (CVE-2022-25883, `semver`): three lines, each an entry of its own.
#[test]
fn every_entry_of_a_record_counts() {
    let entry = |from: &str, fixed: &str| {
        json!({"package": {"ecosystem": "npm", "name": "semver"},
            "ranges": [{"type": "SEMVER", "events": [{"fixed": fixed}, {"introduced": from}]}]})
    };
    let record = json!({
        "id": "GHSA-c2qf-rxjj-qqgw", "aliases": ["CVE-2022-25883"], "modified": "2026-11-20T00:00:00Z",
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}],
        "affected": [entry("7.0.0", "7.5.2"), entry("6.0.0", "6.3.1"), entry("0", "5.7.2")],
    });
    let imported = import("2026-11-22", &[record]);
    assert_eq!((imported.faults.len(), imported.read[&Kind::Osv]), (0, 1));
    let database = database(imported);
    for (version, fixed) in [
        ("5.7.1", Some("5.7.2")),
        ("5.7.2", None),
        ("6.0.0", Some("6.3.1")),
        ("6.3.1", None),
        ("7.5.1", Some("7.5.2")),
        ("7.5.2", None),
        ("7.5.2-beta.1", Some("7.5.2")),
    ] {
        let found = advisory::of(&database, "semver", version);
        let own = found.iter().find(|advisory| &*advisory.id == "GHSA-c2qf-rxjj-qqgw");
        assert_eq!(own.and_then(|own| own.fixed.as_deref()), fixed, "{version}");
        assert!(own.is_none_or(|own| own.rating == Rating::High && &*own.aliases[0] == "CVE-2022-25883"));
    }
}

#[test]
fn versions_join_ranges_and_what_is_withdrawn_is_gone() {
    let lodash = "GHSA-35jh-r3h4-6jhm";
    assert!(ids(Database::embedded(), "lodash", "4.17.20").contains(&lodash.to_owned()));
    let mut withdrawn = record(lodash, "lodash", &json!([{"introduced": "0"}]));
    withdrawn["withdrawn"] = "2026-11-01T00:00:00Z".into();
    let mut listed = record(
        "GHSA-aaaa-bbbb-cccc",
        "listed",
        &json!([{"introduced": "2.0.0"}, {"last_affected": "2.1.0"}]),
    );
    listed["affected"][0]["versions"] = json!(["1.0.0", "1.0.1-rc.1", "2.0.5"]);
    let mut commits = record("GHSA-dddd-eeee-ffff", "listed", &json!([]));
    commits["affected"][0]["ranges"] =
        json!([{"type": "GIT", "repo": "x", "events": [{"introduced": "0"}, {"limit": "abc"}]}]);
    let database = database(import("2026-11-22", &[withdrawn, listed, commits]));
    assert!(!ids(&database, "lodash", "4.17.20").contains(&lodash.to_owned()));
    for (version, hit) in [
        ("1.0.0", true),
        ("1.0.1-rc.1", true),
        ("1.0.1", false),
        ("2.0.0", true),
        ("2.1.0", true),
        ("2.1.1", false),
    ] {
        assert_eq!(ids(&database, "listed", version) == ["GHSA-aaaa-bbbb-cccc"], hit, "{version}");
    }
    // Everything else is as it was.
    assert_eq!(ids(&database, "minimist", "0.0.8"), ids(Database::embedded(), "minimist", "0.0.8"));
}

#[test]
fn malicious_packages_are_marked_and_one_with_their_aliases() {
    let mut malicious = record("MAL-2026-1", "evil-thing", &json!([{"introduced": "0"}]));
    malicious["aliases"] = json!(["GHSA-gggg-hhhh-jjjj"]);
    malicious["database_specific"] = json!({});
    let github = record("GHSA-gggg-hhhh-jjjj", "evil-thing", &json!([{"introduced": "0"}]));
    let database = database(import("2026-11-22", &[malicious, github]));
    let found = advisory::of(&database, "evil-thing", "1.0.0");
    assert_eq!(found.len(), 1);
    assert!(found[0].malicious && found[0].rating == Rating::Critical);
}

/// A part is complete to the day of a feed only where the feed is whole: it names what was known before.
#[test]
fn a_part_of_a_feed_does_not_make_the_data_complete() {
    let few =
        database(import("2026-11-22", &[record("GHSA-aaaa-bbbb-cccc", "x", &json!([{"introduced": "0"}]))]));
    assert_eq!(few.part(Part::Npm).complete_to(), Database::embedded().part(Part::Npm).complete_to());
    assert_eq!(few.part(Part::Npm).newest(), "2026-11-20");
    let known: BTreeSet<&str> =
        Database::embedded().part(Part::Npm).rows().filter_map(|row| row.split('\t').nth(1)).collect();
    let mut all: Vec<Value> = known
        .iter()
        .map(|id| record(id, "everything", &json!([{"introduced": "0"}, {"fixed": "1.0.0"}])))
        .collect();
    // A record of the future makes nothing complete to the future.
    all[0]["modified"] = "2999-01-01T00:00:00Z".into();
    let whole = database(import("2026-11-22", &all));
    assert_eq!(whole.part(Part::Npm).complete_to(), "2026-11-22");
    assert_eq!(ids(&whole, "lodash", "4.17.20"), Vec::<String>::new(), "the feed says so");
    assert_eq!(whole.part(Part::Npm).block("everything").lines().count(), known.len());
}

#[test]
fn what_is_broken_is_told_and_the_rest_counts() {
    let good = record("GHSA-aaaa-bbbb-cccc", "x", &json!([{"introduced": "0"}])).to_string();
    let odd = record("GHSA-kkkk-llll-mmmm", "y", &json!([{"introduced": "one two"}])).to_string();
    let bytes = zip(&[
        ("GHSA-1.json", b"{\"id\":\"GHSA-1\",\"modified\":"),
        ("good.json", good.as_bytes()),
        ("README.md", b"# not a record"),
        ("odd.json", odd.as_bytes()),
        ("latin.json", b"{\"id\":\"\xff\",\"modified\":1}"),
    ]);
    let mut import = Import::new(Database::embedded());
    import.archive("all.zip", Cursor::new(bytes.clone()));
    let imported = import.finish();
    let told: Vec<&str> = imported.faults.iter().map(|fault| fault.name.as_str()).collect();
    assert_eq!(told, ["all.zip: GHSA-1.json", "all.zip: odd.json"]);
    assert!(imported.faults[1].why.contains("`one two` is no version"), "{:?}", imported.faults);
    assert_eq!(ids(&database(imported), "x", "1.0.0"), ["GHSA-aaaa-bbbb-cccc"]);
    // Cut off, an archive has no directory; damaged within, an entry fails its checksum.
    let mut import = Import::new(Database::embedded());
    import.archive("cut.zip", Cursor::new(bytes[..bytes.len() / 2].to_vec()));
    let mut damaged = bytes;
    let at = damaged.windows(9).position(|window| window == b"good.json").unwrap() + 20;
    damaged[at] ^= 0x55;
    import.archive("damaged.zip", Cursor::new(damaged));
    import.document("note.txt", b"hello", true);
    import.document("note.txt", b"hello", false);
    let imported = import.finish();
    let told: Vec<&str> = imported.faults.iter().map(|fault| fault.name.as_str()).collect();
    assert_eq!(
        told,
        [
            "cut.zip",
            "damaged.zip: GHSA-1.json",
            "damaged.zip: good.json",
            "damaged.zip: odd.json",
            "note.txt"
        ]
    );
}

/// A cross-check with another reader's view: the advisories that OSV had for these versions, given as OSV records, are found again.
#[test]
fn golden_pairs_survive_a_round_trip_through_osv_records() {
    let embedded = Database::embedded();
    let mut records = Vec::new();
    for row in embedded.part(Part::Npm).rows() {
        let fields: Vec<&str> = row.split('\t').collect();
        let [package, id, aliases, _, _, flags, ranges] = fields[..] else { panic!("{row}") };
        let mut affected = Vec::new();
        for range in ranges.split(';').filter_map(|range| range.split('|').next()) {
            let mut events = Vec::new();
            if !range.contains('>') && !range.starts_with('=') {
                events.push(json!({"introduced": "0"}));
            }
            let mut exact = Vec::new();
            for bound in range.split(' ').filter(|bound| *bound != "*") {
                if let Some(version) = bound.strip_prefix(">=") {
                    events.push(json!({"introduced": version}));
                } else if let Some(version) = bound.strip_prefix("<=") {
                    events.push(json!({"last_affected": version}));
                } else if let Some(version) = bound.strip_prefix('<') {
                    events.push(json!({"fixed": version}));
                } else if let Some(version) = bound.strip_prefix('=') {
                    exact.push(version);
                } else {
                    events.clear();
                    break;
                }
            }
            let ranges =
                if events.is_empty() { json!([]) } else { json!([{"type": "SEMVER", "events": events}]) };
            affected.push(json!({"package": {"ecosystem": "npm", "name": package}, "ranges": ranges, "versions": exact}));
        }
        let id = if flags.contains('m') { format!("MAL-{id}") } else { id.to_owned() };
        let aliases: Vec<&str> = aliases.split(',').filter(|alias| !alias.is_empty()).collect();
        records.push(
            json!({"id": id, "aliases": aliases, "modified": "2026-11-20T00:00:00Z", "affected": affected}),
        );
    }
    let bare = Database::default().with(Part::Npm, Table::imported("\t\n".to_owned(), "nothing"));
    let imported = import_on(&bare, "2026-11-22", &records);
    assert_eq!(imported.faults, []);
    let again = database_on(bare, imported);
    let mut pairs = 0;
    for line in include_str!("data/osv-npm-golden.jsonl").lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let (package, version) = (row["pkg"].as_str().unwrap(), row["ver"].as_str().unwrap());
        let sorted =
            |database: &Database| ids(database, package, version).into_iter().collect::<BTreeSet<_>>();
        assert_eq!(sorted(&again), sorted(embedded), "{package} {version}");
        pairs += row["ids"].as_array().unwrap().len();
    }
    assert_eq!(pairs, 177);
}

/// Facts of the tracker about the glibc of bookworm and bullseye (CVE-2023-4911: DSA-5514).
fn tracker() -> Value {
    json!({"glibc": {
        "CVE-2023-4911": {"releases": {
            "bookworm": {"status": "resolved", "fixed_version": "2.36-9+deb12u3", "urgency": "not yet assigned",
                "repositories": {"bookworm": "2.36-9+deb12u10", "bookworm-security": "2.36-9+deb12u7"}},
            "sid": {"status": "resolved", "fixed_version": "2.37-11", "urgency": "not yet assigned"}}},
        "CVE-2010-4756": {"releases": {"bookworm": {"status": "open", "urgency": "unimportant"}}},
        "CVE-2021-9999999": {"releases": {"bookworm": {"status": "resolved", "fixed_version": "0", "urgency": "low"}}},
        "TEMP-0000001-ABCDEF": {"releases": {"bookworm": {"status": "resolved", "fixed_version": "2.36-9+deb12u1", "urgency": "low"}}}
    }})
}

#[test]
fn the_tracker_of_debian_replaces_the_sources_it_names() {
    let imported = import("2026-11-22", &[tracker()]);
    assert_eq!((imported.faults.len(), imported.read[&Kind::Tracker]), (0, 1));
    let database = database(imported);
    let table = database.part(Part::Debian);
    assert_eq!(table.newest(), "2026-11-22");
    let row = table.block("bookworm/glibc");
    let fields: Vec<&str> = row.trim_end().split('\t').collect();
    assert!(fields[1].contains("m2.36-9+deb12u10") && fields[1].contains("s2.36-9+deb12u7"), "{row}");
    assert!(
        fields[2].contains("2.36-9+deb12u3=2023-4911") && fields[2].contains("=TEMP-0000001-ABCDEF"),
        "{row}"
    );
    assert!(!row.contains("2010-4756") && !row.contains("9999999"), "{row}");
    let release: Vec<&str> = table.block("12").trim_end().split('\t').collect();
    assert_eq!(release, ["12", "bookworm", "2026-11-22", "a", "tracker=2026-11-22"]);
    assert!(table.block("sid").is_empty());
    // A tracker that ends in the middle says nothing.
    let mut import = Import::new(Database::embedded());
    let text = tracker().to_string();
    import.document("json", &text.as_bytes()[..text.len() - 3], true);
    let imported = import.finish();
    assert_eq!((imported.tables.len(), imported.faults.len()), (0, 1));
}

#[test]
fn a_release_of_alpine_is_whole_with_both_repositories() {
    let secdb = |repository: &str, name: &str| {
        json!({"apkurl": "x", "reponame": repository, "distroversion": "v3.77", "packages": [
            {"pkg": {"name": name, "secfixes": {"3.5.5-r0": ["CVE-2026-0001", "CVE-2026-0002 XSA-9"], "0": ["CVE-2020-0001"], "bad version": ["CVE-2020-0002"]}}}]})
    };
    let main = database(import("2026-11-22", &[secdb("main", "openssl")]));
    assert_eq!(
        main.part(Part::Alpine).block("3.77").trim_end(),
        "3.77\t3.77\t2026-11-22\tc\tmain=2026-11-22"
    );
    assert_eq!(
        main.part(Part::Alpine).block("3.77/openssl").trim_end(),
        "3.77/openssl\t\t3.5.5-r0=2026-0001,2026-0002,XSA-9"
    );
    // The other one comes a day before.
    let both = import_on(&main, "2026-11-21", &[secdb("community", "nodejs")]);
    let both = database_on(main, both);
    assert_eq!(
        both.part(Part::Alpine).block("3.77").trim_end(),
        "3.77\t3.77\t2026-11-21\ta\tcommunity=2026-11-21,main=2026-11-22"
    );
    assert!(!both.part(Part::Alpine).block("3.77/openssl").is_empty());
    assert!(!both.part(Part::Alpine).block("3.77/nodejs").is_empty());
}

#[test]
fn osv_records_of_distributions_add_to_a_source() {
    let of = |id: &str, world: &str, name: &str, fixed: &str| {
        json!({"id": id, "modified": "2026-11-20T00:00:00Z", "upstream": [id.trim_start_matches("DEBIAN-")],
            "affected": [{"package": {"ecosystem": world, "name": name},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]}]})
    };
    let base = Database::default().with(
        Part::Debian,
        Table::imported(
            "2026-01-01\t2026-01-01\n12\tbookworm\t2026-01-01\tc\nbookworm\tbookworm\t2026-01-01\tc\n\
             bookworm/curl\tm7.88.1-10\t7.88.1-10+deb12u1=2023-27533h,2023-0001m\n"
                .to_owned(),
            "a test",
        ),
    );
    let records = [
        of("DEBIAN-CVE-2023-27533", "Debian:12", "curl", "7.88.1-10+deb12u2"),
        of("CVE-2026-7777", "Alpine:v3.77", "curl", "8.0.0-r1"),
    ];
    let imported = import_on(&base, "2026-11-22", &records);
    assert_eq!(imported.faults, []);
    let database = database_on(base, imported);
    assert_eq!(
        database.part(Part::Debian).block("bookworm/curl").trim_end(),
        "bookworm/curl\tm7.88.1-10\t7.88.1-10+deb12u1=2023-0001m;7.88.1-10+deb12u2=2023-27533h"
    );
    assert_eq!(database.part(Part::Debian).block("12").trim_end(), "12\tbookworm\t2026-01-01\tc");
    assert_eq!(database.part(Part::Alpine).block("3.77/curl").trim_end(), "3.77/curl\t\t8.0.0-r1=2026-7777");
    assert_eq!(database.part(Part::Alpine).block("3.77").trim_end(), "3.77\t3.77\t\tf");
}

#[test]
fn the_catalogue_of_the_exploited_is_replaced_as_a_whole() {
    let kev = json!({"catalogVersion": "2026.11.20", "dateReleased": "2026-11-20T15:00:00Z", "count": 2, "vulnerabilities": [
        {"cveID": "CVE-2099-0002", "dateAdded": "2026-11-19", "knownRansomwareCampaignUse": "Known"},
        {"cveID": "CVE-2099-0001", "dateAdded": "2026-11-18", "knownRansomwareCampaignUse": "Unknown"}]});
    let database = database(import("", &[kev]));
    let table = database.part(Part::Kev);
    assert_eq!(
        table.text(),
        "2026-11-20\t2026-11-20\nCVE-2099-0001\t2026-11-18\t\nCVE-2099-0002\t2026-11-19\tr\n"
    );
    assert!(database.is_exploited("CVE-2099-0001") && !database.is_exploited("CVE-2021-44228"));
    // The flag is looked up, so that the rows of other parts need not be made again.
    assert_eq!(import("", &[json!({"catalogVersion": "x", "vulnerabilities": []})]).faults.len(), 1);
}

#[test]
fn the_index_of_node_adds_what_is_new() {
    let index = json!({
        "1": {"cve": ["CVE-2017-1000381"], "vulnerable": "*", "patched": ""},
        "900": {"cve": ["CVE-2099-1", "CVE-2099-2"], "vulnerable": "24.x", "patched": "^24.99.1", "severity": "high", "affectedEnvironments": ["all"]},
        "901": {"cve": [], "vulnerable": "24.x", "patched": "^24.99.1", "affectedEnvironments": ["win32"]},
        "902": {"cve": [], "vulnerable": "what", "patched": ""}});
    let imported = import("2026-11-22", &[index]);
    assert!(imported.faults[0].why.ends_with(": 902"), "{:?}", imported.faults);
    // A fault of some entries does not lose the others.
    let database = database(imported);
    let node = |version: &str| plimsoll_packages::runtime::node(&database, "node", version).unwrap();
    let told: Vec<String> =
        node("24.99.0").advisories.iter().map(|advisory| advisory.id.to_string()).collect();
    assert_eq!(told, ["CVE-2099-1", "CVE-2099-2"]);
    assert_eq!(node("24.0.0").mended.as_deref(), Some("24.99.1"));
    assert_eq!(&*node("24.0.0").date, "2026-11-22");
    let first = |database: &Database| database.part(Part::Node).rows().next().unwrap().to_owned();
    assert_eq!(first(&database), first(Database::embedded()), "what was corrected stays");
}

/// The two shapes of `npm audit --json`: npm 6, and npm 7 and later.
#[test]
fn reports_of_npm_audit_add_their_advisories() {
    let new = json!({"auditReportVersion": 2, "vulnerabilities": {
        "a": {"name": "a", "severity": "high", "via": [{"source": 1, "name": "a", "dependency": "a", "title": "t",
            "url": "https://github.com/advisories/GHSA-aaaa-bbbb-cccc", "severity": "high", "cwe": [], "range": "< 1.2.3 || >=2.0.0 <2.1.0"}]},
        "b": {"name": "b", "severity": "high", "via": ["a"]},
        "c": {"name": "c", "via": [{"name": "c", "dependency": "c", "url": "https://github.com/advisories/GHSA-cccc-cccc-cccc", "range": "what"}]}},
        "metadata": {}});
    let old = json!({"actions": [], "advisories": {"1500": {"id": 1500, "module_name": "d", "vulnerable_versions": "<=1.0.0",
        "patched_versions": ">=1.0.1", "severity": "moderate", "cves": ["CVE-2099-3"], "github_advisory_id": "GHSA-dddd-dddd-dddd",
        "url": "https://github.com/advisories/GHSA-dddd-dddd-dddd"}}, "metadata": {}});
    let imported = import("2026-11-22", &[new, old]);
    assert_eq!(imported.faults.len(), 1);
    assert!(imported.faults[0].why.ends_with(": c"), "{:?}", imported.faults);
    let database = database(imported);
    for (package, version, fixed) in [
        ("a", "1.2.2", Some("1.2.3")),
        ("a", "1.2.3", None),
        ("a", "2.0.5", Some("2.1.0")),
        ("d", "1.0.0", Some("1.0.1")),
    ] {
        let found = advisory::of(&database, package, version);
        assert_eq!(
            found.first().and_then(|advisory| advisory.fixed.as_deref()),
            fixed,
            "{package} {version}"
        );
    }
    assert_eq!(advisory::of(&database, "d", "1.0.0")[0].rating, Rating::Medium);
    assert_eq!(database.part(Part::Npm).newest(), Database::embedded().part(Part::Npm).newest());
}

#[test]
fn go_is_told_by_its_own_database_and_rated_by_others() {
    let of = |id: &str, aliases: Value, events: Value| {
        json!({"id": id, "aliases": aliases, "modified": "2026-11-20T00:00:00Z", "affected": [{"package": {"ecosystem": "Go", "name": "example.org/m"},
            "ranges": [{"type": "SEMVER", "events": events}]}], "database_specific": {}})
    };
    let mut github = of("GHSA-aaaa-bbbb-cccc", json!(["GO-2099-1"]), json!([{"introduced": "0"}]));
    github["database_specific"]["severity"] = "CRITICAL".into();
    let own = of(
        "GO-2099-1",
        json!(["GHSA-aaaa-bbbb-cccc", "CVE-2099-4"]),
        json!([{"introduced": "0"}, {"fixed": "1.2.0"}]),
    );
    let mut custom = of("GO-2099-2", json!([]), json!([{"introduced": "0"}]));
    custom["affected"][0]["ecosystem_specific"] = json!({"custom_ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1.0"}]}]});
    let database = database(import("2026-11-22", &[github, own, custom]));
    assert_eq!(
        database.part(Part::Go).block("example.org/m"),
        "example.org/m\tGO-2099-1\tGHSA-aaaa-bbbb-cccc,CVE-2099-4\tc\t\t<1.2.0\n\
         example.org/m\tGO-2099-2\t\t-\t\t<1.1.0\n"
    );
}

/// Whatever comes, nothing falls over, and what is made can be read.
#[test]
fn odd_documents_are_told() {
    let mut import = Import::new(Database::embedded());
    for text in [
        r#"{"id":1,"affected":[]}"#,
        r#"{"id":"GHSA-x","affected":{}}"#,
        r#"{"id":"GHSA-x","affected":[{"package":{"ecosystem":"npm","name":"a\tb"},"ranges":[{"events":[{"introduced":"0"}]}]}]}"#,
        r#"{"id":"GHSA-x\ty","affected":[]}"#,
        r#"{"id":"GHSA-é","modified":"éééééééééééé","affected":[{}]}"#,
        r#"{"distroversion":"v3.77","reponame":"main"}"#,
        r#"{"distroversion":"v3/77","reponame":"main","packages":[]}"#,
        r#"{"catalogVersion":1,"vulnerabilities":7}"#,
        r#"{"auditReportVersion":2}"#,
        r#"{"1":{"vulnerable":7}}"#,
        r#"{"x":{"CVE-1-1":{"releases":7}}}"#,
    ] {
        import.document("odd", text.as_bytes(), true);
    }
    let deep = format!("{{\"id\":\"x\",\"affected\":{}", "[".repeat(100_000));
    import.document("deep", deep.as_bytes(), true);
    let imported = import.finish();
    assert!(imported.faults.len() >= 8, "{:?}", imported.faults);
    for (part, text) in imported.tables {
        assert!(text.lines().skip(1).all(|line| line.contains('\t')), "{part:?}");
    }
}
