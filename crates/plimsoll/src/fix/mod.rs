//! `plimsoll fix`: the remedies of what was found, each tried, judged and kept only when it did what it should.
//!
//! Every remedy is written into a copy of the texts and the whole scenario is read and judged again. It is kept when its
//! finding is gone, nothing new is found or complained of, nothing became unknown and the score is no lower; otherwise
//! the texts stay as they were and the reason is told. Deliberately absent: the disk, and how the result is shown.

mod diff;
mod patched;
mod show;
mod store;
mod writing;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_controls::{Applicability, Verdict};
use plimsoll_lens::World;
use plimsoll_report::{Judged, Report, Scenario, State};

pub use self::diff::unified;
pub use self::show::{human, json};
pub use self::store::{StoreError, store};
use self::patched::Patched;
pub use self::writing::Hindrance;
use crate::config::Config;
use crate::discover::Plan;
use crate::scan::{Task, Wishes, scan};

/// What may be applied.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Also what may change how the program behaves.
    pub risky: bool,
    /// Also files that several services share through `extends` and `include`.
    pub shared: bool,
}

/// What came out.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Remedies that are kept, in the order in which they were made.
    pub made: Vec<Made>,
    /// Remedies that are not, and findings of the asked severity that have none are not here.
    pub left: Vec<Left>,
    /// The texts of all files that change or come to be: before (`None` for a new one) and after.
    pub files: BTreeMap<String, (Option<String>, String)>,
    /// Findings that count before and after.
    pub findings: (usize, usize),
    /// The lowest score before and after.
    pub points: (u8, u8),
}

/// A remedy that is kept.
#[derive(Debug, Clone)]
pub struct Made {
    /// The scenario.
    pub scenario: String,
    /// The control.
    pub control: String,
    /// What was found.
    pub message: String,
    /// What is done, in words.
    pub fix: String,
    /// How freely.
    pub applicability: Applicability,
    /// Why it is safe, or what may behave otherwise.
    pub why: String,
    /// The files that it changes: before this remedy (`None` for a new one) and after it.
    pub files: BTreeMap<String, (Option<String>, String)>,
}

/// A remedy that is not made.
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
    /// Why it is not made.
    pub reason: String,
}

/// Tries all remedies of what is found. `ask` may decline each one that would be kept.
pub fn propose(
    world: &dyn World,
    plan: &Plan,
    config: &Config,
    wishes: &Wishes,
    choice: &Choice,
    mut ask: impl FnMut(&Made) -> bool,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let before = judged(world, &texts, plan.clone(), config, wishes);
    outcome.findings.0 = before.tally().findings();
    outcome.points.0 = before.score().map_or(100, |score| score.points);
    for part in parts(plan, &before) {
        let mut bench = Bench { world, part: &part, config, wishes, choice };
        bench.work(&mut texts, &mut outcome, &mut ask);
    }
    let after = judged(world, &texts, plan.clone(), config, wishes);
    outcome.findings.1 = after.tally().findings();
    outcome.points.1 = after.score().map_or(100, |score| score.points);
    for (path, text) in texts {
        let old = world.read(&path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        outcome.files.insert(path, (old, text));
    }
    outcome
}

fn judged(
    world: &dyn World,
    texts: &BTreeMap<String, String>,
    plan: Plan,
    config: &Config,
    wishes: &Wishes,
) -> Report {
    let world = Patched::new(world, texts);
    scan(Task { world: &world, plan, stdin: None, config: config.clone(), wishes: wishes.clone() }).report
}

/// One plan for each scenario that the whole plan makes.
fn parts(plan: &Plan, report: &Report) -> Vec<Plan> {
    let names: BTreeSet<&str> = report.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
    let mut parts: Vec<Plan> = Vec::new();
    parts.extend(plan.projects.iter().map(|project| Plan { projects: vec![project.clone()], ..Plan::default() }));
    parts.extend(
        plan.loose
            .iter()
            .filter(|loose| names.iter().any(|name| name.contains(&loose.path)))
            .map(|loose| Plan { loose: vec![loose.clone()], ..Plan::default() }),
    );
    parts.extend(
        plan.dockerfiles
            .iter()
            .filter(|path| names.contains(path.as_str()))
            .map(|path| Plan { dockerfiles: vec![path.clone()], ..Plan::default() }),
    );
    parts
}

/// Where one scenario is worked on.
struct Bench<'a> {
    world: &'a dyn World,
    part: &'a Plan,
    config: &'a Config,
    wishes: &'a Wishes,
    choice: &'a Choice,
}

/// A finding with a remedy that is to be tried next.
struct Candidate<'r> {
    judged: &'r Judged,
    index: usize,
    fingerprint: String,
}

impl Bench<'_> {
    fn judged(&self, texts: &BTreeMap<String, String>) -> Option<Scenario> {
        let report = judged(self.world, texts, self.part.clone(), self.config, self.wishes);
        report.scenarios.into_iter().next()
    }

    fn work(
        &mut self,
        texts: &mut BTreeMap<String, String>,
        outcome: &mut Outcome,
        ask: &mut impl FnMut(&Made) -> bool,
    ) {
        let Some(mut scenario) = self.judged(texts) else { return };
        let mut tried: BTreeSet<String> = BTreeSet::new();
        while let Some(candidate) = self.next(&scenario, &tried) {
            tried.insert(candidate.fingerprint.clone());
            match self.attempt(&scenario, &candidate, texts) {
                Ok((made, new_texts, judged)) => {
                    if ask(&made) {
                        *texts = new_texts;
                        outcome.made.push(made);
                        scenario = judged;
                    } else {
                        let left = self.left(&scenario, &candidate, "it was declined".to_owned());
                        outcome.left.extend(left);
                    }
                }
                Err(reason) => outcome.left.extend(self.left(&scenario, &candidate, reason)),
            }
        }
        outcome.left.extend(self.held_back(&scenario, &tried));
    }

    /// The gravest finding that has a remedy which may be applied and was not tried yet.
    fn next<'s>(&self, scenario: &'s Scenario, tried: &BTreeSet<String>) -> Option<Candidate<'s>> {
        self.candidates(scenario)
            .filter(|candidate| !tried.contains(&candidate.fingerprint))
            .find(|candidate| candidate.remedy().is_some_and(|remedy| self.may(remedy.applicability)))
    }

    fn may(&self, applicability: Applicability) -> bool {
        self.choice.risky || applicability == Applicability::Safe
    }

    fn candidates<'s>(&self, scenario: &'s Scenario) -> impl Iterator<Item = Candidate<'s>> + use<'s> {
        let fingerprints = plimsoll_report::fingerprints(scenario);
        let mut all: Vec<Candidate<'s>> = scenario
            .judged
            .iter()
            .zip(fingerprints)
            .flat_map(|(judged, fingerprints)| {
                judged.findings().zip(fingerprints).enumerate().filter_map(
                    move |(index, ((_, state), fingerprint))| {
                        matches!(state, State::Open | State::Covered(_) | State::Baselined)
                            .then_some(Candidate { judged, index, fingerprint })
                    },
                )
            })
            .collect();
        all.sort_by_key(|candidate| std::cmp::Reverse(candidate.judged.severity));
        all.into_iter()
    }

    fn attempt(
        &self,
        scenario: &Scenario,
        candidate: &Candidate<'_>,
        texts: &BTreeMap<String, String>,
    ) -> Result<(Made, BTreeMap<String, String>, Scenario), String> {
        let (finding, remedy) =
            candidate.finding().zip(candidate.remedy()).ok_or("it has no remedy")?;
        let world = Patched::new(self.world, texts);
        let new = writing::texts(remedy, &scenario.sources, &world, self.choice.shared)
            .map_err(|hindrance| hindrance.to_string())?;
        let mut files = BTreeMap::new();
        let mut all = texts.clone();
        for (path, text) in new {
            let old = world.read(&path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            if old.as_ref() != Some(&text) {
                files.insert(path.clone(), (old, text.clone()));
                all.insert(path, text);
            }
        }
        if files.is_empty() {
            return Err("nothing would change".to_owned());
        }
        let after = self.judged(&all).ok_or("the result cannot be read any more")?;
        helped(scenario, &after, candidate)?;
        let made = Made {
            scenario: scenario.name.clone(),
            control: candidate.judged.judgement.control.id.to_owned(),
            message: finding.message.clone(),
            fix: finding.fix.clone(),
            applicability: remedy.applicability,
            why: remedy.why.clone(),
            files,
        };
        Ok((made, all, after))
    }

    /// Remedies that were not asked for.
    fn held_back(&self, scenario: &Scenario, tried: &BTreeSet<String>) -> Vec<Left> {
        self.candidates(scenario)
            .filter(|candidate| !tried.contains(&candidate.fingerprint))
            .filter(|candidate| candidate.remedy().is_some_and(|remedy| !self.may(remedy.applicability)))
            .filter_map(|candidate| {
                let why = candidate.remedy()?.why.clone();
                self.left(scenario, &candidate, format!("risky, not asked for (--risky): {why}"))
            })
            .collect()
    }

    fn left(&self, scenario: &Scenario, candidate: &Candidate<'_>, reason: String) -> Option<Left> {
        let finding = candidate.finding()?;
        let span = finding.primary.at.span;
        let source = scenario.sources.get(span.source);
        let place = (source.kind != plimsoll_text::SourceKind::Builtin)
            .then(|| format!("{}:{}", source.name, source.place(span.start as usize).line));
        Some(Left {
            scenario: scenario.name.clone(),
            control: candidate.judged.judgement.control.id.to_owned(),
            message: finding.message.clone(),
            place,
            fix: finding.fix.clone(),
            reason,
        })
    }
}

impl Candidate<'_> {
    fn finding(&self) -> Option<&plimsoll_controls::Finding> {
        self.judged.findings().nth(self.index).map(|(finding, _)| finding)
    }

    fn remedy(&self) -> Option<&plimsoll_controls::Remedy> {
        self.finding().and_then(|finding| finding.remedy.as_deref())
    }
}

/// Whether a remedy did what it should and nothing else.
fn helped(before: &Scenario, after: &Scenario, candidate: &Candidate<'_>) -> Result<(), String> {
    let still = plimsoll_report::fingerprints(after).into_iter().flatten();
    if still.into_iter().any(|fingerprint| fingerprint == candidate.fingerprint) {
        return Err("the finding would still be there".to_owned());
    }
    let (old, new) = (Counts::of(before), Counts::of(after));
    if let Some(id) = new.more_than(&old) {
        return Err(format!("it would bring another finding: {id}"));
    }
    if after.complaints.len() > before.complaints.len() {
        let what = after.complaints.last().map_or(String::new(), |complaint| complaint.message.clone());
        return Err(format!("the result would not be read as a whole: {what}"));
    }
    if after.score.points < before.score.points {
        return Err("the score would fall".to_owned());
    }
    Ok(())
}

/// Findings and unknown verdicts by control and subject.
struct Counts {
    findings: BTreeMap<(String, String), usize>,
    unknown: BTreeMap<(String, String), usize>,
}

impl Counts {
    fn of(scenario: &Scenario) -> Self {
        let mut counts = Self { findings: BTreeMap::new(), unknown: BTreeMap::new() };
        for judged in &scenario.judged {
            let judgement = &judged.judgement;
            let subject = judgement.subject.as_ref().map_or_else(String::new, |subject| subject.key());
            let key = (judgement.control.id.to_owned(), subject);
            match &judgement.verdict {
                Verdict::Fail(findings) => *counts.findings.entry(key).or_default() += findings.len(),
                Verdict::Unknown(_) => *counts.unknown.entry(key).or_default() += 1,
                Verdict::Pass(_) | Verdict::NotApplicable(_) => {}
            }
        }
        counts
    }

    /// A control that finds more than before, or knows less.
    fn more_than(&self, old: &Self) -> Option<String> {
        let more = |new: &BTreeMap<(String, String), usize>, old: &BTreeMap<(String, String), usize>| {
            new.iter().find(|(key, count)| old.get(*key).copied().unwrap_or(0) < **count).map(|(key, _)| key.clone())
        };
        more(&self.findings, &old.findings)
            .map(|(id, _)| id)
            .or_else(|| more(&self.unknown, &old.unknown).map(|(id, _)| format!("{id} could not be verified")))
    }
}

#[cfg(test)]
#[path = "fix_tests.rs"]
mod tests;
