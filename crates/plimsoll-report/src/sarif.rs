//! SARIF 2.1.0 (OASIS standard), as code scanning services read it.
//!
//! Only failures become results: services would show a passed check as an alert. The counts of all verdicts are in the
//! run's properties. Deliberately absent: snippets, so that no text of a scanned file is copied, and fixes.

use std::collections::BTreeMap;

use plimsoll_controls::{Control, Severity, Standing};
use plimsoll_posture::{Complaint, ComplaintKind};
use plimsoll_text::Sources;
use serde_json::{Value, json};

use crate::entry::{self, Entry};
use crate::place::Place;
use crate::veil::Veil;
use crate::{Allowance, AllowedBy, Notice, Report, State, wire};

/// The identifier by which places are relative to the scanned root.
const ROOT: &str = "%SRCROOT%";
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const HOME: &str = "https://github.com/plimsoll-rs/plimsoll";

/// The report as a SARIF log of one run.
#[must_use]
pub fn sarif(report: &Report) -> String {
    let mut controls: BTreeMap<&str, &'static Control> = BTreeMap::new();
    for judged in report.scenarios.iter().flat_map(|scenario| &scenario.judged) {
        controls.insert(judged.judgement.control.id, judged.judgement.control);
    }
    let order: BTreeMap<&str, usize> = controls.keys().enumerate().map(|(at, id)| (*id, at)).collect();
    let rules: Vec<Value> = controls.values().map(|control| rule(control)).collect();
    let results: Vec<Value> = entry::distinct(report)
        .iter()
        .filter(|(entry, _)| !matches!(entry.state, State::Covered(_)))
        .map(|(entry, veil)| result(report, entry, veil, order.get(entry.control().id).copied()))
        .collect();
    let log = json!({
        "$schema": SCHEMA,
        "runs": [{
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation(report)],
            "originalUriBaseIds": { ROOT: { "description": { "text": "The scanned root." } } },
            "properties": properties(report),
            "results": results,
            "tool": {
                "driver": {
                    "informationUri": HOME,
                    "name": "plimsoll",
                    "rules": rules,
                    "semanticVersion": report.tool.version,
                    "version": report.tool.version,
                },
            },
        }],
        "version": "2.1.0",
    });
    wire::to_json(&log)
}

fn rule(control: &Control) -> Value {
    let sentence = |heading: &str| {
        let text = entry::first_sentence(control.section(heading).unwrap_or(""));
        format!("{}.", if text.is_empty() { control.title } else { &text })
    };
    let mut tags = vec!["security", "container"];
    if control.standing == Standing::Baseline {
        tags.push("hardening");
    }
    json!({
        "defaultConfiguration": { "level": level(control.severity) },
        "fullDescription": { "text": sentence("Why it matters") },
        "help": {
            "markdown": control.page,
            "text": control.section("How to fix").map_or_else(|| control.title.to_owned(), str::to_owned),
        },
        "id": control.id,
        "name": control.id,
        "properties": {
            "peers": control.peers,
            "problem.severity": match control.severity {
                Severity::Critical | Severity::High => "error",
                Severity::Medium => "warning",
                Severity::Low | Severity::Info => "recommendation",
            },
            "security-severity": security_severity(control.severity),
            "tags": tags,
        },
        "shortDescription": { "text": control.title },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// A number within the band that code scanning gives the same word: critical above 9, high from 7, medium from 4.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Info => "0.0",
    }
}

fn result(report: &Report, entry: &Entry<'_>, veil: &Veil, rule: Option<usize>) -> Value {
    let sources = &entry.scenario.sources;
    let finding = entry.finding;
    let why = entry.why();
    let mut text = format!("{}.", veil.words(&finding.message));
    for (lead, more) in [("Why", why.as_str()), ("Fix", finding.fix.trim_end_matches('.'))] {
        if !more.is_empty() {
            text.push_str(&format!("\n{lead}: {}.", veil.words(more)));
        }
    }
    let subject = entry.judged.judgement.subject.as_ref();
    let mut result = json!({
        "kind": "fail",
        "level": level(entry.severity()),
        "locations": locations(entry, veil),
        "message": { "text": text },
        "partialFingerprints": { "plimsoll/v1": entry.fingerprint() },
        "properties": {
            "confidence": finding.plane.name(),
            "peers": entry.control().peers,
            "scenario": entry.scenario.name,
            "severity": entry.severity().name(),
            "subject": subject.map(|subject| veil.words(&subject.key()).into_owned()),
        },
        "relatedLocations": related(sources, entry, veil),
        "ruleId": entry.control().id,
    });
    let Some(fields) = result.as_object_mut() else { return result };
    if let Some(rule) = rule {
        fields.insert("ruleIndex".to_owned(), json!(rule));
    }
    if let State::Allowed(allowance) = entry.state {
        fields.insert("suppressions".to_owned(), json!([suppression(report, sources, allowance, veil)]));
    } else {
        // Services that read suppressions want them on every result or on none.
        fields.insert("suppressions".to_owned(), json!([]));
    }
    if report.baseline.is_some() {
        let state = if *entry.state == State::Baselined { "unchanged" } else { "new" };
        fields.insert("baselineState".to_owned(), json!(state));
    }
    result
}

fn locations(entry: &Entry<'_>, veil: &Veil) -> Value {
    let Some(place) = entry.place else { return json!([]) };
    let mut location = physical(&place);
    if let (Some(fields), Some(subject)) = (location.as_object_mut(), &entry.judged.judgement.subject) {
        let logical = json!([{
            "fullyQualifiedName": veil.words(&subject.key()),
            "kind": "resource",
            "name": veil.words(&subject.name),
        }]);
        fields.insert("logicalLocations".to_owned(), logical);
    }
    json!([location])
}

fn related(sources: &Sources, entry: &Entry<'_>, veil: &Veil) -> Value {
    let labels = std::iter::once(&entry.finding.primary).chain(&entry.finding.related);
    let mut all: Vec<Value> = Vec::new();
    for label in labels {
        let Some(place) = Place::of_label(sources, label).filter(|_| !label.text.is_empty()) else {
            continue;
        };
        let mut location = physical(&place);
        if let Some(fields) = location.as_object_mut() {
            fields.insert("id".to_owned(), json!(all.len()));
            fields.insert("message".to_owned(), json!({ "text": veil.words(&label.text) }));
        }
        all.push(location);
    }
    json!(all)
}

fn physical(place: &Place<'_>) -> Value {
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(place.file()), "uriBaseId": ROOT },
            "region": {
                "endColumn": place.end.column,
                "endLine": place.end.line,
                "startColumn": place.start.column,
                "startLine": place.start.line,
            },
        },
    })
}

/// A path as a relative URI reference (RFC 3986): every byte that is not allowed in a path is escaped, and so is a
/// colon, which could end a scheme.
#[must_use]
pub fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'/'
            | b'!'
            | b'$'
            | b'&'
            | b'\''
            | b'('
            | b')'
            | b'*'
            | b'+'
            | b','
            | b';'
            | b'='
            | b'@' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

fn suppression(report: &Report, sources: &Sources, allowance: &Allowance, veil: &Veil) -> Value {
    let (kind, place) = match allowance.by {
        AllowedBy::Config(span) | AllowedBy::File { at: span, .. } => {
            ("external", Place::of(&report.configuration.sources, span))
        }
        AllowedBy::Comment(span) | AllowedBy::Peer { at: span, .. } => ("inSource", Place::of(sources, span)),
    };
    let mut justification = veil.words(&allowance.reason).into_owned();
    if let Some(until) = &allowance.until {
        justification = format!("{justification} (until {until})");
    }
    let mut suppression = json!({ "justification": justification, "kind": kind, "status": "accepted" });
    if let (Some(fields), Some(place)) = (suppression.as_object_mut(), place) {
        fields.insert("location".to_owned(), physical(&place));
    }
    suppression
}

fn invocation(report: &Report) -> Value {
    let mut configuration = notifications(&report.configuration.sources, &report.configuration.notices);
    let mut execution = Vec::new();
    for scenario in &report.scenarios {
        let veil = Veil::of(scenario);
        configuration.extend(notifications(&scenario.sources, &scenario.notices));
        execution.extend(scenario.complaints.iter().map(|item| complaint(&scenario.sources, item, &veil)));
    }
    json!({
        "executionSuccessful": true,
        "toolConfigurationNotifications": configuration,
        "toolExecutionNotifications": execution,
    })
}

fn notifications(sources: &Sources, notices: &[Notice]) -> Vec<Value> {
    notices
        .iter()
        .map(|notice| {
            let place = Place::of(sources, notice.at);
            notification(notice.code, level(notice.severity), &notice.message, notice.cure.as_deref(), place)
        })
        .collect()
}

fn complaint(sources: &Sources, complaint: &Complaint, veil: &Veil) -> Value {
    let level = match complaint.kind {
        ComplaintKind::Invalid => "error",
        ComplaintKind::Doubtful | ComplaintKind::Missing | ComplaintKind::Skipped => "warning",
    };
    let cure = complaint.cure.as_ref().map(|cure| veil.words(cure));
    let place = Place::of(sources, complaint.at);
    notification(complaint.code, level, &veil.words(&complaint.message), cure.as_deref(), place)
}

fn notification(
    code: &str,
    level: &str,
    message: &str,
    cure: Option<&str>,
    place: Option<Place<'_>>,
) -> Value {
    let text = match cure {
        Some(cure) => format!("{message}.\nFix: {cure}."),
        None => format!("{message}."),
    };
    let locations: Vec<Value> = place.iter().map(physical).collect();
    json!({ "descriptor": { "id": code }, "level": level, "locations": locations, "message": { "text": text } })
}

fn properties(report: &Report) -> Value {
    let tally = report.tally();
    let score = report.score();
    let data: BTreeMap<&str, &str> =
        report.tool.data.iter().map(|data| (data.name.as_str(), data.date.as_str())).collect();
    json!({
        "data": data,
        "grade": score.map(|score| score.grade.name()),
        "score": score.map(|score| score.points),
        "verdicts": {
            "fail": tally.failed,
            "not-applicable": tally.not_applicable,
            "pass": tally.passed,
            "unknown": tally.unknown,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_relative_uri_references() {
        assert_eq!(uri("services/api/Dockerfile"), "services/api/Dockerfile");
        assert_eq!(uri("<stdin>"), "%3Cstdin%3E");
        assert_eq!(uri("a b/ä:%.yaml"), "a%20b/%C3%A4%3A%25.yaml");
    }
}
