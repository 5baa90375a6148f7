//! One scenario on the bench: its remedies tried one after the other, each on the texts that the last one left.
//!
//! Deliberately absent: which scenarios there are, and what the others make of a change.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_controls::{Applicability, Finding, Remedy, Verdict};
use plimsoll_lens::World;
use plimsoll_lens::compose::ProjectFiles;
use plimsoll_lens::compose::edit::overlay::Ground;
use plimsoll_posture::Complaint;
use plimsoll_report::{Judged, Scenario, State, Veil};
use plimsoll_text::SourceKind;

use super::division::Division;
use super::patched::{Patched, Without};
use super::{
    Answer, Cause, Choice, Key, Left, Made, Outcome, Overlaying, Turn, old_text, outside, own_name, scanned,
    writing,
};
use crate::config::Config;
use crate::discover::Plan;
use crate::scan::Wishes;

/// Where one scenario is worked on.
pub(super) struct Bench<'a> {
    pub(super) world: &'a dyn World,
    /// The plan of this scenario alone.
    pub(super) part: &'a Plan,
    pub(super) config: &'a Config,
    pub(super) wishes: &'a Wishes,
    pub(super) choice: &'a Choice<'a>,
    /// Remedies that harm other scenarios, and how.
    pub(super) banned: &'a BTreeMap<Key, String>,
}

/// A finding that may be mended.
struct Candidate<'r> {
    judged: &'r Judged,
    finding: &'r Finding,
    fingerprint: String,
}

/// Why a remedy is not made.
struct Failed {
    reason: String,
    /// Whether it could not be written, so that it might be from outside.
    unwritten: bool,
}

impl From<&str> for Failed {
    fn from(reason: &str) -> Self {
        Self { reason: reason.to_owned(), unwritten: false }
    }
}

/// A remedy that helped: what it is, all texts with it, and the scenario judged anew.
type Success = (Made, BTreeMap<String, String>, Scenario);

impl Bench<'_> {
    /// Tries everything that is asked for; `texts` and `outcome` get what is made.
    pub(super) fn work(
        &mut self,
        judged: &Scenario,
        texts: &mut BTreeMap<String, String>,
        outcome: &mut Outcome,
        ask: &mut dyn FnMut(&Made) -> Answer,
    ) -> Answer {
        let fresh = match texts.is_empty() {
            true => None,
            false => match self.judged(texts) {
                Some(scenario) => Some(scenario),
                None => return Answer::No,
            },
        };
        let mut scenario = fresh.unwrap_or_else(|| judged.clone());
        let mut declined: BTreeSet<String> = BTreeSet::new();
        let mut last = Answer::Yes;
        // What could not be done before another remedy may be possible after it: again until a round changes nothing,
        // so that a second run finds nothing to do either.
        loop {
            let mut tried = declined.clone();
            let mut refused = Vec::new();
            let mut changed = false;
            while let Some(candidate) = self.next(&scenario, &tried) {
                tried.insert(candidate.fingerprint.clone());
                match self.attempt(&scenario, &candidate, texts) {
                    Ok((made, new_texts, judged)) => {
                        last = ask(&made);
                        if last == Answer::Yes {
                            self.note_overlay(&made, outcome);
                            // Its twin on an equal line goes by its name now.
                            tried.remove(&candidate.fingerprint);
                            *texts = new_texts;
                            outcome.made.push(made);
                            scenario = judged;
                            changed = true;
                            continue;
                        }
                        declined.insert(candidate.fingerprint.clone());
                        let reason = "it was declined".to_owned();
                        outcome.left.push(left(&scenario, &candidate, Cause::Declined, reason));
                    }
                    Err(Failed { reason, unwritten }) => {
                        let left = left(&scenario, &candidate, Cause::Refused, reason);
                        refused.push((left, unwritten.then_some(candidate.fingerprint)));
                    }
                }
                if last == Answer::Stop {
                    break;
                }
            }
            if !changed || last == Answer::Stop {
                outcome.left.extend(self.with_offers(&scenario, refused, texts));
                outcome.left.extend(self.untried(&scenario, &tried));
                return last;
            }
        }
    }

    /// Each remedy alone, on the texts as they are.
    pub(super) fn each(&self, scenario: &Scenario, wanted: &dyn Fn(&str) -> bool) -> Vec<Made> {
        self.candidates(scenario)
            .iter()
            .filter(|candidate| wanted(&candidate.fingerprint) && self.may(candidate))
            .filter_map(|candidate| self.attempt(scenario, candidate, &BTreeMap::new()).ok())
            .map(|(made, _, _)| made)
            .collect()
    }

    fn judged(&self, texts: &BTreeMap<String, String>) -> Option<Scenario> {
        judged(self.world, self.part, texts, self.config, self.wishes)
    }

    /// Where an overlay makes something, how it is used.
    fn note_overlay(&self, made: &Made, outcome: &mut Outcome) {
        let project = outside::project(self.world, self.part, &self.wishes.compose);
        if let (Some(project), Some(_)) = (project, &made.outside)
            && let Some(path) = &project.overlay
        {
            outcome.overlays.insert(own_name(path), outside::usage(&project));
        }
    }

    /// What could not be written, with the overlay that would do it from outside.
    fn with_offers(
        &self,
        scenario: &Scenario,
        refused: Vec<(Left, Option<String>)>,
        texts: &BTreeMap<String, String>,
    ) -> Vec<Left> {
        let offers = self.choice.overlay == Overlaying::Told && refused.iter().any(|(_, one)| one.is_some());
        let candidates = if offers { self.candidates(scenario) } else { Vec::new() };
        let offer = |fingerprint: &str| {
            let candidate = candidates.iter().find(|candidate| candidate.fingerprint == fingerprint)?;
            self.offer(scenario, candidate, texts)
        };
        let each = refused.into_iter().map(|(left, unwritten)| Left {
            overlay: unwritten.and_then(|fingerprint| offer(&fingerprint)),
            ..left
        });
        each.collect()
    }

    /// The overlay that makes the change of a remedy alone, when it helps.
    fn offer(
        &self,
        scenario: &Scenario,
        candidate: &Candidate<'_>,
        texts: &BTreeMap<String, String>,
    ) -> Option<(String, String)> {
        let remedy = candidate.remedy()?;
        let project = outside::project(self.world, self.part, &self.wishes.compose)?;
        let path = own_name(project.overlay.as_deref()?);
        // What an overlay that is there says is no part of this change.
        let below = Without { below: self.world, path: &path };
        let world = Patched::new(&below, texts);
        let new = self.written(remedy, scenario, &world, candidate, Some(&project)).ok()?;
        let text = new.get(&path)?.clone();
        let all = texts.clone().into_iter().chain(new).collect();
        let part = Plan { projects: vec![project], ..Plan::default() };
        let after = judged(&below, &part, &all, self.config, self.wishes)?;
        helped(scenario, &after, candidate).ok()?;
        let hidden = Veil::of(&after).words(&text).into_owned();
        Some((path, Veil::of(scenario).words(&hidden).into_owned()))
    }

    /// The texts that a remedy changes: in place, or in the overlay of a project.
    fn written(
        &self,
        remedy: &Remedy,
        scenario: &Scenario,
        world: &Patched<'_>,
        candidate: &Candidate<'_>,
        overlay: Option<&ProjectFiles>,
    ) -> Result<BTreeMap<String, String>, String> {
        let subject = candidate.judged.judgement.subject.as_ref();
        let service = subject.map(|subject| subject.service.as_deref().unwrap_or(&subject.name));
        let outside = overlay.map(|project| Ground { world, project, service, sources: &scenario.sources });
        let own = self.part.projects.first().map(|project| &*project.files);
        let desk =
            writing::Desk { sources: &scenario.sources, world, shared: self.choice.shared, own, outside };
        let new = writing::texts(remedy, &desk).map_err(|hindrance| hindrance.to_string())?;
        for (path, text) in &new {
            if old_text(world, path).as_ref() != Some(text)
                && let Some(obstacle) = self.choice.obstacle.and_then(|obstacle| obstacle(path))
            {
                return Err(obstacle);
            }
        }
        Ok(new)
    }

    /// The texts that a remedy changes, and why in an overlay, where they are.
    fn new_texts(
        &self,
        remedy: &Remedy,
        scenario: &Scenario,
        world: &Patched<'_>,
        candidate: &Candidate<'_>,
    ) -> Result<(BTreeMap<String, String>, Option<String>), String> {
        let reason = match self.choice.overlay {
            Overlaying::All => "the project's own compose files stay as they are".to_owned(),
            Overlaying::Refused | Overlaying::Never | Overlaying::Told => {
                match self.written(remedy, scenario, world, candidate, None) {
                    Ok(new) => return Ok((new, None)),
                    Err(reason) if self.choice.overlay == Overlaying::Refused => reason,
                    Err(reason) => return Err(reason),
                }
            }
        };
        let Some(project) = outside::project(world, self.part, &self.wishes.compose) else {
            let new = self.written(remedy, scenario, world, candidate, None)?;
            return Ok((new, None));
        };
        let path = project.overlay.as_deref().map(own_name);
        match self.written(remedy, scenario, world, candidate, Some(&project)) {
            Ok(new) => {
                let laid = path.is_some_and(|path| new.contains_key(&path));
                Ok((new, laid.then_some(reason)))
            }
            Err(other) if self.choice.overlay == Overlaying::All => {
                Err(format!("no overlay can do it: {other}"))
            }
            Err(other) => Err(format!("{reason}; nor can an overlay do it: {other}")),
        }
    }

    /// The gravest finding that has a remedy which may be applied and was not tried yet.
    fn next<'s>(&self, scenario: &'s Scenario, tried: &BTreeSet<String>) -> Option<Candidate<'s>> {
        let mut all = self.candidates(scenario).into_iter();
        all.find(|candidate| !tried.contains(&candidate.fingerprint) && self.may(candidate))
    }

    fn may(&self, candidate: &Candidate<'_>) -> bool {
        candidate
            .remedy()
            .is_some_and(|remedy| self.choice.risky || remedy.applicability == Applicability::Safe)
    }

    /// The findings that are asked for, the gravest first.
    fn candidates<'s>(&self, scenario: &'s Scenario) -> Vec<Candidate<'s>> {
        let asked = |judged: &Judged| {
            let Choice { only, skip, services, least, .. } = self.choice;
            let id = judged.judgement.control.id;
            let subject = judged.judgement.subject.as_ref();
            let service = subject.map(|subject| subject.service.as_deref().unwrap_or(&subject.name));
            (only.is_empty() || only.iter().any(|only| only == id))
                && !skip.iter().any(|skip| skip == id)
                && (services.is_empty() || services.iter().any(|name| Some(name.as_str()) == service))
                && least.is_none_or(|least| judged.severity >= least)
        };
        let mut all: Vec<Candidate<'s>> =
            scenario
                .judged
                .iter()
                .zip(plimsoll_report::fingerprints(scenario))
                .filter(|(judged, _)| asked(judged))
                .flat_map(|(judged, fingerprints)| {
                    judged.findings().zip(fingerprints).filter_map(move |((finding, state), fingerprint)| {
                        matches!(state, State::Open | State::Covered(_) | State::Baselined)
                            .then_some(Candidate { judged, finding, fingerprint })
                    })
                })
                .collect();
        all.sort_by_key(|candidate| std::cmp::Reverse(candidate.judged.severity));
        all
    }

    fn attempt(
        &self,
        scenario: &Scenario,
        candidate: &Candidate<'_>,
        texts: &BTreeMap<String, String>,
    ) -> Result<Success, Failed> {
        let remedy = candidate.remedy().ok_or("it has no remedy")?;
        let key = (scenario.name.clone(), candidate.fingerprint.clone());
        if let Some(reason) = self.banned.get(&key) {
            return Err(reason.as_str().into());
        }
        let world = Patched::new(self.world, texts);
        let written = self.new_texts(remedy, scenario, &world, candidate);
        let (new, outside) = written.map_err(|reason| Failed { reason, unwritten: true })?;
        let mut changed = BTreeMap::new();
        let mut all = texts.clone();
        for (path, text) in new {
            let old = old_text(&world, &path);
            if old.as_ref() == Some(&text) {
                continue;
            }
            changed.insert(path.clone(), (old, text.clone()));
            all.insert(path, text);
        }
        if changed.is_empty() {
            return Err("nothing would change".into());
        }
        let after = self.judged(&all).ok_or("the result cannot be read any more")?;
        helped(scenario, &after, candidate).map_err(|reason| Failed { reason, unwritten: false })?;
        let veils = [(Veil::of(scenario), scenario), (Veil::of(&after), &after)];
        let words =
            |text: &str| veils.iter().fold(text.to_owned(), |text, (veil, _)| veil.words(&text).into_owned());
        let files = changed
            .into_iter()
            .map(|(path, (old, new))| {
                let hidden_old = old.as_deref().map(|old| hidden(&veils, &path, old)).unwrap_or_default();
                let hidden_new = hidden(&veils, &path, &new);
                (path, Turn { old, new, hidden_old, hidden_new })
            })
            .collect();
        let made = Made {
            scenario: scenario.name.clone(),
            control: candidate.control().to_owned(),
            severity: candidate.judged.severity,
            fingerprint: candidate.fingerprint.clone(),
            place: candidate.place(scenario),
            message: words(&candidate.finding.message),
            fix: words(&candidate.finding.fix),
            applicability: remedy.applicability,
            why: words(&remedy.why),
            outside,
            files,
        };
        Ok((made, all, after))
    }

    /// Findings whose remedies were not asked for, and those that have none.
    fn untried(&self, scenario: &Scenario, tried: &BTreeSet<String>) -> Vec<Left> {
        let mut all = Vec::new();
        for candidate in self.candidates(scenario) {
            if tried.contains(&candidate.fingerprint) {
                continue;
            }
            all.push(match candidate.remedy() {
                Some(remedy) if self.may(&candidate) => {
                    // The user stopped before its turn.
                    let _ = remedy;
                    left(scenario, &candidate, Cause::Declined, "it was not asked about".to_owned())
                }
                Some(remedy) => {
                    let reason = format!("risky, not asked for (--risky): {}", remedy.why);
                    left(scenario, &candidate, Cause::Risky, reason)
                }
                None => {
                    // What another finding says already needs no second word.
                    let state =
                        candidate.judged.findings().find(|(one, _)| std::ptr::eq(*one, candidate.finding));
                    if matches!(state, Some((_, State::Covered(_)))) {
                        continue;
                    }
                    let hindrance = candidate.finding.hindrance.as_deref();
                    let reason = hindrance.map_or_else(
                        || "it takes a person".to_owned(),
                        |hindrance| format!("it takes a person: {hindrance}"),
                    );
                    left(scenario, &candidate, Cause::NoRemedy, reason)
                }
            });
        }
        all
    }
}

/// The only scenario of a plan.
fn judged(
    world: &dyn World,
    part: &Plan,
    texts: &BTreeMap<String, String>,
    config: &Config,
    wishes: &Wishes,
) -> Option<Scenario> {
    scanned(world, texts, part.clone(), config, wishes).report.scenarios.into_iter().next()
}

impl<'r> Candidate<'r> {
    fn remedy(&self) -> Option<&'r Remedy> {
        self.finding.remedy.as_deref()
    }

    fn control(&self) -> &'static str {
        self.judged.judgement.control.id
    }

    /// `file:line`.
    fn place(&self, scenario: &Scenario) -> Option<String> {
        let place = |span: plimsoll_text::Span| {
            let span = scenario.sources.written(span);
            let source = scenario.sources.lookup(span.source)?;
            (source.kind != SourceKind::Builtin)
                .then(|| format!("{}:{}", source.name, source.place(span.start as usize).line))
        };
        let subject = self.judged.judgement.subject.as_ref();
        place(self.finding.primary.at.span).or_else(|| place(subject?.anchor))
    }
}

fn left(scenario: &Scenario, candidate: &Candidate<'_>, cause: Cause, reason: String) -> Left {
    let veil = Veil::of(scenario);
    Left {
        scenario: scenario.name.clone(),
        control: candidate.control().to_owned(),
        message: veil.words(&candidate.finding.message).into_owned(),
        place: candidate.place(scenario),
        fix: veil.words(&candidate.finding.fix).into_owned(),
        cause,
        reason: veil.words(&reason).into_owned(),
        overlay: None,
    }
}

/// What of a text must not be shown, by what was known before and is known after.
fn hidden(veils: &[(Veil, &Scenario)], path: &str, text: &str) -> Vec<std::ops::Range<usize>> {
    let mut all: Vec<std::ops::Range<usize>> = veils
        .iter()
        .flat_map(|(veil, scenario)| {
            let is =
                |source: &&plimsoll_text::Source| own_name(&source.name) == path && &*source.text == text;
            veil.hidden(scenario.sources.iter().find(is), text)
        })
        .collect();
    all.sort_by_key(|part| (part.start, part.end));
    all
}

/// Whether a remedy did what it should and nothing else.
fn helped(before: &Scenario, after: &Scenario, candidate: &Candidate<'_>) -> Result<(), String> {
    let (id, subject) = key(candidate.judged);
    let division = Division::between(before, after);
    let count = |scenario: &Scenario, subjects: &[&str]| -> usize {
        let counts = Counts::of(scenario).findings;
        subjects.iter().filter_map(|subject| counts.get(&(id, (*subject).to_owned()))).sum()
    };
    // What is told of a part of a stage was not mended.
    let mut subjects: Vec<&str> = division.parts(&subject).collect();
    subjects.push(&subject);
    if count(after, &subjects) >= count(before, &[&subject]) {
        return Err("the finding would still be there".to_owned());
    }
    setback(before, after).map_or(Ok(()), Err)
}

/// What is worse after than before: something found, unknown or complained of that was not, or a lower score.
pub(super) fn setback(before: &Scenario, after: &Scenario) -> Option<String> {
    let (old, new) = (Counts::of(before), Counts::of(after));
    if let Some(what) = new.more_than(&old, &Division::between(before, after)) {
        return Some(what);
    }
    // That a variable has to be set from now on is what a remedy means that asks for it.
    let counts = |complaint: &&Complaint| complaint.code != "required-variable";
    let complaints = |scenario: &Scenario| scenario.complaints.iter().filter(counts).count();
    if complaints(after) > complaints(before) {
        let known = |message: &str| before.complaints.iter().any(|complaint| complaint.message == message);
        let new = after.complaints.iter().filter(counts).find(|complaint| !known(&complaint.message));
        let what = new.or(after.complaints.last()).map_or("", |complaint| &complaint.message);
        return Some(format!("the result would not be read as a whole: {what}"));
    }
    (after.score.points < before.score.points).then(|| "the score would fall".to_owned())
}

/// A control and its subject.
type Matter = (&'static str, String);

fn key(judged: &Judged) -> Matter {
    let judgement = &judged.judgement;
    let subject = judgement.subject.as_ref().map_or_else(String::new, plimsoll_posture::Subject::key);
    (judgement.control.id, subject)
}

fn told(counts: &BTreeMap<Matter, usize>, matter: &Matter) -> usize {
    counts.get(matter).copied().unwrap_or(0)
}

/// How often a matter was told before; of a part of a stage, how often of the whole.
fn before(counts: &BTreeMap<Matter, usize>, matter: &Matter, division: &Division) -> usize {
    let wholes = division.wholes(&matter.1).map(|whole| told(counts, &(matter.0, whole.to_owned())));
    told(counts, matter).max(wholes.max().unwrap_or(0))
}

/// Findings and unknown verdicts by control and subject.
#[derive(Default)]
struct Counts {
    findings: BTreeMap<Matter, usize>,
    unknown: BTreeMap<Matter, usize>,
}

impl Counts {
    fn of(scenario: &Scenario) -> Self {
        let mut counts = Self::default();
        for judged in &scenario.judged {
            match &judged.judgement.verdict {
                Verdict::Fail(findings) => *counts.findings.entry(key(judged)).or_default() += findings.len(),
                Verdict::Unknown(_) => *counts.unknown.entry(key(judged)).or_default() += 1,
                Verdict::Pass(_) | Verdict::NotApplicable(_) => {}
            }
        }
        counts
    }

    /// Whether a finding only remains of a graver one that said it before: an image that names its version now still has no
    /// digest, which it had not before either.
    fn remains(&self, old: &Self, (id, subject): &Matter, division: &Division) -> bool {
        let control = plimsoll_controls::CATALOGUE.iter().find(|control| control.id == *id);
        control.is_some_and(|control| {
            control.covered_by.iter().any(|by| {
                let matter = (*by, subject.clone());
                told(&self.findings, &matter) < before(&old.findings, &matter, division)
            })
        })
    }

    /// A control that finds more than before, or knows less.
    fn more_than(&self, old: &Self, division: &Division) -> Option<String> {
        let more = |new: &'_ BTreeMap<Matter, usize>, old: &BTreeMap<Matter, usize>| -> Vec<Matter> {
            let more = new.iter().filter(|(matter, count)| before(old, matter, division) < **count);
            more.map(|(matter, _)| matter.clone()).collect()
        };
        let found = more(&self.findings, &old.findings)
            .into_iter()
            .find(|matter| !self.remains(old, matter, division))
            .map(|matter| matter.0);
        let found = found.map(|id| format!("it would bring another finding: {id}"));
        found.or_else(|| {
            more(&self.unknown, &old.unknown)
                .first()
                .map(|matter| format!("{} could not be verified any more", matter.0))
        })
    }
}
