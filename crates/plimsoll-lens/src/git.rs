//! Whether git keeps a file: by the repository's index, and by its ignore files.
//!
//! Sources: gitformat-index(5), gitignore(5). Deliberately absent: history, worktrees whose index lies elsewhere, the
//! ignore rules of the user's own configuration.

use std::collections::HashSet;

use plimsoll_posture::Tracking;

use crate::context::IgnoreRules;
use crate::world::clean;
use crate::{EntryKind, World};

/// Directories above the scanned root in which the repository may begin.
const MAX_ABOVE: usize = 8;

/// A repository around a scanned directory.
#[derive(Debug)]
pub struct Repository {
    /// Its top as the world names it: `.`, `api`, `../..`.
    top: String,
    /// The way from its top to the scanned root, empty or ending with `/`.
    below: String,
    /// Paths from the top; nothing while git has no index.
    index: Option<HashSet<Vec<u8>>>,
}

impl Repository {
    /// The repository that a directory belongs to; nothing where there is none or its index cannot be read.
    #[must_use]
    pub fn around(world: &dyn World, directory: &str) -> Option<Self> {
        let mut top = clean(directory);
        let mut above = 0;
        loop {
            match world.kind(&join(&top, ".git")) {
                Some(EntryKind::Directory) => break,
                // A worktree or submodule keeps its index elsewhere.
                Some(_) => return None,
                None => {}
            }
            top = match top.rsplit_once('/') {
                _ if top == "." || top.ends_with("..") => {
                    above += 1;
                    if above > MAX_ABOVE {
                        return None;
                    }
                    if top == "." { "..".to_owned() } else { format!("{top}/..") }
                }
                Some((parent, _)) => parent.to_owned(),
                None => ".".to_owned(),
            };
        }
        let root = world.root_path();
        let names: Vec<&str> = root.split('/').filter(|name| !name.is_empty()).collect();
        let below = names.get(names.len().checked_sub(above)?..)?;
        let below = below.iter().map(|name| format!("{name}/")).collect();
        let index = match world.read(&join(&top, ".git/index")) {
            Ok(bytes) => Some(read_index(&bytes)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(_) => return None,
        };
        Some(Self { top, below, index })
    }

    /// All files that git has below the scanned root, as the world names them.
    #[must_use]
    pub fn tracked(&self) -> Vec<String> {
        let index = self.index.iter().flatten();
        let named = index.filter_map(|path| {
            let path = std::str::from_utf8(path).ok()?;
            match (self.top.as_str(), self.below.as_str()) {
                (_, below) if !below.is_empty() => path.strip_prefix(below).map(str::to_owned),
                (top, _) => Some(join(top, path)),
            }
        });
        let mut all: Vec<String> = named.collect();
        all.sort();
        all
    }

    /// What git does with a file; `path` as the world names it.
    #[must_use]
    pub fn tracking(&self, world: &dyn World, path: &str) -> Option<Tracking> {
        let path = clean(path);
        let whole = if self.below.is_empty() && self.top != "." {
            path.strip_prefix(&format!("{}/", self.top))?.to_owned()
        } else {
            clean(&format!("{}{path}", self.below))
        };
        if whole.starts_with("..") {
            return None;
        }
        if self.index.as_ref().is_some_and(|index| index.contains(whole.as_bytes())) {
            return Some(Tracking::Tracked);
        }
        Some(if self.ignores(world, &whole) { Tracking::Ignored } else { Tracking::Open })
    }

    /// The ignore files from the top down to the file's own directory.
    fn ignores(&self, world: &dyn World, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(at, _)| at + 1);
        let ignored = std::iter::once(0).chain(ends).any(|start| {
            let (directory, inner) = path.split_at(start);
            let file = join(&join(&self.top, directory.trim_end_matches('/')), ".gitignore");
            world.read(&file).is_ok_and(|bytes| rules(&String::from_utf8_lossy(&bytes)).ignores(inner))
        });
        let exclude = world.read(&join(&self.top, ".git/info/exclude"));
        ignored || exclude.is_ok_and(|bytes| rules(&String::from_utf8_lossy(&bytes)).ignores(path))
    }
}

fn join(directory: &str, name: &str) -> String {
    match (directory, name) {
        (directory, "") => directory.to_owned(),
        (".", name) => name.to_owned(),
        (directory, name) => format!("{directory}/{name}"),
    }
}

/// An ignore file of git in the patterns of Docker, which are anchored at the top.
fn rules(text: &str) -> IgnoreRules {
    let patterns: Vec<String> = text
        .lines()
        .map(|line| line.trim_end_matches('\r').trim_end())
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (mark, pattern) = match line.strip_prefix('!') {
                Some(pattern) => ("!", pattern),
                None => {
                    ("", line.strip_prefix('\\').filter(|rest| rest.starts_with(['#', '!'])).unwrap_or(line))
                }
            };
            let bare = pattern.trim_end_matches('/');
            let anchored = bare.contains('/');
            let inside = if bare.len() < pattern.len() { "/**" } else { "" };
            format!("{mark}{}{}{inside}", if anchored { "" } else { "**/" }, bare.trim_start_matches('/'))
        })
        .collect();
    IgnoreRules::of(patterns.iter().map(String::as_str))
}

/// The paths of an index of version 2, 3 or 4; nothing where it is something else.
fn read_index(bytes: &[u8]) -> Option<HashSet<Vec<u8>>> {
    let number =
        |at: usize| -> Option<u32> { Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?)) };
    if bytes.get(..4)? != b"DIRC" {
        return None;
    }
    let version = number(4).filter(|version| (2..=4).contains(version))?;
    let count = number(8)?;
    let mut paths = HashSet::new();
    let mut previous: Vec<u8> = Vec::new();
    let mut at = 12;
    for _ in 0..count {
        let start = at;
        let flags = u16::from_be_bytes(bytes.get(start + 60..start + 62)?.try_into().ok()?);
        at = start + if flags & 0x4000 == 0 { 62 } else { 64 };
        if version == 4 {
            let (kept, after) = offset(bytes, at)?;
            previous.truncate(previous.len().checked_sub(kept)?);
            at = after;
        } else {
            previous.clear();
        }
        let length = bytes.get(at..)?.iter().position(|&byte| byte == 0)?;
        previous.extend_from_slice(bytes.get(at..at + length)?);
        at += length + 1;
        if version != 4 {
            // One to eight zero bytes fill an entry up to a multiple of eight.
            at = start + (at - start).next_multiple_of(8);
        }
        paths.insert(previous.clone());
    }
    Some(paths)
}

/// A number as git writes offsets: seven bits a byte, one added with each further byte.
fn offset(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut byte = *bytes.get(at)?;
    let mut value = usize::from(byte & 0x7f);
    while byte & 0x80 != 0 {
        at += 1;
        byte = *bytes.get(at)?;
        value = (value.checked_add(1)?.checked_mul(128)?) | usize::from(byte & 0x7f);
    }
    Some((value, at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Memory;

    /// An index of version 2 as gitformat-index(5) draws it.
    fn index(paths: &[&str]) -> Vec<u8> {
        let mut bytes = b"DIRC\0\0\0\x02".to_vec();
        bytes.extend(u32::try_from(paths.len()).unwrap().to_be_bytes());
        for path in paths {
            let mut entry = vec![0; 60];
            entry.extend(u16::try_from(path.len()).unwrap().to_be_bytes());
            entry.extend(path.bytes());
            entry.push(0);
            entry.resize(entry.len().next_multiple_of(8), 0);
            bytes.extend(entry);
        }
        bytes
    }

    fn tracking(world: &Memory, path: &str) -> Option<Tracking> {
        Repository::around(world, "api")?.tracking(world, path)
    }

    #[test]
    fn the_index_says_what_is_tracked_whatever_is_ignored() {
        let mut world = Memory::of(&[
            (".git/HEAD", "ref: refs/heads/main"),
            (".gitignore", "# local\n.env\n/api/*.local.env\nkept/\n"),
            ("api/.gitignore", "!deep.env\nprod.env\n"),
        ]);
        world.files.insert(".git/index".to_owned(), index(&["README.md", "api/.env", "api/src/main.js"]));
        assert_eq!(tracking(&world, "api/.env"), Some(Tracking::Tracked));
        assert_eq!(tracking(&world, ".env"), Some(Tracking::Ignored));
        let all = Repository::around(&world, "api").map(|repository| repository.tracked());
        assert_eq!(
            all.as_deref(),
            Some(&["README.md", "api/.env", "api/src/main.js"].map(str::to_owned)[..])
        );
        assert_eq!(tracking(&world, "api/deep/.env"), Some(Tracking::Ignored));
        assert_eq!(tracking(&world, "api/x.local.env"), Some(Tracking::Ignored));
        assert_eq!(tracking(&world, "api/prod.env"), Some(Tracking::Ignored));
        assert_eq!(tracking(&world, "prod.env"), Some(Tracking::Open));
        assert_eq!(tracking(&world, "kept/a.env"), Some(Tracking::Ignored));
        assert_eq!(tracking(&world, "kept"), Some(Tracking::Open), "`kept/` is for folders");
    }

    #[test]
    fn what_cannot_be_read_is_not_known() {
        let mut world = Memory::of(&[(".git/HEAD", "")]);
        assert_eq!(tracking(&world, ".env"), Some(Tracking::Open), "a repository without an index");
        for broken in [&b"DIRC"[..], b"DIRC\0\0\0\x02\0\0\0\x05", b"DIRC\0\0\0\x09\0\0\0\0", b""] {
            world.files.insert(".git/index".to_owned(), broken.to_vec());
            assert_eq!(tracking(&world, ".env"), None);
        }
        assert_eq!(tracking(&Memory::of(&[(".git", "gitdir: ../x")]), ".env"), None, "a worktree");
        assert_eq!(tracking(&Memory::of(&[("compose.yaml", "")]), ".env"), None, "no repository");
    }

    #[test]
    fn names_of_version_4_share_their_beginnings() {
        let mut bytes = b"DIRC\0\0\0\x04\0\0\0\x02".to_vec();
        bytes.extend([0; 62]);
        bytes.extend(b"\0api/.env\0");
        bytes.extend([0; 62]);
        bytes.extend(b"\x04main.js\0");
        let paths = read_index(&bytes).unwrap();
        assert!(paths.contains(&b"api/.env"[..]) && paths.contains(&b"api/main.js"[..]), "{paths:?}");
    }
}
