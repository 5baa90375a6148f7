//! A report as remarks on documents: what an editor shows beside the text.
//!
//! One remark per open finding, complaint and notice, in bytes of the document it stands in. Deliberately absent: lines
//! and columns, which editors count in ways of their own, and text of the documents.

use std::ops::Range;

use plimsoll_controls::{Control, Remedy, Severity};
use plimsoll_posture::ComplaintKind;
use plimsoll_text::{Source, Sources, Span};

use crate::place::Place;
use crate::veil::{Veil, plain};
use crate::{Report, Scenario, entry};

/// Something to say about a place.
#[derive(Debug, Clone)]
pub struct Remark<'a> {
    /// The document.
    pub source: &'a Source,
    /// Which bytes; empty at the beginning for the document as a whole.
    pub range: Range<usize>,
    /// How bad.
    pub severity: Severity,
    /// The control's id, or the stable code of the complaint or notice.
    pub code: &'static str,
    /// The control, when one says it.
    pub control: Option<&'static Control>,
    /// What is wrong, why it matters and what to do: one sentence a line. Never holds a secret.
    pub message: String,
    /// Other places that matter, each with a few words.
    pub related: Vec<(&'a Source, Range<usize>, String)>,
    /// Whether it is said of a document inside of this one, which comments of this one do not reach into.
    pub inner: bool,
    /// The finding's fingerprint; nothing for a complaint or notice.
    pub fingerprint: Option<String>,
    /// What the control offers to do about it.
    pub remedy: Option<&'a Remedy>,
}

/// Everything that a report has to say, each finding once though several scenarios share it.
#[must_use]
pub fn remarks(report: &Report) -> Vec<Remark<'_>> {
    let mut all = Vec::new();
    for (entry, veil) in entry::distinct(report) {
        if !entry.is_open() {
            continue;
        }
        let Some(place) = entry.place else { continue };
        let sources = &entry.scenario.sources;
        let finding = entry.finding;
        let related = finding
            .related
            .iter()
            .filter_map(|label| {
                let place = Place::of_label(sources, label)?;
                let words = if label.text.is_empty() { "see here" } else { &label.text };
                Some((place.source, place.first..place.last, told(&veil, words)))
            })
            .collect();
        let sentences = [
            ("", finding.message.as_str()),
            ("Why: ", &entry.why()),
            ("Fix: ", finding.fix.trim_end_matches('.')),
        ];
        all.push(Remark {
            source: place.source,
            range: place.first..place.last,
            severity: entry.severity(),
            code: entry.control().id,
            control: Some(entry.control()),
            message: lines(&veil, &sentences),
            related,
            inner: finding.primary.at.span.source != place.source.id,
            fingerprint: Some(entry.fingerprint().to_owned()),
            remedy: finding.remedy.as_deref(),
        });
    }
    for scenario in &report.scenarios {
        let veil = Veil::of(scenario);
        for complaint in &scenario.complaints {
            let severity = match complaint.kind {
                ComplaintKind::Invalid => Severity::High,
                ComplaintKind::Doubtful | ComplaintKind::Missing => Severity::Medium,
                ComplaintKind::Skipped => Severity::Low,
            };
            let words = (complaint.message.as_str(), complaint.cure.as_deref());
            all.extend(spoken(&scenario.sources, complaint.at, severity, complaint.code, words, &veil));
        }
        all.extend(notices(scenario, &veil));
    }
    let veil = Veil::default();
    all.extend(report.configuration.notices.iter().filter_map(|notice| {
        let words = (notice.message.as_str(), notice.cure.as_deref());
        spoken(&report.configuration.sources, notice.at, notice.severity, notice.code, words, &veil)
    }));
    all
}

fn notices<'a>(scenario: &'a Scenario, veil: &Veil) -> Vec<Remark<'a>> {
    scenario
        .notices
        .iter()
        .filter_map(|notice| {
            let words = (notice.message.as_str(), notice.cure.as_deref());
            spoken(&scenario.sources, notice.at, notice.severity, notice.code, words, veil)
        })
        .collect()
}

/// A remark that no control makes.
fn spoken<'a>(
    sources: &'a Sources,
    at: Span,
    severity: Severity,
    code: &'static str,
    (message, cure): (&str, Option<&str>),
    veil: &Veil,
) -> Option<Remark<'a>> {
    let place = Place::of(sources, at)?;
    Some(Remark {
        source: place.source,
        range: place.first..place.last,
        severity,
        code,
        control: None,
        message: lines(veil, &[("", message), ("Fix: ", cure.unwrap_or_default())]),
        related: Vec::new(),
        inner: at.source != place.source.id,
        fingerprint: None,
        remedy: None,
    })
}

fn lines(veil: &Veil, sentences: &[(&str, &str)]) -> String {
    let lines: Vec<String> = sentences
        .iter()
        .filter(|(_, words)| !words.is_empty())
        .map(|(lead, words)| format!("{lead}{}.", told(veil, words)))
        .collect();
    lines.join("\n")
}

fn told(veil: &Veil, words: &str) -> String {
    plain(&veil.words(words)).into_owned()
}
