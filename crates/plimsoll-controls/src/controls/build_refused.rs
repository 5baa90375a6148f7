//! What the builder refuses before it builds anything.

use plimsoll_posture::{Posture, Recipe};

use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict, recipe_faults};

pub(super) static CONTROL: Control = Control {
    id: "build-refused",
    title: "Dockerfile cannot be built",
    page: include_str!("build_refused.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "DL1000",
        "DL3011",
        "DL3023",
        "DL3043",
        "DL3061",
        "DS-0006",
        "DS-0008",
        "KICS: UNIX Ports Out Of Range",
    ],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Recipe(check),
};

fn check(recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    recipe_faults::judge(recipe, |fault| fault.refused.then_some("the build stops here"))
}
