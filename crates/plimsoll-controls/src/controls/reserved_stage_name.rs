//! Stages named `scratch` or `context`.

use plimsoll_posture::{Posture, Recipe};

use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict, recipe_faults};

pub(super) static CONTROL: Control = Control {
    id: "reserved-stage-name",
    title: "stage has a name that means something else",
    page: include_str!("reserved_stage_name.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3063", "ReservedStageName"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Recipe(check),
};

fn check(recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    recipe_faults::judge(recipe, |fault| (fault.code == "reserved-stage-name").then_some("reserved"))
}
