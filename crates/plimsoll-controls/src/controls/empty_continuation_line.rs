//! Empty lines where an instruction goes on.

use plimsoll_posture::{Posture, Recipe};

use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict, recipe_faults};

pub(super) static CONTROL: Control = Control {
    id: "empty-continuation-line",
    title: "empty line inside a continued instruction",
    page: include_str!("empty_continuation_line.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["NoEmptyContinuation"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Recipe(check),
};

fn check(recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    recipe_faults::judge(recipe, |fault| {
        (fault.code == "empty-continuation").then_some("the instruction goes on below")
    })
}
