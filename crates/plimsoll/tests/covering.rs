//! One cause is told once, and what says it again is counted.

mod stage;

use plimsoll::config::Config;
use plimsoll::scan::{Task, Wishes, scan};
use plimsoll_lens::Memory;
use plimsoll_report::{Report, State};

fn report(dockerfile: &str, only: &[&str]) -> Report {
    let world = Memory::of(&[("Dockerfile", dockerfile)]);
    let wishes = Wishes { only: only.iter().map(|id| (*id).to_owned()).collect(), ..Wishes::default() };
    let plan = stage::plan(&world, &wishes.compose);
    scan(Task { world: &world, plan, stdin: None, config: Config::default(), wishes }).report
}

/// The state of the findings of a control.
fn states(report: &Report, id: &str) -> Vec<State> {
    let judged = report.scenarios.iter().flat_map(|scenario| &scenario.judged);
    judged
        .filter(|judged| judged.judgement.control.id == id)
        .flat_map(|judged| judged.findings().map(|(_, state)| state.clone()))
        .collect()
}

/// `npm start` in shell form: the shell is no news beside the package manager that never passes a signal on.
const NPM: &str = "FROM node:22-slim\nUSER node\nCMD npm start\n";

#[test]
fn a_finding_at_the_place_of_a_graver_one_is_covered() {
    let report = report(NPM, &["package-manager-as-pid1", "shell-form-command"]);
    assert_eq!(states(&report, "package-manager-as-pid1"), [State::Open]);
    assert_eq!(states(&report, "shell-form-command"), [State::Covered("package-manager-as-pid1")]);
    let tally = report.tally();
    assert_eq!((tally.findings(), tally.covered), (1, 1));
}

#[test]
fn what_covers_counts_only_where_it_is_found() {
    let shell = report("FROM node:22-slim\nUSER node\nCMD node server.js\n", &[]);
    assert_eq!(states(&shell, "shell-form-command"), [State::Open]);
    let alone = report(NPM, &["shell-form-command"]);
    assert_eq!(states(&alone, "shell-form-command"), [State::Open], "the other control was not asked");
}

#[test]
fn what_is_covered_weighs_in_the_score_still() {
    let both = report(NPM, &["package-manager-as-pid1", "shell-form-command"]);
    let one = report(NPM, &["package-manager-as-pid1"]);
    assert!(both.score().unwrap().points < one.score().unwrap().points);
}
