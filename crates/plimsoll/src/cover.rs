//! One cause, said once: which findings say nothing that another one at the same place does not say already.
//!
//! Deliberately absent: which control covers which. Controls say that themselves (`covered_by`).

use std::collections::{HashMap, HashSet};

use plimsoll_controls::Finding;
use plimsoll_report::{Judged, State};
use plimsoll_text::{SourceId, Sources};

/// Marks the open findings that another finding covers. A covering finding that somebody accepted covers still:
/// accepting a cause accepts what comes of it.
pub fn apply(judged: &mut [Judged], sources: &Sources) {
    let mut told: HashMap<&str, Vec<Told>> = HashMap::new();
    for judged in judged.iter().filter(|judged| judged.is_open()) {
        for control in judged.judgement.control.covered_by {
            told.entry(control).or_default();
        }
    }
    if told.is_empty() {
        return;
    }
    for judged in judged.iter() {
        let Some(all) = told.get_mut(judged.judgement.control.id) else { continue };
        all.extend(judged.findings().map(|(finding, _)| Told::of(finding, judged, sources)));
    }
    let mut covered: Vec<(usize, usize, &'static str)> = Vec::new();
    let mut first = HashSet::new();
    for (index, judged) in judged.iter().enumerate() {
        let id = judged.judgement.control.id;
        for (at, (finding, state)) in judged.findings().enumerate() {
            if *state != State::Open || judged.judgement.control.covered_by.is_empty() {
                continue;
            }
            if judged.judgement.control.covered_by.contains(&id)
                && !first.insert((id, finding.primary.at.span))
            {
                covered.push((index, at, id));
                continue;
            }
            let own = Told::of(finding, judged, sources);
            let by = judged
                .judgement
                .control
                .covered_by
                .iter()
                .copied()
                .filter(|by| *by != id)
                .find(|id| told.get(id).is_some_and(|all| all.iter().any(|other| other.covers(&own))));
            covered.extend(by.map(|by| (index, at, by)));
        }
    }
    for (index, at, by) in covered {
        if let Some(judged) = judged.get_mut(index) {
            judged.mark(at, State::Covered(by));
        }
    }
}

/// Where a finding is.
struct Told {
    /// Source and line of every place; the first is the finding's own.
    lines: Vec<(SourceId, usize)>,
    subject: Option<String>,
    /// Whether it is about something that its subject lacks, so that the place is the subject's own.
    lacks: bool,
}

impl Told {
    fn of(finding: &Finding, judged: &Judged, sources: &Sources) -> Self {
        let subject = judged.judgement.subject.as_ref();
        let places = std::iter::once(&finding.primary).chain(&finding.related);
        Self {
            lines: places
                .map(|label| {
                    let span = label.at.span;
                    (span.source, sources.get(span.source).place(span.start as usize).line)
                })
                .collect(),
            subject: subject.map(|subject| subject.service.as_deref().unwrap_or(&subject.name).to_owned()),
            lacks: subject.is_some_and(|subject| subject.anchor == finding.primary.at.span),
        }
    }

    /// Whether `self` says what `other` says: at its line, or of the same subject when that one only lacks something.
    fn covers(&self, other: &Self) -> bool {
        let same_line = other.lines.first().is_some_and(|line| self.lines.contains(line));
        same_line || (other.lacks && other.subject.is_some() && self.subject == other.subject)
    }
}
