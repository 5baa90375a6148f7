//! The file of a secret that a remedy asks for: kept out of git and out of images, and never written.
//!
//! A value that is made up here would be a password that a stranger can read in a diff, and an empty file is a password
//! that some programs take. Without the file Compose starts nothing and says which one is missing: that fails safe with
//! every image. Deliberately absent: values.

use std::collections::BTreeMap;

use plimsoll_lens::{World, git};
use plimsoll_posture::Tracking;

use crate::paths;

/// Adds the lines of ignore files that keep a secret's file where it belongs. `document` is the compose file that names
/// it, `file` its path from there.
pub(super) fn keep_out(world: &dyn World, document: &str, file: &str, texts: &mut BTreeMap<String, String>) {
    let directory = paths::parent(&paths::join(".", document));
    let path = paths::join(&directory, file);
    let inner = paths::join(".", file);
    if inner.starts_with("../") || inner.starts_with('/') {
        return;
    }
    let line = match inner.split_once('/') {
        Some((folder, _)) => format!("{folder}/"),
        None => inner,
    };
    let repository = git::Repository::around(world, &directory);
    let open = repository.and_then(|repository| repository.tracking(world, &path)) == Some(Tracking::Open);
    if open {
        add(world, &paths::join(&directory, ".gitignore"), &line, true, texts);
    }
    // One that is not there is another matter: it would have to hold more than this.
    add(world, &paths::join(&directory, ".dockerignore"), &line, false, texts);
}

fn add(world: &dyn World, path: &str, line: &str, make: bool, texts: &mut BTreeMap<String, String>) {
    let there = world.read(path).ok().map(String::from_utf8);
    let old = match (texts.get(path), there) {
        (Some(text), _) => text.clone(),
        (None, Some(Ok(text))) => text,
        (None, None) if make => String::new(),
        _ => return,
    };
    let bare = |line: &str| line.trim().trim_start_matches("**/").trim_matches('/').to_owned();
    if !old.lines().any(|known| bare(known) == bare(line) || known.trim() == "*") {
        texts.insert(path.to_owned(), super::writing::with_lines(old, &format!("{line}\n")));
    }
}
