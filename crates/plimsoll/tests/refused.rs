//! A Dockerfile that cannot be built does not pass the gate, and each cause is told once.

mod stage;

use plimsoll::config::Config;
use plimsoll::scan::{Task, Wishes, scan};
use plimsoll_controls::{Severity, Verdict};
use plimsoll_lens::Memory;
use plimsoll_report::{InputStatus, Report};

fn report(dockerfile: &str, only: &[&str]) -> Report {
    let world = Memory::of(&[("Dockerfile", dockerfile)]);
    let only = only.iter().map(|id| (*id).to_owned()).collect();
    let wishes = Wishes { only, gate: Some(Severity::High), ..Wishes::default() };
    let plan = stage::plan(&world, &wishes.compose);
    scan(Task { world: &world, plan, stdin: None, config: Config::default(), wishes }).report
}

fn codes(report: &Report) -> Vec<&'static str> {
    report.scenarios.iter().flat_map(|scenario| &scenario.complaints).map(|own| own.code).collect()
}

fn refusals(report: &Report) -> usize {
    let judged = report.scenarios.iter().flat_map(|scenario| &scenario.judged);
    judged
        .filter(|judged| judged.judgement.control.id == "build-refused")
        .map(|judged| match &judged.judgement.verdict {
            Verdict::Fail(findings) => findings.len(),
            _ => 0,
        })
        .sum()
}

const BROKEN: &str = "FROM node:24.19.0-slim\nUSER node\nRUNN x\nEXPOSE 70000\nRUN\n";

#[test]
fn what_the_builder_refuses_fails_the_gate_and_is_told_once() {
    let report = report(BROKEN, &[]);
    assert_eq!(refusals(&report), 2);
    assert!(!report.passes());
    // Of the complaints only the one is left that no control tells.
    assert_eq!(codes(&report), ["empty-run"]);
    // The input is marked as read in part all the same.
    assert_eq!(report.scenarios[0].inputs[0].status, InputStatus::Partial);
}

#[test]
fn without_the_control_the_complaint_speaks() {
    let report = report(BROKEN, &["runs-as-root"]);
    assert_eq!(codes(&report), ["unknown-instruction", "invalid-port", "empty-run"]);
}

#[test]
fn an_allowed_refusal_is_not_told_again_as_a_complaint() {
    let allowed =
        "FROM node:24.19.0-slim\nUSER node\n# plimsoll: allow build-refused - a macro makes it\nRUNN x\n";
    let report = report(allowed, &["build-refused"]);
    assert!(report.passes());
    assert_eq!(codes(&report), [""; 0]);
}
