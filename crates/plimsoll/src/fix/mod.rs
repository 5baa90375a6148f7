//! `plimsoll fix`: the remedies of what was found, each tried, judged and kept only when it did what it should.
//!
//! Every remedy is written into a copy of the texts and the whole scenario is read and judged again. It is kept when its
//! finding is gone, nothing new is found or complained of, nothing became unknown and the score is no lower; otherwise
//! the texts stay as they were and the reason is told. In the end everything is judged once more: a remedy that helped
//! its own scenario and harmed another that reads the same file is not made. What must not be edited may be made in an overlay
//! instead. Deliberately absent: the disk, and how the
//! result is shown.

mod bench;
pub(crate) mod command;
mod dialogue;
mod diff;
mod digests;
mod division;
mod outside;
mod patched;
mod sarif;
mod secret;
mod show;
mod snapshot;
mod store;
mod work_tree;
mod writing;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use plimsoll_controls::{Applicability, Severity};
use plimsoll_lens::World;
use plimsoll_report::{Report, Scenario, ScenarioKind};

use self::bench::{Bench, setback};
pub use self::diff::{Shown, narrowed, replaced, unified};
pub use self::outside::Usage;
use self::patched::Patched;
pub use self::sarif::sarif;
pub use self::show::{Look, human, json, one};
pub use self::snapshot::Snapshot;
pub use self::store::{StoreError, Tree};
pub use self::writing::Hindrance;
use crate::config::Config;
use crate::discover::Plan;
use crate::paths;
use crate::scan::{Scanned, Task, Wishes, scan};
use crate::scenario;

/// Says of a file why it may not be written, if so.
pub type Obstacle<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Which changes an overlay makes instead of the project's own compose files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Overlaying {
    /// None, and none is tried.
    #[default]
    Never,
    /// None; what one would make is told.
    Told,
    /// Those that cannot be made in place.
    Refused,
    /// All.
    All,
}

/// What may be applied.
#[derive(Clone, Default)]
pub struct Choice<'a> {
    /// Also what may change how the program behaves.
    pub risky: bool,
    /// Also files that several services share through `extends` and `include`.
    pub shared: bool,
    /// What is made in an overlay. For the last two the plan must read overlays, see [`Plan::lay_over`].
    pub overlay: Overlaying,
    /// Only what these controls find; empty means all.
    pub only: Vec<String>,
    /// Not what these controls find.
    pub skip: Vec<String>,
    /// Only what is found at these services; empty means all.
    pub services: Vec<String>,
    /// Nothing milder.
    pub least: Option<Severity>,
    /// Why a file may not be written, if so.
    pub obstacle: Option<Obstacle<'a>>,
}

/// What is said to a remedy that could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is made.
    Yes,
    /// It is not.
    No,
    /// It is not, and no other is tried.
    Stop,
}

impl From<bool> for Answer {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// What came out.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Remedies that are kept, in the order in which they were made.
    pub made: Vec<Made>,
    /// Findings that are asked for and stay.
    pub left: Vec<Left>,
    /// The texts of all files that change or come to be: before (`None` for a new one) and after.
    pub files: BTreeMap<String, (Option<String>, String)>,
    /// Findings that count before and after.
    pub findings: (usize, usize),
    /// The lowest score before and after.
    pub points: (u8, u8),
    /// Overlays that changes are made in, and how each is used, by path.
    pub overlays: BTreeMap<String, Usage>,
}

/// A remedy that is kept.
#[derive(Debug, Clone)]
pub struct Made {
    /// The scenario.
    pub scenario: String,
    /// The control.
    pub control: String,
    /// How bad it was.
    pub severity: Severity,
    /// The finding's fingerprint, among those of the scenario when it was made.
    pub fingerprint: String,
    /// `file:line`, when the finding has a place.
    pub place: Option<String>,
    /// What was found.
    pub message: String,
    /// What is done, in words.
    pub fix: String,
    /// How freely.
    pub applicability: Applicability,
    /// Why it is safe, or what may behave otherwise.
    pub why: String,
    /// Why it is made in an overlay, where it is.
    pub outside: Option<String>,
    /// The files that it changes.
    pub files: BTreeMap<String, Turn>,
}

/// A file before a remedy and after it.
#[derive(Debug, Clone)]
pub struct Turn {
    /// Before; `None` for a new file.
    pub old: Option<String>,
    /// After.
    pub new: String,
    /// The bytes of the old text that must not be shown.
    pub hidden_old: Vec<Range<usize>>,
    /// The bytes of the new text that must not be shown.
    pub hidden_new: Vec<Range<usize>>,
}

/// A finding that stays.
#[derive(Debug, Clone)]
pub struct Left {
    /// The scenario.
    pub scenario: String,
    /// The control.
    pub control: String,
    /// What was found.
    pub message: String,
    /// `file:line`, when the finding has a place.
    pub place: Option<String>,
    /// What a person can do.
    pub fix: String,
    /// What kind of reason it is.
    pub cause: Cause,
    /// Why it stays.
    pub reason: String,
    /// The overlay that would make the change from outside: its path and its text.
    pub overlay: Option<(String, String)>,
}

/// Why a finding stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Its remedy is risky, and those were not asked for.
    Risky,
    /// Its remedy was declined.
    Declined,
    /// Its remedy cannot be written, or would not help.
    Refused,
    /// It has no remedy: only a person can do something.
    NoRemedy,
    /// Its remedy breaks the project, as the proof with an engine shows.
    Broke,
    /// Its project could not be proven with an engine.
    Unproven,
}

impl Cause {
    /// The name in output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Risky => "risky",
            Self::Declined => "declined",
            Self::Refused => "refused",
            Self::NoRemedy => "no-remedy",
            Self::Broke => "broke",
            Self::Unproven => "unproven",
        }
    }
}

/// A remedy among all: its scenario and its finding's fingerprint.
type Key = (String, String);

/// Tries all remedies of what is found. `ask` may decline each one that would be kept.
pub fn propose<A: Into<Answer>>(
    world: &dyn World,
    plan: &Plan,
    config: &Config,
    wishes: &Wishes,
    choice: &Choice<'_>,
    ask: impl FnMut(&Made) -> A,
) -> Outcome {
    let world = Snapshot::new(world);
    let before = look(&world, plan, config, wishes);
    mend(&world, plan, config, wishes, choice, &before.report, ask)
}

/// Judges everything as it is.
#[must_use]
pub fn look(world: &dyn World, plan: &Plan, config: &Config, wishes: &Wishes) -> Scanned {
    scanned(world, &BTreeMap::new(), plan.clone(), config, wishes)
}

/// [`propose`] after [`look`]; the world must not change in between.
pub fn mend<A: Into<Answer>>(
    world: &dyn World,
    plan: &Plan,
    config: &Config,
    wishes: &Wishes,
    choice: &Choice<'_>,
    before: &Report,
    mut ask: impl FnMut(&Made) -> A,
) -> Outcome {
    let parts = parts(plan, before);
    // Of findings on equal lines the next goes by the name of the one that is mended: each is asked about.
    let mut answers: BTreeMap<(Key, usize), Answer> = BTreeMap::new();
    let mut banned: BTreeMap<Key, String> = BTreeMap::new();
    // Every further round leaves out one more remedy.
    loop {
        let mut outcome = Outcome::default();
        let mut texts = BTreeMap::new();
        let mut asked: BTreeMap<Key, usize> = BTreeMap::new();
        for (part, scenario) in &parts {
            let mut bench = Bench { world, part, config, wishes, choice, banned: &banned };
            let mut ask = |made: &Made| {
                let key = (made.scenario.clone(), made.fingerprint.clone());
                let times = asked.entry(key.clone()).or_default();
                *times += 1;
                *answers.entry((key, *times)).or_insert_with(|| ask(made).into())
            };
            if bench.work(scenario, &mut texts, &mut outcome, &mut ask) == Answer::Stop {
                break;
            }
        }
        let judged =
            |texts: &BTreeMap<String, String>| scanned(world, texts, plan.clone(), config, wishes).report;
        let after = judged(&texts);
        if let Some(reason) = worsened(before, &after)
            && let Some(guilty) = guilty(&outcome.made, |texts| worsened(before, &judged(texts)).is_some())
        {
            banned.insert((guilty.scenario.clone(), guilty.fingerprint.clone()), reason);
            continue;
        }
        outcome.findings = (counting(before, choice), counting(&after, choice));
        let points = |report: &Report| report.score().map_or(100, |score| score.points);
        outcome.points = (points(before), points(&after));
        for (path, text) in texts {
            let old = old_text(world, &path);
            outcome.files.insert(path, (old, text));
        }
        outcome.overlays.retain(|path, _| outcome.files.contains_key(path));
        return outcome;
    }
}

/// Every remedy of the findings that are wanted, each tried alone on the texts as they are.
#[must_use]
pub fn offers(
    world: &dyn World,
    plan: &Plan,
    (config, wishes): (&Config, &Wishes),
    choice: &Choice<'_>,
    before: &Report,
    wanted: &dyn Fn(&str) -> bool,
) -> Vec<Made> {
    let banned = BTreeMap::new();
    let mut made = Vec::new();
    for (part, scenario) in parts(plan, before) {
        let bench = Bench { world, part: &part, config, wishes, choice, banned: &banned };
        made.extend(bench.each(scenario, wanted));
    }
    made
}

/// The open findings that are asked for.
fn counting(report: &Report, choice: &Choice<'_>) -> usize {
    let judged = report.scenarios.iter().flat_map(|scenario| &scenario.judged);
    judged
        .filter(|judged| choice.least.is_none_or(|least| judged.severity >= least))
        .flat_map(|judged| judged.findings())
        .filter(|(_, state)| **state == plimsoll_report::State::Open)
        .count()
}

fn old_text(world: &dyn World, path: &str) -> Option<String> {
    world.read(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn scanned(
    world: &dyn World,
    texts: &BTreeMap<String, String>,
    mut plan: Plan,
    config: &Config,
    wishes: &Wishes,
) -> Scanned {
    let world = Patched::new(world, texts);
    // Files are mended: a container goes on to be what it was until somebody makes it anew.
    plan.recordings.clear();
    let mut wishes = wishes.clone();
    wishes.observations.retain(|observation| observation.is_advice());
    scan(Task { world: &world, plan, stdin: None, config: config.clone(), wishes })
}

/// A plan for each scenario, so that one can be judged again without the others.
pub(crate) fn parts<'r>(plan: &Plan, report: &'r Report) -> Vec<(Plan, &'r Scenario)> {
    let mut open: Vec<&Scenario> = report.scenarios.iter().collect();
    let mut take = |is: &dyn Fn(&Scenario) -> bool| {
        let at = open.iter().position(|scenario| is(scenario))?;
        Some(open.remove(at))
    };
    let compose = |scenario: &Scenario| scenario.kind == ScenarioKind::Compose;
    let mut parts: Vec<(Plan, &Scenario)> = Vec::new();
    for project in &plan.projects {
        let name = scenario::name_of(project);
        if let Some(found) = take(&|scenario| compose(scenario) && scenario.name == name) {
            parts.push((Plan { projects: vec![project.clone()], ..Plan::default() }, found));
        }
    }
    for loose in &plan.loose {
        let last = |name: &str| name == loose.path || name.ends_with(&format!(" + {}", loose.path));
        if let Some(found) = take(&|scenario| compose(scenario) && last(&scenario.name)) {
            parts.push((Plan { loose: vec![loose.clone()], ..Plan::default() }, found));
        }
    }
    for path in &plan.dockerfiles {
        if let Some(found) = take(&|scenario| !compose(scenario) && scenario.name == *path) {
            parts.push((Plan { dockerfiles: vec![path.clone()], ..Plan::default() }, found));
        }
    }
    parts.sort_by(|a, b| a.1.name.cmp(&b.1.name));
    parts
}

/// What is worse than before in any scenario.
fn worsened(before: &Report, after: &Report) -> Option<String> {
    let names = |report: &Report| -> BTreeSet<String> {
        report.scenarios.iter().map(|scenario| scenario.name.clone()).collect()
    };
    if names(before) != names(after) {
        return Some("the projects would be put together otherwise".to_owned());
    }
    before
        .scenarios
        .iter()
        .zip(&after.scenarios)
        .find_map(|(before, after)| setback(before, after).map(|what| format!("in {}: {what}", before.name)))
}

/// The remedy behind which it is worse, and before which it was not.
fn guilty(made: &[Made], mut is_worse: impl FnMut(&BTreeMap<String, String>) -> bool) -> Option<&Made> {
    let mut texts_after = |count: usize| {
        let files = made.iter().take(count).flat_map(|made| &made.files);
        is_worse(&files.map(|(path, turn)| (path.clone(), turn.new.clone())).collect())
    };
    let (mut good, mut bad) = (0, made.len());
    while good + 1 < bad {
        let middle = usize::midpoint(good, bad);
        if texts_after(middle) { bad = middle } else { good = middle }
    }
    made.get(bad.checked_sub(1)?)
}

/// The path as the texts are named.
fn own_name(path: &str) -> String {
    paths::join(".", path)
}

#[cfg(test)]
#[path = "fix_tests.rs"]
mod tests;

#[cfg(test)]
mod law_tests;
