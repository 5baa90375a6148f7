//! `plimsoll db`, and scans by what it keeps. Feeds come from files of the test's own, and from a server of the test's own on this
//! machine that breaks connections, sends rubbish and forgets files.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[expect(dead_code, reason = "each test program uses a part of it")]
mod project;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Cursor, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use project::{Project, Run};
use serde_json::{Value, json};

/// The day of every test: 2026-11-22.
const TODAY: (&str, &str) = ("SOURCE_DATE_EPOCH", "1795305600");

const LOCKFILE: &str = r#"{"name":"api","version":"1.0.0","lockfileVersion":3,"packages":{
    "":{"name":"api","version":"1.0.0","dependencies":{"left":"^1.0.0"}},
    "node_modules/left":{"version":"1.0.0","resolved":"https://packages.example/left-1.0.0.tgz","integrity":"sha512-x"}}}"#;
const MANIFEST: &str = r#"{"name":"api","version":"1.0.0","private":true,"dependencies":{"left":"^1.0.0"}}"#;

fn app(name: &str) -> Project {
    Project::new(name, &[("package.json", MANIFEST), ("package-lock.json", LOCKFILE)])
}

fn record(id: &str, package: &str, fixed: &str) -> String {
    json!({"id": id, "modified": "2026-11-20T00:00:00Z", "database_specific": {"severity": "HIGH"},
        "affected": [{"package": {"ecosystem": "npm", "name": package},
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": fixed}]}]}]})
    .to_string()
}

fn zip(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in entries {
        let options =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        writer.start_file(*name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A run on the day of the tests.
fn run(project: &Project, arguments: &[&str]) -> Run {
    project.run_with(arguments, &[TODAY], "")
}

fn part(project: &Project, store: &str, name: &str) -> Value {
    let run = run(project, &["db", "status", "--format", "json", "--db", store]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let json = run.json();
    assert_eq!(json["schema"], "plimsoll.database/1");
    json["parts"].as_array().unwrap().iter().find(|part| part["name"] == name).unwrap().clone()
}

#[test]
fn status_says_where_each_part_comes_from_and_how_old_it_is() {
    let project = app("db-status");
    let npm = part(&project, "embedded", "npm");
    assert_eq!((&npm["origin"], &npm["complete_to"]), (&json!("embedded"), &json!("2026-04-30")));
    // From 2026-04-30 to 2026-11-22: 31 + 30 + 31 + 31 + 30 + 31 + 22 days.
    assert_eq!(npm["age_days"], 206);
    assert_eq!(npm["completeness"], "everything to 2026-04-30, some to 2026-08-18");
    assert!(npm["rows"].as_u64().unwrap() > 6_000);
    let human = run(&project, &["db", "status"]);
    assert!(human.stdout.starts_with("store: none, only what plimsoll carries\n"), "{}", human.stdout);
    assert!(human.stdout.contains("\nnpm       embedded  2026-04-30  2026-08-18 "), "{}", human.stdout);
    // Without a variable or a flag it is the user's own.
    let home = project.root().join("home");
    let own = project.run_with(&["db", "status"], &[TODAY, ("HOME", home.to_str().unwrap())], "");
    assert!(own.stdout.starts_with(&format!("store: {}/.local/share/plimsoll/db (empty)", home.display())));
    assert!(!home.exists(), "asking writes nothing");
}

#[test]
fn what_is_imported_is_judged_by() {
    let project = app("db-import");
    let hit = |arguments: &[&str]| {
        let scan = run(
            &project,
            &[&["scan", "--format", "json", "--only", "vulnerable-dependency"], arguments].concat(),
        );
        assert!(scan.code < 2, "{}", scan.stderr);
        (scan.findings("vulnerable-dependency").len(), scan.stderr)
    };
    assert_eq!(hit(&["--db", "embedded"]).0, 0);
    project.write_bytes(
        "feed.zip",
        &zip(&[
            ("a.json", &record("GHSA-aaaa-bbbb-cccc", "left", "1.0.1")),
            ("b.json", "{\"id\":\"GHSA-b\",\"modified\":"),
        ]),
    );
    let import = run(&project, &["db", "import", "feed.zip", "--db", "store"]);
    assert_eq!(import.code, 0, "{}", import.stderr);
    assert!(
        import.stdout.contains("read 1: OSV records\n") && import.stdout.contains("npm: "),
        "{}",
        import.stdout
    );
    assert!(import.stderr.contains("warning: feed.zip: b.json: "), "{}", import.stderr);
    assert_eq!(hit(&["--db", "store"]), (1, String::new()));
    assert_eq!(hit(&["--db", "embedded"]).0, 0);
    let by_variable = project
        .run_with(&["scan", "--format", "json"], &[("PLIMSOLL_DB", "store")], "")
        .findings("vulnerable-dependency");
    assert_eq!(by_variable.len(), 1);
    let npm = part(&project, "store", "npm");
    assert_eq!(
        (&npm["origin"], &npm["from"], &npm["newest"]),
        (&json!("imported"), &json!("feed.zip"), &json!("2026-11-20"))
    );
    assert_eq!(npm["complete_to"], "2026-04-30", "one record is no feed");
    // A report of npm adds to it.
    let audit = json!({"auditReportVersion": 2, "vulnerabilities": {"right": {"via": [{"name": "right", "severity": "low",
        "url": "https://github.com/advisories/GHSA-dddd-eeee-ffff", "range": "<2.0.0"}]}}});
    project.write("audit.json", &audit.to_string());
    assert_eq!(run(&project, &["db", "import", "audit.json", "--db", "store"]).code, 0);
    assert_eq!(hit(&["--db", "store"]).0, 1, "what was imported before stays");
    let nothing = run(&project, &["db", "import", "package.json", "--db", "store"]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.stderr.contains("package.json: it is none of the kinds"), "{}", nothing.stderr);
    assert_eq!(run(&project, &["db", "import", "absent.zip", "--db", "store"]).code, 2);
    assert_eq!(run(&project, &["db", "import", "feed.zip"]).code, 2, "there is no home to write to");
    // One file for each part, and no other.
    let mut files: Vec<String> = std::fs::read_dir(project.root().join("store"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files.len(), 3, "{files:?}");
    assert!(files[0] == "lock" && files[1] == "manifest.json" && files[2].starts_with("npm-"), "{files:?}");
}

#[test]
fn a_damaged_store_is_told_and_fails_no_scan() {
    let project = app("db-damaged");
    project.write("a.json", &record("GHSA-aaaa-bbbb-cccc", "left", "1.0.1"));
    assert_eq!(run(&project, &["db", "import", "a.json", "--db", "store"]).code, 0);
    let scan = || {
        let scan =
            run(&project, &["scan", "--format", "json", "--only", "vulnerable-dependency", "--db", "store"]);
        assert!(scan.code < 2, "{}", scan.stderr);
        (scan.findings("vulnerable-dependency").len(), scan.stderr)
    };
    assert_eq!(scan().0, 1);
    let files: Vec<_> =
        std::fs::read_dir(project.root().join("store")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let table = files.iter().find(|path| path.extension().is_some_and(|end| end == "tsv")).unwrap();
    let text = std::fs::read_to_string(table).unwrap();
    std::fs::write(table, text.replace("<1.0.1", "<1.0.0")).unwrap();
    let (found, told) = scan();
    assert_eq!(found, 0);
    assert!(
        told.contains("it is damaged: its checksum is another; the data that plimsoll carries is used"),
        "{told}"
    );
    std::fs::remove_file(table).unwrap();
    assert!(scan().1.contains("warning: "));
    for manifest in [
        "",
        "{",
        "[]",
        "{\"schema\":\"plimsoll.store/9\"}",
        "{\"schema\":\"plimsoll.store/1\",\"parts\":{\"npm\":{\"file\":\"../../package.json\",\"sha256\":\"\"}}}",
    ] {
        project.write("store/manifest.json", manifest);
        let (found, told) = scan();
        assert_eq!(found, 0);
        assert!(told.starts_with("warning: store/"), "{manifest}: {told}");
    }
    // An import makes it whole again.
    assert_eq!(run(&project, &["db", "import", "a.json", "--db", "store"]).code, 0);
    assert_eq!(scan(), (1, String::new()));
    assert!(run(&project, &["scan", "--db", "nowhere"]).stderr.contains("nowhere: no store of advisories"));
}

#[test]
fn old_data_fails_a_run_only_where_somebody_set_a_limit() {
    let project = app("db-limit");
    assert_eq!(run(&project, &["scan", "--only", "vulnerable-dependency"]).code, 0);
    assert_eq!(run(&project, &["scan", "--only", "vulnerable-dependency", "--max-db-age", "206"]).code, 0);
    let old = run(&project, &["scan", "--only", "vulnerable-dependency", "--max-db-age", "205"]);
    assert_eq!(old.code, 2);
    assert!(
        old.stderr.contains("older than 205 days: npm (complete to 2026-04-30, 206 days ago)"),
        "{}",
        old.stderr
    );
    project.write("plimsoll.toml", "[database]\nmax-age-days = 30\n");
    let found = run(&project, &["scan", "--format", "json", "--only", "vulnerable-dependency"]);
    assert_eq!(found.code, 1);
    let notice = found.json()["notices"][0].clone();
    assert_eq!((&notice["code"], &notice["severity"]), (&json!("old-database"), &json!("high")), "{notice}");
    // The command line goes before the configuration.
    assert_eq!(run(&project, &["scan", "--only", "vulnerable-dependency", "--max-db-age", "999"]).code, 0);
    // Where nothing was judged by it, nothing is old.
    let other = Project::new(
        "db-limit-2",
        &[("Dockerfile", "FROM scratch\n"), ("plimsoll.toml", "[database]\nmax-age-days = 0\n")],
    );
    assert_eq!(run(&other, &["scan", "--only", "vulnerable-dependency"]).code, 0);
    project.write("plimsoll.toml", "[database]\nmax-age-days = \"30\"\n");
    assert_eq!(
        run(&project, &["scan", "--only", "vulnerable-dependency"]).code,
        1,
        "a limit that cannot be read"
    );
}

/// What a server has, and how it behaves.
#[derive(Default)]
struct Files {
    files: BTreeMap<String, Vec<u8>>,
    /// Answers that end after so many bytes, one after another.
    cuts: Vec<usize>,
    digest: Option<&'static str>,
    asked: Vec<String>,
}

struct Server {
    url: String,
    files: Arc<Mutex<Files>>,
}

fn serve() -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let files: Arc<Mutex<Files>> = Arc::default();
    let shared = files.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            answer(stream, &shared);
        }
    });
    Server { url, files }
}

fn answer(mut stream: TcpStream, files: &Mutex<Files>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap_or(0) > 0 {}
    let head = head.to_ascii_lowercase();
    let header = |name: &str| {
        head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned))
    };
    let mut files = files.lock().unwrap();
    files.asked.push(head.clone());
    let path = head.split(' ').nth(1).unwrap_or("").to_owned();
    let found = files.files.iter().find(|(name, _)| format!("/{}", name.to_ascii_lowercase()) == path);
    let Some(bytes) = found.map(|(_, bytes)| bytes.clone()) else {
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        return;
    };
    let etag = format!("\"{}-{}\"", bytes.len(), bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>());
    if header("if-none-match").as_deref() == Some(&etag) {
        let _ = stream.write_all(b"HTTP/1.1 304 Not Modified\r\nconnection: close\r\n\r\n");
        return;
    }
    let from =
        header("range").and_then(|range| range.strip_prefix("bytes=")?.trim_end_matches('-').parse().ok());
    let from: usize = from.filter(|_| header("if-range").is_none_or(|mark| mark == etag)).unwrap_or(0);
    let body = &bytes[from.min(bytes.len())..];
    let mut reply = match from {
        0 => "HTTP/1.1 200 OK\r\n".to_owned(),
        _ => format!(
            "HTTP/1.1 206 Partial Content\r\ncontent-range: bytes {from}-{}/{}\r\n",
            bytes.len() - 1,
            bytes.len()
        ),
    };
    reply += &format!(
        "etag: {etag}\r\nlast-modified: Sat, 21 Nov 2026 06:00:00 GMT\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    if let Some(digest) = files.digest {
        reply += &format!("repr-digest: {digest}\r\n");
    }
    let end = if path == "/sha256sums" || files.cuts.is_empty() {
        body.len()
    } else {
        files.cuts.remove(0).min(body.len())
    };
    let _ = stream.write_all(format!("{reply}\r\n").as_bytes());
    let _ = stream.write_all(&body[..end]);
}

impl Server {
    fn put(&self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.files.lock().unwrap().files.insert(name.to_owned(), bytes.into());
    }

    /// What was asked for since the last time, without the checksums.
    fn asked(&self) -> Vec<String> {
        let asked = std::mem::take(&mut self.files.lock().unwrap().asked);
        asked.into_iter().filter(|head| !head.starts_with("get /sha256sums")).collect()
    }

    fn update(&self, project: &Project, only: &str) -> Run {
        run(project, &["db", "update", "--base", &self.url, "--only", only, "--db", "store"])
    }
}

fn kev(cve: &str) -> String {
    json!({"catalogVersion": "2026.11.20", "dateReleased": "2026-11-20T00:00:00Z",
        "vulnerabilities": [{"cveID": cve, "dateAdded": "2026-11-20", "knownRansomwareCampaignUse": "Unknown"}]})
    .to_string()
}

#[test]
fn an_update_goes_on_where_it_was_cut_off() {
    let (project, server) = (app("db-resume"), serve());
    let feed = zip(&[("a.json", &record("GHSA-aaaa-bbbb-cccc", "left", "1.0.1"))]);
    server.put("npm/all.zip", feed.clone());
    // Twice within a run.
    server.files.lock().unwrap().cuts = vec![40, 60];
    let update = server.update(&project, "npm");
    assert_eq!(update.code, 0, "{}", update.stderr);
    let asked = server.asked();
    assert_eq!(asked.len(), 3);
    assert!(!asked[0].contains("range:"), "{asked:?}");
    assert!(asked[1].contains("range: bytes=40-") && asked[1].contains("if-range: \""), "{asked:?}");
    assert!(asked[2].contains("range: bytes=100-"), "{asked:?}");
    let npm = part(&project, "store", "npm");
    assert_eq!(npm["from"], format!("{}/npm/all.zip", server.url));
    // What did not change is not sent again.
    let again = server.update(&project, "npm");
    assert_eq!((again.code, again.stdout.as_str()), (0, "npm: unchanged\n"));
    assert!(server.asked()[0].contains("if-none-match: \""));
    // Over runs: all attempts of one are cut off, the next one goes on; the old data is there meanwhile.
    let newer = zip(&[
        ("a.json", &record("GHSA-aaaa-bbbb-cccc", "left", "1.0.2")),
        ("b.json", &record("GHSA-b", "b", "1.0.0")),
    ]);
    server.put("npm/all.zip", newer.clone());
    server.files.lock().unwrap().cuts = vec![10, 10, 10, 10];
    let cut = server.update(&project, "npm");
    assert_eq!(cut.code, 2);
    assert!(cut.stderr.contains("what was known stays"), "{}", cut.stderr);
    assert_eq!(part(&project, "store", "npm")["newest"], "2026-11-20");
    server.asked();
    assert_eq!(server.update(&project, "npm").code, 0);
    assert!(server.asked()[0].contains("range: bytes=40-"));
    // The feed changed between two attempts: what is here is thrown away.
    server.put("npm/all.zip", feed);
    server.files.lock().unwrap().cuts = vec![30, 30, 30, 30];
    assert_eq!(server.update(&project, "npm").code, 2);
    server.put("npm/all.zip", newer);
    let update = server.update(&project, "npm");
    assert_eq!(update.code, 0, "{}", update.stderr);
    let leftover = project.root().join("store/partial");
    assert!(!leftover.exists(), "nothing is left over");
}

#[test]
fn a_feed_that_cannot_be_used_leaves_what_was_known() {
    let (project, server) = (app("db-garbage"), serve());
    server.put("npm/all.zip", zip(&[("a.json", &record("GHSA-aaaa-bbbb-cccc", "left", "1.0.1"))]));
    server.put("known_exploited_vulnerabilities.json", kev("CVE-2099-0001"));
    assert_eq!(server.update(&project, "npm,kev").code, 0);
    let rows = |name: &str| part(&project, "store", name)["rows"].clone();
    let (npm, one) = (rows("npm"), rows("kev"));
    assert_eq!(one, 1);
    // Rubbish, and a file that is gone; the other feed is taken.
    server.put("npm/all.zip", "<html>come back later</html>");
    server.put("known_exploited_vulnerabilities.json", kev("CVE-2099-0002"));
    let update = server.update(&project, "npm,kev,node");
    assert_eq!(update.code, 1, "{}", update.stderr);
    assert!(
        update.stderr.contains("warning: npm: what came cannot be used; what was known stays"),
        "{}",
        update.stderr
    );
    assert!(update.stderr.contains("vuln/core/index.json: the server answers 404"), "{}", update.stderr);
    assert_eq!((rows("npm"), rows("kev")), (npm.clone(), json!(1)));
    let scan =
        run(&project, &["scan", "--format", "json", "--only", "vulnerable-dependency", "--db", "store"]);
    assert_eq!(scan.findings("vulnerable-dependency").len(), 1);
    // A checksum that the mirror states, and one that the server does.
    let good = zip(&[("b.json", &record("GHSA-b", "b", "1.0.0"))]);
    server.put("npm/all.zip", good.clone());
    server.put("SHA256SUMS", format!("{}  ./npm/all.zip\n", "0".repeat(64)));
    let update = server.update(&project, "npm");
    assert_eq!(update.code, 2);
    assert!(update.stderr.contains("its checksum is not the one of SHA256SUMS"), "{}", update.stderr);
    server.files.lock().unwrap().files.remove("SHA256SUMS");
    server.files.lock().unwrap().digest = Some("sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:");
    let update = server.update(&project, "npm");
    assert_eq!(update.code, 2);
    assert!(
        update.stderr.contains("its checksum is not the one that the server states"),
        "{}",
        update.stderr
    );
    assert_eq!(rows("npm"), npm);
    server.files.lock().unwrap().digest = None;
    assert_eq!(server.update(&project, "npm").code, 0);
    assert_ne!(rows("npm"), npm);
}

#[test]
fn addresses_come_from_the_flag_or_the_configuration() {
    let (project, server) = (app("db-config"), serve());
    server.put("kev/known_exploited_vulnerabilities.json", kev("CVE-2099-0001"));
    project.write("plimsoll.toml", &format!("[database]\nkev-base = \"{}/kev/\"\n", server.url));
    let update = run(&project, &["db", "update", "--only", "kev", "--db", "store"]);
    assert_eq!(update.code, 0, "{}", update.stderr);
    assert!(
        update.stderr.contains("plimsoll.toml: kev-base is http://127.0.0.1:"),
        "what is not the publisher's is told"
    );
    assert_eq!(part(&project, "store", "kev")["rows"], 1);
    // Plain HTTP goes to this machine only.
    let plain =
        run(&project, &["db", "update", "--only", "kev", "--db", "store", "--base", "http://feeds.example"]);
    assert_eq!(plain.code, 2);
    assert!(plain.stderr.contains("cannot be fetched"), "{}", plain.stderr);
    // Alpine: repository by repository, and releases that are asked for.
    let secdb = json!({"distroversion": "v3.99", "reponame": "main", "packages": [{"pkg": {"name": "openssl", "secfixes": {"3.5.5-r0": ["CVE-2026-0001"]}}}]});
    server.put("v3.99/main.json", secdb.to_string());
    let alpine = run(
        &project,
        &["db", "update", "--only", "alpine", "--alpine", "3.99", "--base", &server.url, "--db", "store"],
    );
    assert_eq!(alpine.code, 1, "the other documents are not there");
    assert!(alpine.stdout.contains("read 1: Alpine secdb\n"), "{}", alpine.stdout);
}

#[test]
fn two_at_a_time_do_not_write_one_store() {
    let project = app("db-lock");
    project.write("a.json", &record("GHSA-aaaa-bbbb-cccc", "left", "1.0.1"));
    std::fs::create_dir_all(project.root().join("store")).unwrap();
    let lock = std::fs::File::create(project.root().join("store/lock")).unwrap();
    lock.lock().unwrap();
    let second = run(&project, &["db", "import", "a.json", "--db", "store"]);
    assert_eq!(second.code, 2);
    assert!(second.stderr.contains("another import or update is at work"), "{}", second.stderr);
    drop(lock);
    assert_eq!(run(&project, &["db", "import", "a.json", "--db", "store"]).code, 0);
}

/// Every command of docs/database.md, in a project that has the files that it names; what is fetched comes from the test's own server.
#[test]
fn the_commands_of_the_page_work() {
    let (project, server) = (app("db-page"), serve());
    let feed = zip(&[("a.json", &record("GHSA-aaaa-bbbb-cccc", "left", "1.0.1"))]);
    let audit = json!({"auditReportVersion": 2, "vulnerabilities": {"right": {"via": [{"name": "right", "severity": "low",
        "url": "https://github.com/advisories/GHSA-dddd-eeee-ffff", "range": "<2.0.0"}]}}});
    let secdb = |repository: &str| {
        json!({"distroversion": "v3.22", "reponame": repository, "packages": []}).to_string()
    };
    project.write_bytes("npm-all.zip", &feed);
    project.write_bytes("feeds/npm.zip", &feed);
    project.write("audit.json", &audit.to_string());
    project.write("main.json", &secdb("main"));
    project.write("community.json", &secdb("community"));
    server.put("npm/all.zip", feed);
    server.put("known_exploited_vulnerabilities.json", kev("CVE-2099-0001"));
    let page = include_str!("../../../docs/database.md");
    let mut commands = 0;
    let blocks = page.split("```sh\n").skip(1).filter_map(|block| block.split("```").next());
    for line in blocks.flat_map(str::lines) {
        let mut words: Vec<&str> = line.strip_prefix("plimsoll ").unwrap().split(' ').collect();
        let update = words.contains(&"update");
        if update {
            words.retain(|word| *word != "--base" && !word.starts_with("https://"));
            words.extend(["--base", &server.url]);
        }
        let run = project.run_with(&words, &[TODAY, ("PLIMSOLL_DB", "store")], "");
        assert!(run.code <= 1, "{line}: {}", run.stderr);
        assert!(!run.stdout.is_empty(), "{line}");
        commands += 1;
    }
    assert!(commands > 10);
    // And the settings that it shows.
    for block in page.split("```toml\n").skip(1).filter_map(|block| block.split("```").next()) {
        project.write("plimsoll.toml", block);
        let scan = project.run_with(
            &["scan", "--format", "json", "--only", "runs-as-root"],
            &[("SOURCE_DATE_EPOCH", "1777500000")],
            "",
        );
        assert_eq!(scan.json()["notices"], json!([]), "{block}");
    }
}
