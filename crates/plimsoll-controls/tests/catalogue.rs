//! What holds for every control: its id, its record, its page, and the generated list of all of them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use plimsoll_controls::{CATALOGUE, find, find_peer};

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The files of `controls/` with that extension, by stem, sorted.
fn stems(extension: &str) -> Vec<String> {
    let folder = source().join("controls");
    let entries = std::fs::read_dir(&folder).expect("the folder of controls can be listed");
    let mut stems: Vec<String> = entries
        .map(|entry| entry.expect("an entry of the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|own| own == extension))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    stems.sort();
    stems
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// `controls.rs` as it follows from the folder: modules by stem, the catalogue by id.
fn generated(stems: &[String]) -> String {
    let mut text =
        "//! The catalogue: generated from the files of this folder, do not edit. `UPDATE=1 cargo test -p \
                    plimsoll-controls`.\n\nuse crate::Control;\n\n"
            .to_owned();
    for stem in stems {
        let _ = writeln!(text, "mod {stem};");
    }
    text.push_str("\n/// Every control, sorted by id.\npub static CATALOGUE: &[&Control] = &[\n");
    let mut by_id: Vec<&String> = stems.iter().collect();
    by_id.sort_by_key(|stem| stem.replace('_', "-"));
    for stem in by_id {
        let _ = writeln!(text, "    &{stem}::CONTROL,");
    }
    text.push_str("];\n");
    text
}

#[test]
fn the_catalogue_lists_every_pair_of_files() {
    let stems_of_code = stems("rs");
    assert_eq!(stems_of_code, stems("md"), "a control is two files with one stem");
    let path = source().join("controls.rs");
    let wanted = generated(&stems_of_code);
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        if read(&path) != wanted {
            std::fs::write(&path, &wanted).expect("controls.rs can be written");
        }
        return;
    }
    assert_eq!(read(&path), wanted, "controls.rs is out of date: UPDATE=1 cargo test -p plimsoll-controls");
}

#[test]
fn ids_are_sorted_unique_kebab_case_and_equal_to_the_stem() {
    let ids: Vec<&str> = CATALOGUE.iter().map(|control| control.id).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "sorted and unique: {ids:?}");
    for id in &ids {
        let kebab = id.split('-').all(|word| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
        assert!(kebab, "{id} is not kebab-case");
        for start in ["no-", "ensure-"] {
            assert!(!id.starts_with(start), "{id}: an id names the bad thing and reads after \"allow\"");
        }
        let number = id.split('-').any(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
        assert!(!number, "{id}: an id holds no number");
        assert!(find(id).is_some_and(|control| control.id == *id), "{id} is found by its id");
    }
    let from_stems: BTreeSet<String> = stems("rs").iter().map(|stem| stem.replace('_', "-")).collect();
    assert_eq!(from_stems, ids.iter().map(|id| (*id).to_owned()).collect());
}

#[test]
fn records_are_complete() {
    for control in CATALOGUE {
        let id = control.id;
        assert!(
            !control.title.is_empty() && !control.title.ends_with(['.', '!', ':']),
            "{id}: {}",
            control.title
        );
        assert!(
            control.title.chars().count() <= 80,
            "{id}: the title is longer than a line: {}",
            control.title
        );
        let unique: BTreeSet<&str> = control.peers.iter().copied().collect();
        assert_eq!(unique.len(), control.peers.len(), "{id}: a peer is named twice");
        for peer in control.peers {
            assert!(find_peer(peer).iter().any(|found| found.id == id), "{id}: {peer} is found");
            assert!(
                find_peer(&peer.to_lowercase().replace('-', " ")).iter().any(|found| found.id == id),
                "{id}: {peer} is found in another spelling"
            );
        }
        let version: Vec<&str> = control.since.split('.').collect();
        assert!(
            version.len() == 3 && version.iter().all(|part| part.parse::<u32>().is_ok()),
            "{id}: since {}",
            control.since
        );
    }
}

const SECTIONS: [&str; 6] =
    ["What it checks", "Why it matters", "How to fix", "Fix safety", "References", "Cases"];

/// The headings of a level, outside fenced blocks.
/// A finding that is covered is not told at length, so what covers it must weigh as much; and no chain leads back.
#[test]
fn what_covers_a_control_is_there_and_as_grave() {
    for control in CATALOGUE {
        for id in control.covered_by.iter().filter(|id| **id != control.id) {
            let by = find(id)
                .unwrap_or_else(|| panic!("{} is covered by `{id}`, which is no control", control.id));
            assert!(by.severity >= control.severity, "{} is covered by the milder {id}", control.id);
            assert!(!by.covered_by.contains(&control.id), "{} and {id} cover each other", control.id);
        }
    }
}

fn headings<'a>(text: &'a str, mark: &str) -> Vec<&'a str> {
    let mut fenced = false;
    text.lines()
        .filter_map(|line| {
            if line.starts_with("```") {
                fenced = !fenced;
            }
            if fenced { None } else { line.strip_prefix(mark) }
        })
        .collect()
}

#[test]
fn every_page_has_its_sections_in_order() {
    for control in CATALOGUE {
        let id = control.id;
        assert!(control.page.starts_with(&format!("# {id}\n")), "{id}: the page begins with its id");
        assert_eq!(headings(control.page, "## "), SECTIONS, "{id}");
        for section in SECTIONS {
            let text = control.section(section).unwrap_or_default();
            assert!(!text.is_empty(), "{id}: `{section}` is empty");
        }
        assert_eq!(control.page.matches("```").count() % 2, 0, "{id}: a fence is not closed");
    }
}

#[test]
fn the_first_sentence_of_why_stands_alone() {
    for control in CATALOGUE {
        let why = control.section("Why it matters").unwrap_or_default();
        let first = why.split(". ").next().unwrap_or(why).trim_end_matches('.');
        assert!(!first.contains('\n'), "{}: the first sentence is one line: {first}", control.id);
        assert!(first.chars().count() <= 260, "{}: the first sentence is too long: {first}", control.id);
    }
}

#[test]
fn every_page_refers_to_its_sources() {
    for control in CATALOGUE {
        let id = control.id;
        let references = control.section("References").unwrap_or_default();
        for line in references.lines() {
            let link = line.strip_prefix("- ").unwrap_or_else(|| panic!("{id}: not a list item: {line}"));
            assert!(link.contains("https://"), "{id}: no https link: {line}");
        }
    }
}

#[test]
fn every_page_has_cases_that_fail_and_pass() {
    let known = ["fails", "passes", "unknown", "not applicable", "fixed"];
    for control in CATALOGUE {
        let id = control.id;
        let cases = format!("\n{}", control.section("Cases").unwrap_or_default());
        let kinds = headings(&cases, "### ");
        for kind in &kinds {
            assert!(known.contains(kind), "{id}: no such kind of case: {kind}");
        }
        for kind in ["fails", "passes"] {
            assert_eq!(kinds.iter().filter(|own| **own == kind).count(), 1, "{id}: one section `{kind}`");
        }
        let fails = cases.split("\n### ").find(|part| part.starts_with("fails\n")).unwrap_or_default();
        // A case without a name may stand before those that have one.
        let unnamed = fails.split("\n#### ").next().is_some_and(|head| head.contains("\n```"));
        let count = headings(fails, "#### ").len() + usize::from(unnamed);
        let reports = fails.matches("\n```report\n").count();
        assert_eq!(reports, count, "{id}: every failing case tells what is reported");
        for line in fails.split("\n```report\n").skip(1).filter_map(|rest| rest.split("\n```").next()) {
            for line in line.lines() {
                assert!(line.split(' ').nth(1) == Some(id), "{id}: the report is about this control: {line}");
                assert!(!line.ends_with('.'), "{id}: a message has no full stop: {line}");
            }
        }
    }
}

/// Controls judge the posture; what they know of file formats are the words in their messages.
#[test]
fn no_control_names_a_lens_or_a_file() {
    let words = [
        "plimsoll_lens",
        "plimsoll_report",
        "\"compose.yaml\"",
        "\"compose.yml\"",
        "\"docker-compose.yml\"",
        "\"docker-compose.yaml\"",
        "\"Dockerfile\"",
        "std::fs",
        "std::net",
        "std::env",
        "SystemTime",
        "Instant::now",
    ];
    for stem in stems("rs") {
        let text = read(&source().join("controls").join(format!("{stem}.rs")));
        for word in words {
            assert!(!text.contains(word), "{stem}.rs names {word}");
        }
        assert!(text.starts_with("//! "), "{stem}.rs says what it is for");
        // The first argument is a lens: the model's own types say by which one they were read.
        assert!(!text.contains("Provenance::new("), "{stem}.rs names a lens");
    }
}
