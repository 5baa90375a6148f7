//! `plimsoll fix --verify`: the proof with an engine. What `fix` would write is built and started, before and after, and
//! looked at by the same tests; what breaks is found by halving, left out with its reason, and the rest is proven.
//!
//! Nothing in the project is written: everything happens in copies. Deliberately absent: which fixes there are.

mod builder;
mod compare;
mod context;
mod copy;
mod denial;
mod fetch;
mod image;
mod interrupt;
mod model;
mod program;
mod project;
mod show;
mod smoke;
mod trial;
mod watch;
mod yard;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use plimsoll_engine::EngineError;
use plimsoll_lens::World;
use plimsoll_report::{Report, Veil};

pub(crate) use self::show::{human, json};
use self::trial::{Trial, trial};
use self::watch::{Basis, Observation};
use self::yard::Yard;
use crate::config::Config;
use crate::discover::Plan;
use crate::fix::{Answer, Cause, Choice, Made, Outcome, mend};
use crate::run::Failure;
use crate::scan::Wishes;

/// What is asked of a proof.
#[derive(Debug, Clone, clap::Args)]
pub struct Proving {
    /// Prove the changes with a Docker Engine: build and start what they concern before and after, compare, and leave out
    /// what breaks it. With --write, only what was proven is written.
    #[arg(long, conflicts_with = "interactive")]
    pub verify: bool,
    /// A test that must pass before and after: an address of a service (http://localhost:3000/health), or a command that is
    /// run in its container; `NAME: TEST` for the service NAME; may be given several times [default: the health check].
    #[arg(long, value_name = "TEST", requires = "verify")]
    pub smoke: Vec<String>,
    /// How long all proofs may take together, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 900, requires = "verify", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub verify_timeout: u64,
    /// Let the containers of a proof reach what lies beyond this machine.
    #[arg(long, requires = "verify")]
    pub verify_online: bool,
}

impl Default for Proving {
    fn default() -> Self {
        Self { verify: false, smoke: Vec::new(), verify_timeout: 900, verify_online: false }
    }
}

/// Why a trial did not come to an observation.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Somebody said stop.
    Stopped,
    /// It cannot be tried here.
    Cannot(String),
    /// It was tried, and the project itself does not stand.
    Fault(String),
}

impl Trouble {
    fn late() -> Self {
        Self::Cannot("the time is over (--verify-timeout)".to_owned())
    }

    /// The same, of a service.
    fn of(self, service: &str) -> Self {
        match self {
            Self::Fault(what) => Self::Fault(format!("{service}: {what}")),
            Self::Cannot(what) => Self::Cannot(format!("{service}: {what}")),
            Self::Stopped => Self::Stopped,
        }
    }
}

impl From<EngineError> for Trouble {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Stopped => Self::Stopped,
            EngineError::Build(_) => Self::Fault(error.to_string()),
            other => Self::Cannot(other.to_string()),
        }
    }
}

/// What came of all proofs.
#[derive(Debug, Default)]
pub(crate) struct Proof {
    /// The engine's version and its API.
    pub(crate) engine: (String, String),
    /// Every project that would be changed.
    pub(crate) projects: Vec<ProjectProof>,
    /// What could not be removed.
    pub(crate) left_behind: Vec<String>,
}

impl Proof {
    /// Whether there was something to prove and nothing could be.
    pub(crate) fn failed(&self) -> bool {
        !self.projects.is_empty() && self.projects.iter().all(|project| project.unproven.is_some())
    }
}

/// What came of the proof of one project.
#[derive(Debug, Default)]
pub(crate) struct ProjectProof {
    /// The scenario.
    pub(crate) scenario: String,
    /// Why nothing could be proven, if so.
    pub(crate) unproven: Option<String>,
    /// By what each service was tested.
    pub(crate) basis: BTreeMap<String, Basis>,
    /// Fixes that are proven.
    pub(crate) fixes: usize,
    /// What breaks it.
    pub(crate) dropped: Vec<Dropped>,
    /// What is different and no fault.
    pub(crate) remarks: Vec<String>,
    /// How long everything took.
    pub(crate) took: Duration,
    /// How often it was built and started.
    pub(crate) trials: usize,
}

/// A fix that breaks its project.
#[derive(Debug, Clone)]
pub(crate) struct Dropped {
    pub(crate) control: String,
    pub(crate) place: Option<String>,
    pub(crate) message: String,
    pub(crate) reason: String,
}

/// What is to be proven.
pub(crate) struct Case<'c> {
    pub(crate) world: &'c dyn World,
    pub(crate) root: &'c Path,
    pub(crate) plan: &'c Plan,
    pub(crate) config: &'c Config,
    pub(crate) wishes: &'c Wishes,
    pub(crate) choice: &'c Choice<'c>,
    /// Everything as it is.
    pub(crate) before: &'c Report,
    pub(crate) asked: &'c Proving,
    /// Whether variables of the environment count.
    pub(crate) shell: bool,
    /// Hears how far it is.
    pub(crate) tell: &'c dyn Fn(&str),
}

/// A fix among all: its scenario, its control, and what it mends.
type Key = (String, String, String);

fn key(made: &Made) -> Key {
    (made.scenario.clone(), made.control.clone(), made.fingerprint.clone())
}

/// A project under proof.
#[derive(Default)]
struct Open<'c> {
    proof: ProjectProof,
    trial: Option<Box<dyn Trial + 'c>>,
    before: Option<Observation>,
    /// The texts for which it was proven.
    proven: Option<BTreeMap<String, String>>,
}

/// Proves what would be done, and returns what of it holds.
pub(crate) fn prove(case: &Case<'_>, outcome: Outcome) -> Result<(Outcome, Proof), Failure> {
    if outcome.made.is_empty() {
        return Ok((outcome, Proof::default()));
    }
    let limit = Duration::from_secs(case.asked.verify_timeout);
    let yard = Yard::open(limit, case.asked.verify_online)
        .map_err(|error| Failure::Told(format!("--verify needs a Docker Engine: {error}")))?;
    let _watchman = interrupt::watch(&yard.stop);
    let about = yard.lookout().about().version.clone();
    let mut proof = Proof { engine: (about, yard.lookout().api().to_string()), ..Proof::default() };
    let result = all(case, &yard, outcome);
    proof.left_behind = yard.clear();
    match result {
        Ok((outcome, projects)) => {
            proof.projects = projects;
            Ok((outcome, proof))
        }
        Err(()) => {
            let left = match proof.left_behind.is_empty() {
                true => "everything that the proof had made is removed".to_owned(),
                false => format!("this is left: {}", proof.left_behind.join("; ")),
            };
            Err(Failure::Told(format!("interrupted: nothing was written, and {left}")))
        }
    }
}

/// All projects until nothing is dropped any more; an error when somebody said stop.
fn all(case: &Case<'_>, yard: &Yard, first: Outcome) -> Result<(Outcome, Vec<ProjectProof>), ()> {
    let compose = trial::compose_program();
    let mut open: BTreeMap<String, Open<'_>> = BTreeMap::new();
    let mut reasons: BTreeMap<Key, String> = BTreeMap::new();
    let mut outcome = first;
    loop {
        let mut names: Vec<String> = outcome.made.iter().map(|made| made.scenario.clone()).collect();
        names.sort();
        names.dedup();
        let mut again = false;
        for name in &names {
            let project = open.entry(name.clone()).or_default();
            let begin = Instant::now();
            let result = attempt(case, yard, (name, compose.as_deref()), project, &outcome);
            project.proof.took += begin.elapsed();
            match result {
                Ok(None) => {}
                Ok(Some((guilty, reason))) => {
                    let reason = veiled(case, name, &reason);
                    project.proof.dropped.push(Dropped {
                        control: guilty.control.clone(),
                        place: guilty.place.clone(),
                        message: guilty.message.clone(),
                        reason: reason.clone(),
                    });
                    reasons.insert(key(guilty), format!("with it {reason}"));
                    again = true;
                }
                Err(Trouble::Stopped) => return Err(()),
                Err(Trouble::Cannot(what) | Trouble::Fault(what)) => {
                    project.proof.unproven = Some(veiled(case, name, &what));
                    again = true;
                }
            }
            if again {
                break;
            }
        }
        if !again {
            break;
        }
        outcome = remade(case, &open, &reasons);
    }
    for made in &outcome.made {
        if let Some(project) = open.get_mut(&made.scenario) {
            project.proof.fixes += 1;
        }
    }
    let projects = open.into_iter().map(|(scenario, project)| ProjectProof { scenario, ..project.proof });
    Ok((outcome, projects.collect()))
}

/// The outcome without what was dropped and without projects of which nothing can be proven.
fn remade(case: &Case<'_>, open: &BTreeMap<String, Open<'_>>, reasons: &BTreeMap<Key, String>) -> Outcome {
    let unproven = |scenario: &str| open.get(scenario).and_then(|project| project.proof.unproven.as_ref());
    let mut declined: BTreeMap<Key, (Cause, String)> = BTreeMap::new();
    let mut outcome =
        mend(case.world, case.plan, case.config, case.wishes, case.choice, case.before, |made| {
            let verdict = match (reasons.get(&key(made)), unproven(&made.scenario)) {
                (Some(reason), _) => (Cause::Broke, reason.clone()),
                (None, Some(why)) => (Cause::Unproven, format!("it could not be proven: {why}")),
                (None, None) => return Answer::Yes,
            };
            declined.insert((made.scenario.clone(), made.control.clone(), made.message.clone()), verdict);
            Answer::No
        });
    for left in outcome.left.iter_mut().filter(|left| left.cause == Cause::Declined) {
        let key = (left.scenario.clone(), left.control.clone(), left.message.clone());
        if let Some((cause, reason)) = declined.get(&key) {
            left.cause = *cause;
            left.reason.clone_from(reason);
        }
    }
    outcome
}

/// Proves one project: nothing, or the fix that breaks it and how.
fn attempt<'c, 'm>(
    case: &'c Case<'c>,
    yard: &Yard,
    (name, compose): (&str, Option<&'c Path>),
    project: &mut Open<'c>,
    outcome: &'m Outcome,
) -> Result<Option<(&'m Made, String)>, Trouble> {
    let Open { proof, trial: own, before, proven } = project;
    let trial = match own.take() {
        Some(known) => known,
        None => trial(case, name, outcome, compose)?,
    };
    let trial = &*own.insert(trial);
    // What lies elsewhere makes no difference to it, and is not tried again because of it.
    let base = trial.base();
    let inner =
        |path: &String| base == "." || path.strip_prefix(base).is_some_and(|rest| rest.starts_with('/'));
    let made: Vec<&Made> = outcome.made.iter().filter(|made| made.files.keys().any(inner)).collect();
    let whole = texts(&made);
    if proven.as_ref() == Some(&whole) {
        return Ok(None);
    }
    let mut run = |texts: &BTreeMap<String, String>, reference: Option<&Observation>| {
        proof.trials += 1;
        (case.tell)(&format!("proving {name}: trial {}", proof.trials));
        trial.run(yard, texts, reference)
    };
    let before = match before {
        Some(before) => &*before,
        None => {
            let seen = run(&BTreeMap::new(), None).map_err(as_it_is)?;
            if let Some(fault) = seen.fault {
                return Err(as_it_is(Trouble::Fault(fault)));
            }
            &*before.insert(seen)
        }
    };
    let mut changed = |texts: &BTreeMap<String, String>| match run(texts, Some(before)) {
        Ok(after) => Ok(compare::worse(before, &after).map_or(Ok(after), Err)),
        Err(Trouble::Fault(fault)) => Ok(Err(fault)),
        Err(other) => Err(other),
    };
    match changed(&whole)? {
        Ok(after) => {
            let remarks = compare::remarks(before, &after);
            proof.remarks = remarks.iter().map(|remark| veiled(case, name, remark)).collect();
            proof.basis = after.basis;
            *proven = Some(whole);
            Ok(None)
        }
        Err(fault) => {
            let broken =
                |count: usize| changed(&texts(made.get(..count).unwrap_or_default())).map(Result::err);
            let (index, fault) = culprit(made.len(), fault, broken)?;
            Ok(made.get(index).map(|made| (*made, fault)))
        }
    }
}

/// What a project does wrong before any change.
fn as_it_is(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Fault(what) => Trouble::Cannot(format!("it does not stand before any change: {what}")),
        other => other,
    }
}

/// The index of the change behind which it is broken and before which it is not, and how it is broken then. `all` changes
/// together break it with `fault`, none of them do not.
fn culprit<E>(
    all: usize,
    fault: String,
    mut broken: impl FnMut(usize) -> Result<Option<String>, E>,
) -> Result<(usize, String), E> {
    let (mut good, mut bad, mut fault) = (0, all, fault);
    while good + 1 < bad {
        let middle = usize::midpoint(good, bad);
        match broken(middle)? {
            Some(how) => (bad, fault) = (middle, how),
            None => good = middle,
        }
    }
    Ok((bad.saturating_sub(1), fault))
}

/// All files after these fixes.
fn texts(made: &[&Made]) -> BTreeMap<String, String> {
    let files = made.iter().flat_map(|made| &made.files);
    files.map(|(path, turn)| (path.clone(), turn.new.clone())).collect()
}

/// Words without what the scenario's documents hold of secrets.
fn veiled(case: &Case<'_>, scenario: &str, text: &str) -> String {
    match case.before.scenarios.iter().find(|own| own.name == scenario) {
        Some(scenario) => Veil::of(scenario).words(text).into_owned(),
        None => text.to_owned(),
    }
}

/// The nearest directory above all of these, which must lie below the root.
fn above<'d>(mut directories: impl Iterator<Item = &'d str>) -> Result<String, Trouble> {
    let parts = |directory: &str| -> Vec<String> {
        directory.split('/').filter(|part| !matches!(*part, "" | ".")).map(str::to_owned).collect()
    };
    let mut common = directories.next().map(parts).unwrap_or_default();
    let mut outside = common.first().is_some_and(|part| part == "..");
    for directory in directories {
        let other = parts(directory);
        outside |= other.first().is_some_and(|part| part == "..") || directory.starts_with('/');
        let same = common.iter().zip(&other).take_while(|(a, b)| a == b).count();
        common.truncate(same);
    }
    match (outside, common.is_empty()) {
        (true, _) => Err(Trouble::Cannot(
            "it uses files outside of what was named: name the directory above".to_owned(),
        )),
        (false, true) => Ok(".".to_owned()),
        (false, false) => Ok(common.join("/")),
    }
}

/// A path without `.` and `..`.
fn lexical(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => drop(clean.pop()),
            other => clean.push(other),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_finds_the_change_that_breaks() {
        for (all, guilty) in [(1, 0), (2, 0), (2, 1), (7, 3), (16, 15), (16, 0)] {
            let mut trials = 0;
            let found = culprit(all, "all".to_owned(), |count| {
                trials += 1;
                Ok::<_, ()>((count > guilty).then(|| format!("after {count}")))
            });
            let (index, _) = found.unwrap();
            assert_eq!(index, guilty, "of {all}");
            assert!(1 << trials <= all * 2, "{trials} trials of {all}");
        }
        assert_eq!(culprit(4, String::new(), |_| Err::<Option<String>, _>("stop")), Err("stop"));
    }

    #[test]
    fn a_copy_starts_at_the_nearest_directory_above_all() {
        let above = |all: &[&str]| above(all.iter().copied()).ok();
        assert_eq!(above(&["shop/api", "shop/web/x", "./shop"]).as_deref(), Some("shop"));
        assert_eq!(above(&["api", "web"]).as_deref(), Some("."));
        assert_eq!(above(&["."]).as_deref(), Some("."));
        assert_eq!(above(&["api", "../lib"]), None);
        assert_eq!(above(&["..", "api"]), None);
        assert_eq!(above(&["api", "/etc"]), None);
    }
}
