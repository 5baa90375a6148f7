//! One look at a project: what is to be said about each of its documents.
//!
//! Only scenarios that hold an open document are told, all their files with them. Deliberately absent: when a look is
//! taken and what becomes of it (see `server`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use plimsoll_controls::Severity;
use plimsoll_lens::World as _;
use plimsoll_packages::database::Database;
use plimsoll_report::{Report, remarks};
use plimsoll_text::{SourceKind, Sources};
use serde_json::Value;

use super::address;
use super::diagnostic::{self, Seen};
use super::home::Home;
use super::overlay::{Drafts, Overlay};
use super::position::{Encoding, Lines};
use crate::classify::{self, FileClass};
use crate::config::{self, Config};
use crate::date::Date;
use crate::discover::{ComposeOptions, Plan};
use crate::disk::{Disk, Variables};
use crate::rules::{self, Named};
use crate::scan::{Task, Wishes, scan};
use crate::walk;

/// Files that may be inputs: names and classes.
pub(super) type Candidates = Arc<Vec<(String, FileClass)>>;

/// What is to be looked at.
pub(super) struct Job {
    pub(super) home: Home,
    /// All open documents.
    pub(super) drafts: Arc<Drafts>,
    /// Open documents that are inputs.
    pub(super) open: Vec<(PathBuf, FileClass)>,
    /// What the last walk found, while it holds.
    pub(super) candidates: Option<Candidates>,
    pub(super) stopped: Arc<AtomicBool>,
    pub(super) encoding: Encoding,
    /// The advisories that everything is judged by.
    pub(super) database: Database,
}

/// What was seen.
pub(super) struct Outcome {
    pub(super) directory: PathBuf,
    /// Diagnostics by file, also of files that have none. `None` for everything but the configuration when that is
    /// broken: what was said of the others stands until it can be read again.
    pub(super) files: BTreeMap<PathBuf, Vec<Value>>,
    /// Whether the configuration could be read.
    pub(super) sound: bool,
    /// Every file that was asked for.
    pub(super) read: BTreeSet<PathBuf>,
    pub(super) candidates: Option<Candidates>,
    pub(super) stopped: Arc<AtomicBool>,
}

impl Job {
    /// An outcome that says nothing.
    pub(super) fn empty(&self) -> Outcome {
        Outcome {
            directory: self.home.directory.clone(),
            files: BTreeMap::new(),
            sound: true,
            read: BTreeSet::new(),
            candidates: None,
            stopped: Arc::clone(&self.stopped),
        }
    }
}

/// Looks.
pub(super) fn survey(job: &Job) -> Outcome {
    let mut outcome = job.empty();
    let home = &job.home;
    // The editor's own environment chooses no files: the same text gives the same diagnostics everywhere.
    let Ok(disk) = Disk::new(&home.directory, &home.bounds, Variables::Hidden) else { return outcome };
    let candidates = job.candidates.clone().unwrap_or_else(|| Arc::new(candidates(home, &disk)));
    let world = Overlay::new(disk, home.bounds.clone(), Arc::clone(&job.drafts), Arc::clone(&job.stopped));
    let mut plan = plan(home, &world, &candidates, &job.open);
    outcome.candidates = Some(candidates);
    match configuration(home, &world) {
        Ok(config) => {
            // Whether an allowance is of use is known only when everything was looked at.
            if config.allowances.is_empty() {
                plan.dockerfiles.retain(|name| concerns(&world.place(name), job));
            }
            let mut report = scan(task(job, &world, plan, config)).report;
            told(&mut report, &world, job);
            outcome.files = files(&report, &world, job.encoding);
        }
        Err((place, diagnostic)) => {
            outcome.sound = false;
            outcome.files.insert(place, vec![diagnostic]);
        }
    }
    outcome.read = world.into_read();
    outcome
}

fn candidates(home: &Home, disk: &Disk) -> Vec<(String, FileClass)> {
    if home.whole {
        return walk::walk(disk.root(), disk.root()).candidates;
    }
    let names = disk.list(".").unwrap_or_default().into_iter();
    names.filter_map(|(name, _)| Some((name.clone(), classify::by_name(&name)?))).collect()
}

fn plan(home: &Home, world: &Overlay, candidates: &Candidates, open: &[(PathBuf, FileClass)]) -> Plan {
    let mut all: Vec<(String, FileClass)> = candidates.to_vec();
    for (place, class) in open.iter().filter(|(place, _)| place.starts_with(&home.directory)) {
        let name = walk::relative(&home.directory, place);
        if all.iter().all(|(known, _)| *known != name) {
            all.push((name, *class));
        }
    }
    all.sort();
    let mut plan = Plan::default();
    plan.add_found(world, world, ".", &all, &ComposeOptions::default());
    plan.unite();
    plan
}

/// Whether a Dockerfile that nothing builds has to be read: it is open, or an open document that is no input itself may
/// be of its context (`.dockerignore`, `package.json`).
fn concerns(dockerfile: &Path, job: &Job) -> bool {
    job.drafts.keys().any(|draft| {
        let of_context = || {
            let input = job.open.iter().any(|(open, _)| open == draft);
            let config = draft.file_name().is_some_and(|name| name == config::NAME);
            !input && !config && draft.parent().is_some_and(|folder| dockerfile.starts_with(folder))
        };
        draft == dockerfile || of_context()
    })
}

/// Everything that a look needs, for the scenarios that an open document may belong to; nothing when the configuration
/// is broken.
pub(super) fn stage(job: &Job) -> Option<(Overlay, Plan, Config)> {
    let home = &job.home;
    let disk = Disk::new(&home.directory, &home.bounds, Variables::Hidden).ok()?;
    let candidates = job.candidates.clone().unwrap_or_else(|| Arc::new(candidates(home, &disk)));
    let world = Overlay::new(disk, home.bounds.clone(), Arc::clone(&job.drafts), Arc::clone(&job.stopped));
    let mut plan = plan(home, &world, &candidates, &job.open);
    plan.dockerfiles.retain(|name| concerns(&world.place(name), job));
    let config = configuration(home, &world).ok()?;
    Some((world, plan, config))
}

/// What the configuration asks for.
pub(super) fn wishes(job: &Job, config: &Config) -> Wishes {
    Wishes {
        database: job.database.clone(),
        only: config.only.clone(),
        skip: config.skip.clone(),
        style: config.style,
        min_severity: config.min_severity,
        gate: config.fail_on.unwrap_or(Some(Severity::High)),
        brief: true,
        ..Wishes::default()
    }
}

fn task<'w>(job: &Job, world: &'w Overlay, plan: Plan, config: Config) -> Task<'w> {
    let wishes = wishes(job, &config);
    Task { world, plan, stdin: None, config, wishes }
}

/// The nearest configuration; what is wrong with it where it is no TOML.
fn configuration(home: &Home, world: &Overlay) -> Result<Config, (PathBuf, Value)> {
    let above = home.directory.ancestors().take_while(|place| place.starts_with(&home.limit));
    for directory in above {
        let path = directory.join(config::NAME);
        let name = walk::relative(&home.directory, &path);
        let Ok(bytes) = world.read(&name) else { continue };
        let config = config::read(&name, &bytes, Date::today).map(|mut config| {
            let above = home.directory.strip_prefix(directory).map_or(0, |below| below.components().count());
            rego(&mut config, world, &"../".repeat(above));
            config
        });
        return config.map_err(|error| {
            let text = String::from_utf8_lossy(&bytes);
            let lines = Lines::of(&text, Encoding::default());
            let diagnostic = diagnostic::unreadable(&lines, error.at.unwrap_or_default(), &error.reason);
            (world.place(&name), diagnostic)
        });
    }
    Ok(Config::default())
}

/// Reads the rules that the configuration names, relative to its own directory.
fn rego(config: &mut Config, world: &Overlay, prefix: &str) {
    let named: Vec<Named<'_>> = config
        .rego
        .files
        .iter()
        .map(|(file, at)| Named {
            world,
            path: format!("{prefix}{file}"),
            prefix: String::new(),
            at: Some(*at),
        })
        .collect();
    // Only what a command line names can fail; what is wrong with these is told as notices.
    let _ = rules::load(config, &named, &[]);
}

/// Lets go of scenarios that no open document belongs to.
fn told(report: &mut Report, world: &Overlay, job: &Job) {
    report.scenarios.retain(|scenario| {
        scenario.sources.iter().any(|source| job.drafts.contains_key(&world.place(file_of(&source.name))))
    });
}

/// The file that holds a document: an inline Dockerfile is named after the compose file it stands in.
fn file_of(name: &str) -> &str {
    if name.ends_with("dockerfile_inline") { name.split('#').next().unwrap_or(name) } else { name }
}

fn files(report: &Report, world: &Overlay, encoding: Encoding) -> BTreeMap<PathBuf, Vec<Value>> {
    let mut files: BTreeMap<PathBuf, Vec<Value>> = BTreeMap::new();
    // A document that several scenarios read has the same text in all of them.
    let mut seen: BTreeMap<&str, (PathBuf, Seen<'_>)> = BTreeMap::new();
    let documents = report.scenarios.iter().map(|scenario| &scenario.sources);
    for source in documents.chain([&report.configuration.sources]).flat_map(Sources::iter) {
        if source.kind == SourceKind::Builtin || seen.contains_key(&*source.name) {
            continue;
        }
        let place = world.place(file_of(&source.name));
        // Of an inner document that cannot be placed in the outer one it is told at the outer one's beginning.
        let text = if file_of(&source.name) == &*source.name { &*source.text } else { "" };
        let lines = Lines::of(text, encoding);
        if source.kind != SourceKind::Other {
            files.entry(place.clone()).or_default();
        }
        seen.insert(&source.name, (place.clone(), Seen { uri: address::of(&place), lines }));
    }
    for remark in remarks(report) {
        let diagnostic = diagnostic::of(&remark, &|name| seen.get(name).map(|(_, seen)| seen));
        let place = seen.get(&*remark.source.name).map(|(place, _)| place.clone());
        if let (Some(place), Some(diagnostic)) = (place, diagnostic) {
            files.entry(place).or_default().push(diagnostic);
        }
    }
    files
}

/// The class of an open document, by its name or by what the editor says it is.
pub(super) fn class(path: &Path, language: &str) -> Option<FileClass> {
    let name = path.file_name()?.to_str()?;
    classify::by_name(name).or(match language {
        "dockerfile" => Some(FileClass::Dockerfile),
        "dockercompose" => Some(FileClass::ComposeLike),
        _ => None,
    })
}
