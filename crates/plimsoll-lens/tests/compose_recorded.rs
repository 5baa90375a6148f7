//! Projects of several files, and every short and long form, against recorded outputs of Docker Compose 2.26.
//!
//! `compose/record.sh` makes the recordings; the cases are written for this test. What Compose refuses lies in
//! `compose/refused`, one reason per file.

#[path = "compose/support.rs"]
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plimsoll_lens::Memory;
use plimsoll_lens::compose::{Loaded, ProjectFiles, find, load};
use plimsoll_posture::ComplaintKind;
use plimsoll_text::Sources;
use support::{config, differences, printed};

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compose")
}

fn read_all(directory: &Path, prefix: &str, into: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read_all(&entry.path(), &format!("{name}/"), into);
        } else {
            into.insert(name, std::fs::read(entry.path()).expect("a file of the case"));
        }
    }
}

/// A case as a world, and its files as Compose would find them or as `files` lists them.
fn project(case: &Path) -> (Memory, ProjectFiles) {
    let mut world = Memory::default();
    read_all(case, "", &mut world.files);
    let text = |name: &str| world.files.get(name).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let variables = text("variables").unwrap_or_default();
    let files = text("files");
    world.variables = variables
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut project = match files {
        Some(files) => ProjectFiles {
            files: files.lines().map(str::to_owned).collect(),
            directory: ".".into(),
            ..ProjectFiles::default()
        },
        None => find(&world, ".").expect("the case has a compose file"),
    };
    project.name = Some("case".into());
    (world, project)
}

fn said(loaded: &Loaded, sources: &Sources) -> Vec<String> {
    loaded
        .complaints
        .iter()
        .map(|complaint| {
            let source = sources.get(complaint.at.source);
            let place = source.place(complaint.at.start as usize);
            format!("{}:{}: {} {}", source.name, place.line, complaint.code, complaint.message)
        })
        .collect()
}

#[test]
fn cases_equal_the_recordings() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in std::fs::read_dir(here().join("cases")).unwrap().map(|entry| entry.unwrap().path()) {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let expected = std::fs::read_to_string(case.join("expected.json")).expect("the case is recorded");
        let (world, project) = project(&case);
        let mut sources = Sources::new();
        let loaded = load(&world, &mut sources, &project);
        let ours = config(&loaded, Path::new("/project"));
        let mut found = Vec::new();
        differences(&ours, &printed(serde_json::from_str(&expected).unwrap()), &name, &mut found);
        if loaded.refused {
            found.extend(said(&loaded, &sources));
        }
        wrong.extend(found);
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 8, "only {count} cases");
}

#[test]
fn what_compose_refuses_is_refused_with_a_place_and_a_reason() {
    let mut world = Memory::default();
    read_all(&here().join("refused"), "", &mut world.files);
    let names: Vec<String> = world.files.keys().filter(|name| name.ends_with(".yaml")).cloned().collect();
    assert!(names.len() >= 30, "only {} files", names.len());
    let mut accepted = Vec::new();
    for name in names {
        let mut sources = Sources::new();
        let project =
            ProjectFiles { files: vec![name.clone()], directory: ".".into(), ..ProjectFiles::default() };
        let loaded = load(&world, &mut sources, &project);
        let reason = loaded
            .complaints
            .iter()
            .find(|complaint| matches!(complaint.kind, ComplaintKind::Invalid | ComplaintKind::Missing));
        if !loaded.refused || reason.is_none() {
            accepted.push(name);
        }
    }
    assert!(accepted.is_empty(), "accepted: {accepted:?}");
}
