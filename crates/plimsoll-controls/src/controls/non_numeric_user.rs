//! A user by name, which a cluster cannot tell from root.

use plimsoll_posture::{Plane, Posture, Recipe, Stage, StepKind};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, stage_steps};

pub(super) static CONTROL: Control = Control {
    id: "non-numeric-user",
    title: "image names its user by name, not by number",
    page: include_str!("non_numeric_user.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3066"],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    if !recipe.targets.contains(&stage.index) {
        return Verdict::NotApplicable("the stage is not run");
    }
    let last = stage_steps::lineage(recipe, stage)
        .filter_map(|(at, step)| match &step.kind {
            StepKind::User(user) => Some((at, step, user)),
            _ => None,
        })
        .last();
    let Some((at, step, user)) = last else { return Verdict::NotApplicable("no `USER` is set") };
    let Some(user) = user.value() else { return Verdict::absent() };
    if user.is_root().is_some() {
        return Verdict::absent();
    }
    Verdict::fail(Finding::place(
        at.place(step.at),
        Plane::Declared,
        "a name",
        format!("stage `{}` runs as `{}`, a name that only the image can resolve", stage.label(), user.user),
        "write the account's number: `USER 1000`",
    ))
}
