//! The rules of the workspace: which crate may know which, what every dependency and file must say.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item};

/// Which crates of the workspace a crate may depend on (docs/design.md).
const ARROWS: &[(&str, &[&str])] = &[
    ("plimsoll-text", &[]),
    ("plimsoll-secrets", &[]),
    ("plimsoll-engine", &[]),
    ("plimsoll-history", &[]),
    ("plimsoll-fetch", &[]),
    ("plimsoll-registry", &["plimsoll-fetch"]),
    ("plimsoll-trust", &["plimsoll-posture"]),
    ("plimsoll-posture", &["plimsoll-text"]),
    ("plimsoll-lens", &["plimsoll-posture", "plimsoll-text", "plimsoll-secrets"]),
    ("plimsoll-packages", &["plimsoll-posture", "plimsoll-text"]),
    ("plimsoll-controls", &["plimsoll-posture", "plimsoll-text"]),
    ("plimsoll-policy", &["plimsoll-controls", "plimsoll-posture", "plimsoll-text"]),
    ("plimsoll-report", &["plimsoll-controls", "plimsoll-posture", "plimsoll-text"]),
    (
        "plimsoll",
        &[
            "plimsoll-text",
            "plimsoll-posture",
            "plimsoll-lens",
            "plimsoll-secrets",
            "plimsoll-history",
            "plimsoll-packages",
            "plimsoll-controls",
            "plimsoll-policy",
            "plimsoll-report",
            "plimsoll-engine",
            "plimsoll-fetch",
            "plimsoll-registry",
            "plimsoll-trust",
        ],
    ),
];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] =
    &["util", "utils", "helper", "helpers", "common", "misc", "core", "manager", "shared", "stuff"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every crate: its folder's name, the folder, the text of its Cargo.toml.
fn crates() -> Vec<(String, PathBuf, String)> {
    let mut crates: Vec<_> = fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("Cargo.toml").is_file())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(path.join("Cargo.toml")).unwrap();
            (name, path, text)
        })
        .collect();
    crates.sort();
    crates
}

fn tables(text: &str) -> Vec<(String, Vec<String>)> {
    let document: DocumentMut = text.parse().unwrap();
    ["dependencies", "build-dependencies", "dev-dependencies"]
        .into_iter()
        .filter_map(|section| {
            let table = document.get(section).and_then(Item::as_table)?;
            Some((section.to_owned(), table.iter().map(|(name, _)| name.to_owned()).collect()))
        })
        .collect()
}

#[test]
fn no_crate_knows_more_than_it_may() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (name, _, text) in crates() {
        let Some(allowed) = allowed.get(name.as_str()) else {
            wrong.push(format!("{name} is not in the list of arrows"));
            continue;
        };
        for (section, dependencies) in tables(&text) {
            for dependency in dependencies.iter().filter(|dependency| dependency.starts_with("plimsoll")) {
                // Tests may look from above; what ships may not.
                if section != "dev-dependencies" && !allowed.contains(&dependency.as_str()) {
                    wrong.push(format!("{name} must not know {dependency}"));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_crate_is_named_like_its_folder_and_takes_the_rules_of_the_workspace() {
    for (name, _, text) in crates() {
        let document: DocumentMut = text.parse().unwrap();
        let package = &document["package"];
        assert_eq!(package["name"].as_str(), Some(name.as_str()));
        assert_eq!(document["lints"]["workspace"].as_bool(), Some(true), "{name}: [lints] workspace = true");
        for field in ["version", "edition", "rust-version", "license"] {
            assert_eq!(package[field]["workspace"].as_bool(), Some(true), "{name}: {field}.workspace = true");
        }
        assert!(package["description"].as_str().is_some_and(|text| text.len() > 10), "{name}: description");
    }
}

/// A comment stands for the dependencies below it up to the next blank line.
#[test]
fn every_dependency_has_its_reason() {
    let mut wrong = Vec::new();
    for (name, _, text) in crates() {
        let mut section = "";
        let mut reason = false;
        for line in text.lines().map(str::trim) {
            if line.starts_with('[') {
                section = line;
                reason = false;
            } else if line.is_empty() {
                reason = false;
            } else if line.starts_with('#') {
                reason = true;
            } else if section.contains("dependencies") && line.contains('=') {
                let dependency = line.split(['=', '.', ' ']).next().unwrap_or(line);
                if !reason && !dependency.starts_with("plimsoll") && !dependency.starts_with(['{', '"', ']'])
                {
                    wrong.push(format!("{name}: {dependency}"));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "dependencies without a comment that says why");
}

fn rust_files(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            if !path.ends_with("target") {
                rust_files(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn all_rust_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["crates", "fuzz", "bench"] {
        rust_files(&root().join(folder), &mut found);
    }
    assert!(found.len() > 50, "the files were not found");
    found
}

#[test]
fn every_file_says_what_it_is_for_and_stays_readable() {
    let mut wrong = Vec::new();
    for path in all_rust_files() {
        let text = fs::read_to_string(&path).unwrap();
        let first =
            text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("#![")).unwrap_or("");
        if !first.starts_with("//!") {
            wrong.push(format!("{}: does not start with //!", path.display()));
        }
        let lines = text.lines().count();
        // A table of facts is as long as the facts are many.
        if lines > 1000 && path.file_stem() != Some("table".as_ref()) {
            wrong.push(format!("{}: {lines} lines", path.display()));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn no_name_says_nothing() {
    let mut wrong = Vec::new();
    for path in all_rust_files() {
        let relative = path.strip_prefix(root()).unwrap();
        let stems = relative.iter().map(|part| part.to_string_lossy());
        for stem in stems.map(|part| part.trim_end_matches(".rs").to_owned()) {
            if EMPTY_NAMES.contains(&stem.as_str()) {
                wrong.push(relative.display().to_string());
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
