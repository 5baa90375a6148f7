//! JUnit XML, in the shape that CI systems read (the Ant task's `testsuites`): a suite per scenario, a case per
//! control and subject.
//!
//! A case fails when a finding of it is open, whatever its severity; unknown and not applicable are skipped, each
//! with its reason. Deliberately absent: times.

use std::collections::BTreeMap;

use plimsoll_controls::Verdict;
use plimsoll_posture::Subject;

use crate::entry::{self, Entry};
use crate::place::Place;
use crate::veil::{Veil, plain};
use crate::{Judged, Report, Scenario, State};

/// The report as JUnit XML.
#[must_use]
pub fn junit(report: &Report) -> String {
    let suites: Vec<Suite> = report.scenarios.iter().map(suite).collect();
    let sum = |count: fn(&Suite) -> usize| suites.iter().map(count).sum::<usize>();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&format!(
        "<testsuites name=\"plimsoll\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" errors=\"0\">\n",
        sum(|suite| suite.tests),
        sum(|suite| suite.failures),
        sum(|suite| suite.skipped),
    ));
    for suite in &suites {
        out.push_str(&suite.text);
    }
    out.push_str("</testsuites>\n");
    out
}

struct Suite {
    tests: usize,
    failures: usize,
    skipped: usize,
    text: String,
}

fn suite(scenario: &Scenario) -> Suite {
    let veil = Veil::of(scenario);
    let entries = entry::of_scenario(scenario);
    // Findings belong to a verdict by its address: the entries borrow it.
    let mut by_verdict: BTreeMap<*const Judged, Vec<&Entry<'_>>> = BTreeMap::new();
    for entry in &entries {
        by_verdict.entry(std::ptr::from_ref(entry.judged)).or_default().push(entry);
    }
    let (mut failures, mut skipped, mut cases) = (0, 0, String::new());
    for judged in &scenario.judged {
        let found = by_verdict.get(&std::ptr::from_ref(judged)).map_or(&[][..], Vec::as_slice);
        let body = body(judged, found, &veil);
        match body {
            Body::Passed => {}
            Body::Failed(_) => failures += 1,
            Body::Skipped(_) => skipped += 1,
        }
        case(&mut cases, judged, &body, &veil);
    }
    let mut text = format!(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" skipped=\"{skipped}\" errors=\"0\">\n",
        escape(&scenario.name),
        scenario.judged.len(),
    );
    text.push_str(&cases);
    if !scenario.complaints.is_empty() {
        text.push_str("    <system-err>");
        for complaint in &scenario.complaints {
            let place = Place::of(&scenario.sources, complaint.at).map(|place| format!("{place}: "));
            let line = format!("{}{}", place.unwrap_or_default(), veil.words(&complaint.message));
            text.push_str(&format!("{}\n", escape(&line)));
        }
        text.push_str("</system-err>\n");
    }
    text.push_str("  </testsuite>\n");
    Suite { tests: scenario.judged.len(), failures, skipped, text }
}

enum Body {
    Passed,
    Failed(String),
    Skipped(String),
}

fn body(judged: &Judged, found: &[&Entry<'_>], veil: &Veil) -> Body {
    let open: Vec<&&Entry<'_>> = found.iter().filter(|entry| entry.is_open()).collect();
    match &judged.judgement.verdict {
        Verdict::Pass(_) => Body::Passed,
        Verdict::Unknown(reason) => Body::Skipped(format!("not verified: {reason}; {}", reason.settle())),
        Verdict::NotApplicable(why) => Body::Skipped(format!("not applicable: {why}")),
        Verdict::Fail(_) if open.is_empty() => {
            let why = found.iter().find_map(|entry| match entry.state {
                State::Allowed(allowance) => Some(format!("allowed: {}", veil.words(&allowance.reason))),
                State::Covered(by) => Some(format!("covered by {by}")),
                _ => None,
            });
            Body::Skipped(why.unwrap_or_else(|| "known by the baseline".to_owned()))
        }
        Verdict::Fail(_) => {
            let first = open.first().map(|entry| veil.words(&entry.finding.message).into_owned());
            let mut text = String::new();
            for entry in &open {
                let place = entry.place.map(|place| format!("{place}: ")).unwrap_or_default();
                let lines = [
                    format!("{place}{}", veil.words(&entry.finding.message)),
                    format!("  why: {}", veil.words(&entry.why())),
                    format!("  fix: {}", veil.words(&entry.finding.fix)),
                ];
                for line in lines {
                    text.push_str(&format!("{}\n", escape(&line)));
                }
            }
            Body::Failed(format!(
                "      <failure type=\"{}\" message=\"{}\">{text}</failure>\n",
                judged.severity.name(),
                escape(&first.unwrap_or_default()),
            ))
        }
    }
}

fn case(out: &mut String, judged: &Judged, body: &Body, veil: &Veil) {
    let judgement = &judged.judgement;
    let subject = judgement.subject.as_ref().map_or_else(|| "project".to_owned(), Subject::key);
    out.push_str(&format!(
        "    <testcase classname=\"{}\" name=\"{}\"",
        escape(&veil.words(&subject)),
        escape(judgement.control.id),
    ));
    match body {
        Body::Passed => out.push_str("/>\n"),
        Body::Failed(failure) => out.push_str(&format!(">\n{failure}    </testcase>\n")),
        Body::Skipped(why) => out.push_str(&format!(
            ">\n      <skipped message=\"{}\"/>\n    </testcase>\n",
            escape(&veil.words(why))
        )),
    }
}

/// Text for XML content and attributes. What XML 1.0 forbids or a log would obey was made plain before.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Not characters of XML 1.0.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
