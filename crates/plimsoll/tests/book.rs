//! The source of the documentation site: its links resolve, and `PLIMSOLL_BOOK=DIR` writes it.
//!
//!     PLIMSOLL_BOOK=target/book-src cargo test -p plimsoll --test book && mdbook build docs

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn book() -> BTreeMap<String, String> {
    let mut docs = BTreeMap::new();
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            docs.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    plimsoll::book::pages(&readme, &docs)
}

/// Targets of links outside of code.
fn links(text: &str) -> Vec<&str> {
    let mut links = Vec::new();
    let mut code = false;
    for line in text.lines() {
        code ^= line.trim_start().starts_with("```");
        if !code {
            links.extend(line.split("](").skip(1).filter_map(|rest| rest.split(')').next()));
        }
    }
    links
}

/// The anchor that mdBook gives a heading: lower case, spaces as dashes, no other signs.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}

#[test]
fn every_link_of_the_book_leads_somewhere() {
    let book = book();
    let mut wrong = Vec::new();
    for (name, text) in &book {
        let folder = Path::new(name).parent().unwrap().to_string_lossy().into_owned();
        for link in links(text) {
            if let Some(path) = link.strip_prefix(concat!(env!("CARGO_PKG_REPOSITORY"), "/")) {
                let file = path.splitn(3, '/').nth(2).map(|file| file.split('#').next().unwrap_or(file));
                if path.contains("/main/") && !file.is_some_and(|file| root().join(file).exists()) {
                    wrong.push(format!("{name}: {link}"));
                }
                continue;
            }
            if link.contains("://") {
                continue;
            }
            let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
            let base = if folder.is_empty() { "." } else { &folder };
            let target = if path.is_empty() { name.clone() } else { plimsoll::paths::join(base, path) };
            match book.get(&target) {
                Some(page) if fragment.is_empty() || anchors(page).iter().any(|known| known == fragment) => {}
                _ => wrong.push(format!("{name}: {link}")),
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_page_is_in_the_summary_once_and_begins_with_its_title() {
    let book = book();
    let summary = links(&book["SUMMARY.md"]);
    for (name, text) in book.iter().filter(|(name, _)| *name != "SUMMARY.md") {
        assert_eq!(summary.iter().filter(|link| *link == name).count(), 1, "{name}");
        assert!(text.starts_with("# "), "{name}");
    }
    assert_eq!(summary.len(), book.len() - 1);
}

#[test]
fn whoever_comes_from_another_tool_finds_every_id() {
    let book = book();
    let page = &book["coming-from/hadolint.md"];
    assert!(
        page.contains("| DL3002 | the last user is root | [runs-as-root](../controls/runs-as-root.md) |")
    );
    let page = &book["coming-from/docker-bench.md"];
    assert!(page.contains("| CIS-1.2.1 | the host is hardened | not covered: what a hardened host is"));
    assert!(book["controls/runs-as-root.md"].contains("[DL3002](../coming-from/hadolint.md)"));
}

#[test]
fn the_book_is_written_where_it_is_asked_for() {
    let Some(folder) = std::env::var_os("PLIMSOLL_BOOK") else {
        eprintln!("not written: PLIMSOLL_BOOK names no directory");
        return;
    };
    let folder = root().join(folder);
    // Pages of controls that are gone must go.
    for part in ["controls", "coming-from"] {
        let _ = fs::remove_dir_all(folder.join(part));
    }
    for (name, text) in book() {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}
