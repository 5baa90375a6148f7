//! A copy of a project with other texts: what is built and mounted in a trial, so that nothing in the project is written.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path};

use super::Trouble;

/// Files and directories that are copied at most.
const MAX_ENTRIES: usize = 300_000;
/// Bytes that are copied at most.
const MAX_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// What is left of the bounds.
struct Left {
    entries: usize,
    bytes: u64,
}

/// Copies a directory: files with their permissions, links as links; no sockets, pipes and devices.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), Trouble> {
    let mut left = Left { entries: MAX_ENTRIES, bytes: MAX_BYTES };
    folder(from, to, &mut left)
        .map_err(|error| Trouble::Cannot(format!("{} cannot be copied: {error}", from.display())))
}

fn folder(from: &Path, to: &Path, left: &mut Left) -> io::Result<()> {
    let mut open = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = open.pop() {
        let mut entries = fs::read_dir(&from)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            left.entries =
                left.entries.checked_sub(1).ok_or_else(|| io::Error::other("it holds too many files"))?;
            let (path, place) = (entry.path(), to.join(entry.file_name()));
            let meta = fs::symlink_metadata(&path)?;
            if meta.is_symlink() {
                link(&fs::read_link(&path)?, &place)?;
            } else if meta.is_dir() {
                fs::create_dir(&place)?;
                open.push((path, place.clone()));
            } else if meta.is_file() {
                left.bytes = left
                    .bytes
                    .checked_sub(meta.len())
                    .ok_or_else(|| io::Error::other("it is larger than 2 GiB"))?;
                fs::copy(&path, &place)?;
            } else {
                continue;
            }
            if !meta.is_symlink() {
                owned_like(&place, &meta);
            }
        }
        fs::set_permissions(&to, entered(fs::metadata(&from)?.permissions()))?;
    }
    Ok(())
}

#[cfg(unix)]
fn link(target: &Path, place: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, place)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whoever runs as root keeps the owners; others may not.
#[cfg(unix)]
fn owned_like(place: &Path, meta: &fs::Metadata) {
    use std::os::unix::fs::MetadataExt as _;
    let _ = std::os::unix::fs::chown(place, Some(meta.uid()), Some(meta.gid()));
}

#[cfg(not(unix))]
fn owned_like(_: &Path, _: &fs::Metadata) {}

/// A directory of the copy must be one that its owner can write and remove.
#[cfg(unix)]
fn entered(permissions: fs::Permissions) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    fs::Permissions::from_mode(permissions.mode() | 0o700)
}

#[cfg(not(unix))]
fn entered(permissions: fs::Permissions) -> fs::Permissions {
    permissions
}

/// Writes the texts, whose paths are relative to `root`, into the copy of `base`.
pub(super) fn patch(copy: &Path, base: &str, texts: &BTreeMap<String, String>) -> Result<(), Trouble> {
    for (path, text) in texts {
        let inner = match base {
            "." => Some(path.as_str()),
            base => path.strip_prefix(base).and_then(|rest| rest.strip_prefix('/')),
        };
        // What another project of the run changes is not in this copy.
        let Some(inner) = inner else { continue };
        let plain = Path::new(inner).components().all(|part| matches!(part, Component::Normal(_)));
        let place = copy.join(inner);
        let failed = |error: io::Error| Trouble::Cannot(format!("{path}: {error}"));
        if !plain {
            return Err(failed(io::Error::other("lies outside of the project")));
        }
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        // A link may lead out of the copy: the text takes its place.
        let meta = fs::symlink_metadata(&place).ok();
        if meta.as_ref().is_some_and(fs::Metadata::is_symlink) {
            fs::remove_file(&place).map_err(failed)?;
        }
        fs::write(&place, text).map_err(failed)?;
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_patched_and_the_project_is_not() {
        let top = std::env::temp_dir().join(format!("plimsoll-copy-{}", std::process::id()));
        let _ = fs::remove_dir_all(&top);
        let (from, to) = (top.join("from"), top.join("to"));
        fs::create_dir_all(from.join("api/src")).unwrap();
        fs::create_dir_all(&to).unwrap();
        fs::write(from.join("api/Dockerfile"), "FROM a\n").unwrap();
        fs::write(from.join("api/src/x.js"), "x").unwrap();
        fs::write(top.join("outside"), "kept").unwrap();
        link(Path::new("../../outside"), &from.join("api/linked")).unwrap();
        std::os::unix::net::UnixListener::bind(from.join("api/socket")).unwrap();
        copy(&from.join("api"), &to).unwrap();
        let texts = [
            ("api/Dockerfile", "FROM b\n"),
            ("api/new/.dockerignore", "x\n"),
            ("web/Dockerfile", "FROM c\n"),
            ("api/linked", "mine"),
        ];
        let texts = texts.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
        patch(&to, "api", &texts).unwrap();
        let read = |path: &Path| fs::read_to_string(path).unwrap();
        assert_eq!(read(&to.join("Dockerfile")), "FROM b\n");
        assert_eq!(
            (read(&to.join("new/.dockerignore")), read(&to.join("src/x.js"))),
            ("x\n".into(), "x".into())
        );
        assert_eq!(
            (read(&from.join("api/Dockerfile")), read(&top.join("outside"))),
            ("FROM a\n".into(), "kept".into())
        );
        assert!(!to.join("socket").exists() && !to.join("web").exists());
        let out = BTreeMap::from([("../x".to_owned(), String::new())]);
        assert!(patch(&to, ".", &out).is_err());
        fs::remove_dir_all(&top).unwrap();
    }
}
