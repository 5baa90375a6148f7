//! GitLab's code quality report: the open findings as a list, each with a fingerprint that is unique in it.

use plimsoll_controls::Severity;
use serde::Serialize;

use crate::{Report, entry, wire};

/// The report as GitLab reads it (`artifacts: reports: codequality`).
#[must_use]
pub fn gitlab(report: &Report) -> String {
    let issues: Vec<Issue> = entry::distinct(report)
        .iter()
        .filter(|(entry, _)| entry.is_open())
        .map(|(entry, veil)| {
            let fix = entry.finding.fix.trim_end_matches('.');
            let description = format!("{}. Fix: {fix}.", entry.finding.message);
            let (path, begin, end) = match entry.place {
                Some(place) => (place.file().to_owned(), place.start.line, place.end.line),
                // The format demands a place: the document that names the scenario.
                None => (entry.scenario.name.clone(), 1, 1),
            };
            Issue {
                description: veil.words(&description).into_owned(),
                check_name: entry.control().id,
                fingerprint: entry.fingerprint().to_owned(),
                severity: severity(entry.severity()),
                location: Location { path, lines: Lines { begin, end } },
            }
        })
        .collect();
    wire::to_json(&issues)
}

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// GitLab has five degrees too, with other words.
fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
        Severity::Info => "info",
    }
}
