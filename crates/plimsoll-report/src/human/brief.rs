//! The findings of a scenario on a screen: each cause once, the gravest in full, the others in a line or two.
//!
//! Deliberately absent: the report in full (`--verbose`), which is `detailed`'s.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_controls::{Severity, Standing};
use plimsoll_posture::{Complaint, ComplaintKind, Plane};

use super::diagnostic::{Diagnostic, Pen, joined, of_entry};
use super::ink::{columns, wrap};
use super::{hardening, heading, of_complaint};
use crate::Scenario;
use crate::entry::Entry;
use crate::veil::plain;

/// How many causes are told in full: with their excerpts they fill a good half of a usual screen.
const FULL: usize = 3;
/// How many places of one cause are drawn.
const DRAWN: usize = 3;
/// Where the rest is told.
const MORE: &str = "Why a finding matters: plimsoll explain ID. Every place and every fix: --verbose.";
/// The width of the column that holds the severity.
const COLUMN: usize = 10;

/// Everything that one control found in a scenario, worst first, then by place.
struct Cause<'e, 'a> {
    entries: Vec<&'e Entry<'a>>,
}

/// Writes the open findings. What is merely good to know is counted in the summary only.
pub(super) fn write<'a>(out: &mut String, entries: &[Entry<'a>], pen: Pen<'_>) {
    let open: Vec<&Entry<'a>> =
        entries.iter().filter(|entry| entry.is_open() && entry.severity() > Severity::Info).collect();
    let (gaps, rest): (Vec<&Entry<'a>>, Vec<&Entry<'a>>) =
        open.iter().partition(|entry| entry.control().standing == Standing::Baseline);
    // One gap alone is told like any other finding.
    let (gaps, rest) = if gaps.len() > 1 { (gaps, rest) } else { (Vec::new(), open.clone()) };
    let causes = causes(&rest);
    let full = causes.iter().take_while(|cause| cause.severity() >= Severity::High).take(FULL).count();
    let (full, lines) = causes.split_at_checked(full).unwrap_or((&causes, &[]));
    for cause in full {
        if let Some(diagnostic) = cause.in_full() {
            diagnostic.draw(out, pen);
        }
    }
    let worst_gap = gaps.iter().map(|entry| entry.severity()).max();
    let mut block = hardening::of_services(&gaps);
    let mut told = false;
    for cause in lines {
        // The hardening block takes its place by its gravest gap, after the others of that severity.
        if worst_gap.is_some_and(|worst| worst > cause.severity())
            && let Some(block) = block.take()
        {
            separate(out, &mut told);
            block.draw(out, pen);
        }
        cause.in_short(out, pen);
        told = true;
    }
    separate(out, &mut told);
    if let Some(block) = block {
        block.draw(out, pen);
    }
    if !open.is_empty() {
        for line in wrap(MORE, pen.width) {
            out.push_str(&format!("{}\n", pen.ink.dim(&line)));
        }
        out.push('\n');
    }
}

/// An empty line behind what was told in lines.
fn separate(out: &mut String, told: &mut bool) {
    if std::mem::take(told) {
        out.push('\n');
    }
}

fn causes<'e, 'a>(entries: &[&'e Entry<'a>]) -> Vec<Cause<'e, 'a>> {
    let mut at: BTreeMap<(&str, usize), usize> = BTreeMap::new();
    let mut causes: Vec<Cause<'e, 'a>> = Vec::new();
    for &entry in entries {
        let apart = if entry.finding.particular { causes.len() + 1 } else { 0 };
        let index = *at.entry((entry.control().id, apart)).or_insert(causes.len());
        match causes.get_mut(index) {
            Some(cause) => cause.entries.push(entry),
            None => causes.push(Cause { entries: vec![entry] }),
        }
    }
    // Entries come worst first; a stable sort keeps the order of places among equals.
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.severity()));
    causes
}

impl<'a> Cause<'_, 'a> {
    fn severity(&self) -> Severity {
        self.entries.iter().map(|entry| entry.severity()).max().unwrap_or(Severity::Info)
    }

    /// The entries without those that the same place causes in another service.
    fn distinct(&self) -> Vec<&Entry<'a>> {
        let mut seen = BTreeSet::new();
        self.entries
            .iter()
            .copied()
            .filter(|entry| {
                let place = entry.place.map(|place| {
                    let (file, start, end) = place.order();
                    (file.to_owned(), start, end)
                });
                place.is_none_or(|place| seen.insert((place, entry.finding.primary.text.clone())))
            })
            .collect()
    }

    /// ``, and 3 more: `db`, `cache` …``: what the message of the first does not say.
    fn others(&self) -> String {
        let Some(first) = self.entries.first() else { return String::new() };
        let services: Vec<&str> = self
            .entries
            .iter()
            .filter_map(|entry| entry.service())
            .filter(|name| first.service() != Some(name))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        match (self.entries.len(), services.as_slice()) {
            (..=1, _) => String::new(),
            (count, []) => {
                let alike = self.entries.iter().all(|entry| entry.finding.message == first.finding.message);
                if alike { format!(" ({count} places)") } else { format!(", and {} more", count - 1) }
            }
            (count, services) => {
                let names: Vec<String> =
                    services.iter().take(NAMES).map(|name| format!("`{name}`")).collect();
                let rest = if services.len() > NAMES { " …" } else { "" };
                format!(", and {} more in {}{rest}", count - 1, names.join(", "))
            }
        }
    }

    fn in_full(&self) -> Option<Diagnostic<'a>> {
        let distinct = self.distinct();
        let drawn: Vec<Diagnostic<'a>> =
            distinct.iter().take(DRAWN).map(|entry| of_entry(entry, &[])).collect();
        let message = self.entries.first()?.finding.message.clone();
        let left_out = distinct.len().saturating_sub(drawn.len());
        let mut whole = joined(drawn, 1)?;
        whole.message = message + &self.others();
        if left_out > 0 {
            whole.notes.push(("note", format!("and {left_out} more places, see --verbose")));
        }
        Some(whole)
    }

    /// One line for what is low, two for what is graver: what is wrong and where, then what to do.
    fn in_short(&self, out: &mut String, pen: Pen<'_>) {
        let Some(entry) = self.entries.first() else { return };
        let severity = self.severity();
        let assumed = if entry.finding.plane == Plane::Assumed { ", assumed" } else { "" };
        let place = entry.place.map(|place| place.to_string()).unwrap_or_default();
        let message = format!("{}{} [{}{assumed}]", entry.finding.message, self.others(), entry.control().id);
        let lines = if severity > Severity::Low {
            let fix = entry.finding.fix.trim_end_matches('.').lines().next().unwrap_or_default();
            vec![message, format!("{place}: {fix}")]
        } else {
            vec![format!("{place}: {message}")]
        };
        in_columns(out, severity, severity.name(), &lines, pen);
    }
}

/// A label and, beside it, lines that are broken where they are too long.
fn in_columns(out: &mut String, severity: Severity, label: &str, lines: &[String], pen: Pen<'_>) {
    let room = pen.width.saturating_sub(COLUMN).max(24);
    let space = " ".repeat(COLUMN.saturating_sub(columns(label)).max(1));
    let mut lead = pen.ink.severity(severity, label) + &space;
    for line in lines.iter().flat_map(|line| wrap(&plain(&pen.veil.words(line)), room)) {
        out.push_str(&format!("{lead}{line}\n"));
        lead = " ".repeat(COLUMN);
    }
}

/// Writes what could not be read as it stands: of each kind the first place, in full where the document is not valid.
pub(super) fn complaints(out: &mut String, scenario: &Scenario, pen: Pen<'_>) {
    let mut kinds: Vec<(&Complaint, BTreeSet<&str>)> = Vec::new();
    for complaint in &scenario.complaints {
        let same =
            |(first, _): &&mut (&Complaint, _)| first.code == complaint.code && first.kind == complaint.kind;
        match kinds.iter_mut().find(same) {
            Some((_, messages)) => {
                messages.insert(&complaint.message);
            }
            None => kinds.push((complaint, BTreeSet::from([complaint.message.as_str()]))),
        }
    }
    if kinds.is_empty() {
        return;
    }
    heading(out, "what could not be read as it stands", "", pen.ink);
    kinds.sort_by_key(|(first, _)| first.kind != ComplaintKind::Invalid);
    let mut told = false;
    for (first, messages) in kinds {
        let more = match messages.len() {
            0 | 1 => String::new(),
            count => format!(", and {} more", count - 1),
        };
        let mut diagnostic = of_complaint(scenario, first);
        diagnostic.message.push_str(&more);
        if first.kind == ComplaintKind::Invalid {
            diagnostic.draw(out, pen);
            continue;
        }
        let place = diagnostic.marks.first().map(|mark| mark.place.to_string()).unwrap_or_default();
        let fix = first.cure.as_deref().unwrap_or_default();
        let lines = [format!("{} [{}]", diagnostic.message, first.code), format!("{place}: {fix}")];
        in_columns(out, diagnostic.severity, first.kind.name(), &lines, pen);
        told = true;
    }
    separate(out, &mut told);
}

/// How many other services a line names.
const NAMES: usize = 4;
