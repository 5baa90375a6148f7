//! RUN after RUN, each a layer of its own.

use plimsoll_posture::{BuildMount, Plane, Posture, Recipe, Run, Stage, Step, StepKind};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "consecutive-run-steps",
    title: "steps follow one another that could be one layer",
    page: include_str!("consecutive_run_steps.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3059", "KICS: Multiple RUN, ADD, COPY, Instructions Listed"],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    if !stage.ships {
        return Verdict::NotApplicable("layers of a stage that does not ship cost nothing");
    }
    let mut findings = Vec::new();
    let mut rest: &[Step] = &stage.steps;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let Some(run) = run_of(first) else { continue };
        let length =
            after.iter().take_while(|step| run_of(step).is_some_and(|next| alike(run, next))).count();
        let Some((last, _)) = length.checked_sub(1).and_then(|last| after.get(last)).zip(Some(())) else {
            continue;
        };
        findings.push(
            Finding::place(
                stage.place(first.at),
                Plane::Declared,
                "a layer of its own, as are those that follow",
                format!("stage `{}` has {} RUN steps in a row", stage.label(), length + 1),
                "join those that belong together with `&&` or a heredoc",
            )
            .near(stage.place(last.at), "up to here"),
        );
        rest = after.get(length..).unwrap_or(&[]);
    }
    Verdict::from_findings(findings, Verdict::absent())
}

fn run_of(step: &Step) -> Option<&Run> {
    match &step.kind {
        // A step of several commands is joined already; where it ends is somebody's decision.
        StepKind::Run(run) if !step.on_build && run.commands.len() <= 2 => Some(run),
        _ => None,
    }
}

/// Steps with other mounts or another network cannot be joined.
fn alike(one: &Run, other: &Run) -> bool {
    let network = |run: &Run| run.network.as_ref().map(|network| network.value.clone());
    let same = |a: &BuildMount, b: &BuildMount| {
        (&a.kind, &a.target, &a.source, &a.from, &a.id) == (&b.kind, &b.target, &b.source, &b.from, &b.id)
    };
    network(one) == network(other)
        && one.security.as_ref().map(|security| &security.value)
            == other.security.as_ref().map(|security| &security.value)
        && one.shell == other.shell
        && one.mounts.len() == other.mounts.len()
        && one.mounts.iter().zip(&other.mounts).all(|(a, b)| same(a, b))
}
