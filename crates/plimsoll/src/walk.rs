//! Walks a directory for files that may be inputs, by the rules of `.gitignore`, and keeps account of what it left out.
//!
//! Deliberately absent: what the files hold and which of them belong together.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use ignore::WalkBuilder;
use plimsoll_report::{Input, InputStatus};

use crate::classify::{self, FileClass};

/// The most files and directories that are looked at in one walk.
const MAX_ENTRIES: usize = 500_000;

/// The deepest directory that is entered.
const MAX_DEPTH: usize = 48;

/// The most places that are named as left out.
const MAX_SKIPPED: usize = 200;

/// Directories that hold other people's files or a build's, and what they hold.
const NOT_ENTERED: &[(&str, &str)] = &[
    ("node_modules", "installed packages"),
    ("bower_components", "installed packages"),
    ("vendor", "other people's code"),
    ("target", "build output"),
    (".venv", "installed packages"),
    ("venv", "installed packages"),
    ("__pycache__", "build output"),
    (".terraform", "installed modules"),
    (".next", "build output"),
    (".cache", "a cache"),
];

/// What a walk found.
#[derive(Debug, Default)]
pub struct Walked {
    /// Paths relative to the world's root, sorted, each with its class.
    pub candidates: Vec<(String, FileClass)>,
    /// Paths of all regular files, sorted.
    pub files: Vec<String>,
    /// What was left out and why.
    pub skipped: Vec<Input>,
}

/// Walks `directory`, an absolute path without links below (or equal to) `root`.
#[must_use]
pub fn walk(root: &Path, directory: &Path) -> Walked {
    let mut walked = Walked::default();
    let left_out: Arc<Mutex<Vec<(String, &str)>>> = Arc::default();
    let note = Arc::clone(&left_out);
    let own_root = root.to_owned();
    let mut builder = WalkBuilder::new(directory);
    builder
        .hidden(false)
        .ignore(false)
        // What is read must not depend on the user's own settings, only on the project's.
        .git_global(false)
        .git_exclude(false)
        .require_git(false)
        .max_depth(Some(MAX_DEPTH))
        .sort_by_file_name(std::ffi::OsStr::cmp)
        .filter_entry(move |entry| {
            if entry.depth() == 0 || !entry.file_type().is_some_and(|kind| kind.is_dir()) {
                return true;
            }
            let Some((_, what)) = NOT_ENTERED.iter().find(|(name, _)| entry.file_name() == *name) else {
                return entry.file_name() != ".git";
            };
            let path = format!("{}/", relative(&own_root, entry.path()));
            note.lock().unwrap_or_else(PoisonError::into_inner).push((path, *what));
            false
        });
    for (seen, next) in builder.build().enumerate() {
        if seen > MAX_ENTRIES {
            walked.skip(
                &relative(root, directory),
                format!("more than {MAX_ENTRIES} entries: the rest was not looked at"),
            );
            break;
        }
        let entry = match next {
            Ok(entry) => entry,
            Err(error) => {
                walked.skip(&relative(root, directory), unreadable(root, &error));
                continue;
            }
        };
        let Some(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            if entry.depth() == MAX_DEPTH {
                let path = format!("{}/", relative(root, entry.path()));
                walked.skip(&path, "too deep: not entered".to_owned());
            }
            continue;
        }
        let Some(name) = entry.file_name().to_str() else { continue };
        let path = relative(root, entry.path());
        if kind.is_file() {
            walked.files.push(path.clone());
        }
        match classify::by_name(name) {
            Some(class) if kind.is_file() => walked.candidates.push((path, class)),
            Some(class) if kind.is_symlink() => match entry.path().canonicalize() {
                Ok(real) if real.is_file() && !(real.starts_with(directory) && is_candidate(&real)) => {
                    walked.candidates.push((path, class));
                }
                Ok(real) if real.is_file() => {
                    walked.skip(&path, "a link to a file that is read itself".to_owned())
                }
                _ => walked.skip(&path, "a link that leads to no file".to_owned()),
            },
            Some(_) => walked.skip(&path, "not a regular file".to_owned()),
            None if classify::is_template(name) => {
                walked.skip(&path, "a template: it is a Dockerfile only when filled in".to_owned());
            }
            None => {}
        }
    }
    for (path, what) in left_out.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        walked.skip(&path, format!("holds {what}"));
    }
    walked.candidates.sort();
    walked.files.sort();
    walked
}

impl Walked {
    fn skip(&mut self, path: &str, reason: String) {
        if self.skipped.len() < MAX_SKIPPED {
            self.skipped.push(Input {
                name: path.to_owned(),
                lens: "",
                status: InputStatus::Skipped(reason),
            });
        }
    }
}

/// Whether a file lies in a folder that is not entered.
pub(crate) fn is_left_out(path: &str) -> bool {
    let mut folders = path.split('/').rev().skip(1);
    folders.any(|folder| folder == ".git" || NOT_ENTERED.iter().any(|(name, _)| *name == folder))
}

fn is_candidate(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| classify::by_name(name).is_some())
}

/// The path as the world names it.
#[must_use]
pub fn relative(root: &Path, path: &Path) -> String {
    let Ok(inside) = path.strip_prefix(root) else { return path.to_string_lossy().replace('\\', "/") };
    let text = inside.to_string_lossy().replace('\\', "/");
    if text.is_empty() { ".".to_owned() } else { text }
}

/// Why something could not be walked, without the absolute path that the message of the system holds.
fn unreadable(root: &Path, error: &ignore::Error) -> String {
    match error.io_error() {
        Some(io) => format!("could not be read: {}", io.kind()),
        None => error.to_string().replace(&*root.to_string_lossy(), "."),
    }
}
