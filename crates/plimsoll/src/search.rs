//! The search for secrets through the project's files, and with `--history` through what git keeps of them.
//!
//! What a lens reads is told by the controls for it: nothing is told twice at one line. Deliberately absent: what a secret looks like
//! (`plimsoll-secrets`), which files there are (`walk`), and reading git's objects (`plimsoll-history`).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use plimsoll_controls::{Control, Scope};
use plimsoll_history::{Limits, Look, Repository, Summary, Version};
use plimsoll_lens::pragma::Comment;
use plimsoll_lens::{World, git};
use plimsoll_posture::{
    Certainty, Claim, Complaint, ComplaintKind, Known, Layer, Past, Place, Provenance, Search, SearchedFile,
    SecretSighting, Subject, SubjectKind, Tracking,
};
use plimsoll_report::{Scenario, ScenarioKind};
use plimsoll_secrets::{Named, scan_file, scan_tokens, secret_file};
use plimsoll_text::{SourceId, SourceKind, Sources, Span};
use rayon::prelude::*;

use crate::paths;
use crate::scan::Task;
use crate::scenario::Assembled;
use crate::walk;

/// The largest file that is searched.
pub const MAX_FILE: u64 = 1 << 20;
/// One file needs no more words than this.
const MAX_SIGHTS: usize = 20;
/// The history is told up to so many secrets.
const MAX_PAST: usize = 500;
/// What the search is called as a scenario.
const NAME: &str = "files";
/// Who says what is found.
const LENS: &str = "secrets";
/// How many digits of a commit are shown.
const SHORT: usize = 12;

/// Endings of files that hold no text.
const BINARY: &[&str] = &[
    "png",
    "jpg",
    "jpeg",
    "gif",
    "webp",
    "avif",
    "ico",
    "bmp",
    "tif",
    "tiff",
    "psd",
    "pdf",
    "zip",
    "gz",
    "tgz",
    "bz2",
    "xz",
    "zst",
    "7z",
    "rar",
    "tar",
    "jar",
    "war",
    "class",
    "so",
    "dylib",
    "dll",
    "exe",
    "o",
    "a",
    "node",
    "wasm",
    "woff",
    "woff2",
    "ttf",
    "otf",
    "eot",
    "mp3",
    "mp4",
    "m4a",
    "ogg",
    "wav",
    "webm",
    "mov",
    "avi",
    "sqlite",
    "db",
    "bin",
    "dat",
    "pyc",
    "parquet",
    "onnx",
    "safetensors",
    "pack",
    "idx",
];

/// Where former versions of files come from.
pub trait History: Send + Sync {
    /// Shows every version once, the newest first.
    ///
    /// # Errors
    /// A message when nothing can be read.
    fn show(&self, look: &mut dyn Look) -> Result<Summary, String>;
}

/// The history of a project, when it was asked for.
#[derive(Clone)]
pub struct Chronicle(pub Arc<dyn History>);

impl std::fmt::Debug for Chronicle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chronicle")
    }
}

/// The history that git keeps around a directory.
#[derive(Debug)]
pub struct Git(pub PathBuf);

impl History for Git {
    fn show(&self, look: &mut dyn Look) -> Result<Summary, String> {
        let repository = Repository::around(&self.0).map_err(|error| error.to_string())?;
        repository.look(&Limits::default(), look).map_err(|error| error.to_string())
    }
}

/// The history around the first of the named directories.
///
/// # Errors
/// A message when no repository is there.
pub fn chronicle(named: &[PathBuf]) -> Result<Chronicle, String> {
    let first = named.first().map_or(Path::new("."), PathBuf::as_path);
    let directory = if first.is_dir() { first } else { first.parent().unwrap_or(first) };
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    Repository::around(directory).map_err(|error| format!("--history: {error}"))?;
    Ok(Chronicle(Arc::new(Git(directory.to_owned()))))
}

/// The controls that judge what a search finds.
pub(crate) fn controls(all: &[&'static Control]) -> Vec<&'static Control> {
    all.iter().copied().filter(|control| matches!(control.scope, Scope::File(_))).collect()
}

/// Searches the files of the plan, and the history. `scenarios` told what they tell.
pub(crate) fn assemble(task: &Task<'_>, scenarios: &[Scenario]) -> Assembled {
    let told = Told::by(scenarios);
    let mut assembled = Assembled::new(NAME.to_owned(), ScenarioKind::Files);
    let read = AtomicUsize::new(0);
    let all = with_tracked(task.world, &task.plan.searched, &task.plan.searched_in);
    let mut files: Vec<Found> = all
        .par_iter()
        .filter_map(|path| {
            let text = text(task.world, path)?;
            read.fetch_add(1, Ordering::Relaxed);
            // What a lens has judged by names and values is searched for tokens in what it passed over: comments.
            let sights = match told.judged.contains(path) {
                true => tokens(&text),
                false => sights(path, &text),
            };
            (!sights.is_empty()).then(|| Found { path: path.clone(), text, sights })
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut known: HashSet<u64> = HashSet::new();
    let mut search = Search { files: read.into_inner(), ..Search::default() };
    let mut repositories: HashMap<String, Option<git::Repository>> = HashMap::new();
    for file in files {
        known.extend(file.sights.iter().filter_map(|sight| digest(&file.text, sight)));
        let directory = paths::parent(&file.path);
        let repository = repositories
            .entry(directory.clone())
            .or_insert_with(|| git::Repository::around(task.world, &directory));
        let tracking = repository.as_ref().and_then(|repository| repository.tracking(task.world, &file.path));
        if tracking == Some(Tracking::Ignored) {
            continue;
        }
        let kept: Vec<&Named> = file.sights.iter().filter(|sight| !told.tells(&file, sight)).collect();
        if kept.is_empty() {
            continue;
        }
        let found = tell(&mut assembled, &file.path, &file.path, &file.text, &kept);
        search.found.push(SearchedFile { tracking, ..found });
    }
    if let Some(Chronicle(history)) = &task.wishes.history {
        past(&mut assembled, &mut search, &**history, &known);
    }
    assembled.posture.search = Some(search);
    assembled
}

/// A file with what was seen in it.
struct Found {
    path: String,
    text: String,
    sights: Vec<Named>,
}

/// The files that were found and those that git has although an ignore file names them.
fn with_tracked(world: &dyn World, found: &[String], directories: &[String]) -> Vec<String> {
    let mut all: Vec<String> = found.iter().filter(|path| is_searched(path)).cloned().collect();
    for directory in directories {
        let Some(repository) = git::Repository::around(world, directory) else { continue };
        let below = if directory == "." { String::new() } else { format!("{directory}/") };
        let tracked = repository.tracked().into_iter().filter(|path| path.starts_with(&below));
        all.extend(tracked.filter(|path| is_searched(path) && !walk::is_left_out(path)));
    }
    all.sort();
    all.dedup();
    all
}

/// Whether a file of this name can hold text that somebody wrote.
fn is_searched(path: &str) -> bool {
    let name = paths::name(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    !BINARY.iter().any(|own| own.eq_ignore_ascii_case(ending))
}

fn text(world: &dyn World, path: &str) -> Option<String> {
    decode(world.read_up_to(path, MAX_FILE).ok()?)
}

/// The text of a file; nothing for one that holds none.
fn decode(bytes: Vec<u8>) -> Option<String> {
    if bytes.len() as u64 > MAX_FILE || bytes.iter().take(8000).any(|byte| *byte == 0) {
        return None;
    }
    Some(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

fn tokens(text: &str) -> Vec<Named> {
    let found = scan_tokens(text).into_iter().take(MAX_SIGHTS);
    found.map(|detection| Named { name: String::new(), detection }).collect()
}

fn sights(path: &str, text: &str) -> Vec<Named> {
    let mut sights = scan_file(path, text);
    sights.truncate(MAX_SIGHTS);
    sights
}

/// What a secret is known by again, without being kept.
fn digest(text: &str, sight: &Named) -> Option<u64> {
    let secret = text.get(sight.detection.range.clone())?;
    let mut hasher = DefaultHasher::new();
    secret.hash(&mut hasher);
    Some(hasher.finish())
}

/// What other scenarios tell already.
struct Told {
    lines: HashSet<(String, usize)>,
    /// Documents of the lenses that look for named secrets themselves.
    judged: HashSet<String>,
    /// Whole files of which a finding speaks.
    files: HashSet<String>,
}

impl Told {
    fn by(scenarios: &[Scenario]) -> Self {
        let mut told = Self { lines: HashSet::new(), judged: HashSet::new(), files: HashSet::new() };
        for scenario in scenarios {
            for span in &scenario.sensitive {
                let source = scenario.sources.get(span.source);
                told.lines.insert((source.name.to_string(), source.place(span.start as usize).line));
            }
            let judged =
                |kind| matches!(kind, SourceKind::Dockerfile | SourceKind::Compose | SourceKind::Proxy);
            let sources = scenario.sources.iter().filter(|source| judged(source.kind));
            told.judged.extend(sources.map(|source| source.name.to_string()));
            for judged in &scenario.judged {
                if judged.judgement.control.id != "tls-key-in-project" {
                    continue;
                }
                for (finding, _) in judged.findings() {
                    let name = finding.message.split('`').rev().nth(1).unwrap_or("");
                    told.files.insert(name.trim_start_matches("./").to_owned());
                }
            }
        }
        told
    }

    fn tells(&self, file: &Found, sight: &Named) -> bool {
        let start = sight.detection.range.start;
        let line = || file.text.as_bytes().iter().take(start).filter(|byte| **byte == b'\n').count() + 1;
        self.files.iter().any(|own| file.path == *own || file.path.ends_with(&format!("/{own}")))
            || !self.lines.is_empty() && self.lines.contains(&(file.path.clone(), line()))
    }
}

/// Opens the document and says what was seen in it.
fn tell(assembled: &mut Assembled, name: &str, path: &str, text: &str, sights: &[&Named]) -> SearchedFile {
    let id = assembled.sources.add_text(name, SourceKind::Other, text);
    let sightings = sights.iter().map(|sight| sighting(id, path, text, sight)).collect();
    assembled.comments.extend(comments(&assembled.sources, id));
    SearchedFile {
        subject: Subject::new(SubjectKind::Project, name, Span::whole(id)),
        tracking: None,
        past: None,
        sightings,
    }
}

fn sighting(id: SourceId, path: &str, text: &str, sight: &Named) -> SecretSighting {
    let range = sight.detection.range.clone();
    let name = if sight.name.is_empty() { paths::name(path) } else { &sight.name };
    let kind = match secret_file(path) {
        Some("key-store") => "key-store",
        _ => sight.detection.kind,
    };
    let at = Provenance::new(LENS, Span::new(id, range.start, range.end), name);
    SecretSighting {
        place: Place::ProjectFile,
        name: name.into(),
        kind: kind.into(),
        length: text.get(range).map_or(0, |secret| secret.chars().count()),
        certainty: match sight.detection.certainty {
            plimsoll_secrets::Certainty::Likely => Certainty::Likely,
            plimsoll_secrets::Certainty::Certain => Certainty::Certain,
        },
        at: Claim::declared(Known::Value(()), Layer::Image, at),
        stage: None,
        ships: true,
    }
}

/// Allowances in comments of any language: from the words on to the end of the line. They stand by the line itself, or by the next one
/// where nothing but a mark stands before them.
fn comments(sources: &Sources, id: SourceId) -> Vec<Comment> {
    const WORDS: &str = "plimsoll: allow";
    let text = &sources.get(id).text;
    let mut all = Vec::new();
    for (at, _) in text.match_indices(WORDS) {
        let start = text.get(..at).and_then(|head| head.rfind('\n')).map_or(0, |end| end + 1);
        let end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end);
        let alone =
            text.get(start..at).is_some_and(|lead| !lead.contains(|c: char| c.is_ascii_alphanumeric()));
        let covers = match alone {
            true => {
                let next = (end + 1).min(text.len());
                let stop =
                    text.get(next..).and_then(|rest| rest.find('\n')).map_or(text.len(), |stop| next + stop);
                Span::new(id, next, stop)
            }
            false => Span::new(id, start, end),
        };
        let closed = text
            .get(at..end)
            .unwrap_or("")
            .trim_end()
            .trim_end_matches("*/")
            .trim_end_matches("-->")
            .trim_end();
        all.push(Comment { at: Span::new(id, at, at + closed.len()), covers: Some(covers), leading: false });
    }
    all
}

/// One secret of the history.
struct Former {
    commit: String,
    path: String,
    text: Arc<str>,
    sight: Named,
    gone: bool,
}

/// Collects secrets, each with the newest version that has it.
#[derive(Default)]
struct Collector {
    all: Vec<Former>,
    by_digest: HashMap<u64, usize>,
    left_out: usize,
}

impl Look for Collector {
    fn wants(&self, path: &str) -> bool {
        is_searched(path) && !walk::is_left_out(path)
    }

    fn look(&mut self, version: &Version<'_>) {
        let Some(text) = decode(version.content.to_vec()) else { return };
        let sights = sights(version.path, &text);
        let mut shared: Option<Arc<str>> = None;
        for sight in sights {
            let Some(digest) = digest(&text, &sight) else { continue };
            if let Some(known) = self.by_digest.get(&digest).and_then(|&at| self.all.get_mut(at)) {
                known.gone &= !version.current;
                continue;
            }
            if self.all.len() >= MAX_PAST {
                self.left_out += 1;
                continue;
            }
            self.by_digest.insert(digest, self.all.len());
            self.all.push(Former {
                commit: version.commit.to_owned(),
                path: version.path.to_owned(),
                text: shared.get_or_insert_with(|| text.as_str().into()).clone(),
                sight,
                gone: !version.current,
            });
        }
    }
}

fn past(assembled: &mut Assembled, search: &mut Search, history: &dyn History, known: &HashSet<u64>) {
    let mut collector = Collector::default();
    let shown = history.show(&mut collector);
    let mut by_version: BTreeMap<(String, String, bool), Vec<Former>> = BTreeMap::new();
    for former in collector.all {
        // What is in the tree is told there.
        if digest(&former.text, &former.sight).is_some_and(|digest| known.contains(&digest)) {
            continue;
        }
        by_version.entry((former.path.clone(), former.commit.clone(), former.gone)).or_default().push(former);
    }
    for ((path, commit, gone), formers) in by_version {
        let Some(first) = formers.first() else { continue };
        let short: String = commit.chars().take(SHORT).collect();
        let text = first.text.clone();
        let sights: Vec<&Named> = formers.iter().map(|former| &former.sight).collect();
        let found = tell(assembled, &format!("{path}@{short}"), &path, &text, &sights);
        search.found.push(SearchedFile { past: Some(Past { commit: short.into(), gone }), ..found });
    }
    let at = Span::whole(assembled.sources.add_text(".git", SourceKind::Other, ""));
    let mut complain = |kind, code, message: String, cure: Option<&str>| {
        assembled.complaints.push(Complaint { kind, code, at, message, cure: cure.map(str::to_owned) });
    };
    match shown {
        Err(message) => complain(ComplaintKind::Missing, "history-not-read", message, None),
        Ok(summary) => {
            search.versions = summary.versions;
            for fault in &summary.faults {
                complain(ComplaintKind::Invalid, "history-damaged", fault.clone(), Some("git fsck"));
            }
            if summary.more_faults > 0 {
                let message = format!("{} more objects could not be read", summary.more_faults);
                complain(ComplaintKind::Invalid, "history-damaged", message, Some("git fsck"));
            }
            if summary.shallow {
                let message = "the clone is shallow: only a part of the history was searched".to_owned();
                complain(ComplaintKind::Skipped, "history-shallow", message, Some("git fetch --unshallow"));
            }
            if let Some(what) = summary.stopped {
                let message = format!("the search of the history ended at the limit of {what}");
                complain(ComplaintKind::Skipped, "history-limit", message, None);
            }
            if summary.large > 0 {
                let message = format!(
                    "{} versions of files are larger than 1 MiB and were not searched",
                    summary.large
                );
                complain(ComplaintKind::Skipped, "history-large", message, None);
            }
            if collector.left_out > 0 {
                let message = format!("{} more secrets in the history are not listed", collector.left_out);
                complain(ComplaintKind::Skipped, "history-limit", message, None);
            }
        }
    }
}
