//! `plimsoll scan --image`: out of a registry of the test's own on this machine, and, with `PLIMSOLL_INTEGRATION=1`, out of a
//! real engine, held against what `docker save` writes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

fn signed() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../plimsoll-trust/tests")
}

/// The registry of `tests/layout` of plimsoll-trust; each blob as `change` gives it.
fn registry(change: impl Fn(&str, Vec<u8>) -> Option<Vec<u8>> + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let index: Value =
        serde_json::from_slice(&std::fs::read(signed().join("layout/index.json")).unwrap()).unwrap();
    let tag = |tag: &str| -> Option<String> {
        let all = index["manifests"].as_array().unwrap().iter();
        let named = |one: &&Value| {
            let name = one["annotations"]["org.opencontainers.image.ref.name"].as_str().unwrap_or_default();
            name == tag || name.ends_with(&format!(":{tag}"))
        };
        all.clone().find(named).map(|one| one["digest"].as_str().unwrap().to_owned())
    };
    let tags: Vec<(String, String)> = std::iter::once("1.4".to_owned())
        .chain(index["manifests"].as_array().unwrap().iter().filter_map(|one| {
            one["annotations"]["org.opencontainers.image.ref.name"].as_str().map(str::to_owned)
        }))
        .filter_map(|name| Some((name.clone(), tag(&name)?)))
        .collect();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = String::new();
            let mut reader = BufReader::new(&mut stream);
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap_or(0) > 0 {}
            let path = head.split(' ').nth(1).unwrap_or_default();
            let name = path.rsplit('/').next().unwrap_or_default();
            let digest = tags.iter().find(|(own, _)| own == name).map_or(name, |(_, digest)| digest);
            let hex = digest.strip_prefix("sha256:").filter(|_| !path.contains("/referrers/"));
            let bytes =
                hex.and_then(|hex| std::fs::read(signed().join("layout/blobs/sha256").join(hex)).ok());
            let (status, body) = match bytes.and_then(|bytes| change(digest, bytes)) {
                Some(bytes) => ("200 OK", bytes),
                None => ("404 Not Found", Vec::new()),
            };
            let head =
                format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).ok();
        }
    });
    port
}

/// Runs the program in an empty directory, without the user's credentials, and gives exit code, output and errors.
fn plimsoll(arguments: &[&str], files: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let name: String = arguments.join("-").chars().filter(char::is_ascii_alphanumeric).collect();
    let folder = std::env::temp_dir().join(format!("plimsoll-images-{}-{}", std::process::id(), name));
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(arguments)
        .current_dir(&folder)
        .env("DOCKER_CONFIG", &folder)
        .env_remove("PLIMSOLL_CA_FILE")
        .output()
        .unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn digests() -> (String, String) {
    let text = std::fs::read_to_string(signed().join("digests")).unwrap();
    let (image, index) = text.trim().split_once('\n').unwrap();
    (image.to_owned(), index.to_owned())
}

fn key(name: &str) -> String {
    signed().join(format!("keys/{name}.pub")).canonicalize().unwrap().display().to_string()
}

#[test]
fn an_image_of_a_registry_is_read_with_its_signatures() {
    let port = registry(|_, bytes| Some(bytes));
    let name = format!("127.0.0.1:{port}/acme/api:1.4");
    let key = key("p256");
    let arguments = ["posture", "--image", &name, "--from", "registry", "--key", &key, "--format", "json"];
    let (code, out, err) = plimsoll(&arguments, &[]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let posture: Value = serde_json::from_str(&out).unwrap();
    let trust = &posture["images"][0]["trust"];
    let (manifest, index) = digests();
    assert_eq!(trust["digests"][0], format!("127.0.0.1:{port}/acme/api@{index}"));
    assert_eq!(trust["digests"][1], manifest);
    let standings: Vec<&str> =
        trust["signatures"].as_array().unwrap().iter().map(|one| one["standing"].as_str().unwrap()).collect();
    // The test's registry has no list of referrers: only the tags are seen.
    assert_eq!(standings, ["wrong", "verified", "wrong", "wrong", "wrong"]);
    assert_eq!(trust["labels"]["source"]["value"], "https://example.org/acme/api");
    assert_eq!(trust["attestations"][0]["builder"], "https://example.org/acme/api/actions/1");
}

#[test]
fn the_gate_closes_where_no_signature_holds() {
    let port = registry(|_, bytes| Some(bytes));
    let name = format!("127.0.0.1:{port}/acme/api:1.4");
    let scan = |key: &str, config: &str| {
        let arguments = [
            "scan",
            "--quiet",
            "--image",
            &name,
            "--from",
            "registry",
            "--key",
            key,
            "--only",
            "wrong-signature,unsigned-image",
        ];
        plimsoll(&arguments, &[("plimsoll.toml", config)])
    };
    assert_eq!(scan(&key("p256"), "").0, Some(0));
    assert_eq!(scan(&key("p256"), "[trust]\nrequire = \"signature\"\n").0, Some(0));
    // A key that made none of them.
    let stranger = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
    let config = "[trust]\nkeys = [\"cosign.pub\"]\nrequire = \"signature\"\n";
    let arguments = [
        "scan",
        "--quiet",
        "--image",
        &name,
        "--from",
        "registry",
        "--only",
        "wrong-signature,unsigned-image",
    ];
    let (code, out, _) = plimsoll(&arguments, &[("plimsoll.toml", config), ("cosign.pub", stranger)]);
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("wrong-signature"), "{out}");
    // A key that cannot be read is a setting that does not hold.
    let (code, out, _) = plimsoll(&arguments, &[("plimsoll.toml", config)]);
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("cosign.pub"), "{out}");
    assert_eq!(scan("/nowhere.pub", "").0, Some(2));
}

#[test]
fn a_layer_that_is_damaged_or_gone_is_told_and_the_rest_is_read() {
    let layout = signed().join("layout/blobs/sha256");
    let (manifest, _) = digests();
    let text = std::fs::read(layout.join(manifest.strip_prefix("sha256:").unwrap())).unwrap();
    let parsed: Value = serde_json::from_slice(&text).unwrap();
    let layer = parsed["layers"][0]["digest"].as_str().unwrap().to_owned();
    for gone in [true, false] {
        let own = layer.clone();
        let port = registry(move |digest, mut bytes| {
            if digest == own {
                if gone {
                    return None;
                }
                bytes[600] ^= 1;
            }
            Some(bytes)
        });
        let name = format!("127.0.0.1:{port}/acme/api:1.4");
        let (code, out, err) = plimsoll(&["scan", "--image", &name, "--from", "registry"], &[]);
        assert!(code == Some(0) || code == Some(1), "{code:?} {out} {err}");
        let why = if gone { "has no blob" } else { "is not what" };
        assert!(out.contains(why), "{out}");
    }
}

#[test]
fn what_cannot_be_had_is_no_clean_image() {
    let port = registry(|_, _| None);
    let name = format!("127.0.0.1:{port}/acme/api:1.4");
    let (code, _, err) = plimsoll(&["scan", "--image", &name, "--from", "registry"], &[]);
    assert_eq!(code, Some(2));
    assert!(err.contains("has no image"), "{err}");
    let (code, _, err) = plimsoll(&["scan", "--image", "../x", "--from", "registry"], &[]);
    assert!(code == Some(2) && err.contains("is no name"), "{err}");
}

fn docker(arguments: &[&str]) -> Option<String> {
    let output = Command::new("docker").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The same image by name and as an archive: everything that is judged is the same, but for the name of the document.
#[test]
fn an_engine_gives_what_docker_save_writes() {
    if std::env::var_os("PLIMSOLL_INTEGRATION").is_none() {
        eprintln!("not run: PLIMSOLL_INTEGRATION is not set");
        return;
    }
    if docker(&["version"]).is_none() {
        eprintln!("NOT RUN: no Docker Engine answers");
        return;
    }
    let name = format!("plimsoll-by-name:{}", std::process::id());
    let folder = std::env::temp_dir().join(format!("plimsoll-by-name-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("root/etc")).unwrap();
    std::fs::write(folder.join("root/etc/os-release"), "ID=alpine\nVERSION_ID=3.20\n").unwrap();
    std::fs::write(folder.join("root/open"), "x").unwrap();
    let run = |program: &str, arguments: &[&str]| {
        assert!(Command::new(program).args(arguments).current_dir(&folder).status().unwrap().success());
    };
    run("chmod", &["0666", "root/open"]);
    run("tar", &["-C", "root", "-cf", "root.tar", "."]);
    run("docker", &["import", "--change", "USER root", "root.tar", &name]);
    run("docker", &["save", "-o", "saved.tar", &name]);
    let saved = folder.join("saved.tar").display().to_string();
    let by_name = plimsoll(&["scan", "--image", &name, "--format", "json"], &[]);
    let by_file = plimsoll(&["scan", &saved, "--format", "json"], &[]);
    let absent = plimsoll(&["scan", "--image", "plimsoll-by-name:absent"], &[]);
    docker(&["image", "rm", &name]).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!((by_name.0, by_name.0), (by_file.0, Some(1)), "{}", by_name.2);
    assert_eq!(findings(&by_name.1), findings(&by_file.1));
    assert_eq!(absent.0, Some(2));
    assert!(absent.2.contains("the engine has no image"), "{}", absent.2);
}

/// Every finding: the control, the line and what it says.
fn findings(report: &str) -> Vec<(String, u64, String)> {
    let report: Value = serde_json::from_str(report).unwrap();
    let all = report["scenarios"][0]["findings"].as_array().unwrap();
    assert!(all.len() >= 2, "{report}");
    all.iter()
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap().to_owned();
            (text("control"), one["place"]["line"].as_u64().unwrap(), text("message"))
        })
        .collect()
}
