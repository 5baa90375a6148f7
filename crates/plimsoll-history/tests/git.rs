//! Repositories that git makes, and what git itself says of them.
//!
//! Without git on the machine the tests say SKIPPED.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stderr, reason = "a test that did not run says so")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_history::{Error, Limits, Look, Repository, Summary, Version};

/// A folder of its own, removed at the end.
struct Yard(PathBuf);

impl Yard {
    fn new(name: &str) -> Option<Self> {
        let there = Command::new("git").arg("--version").output().is_ok_and(|output| output.status.success());
        if !there {
            eprintln!("SKIPPED: git is not installed");
            return None;
        }
        let folder =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("history-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Some(Self(folder))
    }

    fn git(&self, folder: &str, day: u32, arguments: &[&str]) -> String {
        let date = format!("2026-01-{day:02}T12:00:00Z");
        let output = Command::new("git")
            .args(["-c", "init.defaultBranch=main", "-c", "user.name=A", "-c", "user.email=a@acme.test"])
            .args(["-c", "commit.gpgsign=false", "-c", "protocol.file.allow=always", "-c", "gc.auto=0"])
            .args(arguments)
            .current_dir(self.0.join(folder))
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn commit(&self, day: u32, message: &str) {
        self.git("a", day, &["add", "-A"]);
        self.git("a", day, &["commit", "-qm", message]);
    }

    /// Three branches, a tag, a merge, a file that comes and goes, many versions of one that is long.
    fn story(&self) {
        fs::create_dir_all(self.0.join("a")).unwrap();
        self.git("a", 1, &["init", "-q"]);
        self.write("a/README.md", "one\n");
        self.write("a/src/config.js", "const a = 1;\n");
        self.commit(1, "one");
        self.write("a/src/config.js", "const key = 'first';\n");
        self.commit(2, "two");
        self.git("a", 2, &["tag", "-a", "v1", "-m", "v1"]);
        self.git("a", 3, &["checkout", "-qb", "side"]);
        self.write("a/side.txt", "only on the side\n");
        self.commit(3, "side");
        self.git("a", 4, &["checkout", "-q", "main"]);
        self.write("a/src/config.js", "const key = process.env.KEY;\n");
        for version in 0..30 {
            let lines: Vec<String> = (0..200)
                .map(|line| format!("line {line} of {}", if line == version { version } else { 0 }))
                .collect();
            self.write("a/long.txt", &lines.join("\n"));
            self.commit(5 + version / 3, "long");
        }
        self.git("a", 20, &["merge", "-q", "--no-ff", "-m", "merge", "side~0"]);
        self.git("a", 21, &["rm", "-q", "side.txt"]);
        self.commit(21, "gone");
        self.git("a", 22, &["checkout", "-q", "--orphan", "other"]);
        self.git("a", 22, &["rm", "-rfq", "."]);
        self.write("a/other/deep/file.txt", "another root\n");
        self.commit(22, "other");
        self.git("a", 23, &["checkout", "-q", "main"]);
    }
}

impl Drop for Yard {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[derive(Default)]
struct Seen {
    /// Content by the path and what was said of it.
    all: BTreeMap<(String, Vec<u8>), (String, bool)>,
    shown: usize,
}

impl Look for Seen {
    fn wants(&self, path: &str) -> bool {
        !path.ends_with(".skipped")
    }

    fn look(&mut self, version: &Version<'_>) {
        self.shown += 1;
        let key = (version.path.to_owned(), version.content.to_vec());
        self.all.insert(key, (version.commit.to_owned(), version.current));
    }
}

fn look(folder: &Path) -> (Seen, Summary) {
    look_within(folder, &Limits::default())
}

fn look_within(folder: &Path, limits: &Limits) -> (Seen, Summary) {
    let mut seen = Seen::default();
    let summary = Repository::around(folder).unwrap().look(limits, &mut seen).unwrap();
    (seen, summary)
}

/// The ids of all files that git reaches from any reference, and what they hold.
fn oracle(yard: &Yard, folder: &str) -> BTreeSet<Vec<u8>> {
    let all = yard.git(folder, 1, &["rev-list", "--objects", "--all"]);
    let ids = all.lines().filter_map(|line| line.split(' ').next());
    ids.filter(|id| yard.git(folder, 1, &["cat-file", "-t", id]).trim() == "blob")
        .map(|id| yard.git(folder, 1, &["cat-file", "blob", id]).into_bytes())
        .collect()
}

fn contents(seen: &Seen) -> BTreeSet<Vec<u8>> {
    seen.all.keys().map(|(_, content)| content.clone()).collect()
}

#[test]
fn every_version_that_git_reaches_is_shown_once() {
    let Some(yard) = Yard::new("all") else { return };
    yard.story();
    let expected = oracle(&yard, "a");
    let (loose, summary) = look(&yard.0.join("a"));
    assert_eq!(contents(&loose), expected);
    assert_eq!(loose.shown, expected.len());
    assert_eq!(summary.faults, Vec::<String>::new());
    assert_eq!(summary.commits.to_string(), yard.git("a", 1, &["rev-list", "--all", "--count"]).trim());
    // The same from packs with deltas and packed references.
    yard.git("a", 24, &["gc", "-q", "--aggressive", "--prune=now"]);
    assert!(yard.0.join("a/.git/packed-refs").is_file());
    let verified = yard.git("a", 24, &["count-objects", "-v"]);
    assert!(verified.contains("count: 0"), "everything is packed: {verified}");
    let (packed, summary) = look(&yard.0.join("a"));
    assert_eq!(packed.all, loose.all);
    assert_eq!(summary.faults, Vec::<String>::new());
}

#[test]
fn a_version_stands_at_its_newest_commit_and_says_whether_it_is_gone() {
    let Some(yard) = Yard::new("newest") else { return };
    yard.story();
    let (seen, _) = look(&yard.0.join("a"));
    let of =
        |path: &str, content: &str| seen.all.get(&(path.to_owned(), content.as_bytes().to_vec())).cloned();
    // By git: the newest commit of all references whose tree has this content.
    let tag = yard.git("a", 1, &["rev-parse", "side"]).trim().to_owned();
    assert_eq!(of("src/config.js", "const key = 'first';\n"), Some((tag, false)));
    let merge = yard.git("a", 1, &["rev-list", "-1", "--merges", "main"]).trim().to_owned();
    assert_eq!(of("side.txt", "only on the side\n"), Some((merge, false)));
    assert!(of("README.md", "one\n").unwrap().1, "is checked out");
    assert!(!of("other/deep/file.txt", "another root\n").unwrap().1);
}

#[test]
fn worktrees_shallow_clones_bare_ones_and_submodules() {
    let Some(yard) = Yard::new("kinds") else { return };
    yard.story();
    let (whole, _) = look(&yard.0.join("a"));
    yard.git("a", 24, &["worktree", "add", "-q", "../tree", "side"]);
    let (tree, _) = look(&yard.0.join("tree/src"));
    assert_eq!(contents(&tree), contents(&whole));
    assert!(tree.all.values().any(|(_, current)| *current));
    assert!(
        tree.all[&("side.txt".to_owned(), b"only on the side\n".to_vec())].1,
        "HEAD is the worktree's own"
    );
    yard.git(".", 24, &["clone", "-q", "--bare", "a", "bare"]);
    assert_eq!(contents(&look(&yard.0.join("bare")).0), contents(&whole));
    let from = format!("file://{}", yard.0.join("a").display());
    yard.git(".", 24, &["clone", "-q", "--depth", "1", &from, "shallow"]);
    let (shallow, summary) = look(&yard.0.join("shallow"));
    assert!(summary.shallow && summary.faults.is_empty(), "{summary:?}");
    assert_eq!(contents(&shallow), oracle(&yard, "shallow"));
    fs::create_dir_all(yard.0.join("outer")).unwrap();
    yard.git("outer", 24, &["init", "-q"]);
    yard.git("outer", 24, &["submodule", "--quiet", "add", &from, "inner"]);
    yard.git("outer", 24, &["commit", "-qm", "with a submodule"]);
    let (outer, summary) = look(&yard.0.join("outer"));
    assert_eq!(outer.all.len(), 1, "only .gitmodules: {:?}", outer.all.keys());
    assert!(summary.faults.is_empty());
}

#[test]
fn what_is_damaged_is_told_and_the_rest_is_shown() {
    let Some(yard) = Yard::new("damaged") else { return };
    yard.story();
    let all = oracle(&yard, "a").len();
    let id = yard.git("a", 1, &["rev-parse", "v1:src/config.js"]).trim().to_owned();
    let path = yard.0.join("a/.git/objects").join(&id[..2]).join(&id[2..]);
    let mut bytes = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let (missing, summary) = look(&yard.0.join("a"));
    assert_eq!(summary.faults, [format!("file {id} is missing")]);
    assert_eq!(missing.all.len(), all - 1);
    let last = bytes.len() - 1;
    bytes[last] ^= 0x55;
    bytes[last / 2] ^= 0x55;
    fs::write(&path, &bytes).unwrap();
    let (damaged, summary) = look(&yard.0.join("a"));
    assert_eq!(summary.faults, [format!("file {id} is damaged")]);
    assert_eq!(damaged.all.len(), all - 1);
    fs::write(&path, b"no object").unwrap();
    assert_eq!(look(&yard.0.join("a")).1.faults, [format!("file {id} is damaged")]);
    fs::write(yard.0.join("a/.git/refs/heads/broken"), format!("{}\n", "12".repeat(20))).unwrap();
    let faults = look(&yard.0.join("a")).1.faults;
    assert!(faults.iter().any(|fault| fault.contains("which a reference names, is missing")), "{faults:?}");
}

#[test]
fn a_pack_that_is_cut_off_is_told() {
    let Some(yard) = Yard::new("pack") else { return };
    yard.story();
    yard.git("a", 24, &["gc", "-q", "--prune=now"]);
    let packs = fs::read_dir(yard.0.join("a/.git/objects/pack")).unwrap();
    let pack = packs
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "pack"))
        .unwrap();
    let bytes = fs::read(&pack).unwrap();
    fs::remove_file(&pack).unwrap();
    for length in [0, 11, 40, bytes.len() / 2, bytes.len() - 30] {
        let _ = fs::remove_file(&pack);
        fs::write(&pack, &bytes[..length]).unwrap();
        let mut seen = Seen::default();
        let summary = Repository::around(&yard.0.join("a")).unwrap().look(&Limits::default(), &mut seen);
        assert!(summary.is_err() || summary.is_ok_and(|summary| !summary.faults.is_empty()), "{length}");
    }
}

#[test]
fn limits_hold() {
    let Some(yard) = Yard::new("limits") else { return };
    yard.story();
    let folder = yard.0.join("a");
    let one = look_within(&folder, &Limits { commits: 1, ..Limits::default() });
    assert_eq!((one.1.commits, one.1.stopped), (1, Some("commits")));
    let few = look_within(&folder, &Limits { objects: 20, ..Limits::default() });
    assert_eq!(few.1.stopped, Some("objects"));
    let small = look_within(&folder, &Limits { file: 100, ..Limits::default() });
    assert!(small.1.large > 0 && small.0.all.keys().all(|(_, content)| content.len() <= 100));
    let little = look_within(&folder, &Limits { bytes: 10, ..Limits::default() });
    assert_eq!(little.1.stopped, Some("bytes"));
}

#[test]
fn what_is_no_repository_is_refused() {
    let Some(yard) = Yard::new("none") else { return };
    yard.write("b/.git", "gitdir: ../nowhere\n");
    assert!(matches!(Repository::around(&yard.0.join("b")), Err(Error::None(_))));
    assert!(matches!(Repository::around(&yard.0.join("missing")), Err(Error::Io(..))));
    fs::create_dir_all(yard.0.join("empty")).unwrap();
    yard.git("empty", 1, &["init", "-q"]);
    assert_eq!(look(&yard.0.join("empty")).1, Summary::default());
}
