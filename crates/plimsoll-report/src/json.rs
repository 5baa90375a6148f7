//! `plimsoll.report/1`: everything a report holds, for programs. The schema is `docs/schema/report-1.json`.

use std::sync::Arc;

use plimsoll_controls::{Score, Severity, Verdict};
use plimsoll_posture::{Complaint, Coverage, Reason};
use plimsoll_text::Sources;
use serde::Serialize;

use crate::entry::{self, Entry};
use crate::paths_json::WirePaths;
use crate::veil::Veil;
use crate::wire::{self, WirePlace, WireSubject, place};
use crate::{
    Allowance, AllowedBy, Input, InputStatus, Judged, JudgedImage, JudgedLockfile, Notice, Report, Scenario,
    State, Tally,
};

/// The report as JSON.
#[must_use]
pub fn json(report: &Report) -> String {
    let tool = WireTool {
        name: "plimsoll",
        version: &report.tool.version,
        data: report.tool.data.iter().map(|data| WireData { name: &data.name, date: &data.date }).collect(),
    };
    wire::to_compact_json(&WireReport {
        schema: "plimsoll.report/1",
        tool,
        score: report.score().map(WireScore::of),
        gate: WireGate { fail_on: report.gate.map_or("never", Severity::name), passed: report.passes() },
        counts: WireCounts::of(&report.tally()),
        baseline: report
            .baseline
            .as_ref()
            .map(|baseline| WireBaseline { name: &baseline.name, gone: baseline.gone }),
        scenarios: Scenarios(report),
        skipped: report.skipped.iter().map(WireInput::of).collect(),
        notices: notices(&report.configuration.sources, &report.configuration.notices),
    })
}

#[derive(Serialize)]
struct WireReport<'a> {
    schema: &'static str,
    tool: WireTool<'a>,
    score: Option<WireScore>,
    gate: WireGate,
    counts: WireCounts,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<WireBaseline<'a>>,
    scenarios: Scenarios<'a>,
    skipped: Vec<WireInput<'a>>,
    notices: Vec<WireNotice<'a>>,
}

/// The scenarios, each made when it is written: all of them at once would be larger than what they come from.
struct Scenarios<'a>(&'a Report);

impl Serialize for Scenarios<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.scenarios.iter().map(|scenario| scenario_of(self.0, scenario)))
    }
}

#[derive(Serialize)]
struct WireTool<'a> {
    name: &'static str,
    version: &'a str,
    data: Vec<WireData<'a>>,
}

#[derive(Serialize)]
struct WireData<'a> {
    name: &'a str,
    date: &'a str,
}

#[derive(Serialize)]
struct WireScore {
    points: u8,
    grade: &'static str,
}

impl WireScore {
    fn of(score: Score) -> Self {
        Self { points: score.points, grade: score.grade.name() }
    }
}

#[derive(Serialize)]
struct WireGate {
    fail_on: &'static str,
    passed: bool,
}

#[derive(Serialize)]
struct WireCounts {
    findings: WireSeverities,
    verdicts: WireVerdicts,
    allowed: WireAllowed,
    baselined: usize,
    covered: usize,
}

#[derive(Serialize)]
struct WireSeverities {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    info: usize,
}

#[derive(Serialize)]
struct WireVerdicts {
    pass: usize,
    fail: usize,
    unknown: usize,
    not_applicable: usize,
}

#[derive(Serialize)]
struct WireAllowed {
    config: usize,
    comment: usize,
    peer: usize,
    file: usize,
    advisories: usize,
}

impl WireCounts {
    fn of(tally: &Tally) -> Self {
        Self {
            findings: WireSeverities {
                critical: tally.of(Severity::Critical),
                high: tally.of(Severity::High),
                medium: tally.of(Severity::Medium),
                low: tally.of(Severity::Low),
                info: tally.of(Severity::Info),
            },
            verdicts: WireVerdicts {
                pass: tally.passed,
                fail: tally.failed,
                unknown: tally.unknown,
                not_applicable: tally.not_applicable,
            },
            allowed: WireAllowed {
                config: tally.allowed_by_config,
                comment: tally.allowed_by_comment,
                peer: tally.allowed_by_peer,
                file: tally.allowed_by_file,
                advisories: tally.accepted,
            },
            baselined: tally.baselined,
            covered: tally.covered,
        }
    }
}

#[derive(Serialize)]
struct WireBaseline<'a> {
    name: &'a str,
    gone: usize,
}

#[derive(Serialize)]
struct WireScenario<'a> {
    name: &'a str,
    kind: &'static str,
    score: WireScore,
    counts: WireCounts,
    inputs: Vec<WireInput<'a>>,
    lockfiles: Vec<WireLockfile<'a>>,
    images: Vec<WireImage<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    accepted: Vec<WireAccepted<'a>>,
    findings: Vec<WireFinding>,
    verdicts: Vec<WireVerdict>,
    complaints: Vec<WireComplaint>,
    notices: Vec<WireNotice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paths: Option<WirePaths>,
}

/// An advisory that somebody accepts while others of its package stand.
#[derive(Serialize)]
struct WireAccepted<'a> {
    advisory: &'a str,
    subject: WireSubject,
    allowance: WireAllowance,
}

/// A lockfile, and by what its packages were judged.
#[derive(Serialize)]
struct WireLockfile<'a> {
    name: &'a str,
    packages: usize,
    incomplete: usize,
    complete_to: &'a str,
    newest: &'a str,
}

impl<'a> WireLockfile<'a> {
    fn of(scenario: &'a Scenario, lockfile: &'a JudgedLockfile) -> Self {
        let Coverage { complete_to, newest, judged, open } = &lockfile.coverage;
        let name = &scenario.sources.get(lockfile.source).name;
        Self { name, packages: *judged, incomplete: *open, complete_to, newest }
    }
}

/// An image, and by what its packages were judged.
#[derive(Serialize)]
struct WireImage<'a> {
    name: &'a str,
    coverage: Vec<WireCoverage<'a>>,
}

#[derive(Serialize)]
struct WireCoverage<'a> {
    of: &'a str,
    extent: &'static str,
    to: &'a str,
    judged: usize,
    unknown: &'a [Arc<str>],
    foreign: usize,
    incomplete: usize,
}

impl<'a> WireImage<'a> {
    fn of(image: &'a JudgedImage) -> Self {
        let coverage = image.coverage.iter().map(|coverage| WireCoverage {
            of: &coverage.of,
            extent: coverage.extent.name(),
            to: &coverage.to,
            judged: coverage.judged,
            unknown: &coverage.unknown,
            foreign: coverage.foreign,
            incomplete: coverage.open,
        });
        Self { name: &image.name, coverage: coverage.collect() }
    }
}

#[derive(Serialize)]
struct WireInput<'a> {
    name: &'a str,
    lens: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'a> WireInput<'a> {
    fn of(input: &'a Input) -> Self {
        let (status, reason) = match &input.status {
            InputStatus::Read => ("read", None),
            InputStatus::Partial => ("partial", None),
            InputStatus::Skipped(reason) => ("skipped", Some(reason.as_str())),
        };
        Self { name: &input.name, lens: input.lens, status, reason }
    }
}

#[derive(Serialize)]
struct WireFinding {
    control: &'static str,
    title: &'static str,
    severity: &'static str,
    impact: &'static str,
    milder_because: Vec<&'static str>,
    subject: Option<WireSubject>,
    message: String,
    place: Option<WirePlace>,
    label: String,
    route: String,
    via: Vec<WireVia>,
    related: Vec<WireRelated>,
    why: String,
    fix: String,
    confidence: &'static str,
    peers: &'static [&'static str],
    fingerprint: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    covered_by: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowance: Option<WireAllowance>,
}

#[derive(Serialize)]
struct WireVia {
    kind: &'static str,
    place: Option<WirePlace>,
}

#[derive(Serialize)]
struct WireRelated {
    place: Option<WirePlace>,
    label: String,
}

#[derive(Serialize)]
struct WireAllowance {
    reason: String,
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<&'static str>,
    place: Option<WirePlace>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

#[derive(Serialize)]
struct WireVerdict {
    control: &'static str,
    subject: Option<WireSubject>,
    verdict: &'static str,
    /// Why it is unknown or does not apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What would settle an unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    settle: Option<String>,
    /// What shows a pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<WirePlace>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<&'static str>,
}

#[derive(Serialize)]
struct WireComplaint {
    kind: &'static str,
    code: &'static str,
    message: String,
    place: Option<WirePlace>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cure: Option<String>,
}

#[derive(Serialize)]
struct WireNotice<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    place: Option<WirePlace>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cure: Option<&'a str>,
}

fn notices<'a>(sources: &Sources, notices: &'a [Notice]) -> Vec<WireNotice<'a>> {
    notices
        .iter()
        .map(|notice| WireNotice {
            code: notice.code,
            severity: notice.severity.name(),
            message: &notice.message,
            place: place(sources, notice.at),
            cure: notice.cure.as_deref(),
        })
        .collect()
}

fn scenario_of<'a>(report: &Report, scenario: &'a Scenario) -> WireScenario<'a> {
    let veil = Veil::of(scenario);
    WireScenario {
        name: &scenario.name,
        kind: scenario.kind.name(),
        score: WireScore::of(scenario.score),
        counts: WireCounts::of(&scenario.tally()),
        inputs: scenario.inputs.iter().map(WireInput::of).collect(),
        lockfiles: scenario.lockfiles.iter().map(|one| WireLockfile::of(scenario, one)).collect(),
        images: scenario.images.iter().map(WireImage::of).collect(),
        accepted: scenario
            .accepted
            .iter()
            .map(|one| WireAccepted {
                advisory: &one.advisory,
                subject: WireSubject::of(&one.subject, &veil),
                allowance: allowance_of(report, &scenario.sources, &one.allowance, &veil),
            })
            .collect(),
        findings: entry::of_scenario(scenario).iter().map(|entry| finding(report, entry, &veil)).collect(),
        verdicts: scenario.judged.iter().map(|judged| verdict(scenario, judged, &veil)).collect(),
        complaints: scenario.complaints.iter().map(|item| complaint(scenario, item, &veil)).collect(),
        notices: notices(&scenario.sources, &scenario.notices),
        paths: WirePaths::of(scenario),
    }
}

fn finding(report: &Report, entry: &Entry<'_>, veil: &Veil) -> WireFinding {
    let sources = &entry.scenario.sources;
    let finding = entry.finding;
    let words = |text: &str| veil.words(text).into_owned();
    WireFinding {
        control: entry.control().id,
        title: entry.control().title,
        severity: entry.severity().name(),
        impact: finding.impact.unwrap_or(entry.control().severity).name(),
        milder_because: entry.milder_because().collect(),
        subject: entry.judged.judgement.subject.as_ref().map(|subject| WireSubject::of(subject, veil)),
        message: words(&finding.message),
        place: entry.place.map(WirePlace::from),
        label: words(&finding.primary.text),
        route: words(&finding.primary.at.route),
        via: finding
            .primary
            .at
            .via
            .iter()
            .map(|via| WireVia {
                kind: wire::via_name(via.kind),
                place: via.span.and_then(|span| place(sources, span)),
            })
            .collect(),
        related: finding
            .related
            .iter()
            .map(|label| WireRelated { place: place(sources, label.at.span), label: words(&label.text) })
            .collect(),
        why: words(&entry.why()),
        fix: words(&finding.fix),
        confidence: finding.plane.name(),
        peers: entry.control().peers,
        fingerprint: entry.fingerprint().to_owned(),
        state: match entry.state {
            State::Open => "open",
            State::Allowed(_) => "allowed",
            State::Baselined => "baselined",
            State::Covered(_) => "covered",
        },
        covered_by: match entry.state {
            State::Covered(by) => Some(by),
            _ => None,
        },
        allowance: match entry.state {
            State::Allowed(allowance) => Some(allowance_of(report, sources, allowance, veil)),
            _ => None,
        },
    }
}

fn allowance_of(report: &Report, sources: &Sources, allowance: &Allowance, veil: &Veil) -> WireAllowance {
    let (by, tool, place) = match allowance.by {
        AllowedBy::Config(span) => ("config", None, place(&report.configuration.sources, span)),
        AllowedBy::Comment(span) => ("comment", None, place(sources, span)),
        AllowedBy::Peer { tool, at } => ("peer", Some(tool), place(sources, at)),
        AllowedBy::File { tool, at } => ("file", Some(tool), place(&report.configuration.sources, at)),
    };
    let reason = veil.words(&allowance.reason).into_owned();
    WireAllowance { reason, by, tool, place, until: allowance.until.clone() }
}

fn verdict(scenario: &Scenario, judged: &Judged, veil: &Veil) -> WireVerdict {
    let judgement = &judged.judgement;
    let reason_of = |reason: &Reason| veil.words(&reason.to_string()).into_owned();
    let mut wire = WireVerdict {
        control: judgement.control.id,
        subject: judgement.subject.as_ref().map(|subject| WireSubject::of(subject, veil)),
        verdict: judgement.verdict.name(),
        reason: None,
        settle: None,
        place: None,
        confidence: None,
    };
    match &judgement.verdict {
        Verdict::Pass(evidence) => {
            wire.place = evidence.at.as_ref().and_then(|at| place(&scenario.sources, at.span));
            wire.confidence = Some(evidence.plane.name());
        }
        Verdict::Fail(_) => {}
        Verdict::Unknown(reason) => {
            wire.reason = Some(reason_of(reason));
            wire.settle = Some(veil.words(&reason.settle()).into_owned());
        }
        Verdict::NotApplicable(why) => wire.reason = Some((*why).to_owned()),
    }
    wire
}

fn complaint(scenario: &Scenario, complaint: &Complaint, veil: &Veil) -> WireComplaint {
    WireComplaint {
        kind: complaint.kind.name(),
        code: complaint.code,
        message: veil.words(&complaint.message).into_owned(),
        place: place(&scenario.sources, complaint.at),
        cure: complaint.cure.as_ref().map(|cure| veil.words(cure).into_owned()),
    }
}
