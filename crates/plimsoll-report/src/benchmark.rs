//! The CIS Docker Benchmark as a table: for people, and as `plimsoll.cis/1` for programs (`docs/schema/cis-1.json`).
//!
//! Deliberately absent: which control answers which item (`plimsoll-controls`, `benchmark`), and allowances: a benchmark is about what is
//! there, whoever accepted it.

use std::fmt::Write as _;

use plimsoll_controls::{Answered, Finding, ITEMS, Item, One, Said, Verdict, section};
use plimsoll_posture::{Provenance, SubjectKind};
use serde::Serialize;

use crate::human::ink::{Ink, columns, wrap};
use crate::place::Place;
use crate::veil::{Veil, plain};
use crate::wire::{self, WirePlace, WireSubject};
use crate::{Report, Scenario, Style};

/// What the numbers are of.
const BENCHMARK: &str = "CIS Docker Benchmark 1.6";
/// Lines of one item, before the rest is counted.
const MOST: usize = 6;

/// What is known about an item. The order is that of what an operator looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    Fail,
    NotVerified,
    Manual,
    Pass,
    NotApplicable,
}

impl Status {
    const ALL: [Self; 5] = [Self::Pass, Self::Fail, Self::NotApplicable, Self::NotVerified, Self::Manual];

    fn of(said: &Said) -> Self {
        match said {
            Said::Manual(..) => Self::Manual,
            Said::Verdict(verdict) | Said::Nothing(verdict) => match verdict {
                Verdict::Fail(_) => Self::Fail,
                Verdict::Unknown(_) => Self::NotVerified,
                Verdict::Pass(_) => Self::Pass,
                Verdict::NotApplicable(_) => Self::NotApplicable,
            },
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotApplicable => "not-applicable",
            Self::NotVerified => "not-verified",
            Self::Manual => "manual",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "FAIL",
            Self::NotApplicable => "n/a",
            Self::NotVerified => "?",
            Self::Manual => "manual",
        }
    }

    fn told(self) -> &'static str {
        match self {
            Self::NotApplicable => "not applicable",
            Self::NotVerified => "not verified",
            other => other.name(),
        }
    }
}

/// An item with what all scenarios say of it.
struct Row<'a> {
    item: &'static Item,
    status: Status,
    answers: Vec<(&'a Scenario, &'a One)>,
}

fn rows<'a>(report: &'a Report, answered: &'a [Vec<Answered>]) -> Vec<Row<'a>> {
    let mut rows = Vec::with_capacity(ITEMS.len());
    for (at, item) in ITEMS.iter().enumerate() {
        let all = report.scenarios.iter().zip(answered);
        let mut answers: Vec<(&Scenario, &One)> = all
            .flat_map(|(scenario, own)| {
                let own = own.get(at).map_or(&[][..], |own| own.answers.as_slice());
                own.iter().map(move |one| (scenario, one))
            })
            .collect();
        // Where somebody was asked, it says nothing that others were not there.
        if answers.iter().any(|(_, one)| !matches!(one.said, Said::Nothing(_))) {
            answers.retain(|(_, one)| !matches!(one.said, Said::Nothing(_)));
        }
        let status = answers.iter().map(|(_, one)| Status::of(&one.said)).min();
        rows.push(Row { item, status: status.unwrap_or(Status::NotVerified), answers });
    }
    rows
}

/// The table for people.
#[must_use]
pub fn cis_table(report: &Report, answered: &[Vec<Answered>], style: &Style) -> String {
    let ink = Ink { colour: style.colour };
    let width = style.width.clamp(72, 160);
    let rows = rows(report, answered);
    let mut out = format!("{}{}\n", ink.bold(BENCHMARK), ink.dim(&of_what(report)));
    let mut current = "";
    let mut before = String::new();
    for row in &rows {
        let own = row.item.section();
        if own != current {
            let _ = write!(out, "\n{}\n", ink.bold(&format!("{own}  {}", section(own))));
            (current, before) = (own, String::new());
        }
        told(&mut out, row, &mut before, width, ink);
    }
    let counts: Vec<String> = Status::ALL
        .into_iter()
        .map(|status| (status, rows.iter().filter(|row| row.status == status).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(status, count)| format!("{count} {}", status.told()))
        .collect();
    let _ = writeln!(out, "\n{} items: {}", rows.len(), ink.bold(&counts.join(", ")));
    out.push_str(&ink.dim(
        "?  is not verified: what stands beside it settles it; `plimsoll explain 5.4` tells of an item",
    ));
    out.push('\n');
    out
}

/// The hosts and projects that were looked at.
fn of_what(report: &Report) -> String {
    let names: Vec<String> =
        report.scenarios.iter().take(4).map(|scenario| plain(&scenario.name).into_owned()).collect();
    let more = match report.scenarios.len().saturating_sub(4) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("  {}{more}", names.join(", "))
}

/// Columns before what is said of an item.
const HEAD: usize = 64;
/// Columns before a line of its own.
const INDENT: usize = 18;

fn told(out: &mut String, row: &Row<'_>, before: &mut String, width: usize, ink: Ink) {
    let Row { item, status, answers } = row;
    let word = format!("{:<6}", status.words());
    let word = match status {
        Status::Pass => ink.good(&word),
        Status::Fail => ink.severity(plimsoll_controls::Severity::High, &word),
        Status::NotVerified => ink.severity(plimsoll_controls::Severity::Medium, &word),
        Status::NotApplicable | Status::Manual => ink.dim(&word),
    };
    let head = format!("  {word}  {:<8}{}", item.id, item.title);
    let taken = 2 + 6 + 2 + 8 + columns(item.title);
    let note = note(*status, answers);
    let repeated = !note.is_empty() && note == *before && *status != Status::Pass;
    before.clone_from(&note);
    let note = if repeated { "as above".to_owned() } else { note };
    let start = HEAD.max(taken + 2);
    let fits = start + columns(&note) <= width;
    if note.is_empty() || fits {
        let gap = " ".repeat(start.saturating_sub(taken));
        out.push_str(format!("{head}{gap}{}", ink.dim(&note)).trim_end());
        out.push('\n');
    } else {
        let _ = writeln!(out, "{head}");
        for line in wrap(&note, width.saturating_sub(INDENT)) {
            let _ = writeln!(out, "{}{}", " ".repeat(INDENT), ink.dim(&line));
        }
    }
    let findings = findings(answers);
    for (place, message) in findings.iter().take(MOST) {
        let room = width.saturating_sub(INDENT);
        let mut lines = wrap(message, room);
        let last = lines.last().map_or(0, |line| columns(line));
        if last + 2 + columns(place) > room {
            lines.push(String::new());
        }
        let end = lines.len().saturating_sub(1);
        for (at, line) in lines.iter().enumerate() {
            let tail = match (at == end, line.is_empty()) {
                (true, true) => ink.dim(place),
                (true, false) => format!("  {}", ink.dim(place)),
                _ => String::new(),
            };
            out.push_str(format!("{}{line}{tail}", " ".repeat(INDENT)).trim_end());
            out.push('\n');
        }
    }
    if let Some(more) = findings.len().checked_sub(MOST).filter(|more| *more > 0) {
        let _ = writeln!(out, "{}and {more} more", " ".repeat(INDENT));
    }
}

/// What is wrong, and where; and of a manual item what there is to decide about.
fn findings(answers: &[(&Scenario, &One)]) -> Vec<(String, String)> {
    let mut told = Vec::new();
    for (scenario, one) in answers {
        let found: &[Finding] = match &one.said {
            Said::Verdict(Verdict::Fail(findings)) | Said::Manual(_, findings) => findings,
            _ => &[],
        };
        if found.is_empty() {
            continue;
        }
        let veil = Veil::of(scenario);
        for finding in found {
            let message = plain(&veil.words(&finding.message)).into_owned();
            told.push((place(scenario, &finding.primary.at, one).unwrap_or_default(), message));
        }
    }
    // What several controls say of one place in the same words is said once.
    told.dedup();
    told
}

fn place(scenario: &Scenario, at: &Provenance, one: &One) -> Option<String> {
    let place = Place::of(&scenario.sources, at.span)
        .or_else(|| Place::of(&scenario.sources, one.subject.as_ref()?.anchor))?;
    Some(format!("{}:{}", plain(place.file()), place.start.line))
}

/// A few words beside the title: what shows a pass, why a question does not arise, what would settle it.
fn note(status: Status, answers: &[(&Scenario, &One)]) -> String {
    let of_status = || answers.iter().filter(|(_, one)| Status::of(&one.said) == status);
    match status {
        Status::Fail => String::new(),
        Status::Pass => {
            let shown = of_status().find_map(|(scenario, one)| match &one.said {
                Said::Verdict(Verdict::Pass(evidence)) => {
                    evidence.at.as_ref().and_then(|at| place(scenario, at, one))
                }
                _ => None,
            });
            let asked = of_status().count();
            match (shown, asked) {
                (Some(place), 0 | 1) => place,
                (Some(place), asked) => format!("{place} and {} more", asked - 1),
                (None, 0 | 1) => String::new(),
                (None, asked) => format!("{asked} looked at"),
            }
        }
        Status::NotApplicable => of_status()
            .find_map(|(_, one)| match &one.said {
                Said::Verdict(Verdict::NotApplicable(why)) | Said::Nothing(Verdict::NotApplicable(why)) => {
                    Some((*why).to_owned())
                }
                _ => None,
            })
            .unwrap_or_default(),
        Status::Manual => of_status()
            .find_map(|(_, one)| match &one.said {
                Said::Manual(why, _) => Some((*why).to_owned()),
                _ => None,
            })
            .unwrap_or_default(),
        Status::NotVerified => {
            let mut reasons: Vec<String> = Vec::new();
            for (_, one) in of_status() {
                let (Said::Verdict(Verdict::Unknown(reason)) | Said::Nothing(Verdict::Unknown(reason))) =
                    &one.said
                else {
                    continue;
                };
                let settle = plain(&reason.settle()).into_owned();
                let settle = settle.strip_prefix("look on the host: ").map_or(settle.clone(), str::to_owned);
                if !reasons.contains(&settle) {
                    reasons.push(settle);
                }
            }
            let more = match reasons.len().saturating_sub(2) {
                0 => String::new(),
                more => format!("; and {more} more"),
            };
            reasons.truncate(2);
            format!("{}{more}", reasons.join("; "))
        }
    }
}

/// The table as JSON.
#[must_use]
pub fn cis_json(report: &Report, answered: &[Vec<Answered>]) -> String {
    let rows = rows(report, answered);
    let count = |status| rows.iter().filter(|row| row.status == status).count();
    let mut sections: Vec<WireSection> = Vec::new();
    for row in &rows {
        let own = row.item.section();
        if sections.last().is_none_or(|last| last.id != own) {
            sections.push(WireSection { id: own, title: section(own), items: Vec::new() });
        }
        if let Some(last) = sections.last_mut() {
            last.items.push(wire_item(row));
        }
    }
    wire::to_json(&WireCis {
        schema: "plimsoll.cis/1",
        benchmark: BENCHMARK,
        version: &report.tool.version,
        counts: WireCounts {
            pass: count(Status::Pass),
            fail: count(Status::Fail),
            not_applicable: count(Status::NotApplicable),
            not_verified: count(Status::NotVerified),
            manual: count(Status::Manual),
        },
        sections,
    })
}

fn wire_item(row: &Row<'_>) -> WireItem {
    let answers = row.answers.iter().flat_map(|(scenario, one)| wire_answers(scenario, one)).collect();
    WireItem {
        id: row.item.id,
        title: row.item.title,
        status: row.status.name(),
        controls: row.item.controls().iter().map(|control| control.id).collect(),
        answers,
    }
}

fn wire_answers(scenario: &Scenario, one: &One) -> Vec<WireAnswer> {
    let veil = Veil::of(scenario);
    let kind = |kind| matches!(kind, SubjectKind::Service | SubjectKind::Host);
    let base = WireAnswer {
        status: Status::of(&one.said).name(),
        scenario: scenario.name.clone(),
        subject: one.subject.as_ref().map(|subject| WireSubject::of(subject, &veil)),
        control: one.control,
        message: None,
        fix: None,
        place: None,
    };
    // What an answer about an image rests on, its scenario tells.
    let anchor = one.subject.as_ref().filter(|subject| kind(subject.kind)).map(|subject| subject.anchor);
    let of_finding = |finding: &Finding, fix: bool| WireAnswer {
        message: Some(veil.words(&finding.message).into_owned()),
        fix: fix.then(|| veil.words(&finding.fix).into_owned()),
        place: wire::place(&scenario.sources, finding.primary.at.span)
            .or_else(|| wire::place(&scenario.sources, anchor?)),
        ..base.clone()
    };
    match &one.said {
        Said::Verdict(Verdict::Fail(findings)) => {
            findings.iter().map(|finding| of_finding(finding, true)).collect()
        }
        Said::Manual(why, findings) if findings.is_empty() => {
            vec![WireAnswer { message: Some((*why).to_owned()), ..base }]
        }
        Said::Manual(_, findings) => findings.iter().map(|finding| of_finding(finding, false)).collect(),
        Said::Verdict(verdict) | Said::Nothing(verdict) => vec![match verdict {
            Verdict::Pass(evidence) => WireAnswer {
                place: evidence.at.as_ref().and_then(|at| wire::place(&scenario.sources, at.span)),
                ..base
            },
            Verdict::Unknown(reason) => WireAnswer {
                message: Some(veil.words(&reason.to_string()).into_owned()),
                fix: Some(veil.words(&reason.settle()).into_owned()),
                ..base
            },
            Verdict::NotApplicable(why) => WireAnswer { message: Some((*why).to_owned()), ..base },
            Verdict::Fail(_) => base,
        }],
    }
}

#[derive(Serialize)]
struct WireCis<'a> {
    schema: &'static str,
    benchmark: &'static str,
    version: &'a str,
    counts: WireCounts,
    sections: Vec<WireSection>,
}

#[derive(Serialize)]
struct WireCounts {
    pass: usize,
    fail: usize,
    not_applicable: usize,
    not_verified: usize,
    manual: usize,
}

#[derive(Serialize)]
struct WireSection {
    id: &'static str,
    title: &'static str,
    items: Vec<WireItem>,
}

#[derive(Serialize)]
struct WireItem {
    id: &'static str,
    title: &'static str,
    status: &'static str,
    controls: Vec<&'static str>,
    answers: Vec<WireAnswer>,
}

#[derive(Serialize, Clone)]
struct WireAnswer {
    status: &'static str,
    scenario: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<WireSubject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    control: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<WirePlace>,
}
