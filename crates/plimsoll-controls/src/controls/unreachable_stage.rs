//! A stage that no target needs.

use plimsoll_posture::{Plane, Posture, Recipe, Stage};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "unreachable-stage",
    title: "stage is built by nobody",
    page: include_str!("unreachable_stage.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    if stage.reached {
        return Verdict::absent();
    }
    let fix = if recipe.built_by.is_empty() {
        "remove it, unless `--target` builds it somewhere"
    } else {
        "remove it, unless something outside the project builds it with `--target`"
    };
    Verdict::fail(Finding::place(
        stage.place(stage.subject.anchor),
        Plane::Declared,
        "no target needs it",
        format!("stage `{}` is part of no image that is built", stage.label()),
        fix,
    ))
}
