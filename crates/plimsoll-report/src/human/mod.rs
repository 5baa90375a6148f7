//! The report for people.
//!
//! Deliberately absent: asking the terminal anything. Colour and width are the caller's to say.

mod brief;
mod diagnostic;
mod excerpt;
mod hardening;
pub(crate) mod ink;
mod paths;
mod summary;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use plimsoll_controls::{Finding, Severity, Standing, Verdict};
use plimsoll_posture::{Complaint, ComplaintKind, Subject};
use plimsoll_text::Sources;

use self::diagnostic::{Diagnostic, Pen, joined, of_entry};
use self::excerpt::Mark;
use self::ink::{Ink, level};
pub use self::paths::paths_human;
use crate::entry::{self, Entry};
use crate::place::Place;
use crate::veil::{Veil, plain};
use crate::{Configuration, Judged, Notice, Report, Scenario, State};

/// How the report for people looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// Whether SGR colour codes are used.
    pub colour: bool,
    /// Columns of the terminal; fewer than 40 count as 40.
    pub width: usize,
    /// How much is said.
    pub detail: Detail,
}

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// One line per open finding: `compose.yaml:14:11: high: message [id]`.
    Quiet,
    /// Findings with their places, complaints, a summary.
    Normal,
    /// Also what passes, what is allowed, and every input.
    Verbose,
}

impl Style {
    fn is_verbose(&self) -> bool {
        self.detail == Detail::Verbose
    }
}

/// The report for people. Ends with a line feed, unless there is nothing to say.
#[must_use]
pub fn human(report: &Report, style: &Style) -> String {
    let style = Style { width: style.width.max(40), ..style.clone() };
    let ink = Ink { colour: style.colour };
    let mut out = String::new();
    if style.detail == Detail::Quiet {
        quiet(&mut out, report, &style, ink);
        return out;
    }
    for scenario in &report.scenarios {
        if report.scenarios.len() > 1 {
            let rule =
                "=".repeat(style.width.saturating_sub(ink::columns(&plain(&scenario.name)) + 5).max(3));
            out.push_str(&format!("{}\n\n", ink.bold(&format!("=== {} {rule}", plain(&scenario.name)))));
        }
        scenario_part(&mut out, scenario, &style, ink);
    }
    let veil = Veil::default();
    let pen = Pen { veil: &veil, ink, width: style.width };
    let Configuration { sources, notices: all } = &report.configuration;
    notices(&mut out, "configuration", sources, &worth_saying(all, &style), pen);
    summary::write(&mut out, report, &style, ink);
    out
}

/// What kept a run from judging anything: complaints and inputs that were left out, without counts and without a
/// grade, which nothing has earned. Ends with a line feed, unless there is nothing to say.
#[must_use]
pub fn unread(report: &Report, style: &Style) -> String {
    let style = Style { width: style.width.max(40), detail: Detail::Verbose, ..style.clone() };
    let ink = Ink { colour: style.colour };
    let mut out = String::new();
    for scenario in &report.scenarios {
        let veil = Veil::of(scenario);
        complaints(&mut out, scenario, Pen { veil: &veil, ink, width: style.width });
    }
    summary::inputs_row(&mut out, report, &style, ink);
    out
}

fn scenario_part(out: &mut String, scenario: &Scenario, style: &Style, ink: Ink) {
    let veil = Veil::of(scenario);
    let pen = Pen { veil: &veil, ink, width: style.width };
    let entries = entry::of_scenario(scenario);
    paths::write(out, scenario, pen);
    if style.is_verbose() {
        every_finding(out, &entries, pen);
    } else {
        brief::write(out, &entries, pen);
    }
    if style.is_verbose() {
        complaints(out, scenario, pen);
    } else {
        brief::complaints(out, scenario, pen);
    }
    let all = worth_saying(&scenario.notices, style);
    notices(out, "comments for plimsoll", &scenario.sources, &all, pen);
    if style.is_verbose() {
        settled(out, scenario, &entries, pen);
    }
}

/// Every open finding in full, by service.
fn every_finding(out: &mut String, entries: &[Entry<'_>], pen: Pen<'_>) {
    let open: Vec<&Entry<'_>> = entries.iter().filter(|entry| entry.is_open()).collect();
    let (shown, together) = fold(&open);
    let mut said: BTreeSet<(&str, String)> = BTreeSet::new();
    for (group, entries) in groups(&shown) {
        heading(out, &group, &counts(&entries), pen.ink);
        let (gaps, rest): (Vec<&Entry<'_>>, Vec<&Entry<'_>>) =
            entries.iter().partition(|entry| entry.control().standing == Standing::Baseline);
        let block = (gaps.len() > 1).then(|| hardening::of_entries(&gaps)).flatten();
        let mut singles = rest;
        if block.is_none() {
            singles.extend(&gaps);
            singles.sort_by_key(|entry| std::cmp::Reverse(entry.severity()));
        }
        let mut block = block;
        for same in by_verdict(&singles) {
            let Some(entry) = same.first() else { continue };
            // The block takes its place among the others by its gravest gap, after those of the same severity.
            if block.as_ref().is_some_and(|block| block.severity > entry.severity())
                && let Some(mut block) = block.take()
            {
                say_why_once(&mut block, &mut said);
                block.draw(out, pen);
            }
            let drawn = same.iter().map(|entry| {
                let names = together.get(&std::ptr::from_ref(entry.finding)).map_or(&[][..], Vec::as_slice);
                of_entry(entry, names)
            });
            if let Some(mut diagnostic) = joined(drawn.collect(), same.len()) {
                say_why_once(&mut diagnostic, &mut said);
                diagnostic.draw(out, pen);
            }
        }
        if let Some(mut block) = block {
            say_why_once(&mut block, &mut said);
            block.draw(out, pen);
        }
    }
}

/// Why it matters is said with the first finding of a control, and not again with the next service.
fn say_why_once<'a>(diagnostic: &mut Diagnostic<'a>, said: &mut BTreeSet<(&'a str, String)>) {
    let code = diagnostic.code;
    diagnostic.notes.retain(|(kind, text)| *kind != "why" || said.insert((code, text.clone())));
}

/// Findings of one verdict together, at the place of the first.
fn by_verdict<'e, 'a>(entries: &[&'e Entry<'a>]) -> Vec<Vec<&'e Entry<'a>>> {
    let mut at: HashMap<*const Judged, usize> = HashMap::new();
    let mut all: Vec<Vec<&'e Entry<'a>>> = Vec::new();
    for &entry in entries {
        let index = *at.entry(std::ptr::from_ref(entry.judged)).or_insert(all.len());
        match all.get_mut(index) {
            Some(same) => same.push(entry),
            None => all.push(vec![entry]),
        }
    }
    all
}

/// For a finding that stands for others, the services with the same.
type Together<'a> = HashMap<*const Finding, Vec<&'a str>>;

/// Leaves of findings that one place causes in several services only the first, and says for which services it stands.
fn fold<'e, 'a>(open: &[&'e Entry<'a>]) -> (Vec<&'e Entry<'a>>, Together<'e>)
where
    'a: 'e,
{
    let mut first: BTreeMap<(&str, &str, usize, usize, &str), &'e Entry<'a>> = BTreeMap::new();
    let mut together: Together<'e> = HashMap::new();
    let mut shown = Vec::new();
    for &entry in open {
        let (Some(place), Some(service)) =
            (Place::of_label(&entry.scenario.sources, &entry.finding.primary), entry.service())
        else {
            shown.push(entry);
            continue;
        };
        let (file, start, end) = place.order();
        let key = (entry.control().id, file, start, end, entry.finding.primary.text.as_str());
        match first.get(&key) {
            Some(same) if same.service() != Some(service) => {
                let names = together
                    .entry(std::ptr::from_ref(same.finding))
                    .or_insert_with(|| same.service().into_iter().collect());
                if !names.contains(&service) {
                    names.push(service);
                }
            }
            Some(_) => shown.push(entry),
            None => {
                first.insert(key, entry);
                shown.push(entry);
            }
        }
    }
    (shown, together)
}

/// Findings by service or other subject; the group with the gravest findings first, among equals the one with more of
/// them, then in the order of appearance.
fn groups<'e, 'a>(entries: &[&'e Entry<'a>]) -> Vec<(String, Vec<&'e Entry<'a>>)> {
    let mut groups: Vec<(String, Vec<&'e Entry<'a>>)> = Vec::new();
    for &entry in entries {
        let name = entry.group();
        match groups.iter_mut().find(|(group, _)| *group == name) {
            Some((_, members)) => members.push(entry),
            None => groups.push((name, vec![entry])),
        }
    }
    groups.sort_by_cached_key(|(_, members)| {
        let mut counts = [0_usize; 5];
        for entry in members {
            counts[entry.severity() as usize] += 1;
        }
        counts.reverse();
        std::cmp::Reverse(counts)
    });
    groups
}

fn counts(entries: &[&Entry<'_>]) -> String {
    let mut tally = crate::Tally::default();
    for entry in entries {
        tally.open[entry.severity() as usize] += 1;
    }
    tally.severities()
}

fn heading(out: &mut String, title: &str, remark: &str, ink: Ink) {
    out.push_str(&ink.bold(&plain(title)));
    if !remark.is_empty() {
        out.push_str(&ink.dim(&format!("  {remark}")));
    }
    out.push_str("\n\n");
}

fn complaint_level(complaint: &Complaint) -> (&'static str, Severity) {
    match complaint.kind {
        ComplaintKind::Invalid => ("error", Severity::High),
        ComplaintKind::Missing | ComplaintKind::Skipped | ComplaintKind::Doubtful => {
            ("warning", Severity::Medium)
        }
    }
}

fn complaints(out: &mut String, scenario: &Scenario, pen: Pen<'_>) {
    if scenario.complaints.is_empty() {
        return;
    }
    heading(out, "what could not be read as it stands", "", pen.ink);
    for complaint in &scenario.complaints {
        of_complaint(scenario, complaint).draw(out, pen);
    }
}

fn of_complaint<'a>(scenario: &'a Scenario, complaint: &'a Complaint) -> Diagnostic<'a> {
    let (level, severity) = complaint_level(complaint);
    let place = Place::of(&scenario.sources, complaint.at);
    Diagnostic {
        severity,
        level,
        code: complaint.code,
        message: complaint.message.clone(),
        remark: complaint.kind.name(),
        marks: place.map(|place| Mark { place, words: String::new(), primary: true }).into_iter().collect(),
        notes: complaint.cure.iter().map(|cure| ("fix", cure.clone())).collect(),
    }
}

/// What is merely good to know is shown on demand, as with findings.
fn worth_saying<'a>(notices: &'a [Notice], style: &Style) -> Vec<&'a Notice> {
    notices.iter().filter(|notice| style.is_verbose() || notice.severity > Severity::Info).collect()
}

fn notices(out: &mut String, title: &str, sources: &Sources, notices: &[&Notice], pen: Pen<'_>) {
    if !notices.is_empty() {
        heading(out, title, "", pen.ink);
    }
    for notice in notices {
        let place = Place::of(sources, notice.at);
        Diagnostic {
            severity: notice.severity,
            level: level(notice.severity),
            code: notice.code,
            message: notice.message.clone(),
            remark: notice.severity.name(),
            marks: place
                .map(|place| Mark { place, words: String::new(), primary: true })
                .into_iter()
                .collect(),
            notes: notice.cure.iter().map(|cure| ("fix", cure.clone())).collect(),
        }
        .draw(out, pen);
    }
}

/// What needs nothing done: passes by control, and findings that are allowed or known.
fn settled(out: &mut String, scenario: &Scenario, entries: &[Entry<'_>], pen: Pen<'_>) {
    let Pen { veil, ink, .. } = pen;
    let accepted: Vec<&Entry<'_>> = entries.iter().filter(|entry| !entry.is_open()).collect();
    if !accepted.is_empty() {
        heading(out, "accepted, known or covered", "", ink);
        for entry in accepted {
            let why = match entry.state {
                State::Allowed(allowance) if allowance.reason.is_empty() => {
                    "allowed without a reason".to_owned()
                }
                State::Allowed(allowance) => format!("allowed: {}", allowance.reason),
                State::Covered(by) => format!("said by {by} already"),
                _ => "known by the baseline".to_owned(),
            };
            out.push_str(&format!(
                "  {}\n    {}\n",
                one_line(entry, veil, ink),
                ink.dim(&plain(&veil.words(&why)))
            ));
        }
        out.push('\n');
    }
    let mut passed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut unknown: Vec<String> = Vec::new();
    for judged in &scenario.judged {
        let judgement = &judged.judgement;
        let subject = judgement.subject.as_ref().map_or_else(|| "project".to_owned(), Subject::key);
        match &judgement.verdict {
            Verdict::Pass(_) => passed.entry(judgement.control.id).or_default().push(subject),
            Verdict::Unknown(reason) => {
                unknown.push(format!("{}: {subject}: {reason}", judgement.control.id))
            }
            _ => {}
        }
    }
    if !unknown.is_empty() {
        heading(out, "not verified", "", ink);
        for line in unknown {
            out.push_str(&format!("  {}\n", plain(&veil.words(&line))));
        }
        out.push('\n');
    }
    if !passed.is_empty() {
        heading(out, "passed", "", ink);
        for (id, subjects) in passed {
            let subjects = subjects.join(", ");
            out.push_str(&format!("  {} {}\n", ink.good(id), plain(&subjects)));
        }
        out.push('\n');
    }
}

fn quiet(out: &mut String, report: &Report, style: &Style, ink: Ink) {
    for scenario in &report.scenarios {
        let veil = Veil::of(scenario);
        for entry in entry::of_scenario(scenario).iter().filter(|entry| entry.is_open()) {
            out.push_str(&one_line(entry, &veil, ink));
            out.push('\n');
        }
        quiet_notices(out, &scenario.sources, &worth_saying(&scenario.notices, style), ink);
    }
    let notices = worth_saying(&report.configuration.notices, style);
    quiet_notices(out, &report.configuration.sources, &notices, ink);
}

fn quiet_notices(out: &mut String, sources: &Sources, notices: &[&Notice], ink: Ink) {
    for notice in notices {
        let place = Place::of(sources, notice.at).map(|place| format!("{place}: ")).unwrap_or_default();
        let severity = ink.severity(notice.severity, notice.severity.name());
        out.push_str(&format!("{place}{severity}: {} [{}]\n", plain(&notice.message), notice.code));
    }
}

/// `compose.yaml:14:11: high: message [id]`: what editors and `grep` know how to read.
fn one_line(entry: &Entry<'_>, veil: &Veil, ink: Ink) -> String {
    let place = entry.place.map(|place| format!("{place}: ")).unwrap_or_default();
    let severity = ink.severity(entry.severity(), entry.severity().name());
    format!("{place}{severity}: {} [{}]", plain(&veil.words(&entry.finding.message)), entry.control().id)
}
