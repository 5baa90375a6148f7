//! What is generated from the catalogue and committed is current. `UPDATE=1 cargo test -p plimsoll` writes it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::PathBuf;

use plimsoll::args::ListFormat;
use plimsoll::catalogue;

fn is_current(path: &str, expected: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{} is not current: UPDATE=1 cargo test -p plimsoll", path.display());
}

#[test]
fn the_list_of_controls_is_current() {
    is_current("docs/controls.md", &catalogue::list(ListFormat::Markdown));
}

#[test]
fn the_list_of_severities_is_current() {
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/severity.md");
    let text = fs::read_to_string(page).unwrap();
    let (written, _) = text.split_once("\n## Every control\n").unwrap();
    is_current("docs/severity.md", &format!("{written}\n## Every control\n\n{}", catalogue::severities()));
}

#[test]
fn the_schema_of_the_configuration_is_current() {
    is_current("docs/schema/config.json", &catalogue::config_schema());
}

/// A remedy has a case under `### fixed`. What a Dockerfile can show and has none is told in the documents, with its reason.
#[test]
fn what_has_no_fix_is_told() {
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/fix.md");
    let text = fs::read_to_string(page).unwrap();
    let (_, section) = text.split_once("\n## What has no fix, and why\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    for control in plimsoll_controls::CATALOGUE {
        let (_, cases) = control.page.split_once("\n## Cases\n").unwrap();
        let (_, fails) = cases.split_once("\n### fails\n").unwrap();
        let fails = fails.split("\n### ").next().unwrap();
        if fails.contains("```dockerfile ") && !cases.contains("\n### fixed\n") {
            let told = section.contains(&format!("`{}`", control.id));
            assert!(told, "docs/fix.md: {} has no remedy and no reason", control.id);
        }
    }
    let named = section.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    for id in named.flat_map(|cell| cell.split('`').skip(1).step_by(2)) {
        assert!(plimsoll_controls::find(id).is_some(), "docs/fix.md names {id}, which is no control");
    }
}
