//! The examples are what the README says they are: one full of mistakes that are all found, one right, one of many
//! files; and they are real: with Node at hand (`PLIMSOLL_INTEGRATION=1`) they are installed and started.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn plimsoll(arguments: &[&str]) -> (Option<i32>, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(arguments)
        .args(["--format", "json"])
        .current_dir(root())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
}

/// `(control, place)` of every finding that nobody accepted, told at length or not.
fn findings(report: &Value) -> Vec<(String, String)> {
    let scenarios = report["scenarios"].as_array().unwrap();
    scenarios
        .iter()
        .flat_map(|scenario| scenario["findings"].as_array().unwrap())
        .filter(|finding| finding["state"] == "open" || finding["state"] == "covered")
        .map(|finding| {
            let place = &finding["place"];
            let file = place["file"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
            (finding["control"].as_str().unwrap().to_owned(), format!("{file}:{}", place["line"]))
        })
        .collect()
}

#[test]
fn every_planted_mistake_is_found_where_it_was_planted() {
    let (code, report) = plimsoll(&["scan", "examples/orders-api"]);
    assert_eq!(code, Some(1));
    let found = findings(&report);
    let planted = [
        ("end-of-life-image", "Dockerfile:1"),
        ("non-minimal-base-image", "Dockerfile:1"),
        ("secret-in-image-env", "Dockerfile:4"),
        ("secret-file-copied", "Dockerfile:5"),
        ("missing-dockerignore", "Dockerfile:5"),
        ("package-cache-left", "Dockerfile:6"),
        ("download-piped-to-shell", "Dockerfile:7"),
        ("lockfile-not-enforced", "Dockerfile:8"),
        ("development-dependencies-shipped", "Dockerfile:8"),
        ("world-writable-files", "Dockerfile:9"),
        ("package-manager-as-pid1", "Dockerfile:11"),
        ("shell-form-command", "Dockerfile:11"),
        ("compose-version-field", "docker-compose.yml:1"),
        ("unpinned-image", "docker-compose.yml:5"),
        ("runtime-socket-mounted", "docker-compose.yml:10"),
        ("runs-as-root", "docker-compose.yml:16"),
        ("port-published-everywhere", "docker-compose.yml:18"),
        ("debug-port-published", "docker-compose.yml:19"),
        ("secret-in-url", "docker-compose.yml:22"),
        ("secret-in-default", "docker-compose.yml:23"),
        ("source-code-mounted", "docker-compose.yml:25"),
        ("flat-network", "docker-compose.yml:29"),
        ("end-of-life-image", "docker-compose.yml:30"),
        ("datastore-published", "docker-compose.yml:32"),
        ("secret-in-environment", "docker-compose.yml:35"),
        ("privileged-container", "docker-compose.yml:42"),
        ("sensitive-host-path-writable", "docker-compose.yml:45"),
        ("secret-in-env-file", ".env:1"),
    ];
    let missing: Vec<_> =
        planted.iter().filter(|(id, place)| !found.iter().any(|(a, b)| a == id && b == place)).collect();
    assert!(missing.is_empty(), "not found: {missing:?}\nfound: {found:#?}");
    for gap in
        ["capabilities-kept", "privilege-escalation-allowed", "writable-root-filesystem", "memory-unlimited"]
    {
        assert!(found.iter().any(|(id, _)| id == gap), "{gap}");
    }
    assert_eq!(report["scenarios"][0]["score"]["grade"], "F");
}

/// Of what matters nine of ten findings go by themselves; what stays takes a person. The program says before and after.
#[test]
fn fixes_mend_nine_of_ten_findings_of_medium_and_above() {
    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
            let (from, to) = (entry.path(), to.join(entry.file_name()));
            if from.is_dir() {
                copy(&from, &to);
            } else {
                std::fs::copy(from, to).unwrap();
            }
        }
    }
    let place = std::env::temp_dir().join(format!("plimsoll-orders-api-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&place);
    copy(&root().join("examples/orders-api"), &place);
    let path = place.to_str().unwrap();
    let grave = || findings(&plimsoll(&["scan", path, "--min-severity", "medium"]).1);
    let before = grave();
    let (code, _) = plimsoll(&["fix", "--risky", "--write", path]);
    assert_eq!(code, Some(0));
    let after = grave();
    let again = plimsoll(&["fix", "--risky", path]).1;
    let _ = std::fs::remove_dir_all(&place);
    assert_eq!(again["made"], Value::Array(Vec::new()), "a second run changes nothing");
    let mended = before.len() - after.len();
    assert!(mended * 10 >= before.len() * 9, "{mended} of {}; what stays: {after:#?}", before.len());
}

#[test]
fn the_hardened_example_has_an_a_and_nothing_open() {
    let (code, report) = plimsoll(&["scan", "examples/orders-api-hardened", "--min-severity", "low"]);
    assert_eq!(code, Some(0));
    assert_eq!(findings(&report), []);
    assert_eq!(report["scenarios"][0]["score"]["grade"], "A");
    assert_eq!(report["scenarios"].as_array().unwrap().len(), 1);
}

#[test]
fn the_override_decides_what_runs() {
    let (code, report) = plimsoll(&["posture", "examples/shop-multi"]);
    assert_eq!(code, Some(0));
    let services = &report["services"];
    let web = &services["web"];
    assert_eq!(web["uid"]["value"], 0);
    assert!(web["uid"]["at"]["source"].as_str().unwrap().ends_with("compose.override.yaml"));
    assert_eq!(web["uid"]["overridden"][0]["value"], 1000);
    // Even root keeps nothing: `cap_drop: [ALL]` comes from the extended service.
    assert_eq!(web["cap_eff"]["value"], Value::Array(Vec::new()));
    assert_eq!(web["exposure"]["value"], "all-interfaces");
    assert_eq!(services["worker"]["no_new_privileges"]["value"], false);
    assert_eq!(services["worker"]["uid"]["value"], 1000);
    assert!(services["cache"]["readonly_rootfs"]["value"].as_bool().unwrap());
    assert!(services.get("adminer").is_some(), "services of profiles are audited too");

    let (_, alone) = plimsoll(&["posture", "-f", "examples/shop-multi/compose.yaml"]);
    assert_eq!(alone["services"]["web"]["uid"]["value"], 1000);
    assert_eq!(alone["services"]["web"]["exposure"]["value"], "host-loopback");
    assert_eq!(alone["services"]["worker"]["no_new_privileges"]["value"], true);
}

#[test]
fn the_readme_shows_what_the_program_says() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let excerpt = readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(["scan", "examples/shop-multi"])
        .current_dir(root())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains(excerpt), "the README shows\n{excerpt}\nand the program says\n{said}");
}

#[test]
fn the_examples_start() {
    if std::env::var_os("PLIMSOLL_INTEGRATION").is_none() {
        println!("not run: needs Node and npm; set PLIMSOLL_INTEGRATION=1");
        return;
    }
    for (example, path, expected) in [
        ("orders-api", "/health", r#"{"status":"ok","store":"memory"}"#),
        ("orders-api-hardened", "/health", r#"{"status":"ok","store":"memory"}"#),
        ("shop-multi/web", "/x", r#"{"shop":"open","path":"/x"}"#),
    ] {
        let copy = Scratch::new(example);
        let copied = Command::new("cp")
            .arg("-r")
            .arg(root().join("examples").join(example).join("."))
            .arg(&copy.0)
            .status()
            .unwrap();
        assert!(copied.success());
        let installed = Command::new("npm")
            .args(["ci", "--omit=dev", "--no-audit", "--no-fund", "--silent"])
            .current_dir(&copy.0)
            .status()
            .unwrap();
        assert!(installed.success(), "npm ci of {example}");
        assert_eq!(answer(&copy.0, path), expected, "{example}");
    }
}

/// A folder of its own that goes when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(example: &str) -> Self {
        let name = format!("plimsoll-started-{}-{}", example.replace('/', "-"), std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// Starts `node server.js` on a free port, asks once, and stops it.
fn answer(directory: &Path, path: &str) -> String {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let mut server = Command::new("node")
        .arg("server.js")
        .env("PORT", port.to_string())
        .current_dir(directory)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert!(said.contains("listens on"), "{said}");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    // The body is short: one chunk or a content length, on the last line that holds a brace.
    reply.lines().rev().find(|line| line.starts_with('{')).unwrap_or(&reply).to_owned()
}
