//! Finds the Dockerfiles of the development corpus, unpacked.

use std::path::{Path, PathBuf};

/// More directories below each other than this are not followed.
const MAX_DEPTH: usize = 8;

/// Path and text of every Dockerfile below `PLIMSOLL_CORPUS`, or below `shared/corpus` beside the workspace; `None`
/// when there is none.
pub(crate) fn files() -> Option<Vec<(PathBuf, String)>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let root = std::env::var_os("PLIMSOLL_CORPUS").map_or(beside, PathBuf::from);
    let mut paths = Vec::new();
    collect(&root, 0, &mut paths);
    paths.sort();
    let files: Vec<(PathBuf, String)> = paths
        .into_iter()
        .filter_map(|path| {
            let bytes = std::fs::read(&path).ok()?;
            Some((path, String::from_utf8_lossy(&bytes).into_owned()))
        })
        .collect();
    (!files.is_empty()).then_some(files)
}

fn collect(directory: &Path, depth: usize, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if kind.is_dir() && depth < MAX_DEPTH {
            collect(&entry.path(), depth + 1, paths);
        } else if kind.is_file() && (name.ends_with(".Dockerfile") || name.starts_with("Dockerfile")) {
            paths.push(entry.path());
        }
    }
}
