//! A pair of an `ENV` that refers to another pair of the same one.

use plimsoll_posture::{Plane, Posture, Recipe, Stage, StepKind};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "env-self-reference",
    title: "ENV uses a variable that it sets itself",
    page: include_str!("env_self_reference.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3044"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut asked = false;
    let mut findings = Vec::new();
    for step in &stage.steps {
        let StepKind::Env(pairs) = &step.kind else { continue };
        asked = true;
        for open in &step.undeclared {
            let set = pairs.iter().find(|(name, value)| name.value == open.value && value.at != open.at);
            let Some((name, _)) = set else { continue };
            findings.push(
                Finding::place(
                    stage.place(open.at),
                    Plane::Declared,
                    "not set yet",
                    format!("stage `{}` uses `{}` in the ENV that sets it", stage.label(), open.value),
                    format!("set `{}` in an ENV of its own, before this one", open.value),
                )
                .near(stage.place(name.at), "set here, for the instructions that follow"),
            );
        }
    }
    if asked { Verdict::from_findings(findings, Verdict::absent()) } else { Verdict::NotApplicable("no ENV") }
}
