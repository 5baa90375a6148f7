//! Stage names that are given twice.

use plimsoll_posture::{Posture, Recipe};

use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict, recipe_faults};

pub(super) static CONTROL: Control = Control {
    id: "duplicate-stage-name",
    title: "two stages have the same name",
    page: include_str!("duplicate_stage_name.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "DL3024",
        "DS-0012",
        "CKV_DOCKER_11",
        "DuplicateStageName",
        "KICS: Same Alias In Different Froms",
    ],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Recipe(check),
};

fn check(recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    recipe_faults::judge(recipe, |fault| (fault.code == "duplicate-stage-name").then_some("taken"))
}
