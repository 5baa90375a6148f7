//! Comments that tools show as descriptions.

use plimsoll_posture::{Plane, Posture, Recipe};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "misplaced-description",
    title: "comment above a stage or argument describes something else",
    page: include_str!("misplaced_description.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["InvalidDefinitionDescription"],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Recipe(check),
};

fn check(recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let wrong = recipe
        .descriptions
        .iter()
        .filter(|own| own.begins.value != own.of && !is_for_tools(&own.begins.value));
    let findings = wrong.map(|own| {
        Finding::place(
            recipe.place(own.begins.at, "comment"),
            Plane::Declared,
            "taken for a description",
            format!("the comment above `{}` does not begin with its name", own.of),
            format!("write `# {} …`, or put an empty line below the comment", own.of),
        )
    });
    Verdict::from_findings(findings.collect(), Verdict::absent())
}

/// An empty comment describes nothing, and `# hadolint ignore=…` or `# plimsoll: allow …` is for programs.
fn is_for_tools(word: &str) -> bool {
    word.is_empty() || matches!(word, "hadolint" | "tally") || word.ends_with(':') || word.contains('=')
}
