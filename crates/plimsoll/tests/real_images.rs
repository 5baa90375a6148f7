//! Images that other programs made, from Debian's packages and npm's (`.ci/real-images`), read and judged.
//!
//! Expected values come from dpkg (`dpkg-query`), from npm (`npm ls`) and from syft, where CI has it; not one from plimsoll.

#![expect(clippy::print_stderr, reason = "a test that did not run says so")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Where the images lie; nothing, and a word about it, where none were made.
fn images() -> Option<PathBuf> {
    let images = std::env::var_os("PLIMSOLL_REAL_IMAGES").map(PathBuf::from);
    if images.is_none() {
        eprintln!("not run: PLIMSOLL_REAL_IMAGES names no directory that .ci/real-images has filled");
    }
    images
}

fn plimsoll(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(arguments)
        .env_clear()
        .output()
        .expect("the program starts");
    assert!(output.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn json(verb: &str, path: &Path) -> Value {
    let text = plimsoll(&[verb, &path.to_string_lossy(), "--format", "json"]);
    serde_json::from_str(&text).expect("JSON")
}

fn image(path: &Path) -> Value {
    json("posture", path)["images"][0].take()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("")
}

fn packages<'a>(image: &'a Value, ecosystem: &str) -> Vec<&'a Value> {
    let all = image["packages"].as_array().expect("packages");
    all.iter().filter(|package| text(package, "ecosystem") == ecosystem).collect()
}

fn listed(path: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(path).expect("the list of the program that installed them");
    text.lines().map(str::to_owned).collect()
}

/// Findings of a report: control and message.
fn findings(report: &Value) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for scenario in report["scenarios"].as_array().expect("scenarios") {
        for finding in scenario["findings"].as_array().expect("findings") {
            let message = text(finding, "message").to_owned();
            found.entry(text(finding, "control").to_owned()).or_default().push(message);
        }
    }
    found
}

#[test]
fn debian_is_what_dpkg_and_npm_say() {
    let Some(images) = images() else { return };
    let expected = listed(&images.join("debian.list"));
    for shape in ["debian.tar", "debian-oci"] {
        let image = image(&images.join(shape));
        assert_eq!((text(&image["system"], "id"), text(&image["system"], "version")), ("debian", "12"));
        let row = |package: &&Value| {
            let (name, version) = (text(package, "name"), text(package, "version"));
            let source = package["source"].as_object();
            let of = |key: &str| source.and_then(|source| source.get(key)?.as_str());
            format!("{name}\t{version}\t{}\t{}", of("name").unwrap_or(name), of("version").unwrap_or(version))
        };
        let own: BTreeSet<String> = packages(&image, "dpkg").iter().map(row).collect();
        assert_eq!(own, expected, "{shape}");
        // The last step removes one of them again.
        let npm: BTreeSet<String> = packages(&image, "npm")
            .iter()
            .map(|package| format!("{}@{}", text(package, "name"), text(package, "version")))
            .collect();
        let mut installed = listed(&images.join("app.list"));
        assert!(installed.remove("lodash@4.17.15"));
        assert_eq!(npm, installed, "{shape}");
        // Debian's program is a stub: the runtime is its library, and Debian's.
        let node = packages(&image, "node");
        assert_eq!(node.len(), 1, "{shape}");
        assert!(
            text(node[0], "path").contains("libnode.so") && text(node[0], "owner").starts_with("libnode")
        );
    }
}

#[test]
fn what_a_later_layer_hides_is_told_without_its_value() {
    let Some(images) = images() else { return };
    let secret = std::fs::read_to_string(images.join("context/secret.env")).expect("the secret");
    let secret = secret.trim().trim_start_matches("API_TOKEN=");
    assert_eq!(secret.len(), 48);
    for shape in ["debian.tar", "debian-oci"] {
        let path = images.join(shape);
        let found = findings(&json("scan", &path));
        let removed = found.get("secret-removed-later").map_or("", |messages| &messages[0]);
        assert!(removed.contains("app/.env"), "{shape}: {found:?}");
        assert!(found["setuid-bit-added"][0].contains("/usr/bin/env"), "{shape}");
        assert!(found.contains_key("runs-as-root"), "{shape}");
        for verb in [["scan", "human"], ["scan", "json"], ["scan", "sarif"], ["posture", "json"]] {
            let told = plimsoll(&[verb[0], &path.to_string_lossy(), "--format", verb[1]]);
            assert!(!told.is_empty() && !told.contains(secret), "{shape} {verb:?}");
        }
    }
}

#[test]
fn the_program_of_the_node_project_is_known_by_its_bytes() {
    let Some(images) = images() else { return };
    for shape in ["node.tar", "node-oci.tar"] {
        let image = image(&images.join(shape));
        let node = packages(&image, "node");
        assert_eq!(node.len(), 1, "{shape}");
        assert_eq!((text(node[0], "version"), text(node[0], "path")), ("20.11.0", "usr/local/bin/node"));
        assert!(!findings(&json("scan", &images.join(shape))).contains_key("runs-as-root"));
    }
}

#[test]
fn an_image_with_nothing_in_it_lists_nothing() {
    let Some(images) = images() else { return };
    assert_eq!(image(&images.join("scratch.tar"))["packages"].as_array().map(Vec::len), Some(0));
}

#[test]
fn packages_of_distroless_images_are_listed() {
    let Some(images) = images() else { return };
    let image = image(&images.join("distroless.tar"));
    let own: BTreeSet<String> = packages(&image, "dpkg")
        .iter()
        .map(|package| format!("{}\t{}", text(package, "name"), text(package, "version")))
        .collect();
    let names = ["base-files", "libc6", "libicu72", "libssl3", "zlib1g"];
    let all = listed(&images.join("debian.list"));
    let expected: BTreeSet<String> = all
        .iter()
        .filter(|row| names.contains(&row.split('\t').next().unwrap_or("")))
        .map(|row| row.split('\t').take(2).collect::<Vec<_>>().join("\t"))
        .collect();
    assert_eq!(own.len(), names.len());
    assert_eq!(own, expected);
}

/// The files that packages of Debian brought, as dpkg itself lists them.
fn files_of_debian(images: &Path) -> BTreeSet<String> {
    let lists = std::fs::read_dir(images.join("debian/var/lib/dpkg/info")).expect("dpkg's lists");
    let lists = lists.map(|entry| entry.expect("an entry").path());
    lists
        .filter(|path| path.extension().is_some_and(|end| end == "list"))
        .flat_map(|path| listed(&path))
        .collect()
}

/// syft's packages of an archive as `ecosystem name version`, of the kinds that both list; without those that Debian brought
/// within packages of its own, which are Debian's to number and to mend.
fn by_syft(syft: &str, archive: &Path, debians: &BTreeSet<String>) -> BTreeSet<String> {
    let output = Command::new(syft)
        .args(["scan", "-q", "-o", "json", &format!("docker-archive:{}", archive.display())])
        .env("SYFT_CHECK_FOR_APP_UPDATE", "false")
        .output()
        .expect("syft starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let artifacts = told["artifacts"].as_array().expect("artifacts");
    let known = artifacts.iter().filter_map(|artifact| {
        let places = artifact["locations"].as_array().expect("locations");
        if text(artifact, "type") == "npm" && places.iter().all(|place| debians.contains(text(place, "path")))
        {
            return None;
        }
        let kind = match text(artifact, "type") {
            "deb" => "dpkg",
            // The manifest of the application itself, which nothing installed, is a package for syft alone.
            "npm" if text(artifact, "name") != "orders" => "npm",
            "apk" => "apk",
            _ => return None,
        };
        Some(format!("{kind} {} {}", text(artifact, "name"), text(artifact, "version")))
    });
    known.collect()
}

#[test]
fn syft_lists_the_same() {
    let Some(images) = images() else { return };
    let Ok(syft) = std::env::var("PLIMSOLL_SYFT") else {
        eprintln!("NOT RUN: PLIMSOLL_SYFT names no syft");
        return;
    };
    let debians = files_of_debian(&images);
    assert!(debians.len() > 1_000);
    for archive in ["debian.tar", "distroless.tar"] {
        let path = images.join(archive);
        let own = image(&path);
        let own: BTreeSet<String> = ["dpkg", "npm", "apk"]
            .iter()
            .flat_map(|kind| packages(&own, kind))
            .map(|package| {
                format!(
                    "{} {} {}",
                    text(package, "ecosystem"),
                    text(package, "name"),
                    text(package, "version")
                )
            })
            .collect();
        let syfts = by_syft(&syft, &path, &debians);
        let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| -> Vec<String> {
            one.difference(other).cloned().collect()
        };
        assert_eq!((only(&own, &syfts), only(&syfts, &own)), (Vec::new(), Vec::new()), "{archive}");
        assert!(own.len() >= 5, "{archive}");
    }
}
