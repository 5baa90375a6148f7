//! The merged model against Docker Compose itself: on every file of the corpus that Compose accepts the two are equal, and
//! what Compose refuses is refused with a reason.
//!
//! Needs two things that are no part of the project, and says when they are missing: a Compose binary named by
//! `PLIMSOLL_COMPOSE` (2.26 is what the figures are for), and the corpus, in the directory named by `PLIMSOLL_CORPUS` or
//! as `../shared/corpus/compose.tar.xz` beside the workspace. `PLIMSOLL_COMPOSE_CACHE` names a directory that keeps what the
//! binary printed, for runs one after another.

#[path = "compose/support.rs"]
mod support;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_lens::compose::{ProjectFiles, load};
use plimsoll_lens::{EntryKind, World};
use plimsoll_text::Sources;
use support::{HOME, config, differences, printed};

/// What the oracle says of a file: the configuration, or the last line of its refusal.
type Said = Result<serde_json::Value, String>;

#[test]
fn agrees_with_compose_on_the_corpus() {
    let Some(oracle) = std::env::var_os("PLIMSOLL_COMPOSE").map(PathBuf::from).filter(|path| path.is_file())
    else {
        eprintln!("not run: PLIMSOLL_COMPOSE does not name a Compose binary");
        return;
    };
    let Some(corpus) = corpus() else {
        eprintln!("not run: no corpus; set PLIMSOLL_CORPUS");
        return;
    };
    let mut files = Vec::new();
    for part in ["real", "fixture"] {
        collect(&corpus.join(part), &mut files);
    }
    files.sort();
    assert!(!files.is_empty(), "the corpus has no compose files");
    let mut tally = Tally::default();
    for file in &files {
        let said = ask(&oracle, &corpus, file);
        tally.count(file.strip_prefix(&corpus).unwrap_or(file), file, said);
    }
    eprintln!("{}", tally.report());
    assert!(tally.unexplained.is_empty(), "{} files differ without a known cause", tally.unexplained.len());
}

/// A directory of the disk, without environment variables.
struct Disk {
    root: PathBuf,
}

impl World for Disk {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.root.join(path))
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        let metadata = std::fs::metadata(self.root.join(path)).ok()?;
        Some(if metadata.is_dir() { EntryKind::Directory } else { EntryKind::File })
    }

    fn list(&self, _: &str) -> io::Result<Vec<(String, EntryKind)>> {
        Ok(Vec::new())
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn root_name(&self) -> String {
        self.root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    fn root_path(&self) -> String {
        self.root.to_string_lossy().into_owned()
    }
}

#[derive(Default)]
struct Tally {
    equal: usize,
    refused_by_both: usize,
    explained: BTreeMap<&'static str, Vec<String>>,
    unexplained: Vec<String>,
}

impl Tally {
    fn count(&mut self, name: &Path, file: &Path, said: Said) {
        let name = name.to_string_lossy().into_owned();
        let root = file.parent().unwrap_or(Path::new("/")).to_owned();
        let world = Disk { root: root.clone() };
        let mut sources = Sources::new();
        let base = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let project = ProjectFiles { files: vec![base], directory: ".".into(), ..ProjectFiles::default() };
        let loaded = load(&world, &mut sources, &project);
        let complaints = || {
            loaded
                .complaints
                .iter()
                .filter(|complaint| !matches!(complaint.kind.name(), "doubtful"))
                .map(|complaint| format!("{}: {}", complaint.code, complaint.message))
                .collect::<Vec<_>>()
                .join("; ")
        };
        match said {
            Ok(_) if loaded.refused => {
                let text = format!("{name}: refused only by us: {}", complaints());
                self.different(&name, &text);
            }
            Ok(theirs) => {
                let ours = config(&loaded, &root);
                let mut found = Vec::new();
                differences(&ours, &printed(theirs), "", &mut found);
                if found.is_empty() {
                    self.equal += 1;
                } else {
                    self.different(&name, &format!("{name}: {}", found.join("\n    ")));
                }
            }
            Err(_) if loaded.refused => self.refused_by_both += 1,
            Err(why) => self.different(&name, &format!("{name}: refused only by Compose: {why}")),
        }
    }

    fn different(&mut self, name: &str, text: &str) {
        let known = KNOWN
            .iter()
            .find(|known| text.contains(known.sign) && known.file.is_none_or(|file| name.ends_with(file)));
        match known {
            Some(known) => self.explained.entry(known.why).or_default().push(text.to_owned()),
            None => self.unexplained.push(text.to_owned()),
        }
    }

    fn report(&self) -> String {
        let mut lines = vec![
            format!("accepted and equal:  {}", self.equal),
            format!("refused by both:     {}", self.refused_by_both),
        ];
        lines.extend(self.explained.iter().map(|(why, files)| format!("{:>5}  {why}", files.len())));
        lines.push(format!("without known cause: {}", self.unexplained.len()));
        lines.extend(self.unexplained.iter().map(|text| format!("- {text}")));
        lines.join("\n")
    }
}

/// A difference that is understood and stays.
struct Known {
    /// What the difference looks like.
    sign: &'static str,
    /// The end of the file's name, for what a sign alone does not tell.
    file: Option<&'static str>,
    why: &'static str,
}

const NEWER: &str = "refused only by Compose 2.26: a key or value that later releases know";

const TWICE: &str = "refused only by Compose 2.26: labels of volumes are joined when files merge, and a label that \
     stands in both counts as repeated";

const KNOWN: &[Known] = &[
    Known { sign: "volumes.v.labels array items", file: None, why: TWICE },
    Known { sign: "Additional property provider is not allowed", file: None, why: NEWER },
    Known { sign: "Additional property models is not allowed", file: None, why: NEWER },
    Known { sign: "Additional property pre_start is not allowed", file: None, why: NEWER },
    Known { sign: "volumes.0 Additional property image is not allowed", file: None, why: NEWER },
    Known {
        sign: "pull_policy must be one of",
        file: Some("TestPullRefreshWindowExplicitPull/compose.yaml"),
        why: NEWER,
    },
];

fn ask(oracle: &Path, corpus: &Path, file: &Path) -> Said {
    let key = file.strip_prefix(corpus).unwrap_or(file).to_string_lossy().replace('/', "%");
    let cache = std::env::var_os("PLIMSOLL_COMPOSE_CACHE").map(PathBuf::from);
    let kept = |end: &str| cache.as_ref().map(|cache| cache.join(format!("{key}.{end}")));
    let known = kept("rc").and_then(|path| std::fs::read_to_string(path).ok());
    let (accepted, out, err) = match known {
        Some(code) => {
            let read =
                |end| kept(end).and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
            (code.trim() == "0", read("json"), read("err"))
        }
        None => {
            let run = Command::new(oracle)
                .arg("-f")
                .arg(file)
                .args(["--profile", "*", "config", "--format", "json"])
                .current_dir(file.parent().unwrap_or(Path::new("/")))
                .env_clear()
                .env("HOME", HOME)
                .env("PATH", "/usr/bin")
                .output()
                .expect("the oracle starts");
            let out = String::from_utf8_lossy(&run.stdout).into_owned();
            let err = String::from_utf8_lossy(&run.stderr).into_owned();
            for (end, text) in [("json", &out), ("err", &err)] {
                if let Some(path) = kept(end) {
                    std::fs::write(path, text).expect("the cache can be written");
                }
            }
            if let Some(path) = kept("rc") {
                std::fs::write(path, if run.status.success() { "0" } else { "1" })
                    .expect("the cache can be written");
            }
            (run.status.success(), out, err)
        }
    };
    if accepted {
        Ok(serde_json::from_str(&out).expect("Compose prints JSON"))
    } else {
        Err(err.lines().last().unwrap_or("").to_owned())
    }
}

fn collect(directory: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, into);
        } else if matches!(path.extension().and_then(|end| end.to_str()), Some("yml" | "yaml")) {
            into.push(path);
        }
    }
}

/// The directory of the corpus, unpacked when need be.
fn corpus() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("PLIMSOLL_CORPUS").map(PathBuf::from) {
        return path.join("real").is_dir().then_some(path);
    }
    let archive = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/compose.tar.xz");
    if !archive.is_file() {
        return None;
    }
    let target = std::env::temp_dir().join("plimsoll-compose-corpus");
    if !target.join("real").is_dir() {
        std::fs::create_dir_all(&target).ok()?;
        let done = Command::new("tar").arg("-xJf").arg(&archive).arg("-C").arg(&target).status().ok()?;
        if !done.success() {
            return None;
        }
    }
    let inner = target.join("compose");
    Some(if inner.join("real").is_dir() { inner } else { target }).filter(|path| path.join("real").is_dir())
}
