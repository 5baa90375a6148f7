//! The laws of edits over real compose files (`PLIMSOLL_CORPUS`): every byte outside the edits stays, the document says
//! what it said with the change, a second time changes nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plimsoll_lens::compose::edit::{Operation, Refusal, Writing, edits};
use plimsoll_text::{SourceKind, Sources, apply};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "yml" || ending == "yaml") {
            found.push(path);
        }
    }
}

/// Names of the services that are written in a file, by the indentation of the keys below `services:`.
fn services(text: &str) -> Vec<String> {
    let mut lines = text.lines().skip_while(|line| line.trim_end() != "services:").skip(1);
    let mut names = Vec::new();
    let mut indent = 0;
    for line in lines.by_ref() {
        let own = line.len() - line.trim_start().len();
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        if own == 0 {
            break;
        }
        if indent == 0 {
            indent = own;
        }
        if own == indent
            && let Some((name, _)) = line.trim().split_once(':')
        {
            names.push(name.trim_matches(['"', '\'']).to_owned());
        }
    }
    names
}

fn made(text: &str, operation: &Operation) -> Result<String, Refusal> {
    let mut sources = Sources::new();
    let id = sources.add("compose.yaml", SourceKind::Compose, text.as_bytes());
    let source = sources.get(id);
    edits(source, operation).map(|edits| apply(source, &edits).unwrap())
}

/// Whether the lines of `old` all stand in `new`, in their order.
fn keeps_lines(old: &str, new: &str) -> bool {
    let mut lines = new.lines();
    old.lines().all(|old| lines.any(|line| line == old))
}

#[test]
fn real_files_are_changed_where_they_should_be_and_nowhere_else() {
    let Some(corpus) = std::env::var_os("PLIMSOLL_CORPUS").map(PathBuf::from) else {
        eprintln!("not run: PLIMSOLL_CORPUS is not set");
        return;
    };
    let mut paths = Vec::new();
    files(&corpus, &mut paths);
    paths.sort();
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    let (mut tried, mut changed) = (0, 0);
    for path in paths {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for service in services(&text) {
            let key = |key: &str| vec!["services".to_owned(), service.clone(), key.to_owned()];
            let operations = [
                Operation::Set { path: key("read_only"), value: Writing::Scalar("true".to_owned()) },
                Operation::Append { path: key("cap_drop"), item: "NET_RAW".to_owned() },
            ];
            for operation in operations {
                tried += 1;
                match made(&text, &operation) {
                    Ok(new) => {
                        changed += 1;
                        let set = matches!(operation, Operation::Set { .. });
                        let fresh = !text.contains(if set { "read_only:" } else { "cap_drop:" });
                        let flow = text.contains(&format!("{service}: {{"));
                        assert!(!fresh || flow || keeps_lines(&text, &new), "{}: {service}", path.display());
                        if set {
                            assert_eq!(made(&new, &operation).as_ref(), Ok(&new), "{}", path.display());
                        }
                    }
                    Err(reason) => *refused.entry(format!("{reason:?}")).or_default() += 1,
                }
            }
        }
    }
    eprintln!("{tried} changes tried, {changed} made, refused: {refused:?}");
    assert!(tried > 0, "the corpus holds no compose files");
    assert!(changed * 100 >= tried * 95, "{changed} of {tried}");
}
