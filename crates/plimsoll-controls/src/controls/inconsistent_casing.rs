//! Capitals and small letters of keywords and stage names.

use plimsoll_posture::{LetterCase, Plane, Posture, Recipe};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "inconsistent-casing",
    title: "keywords or stage names mix capitals and small letters",
    page: include_str!("inconsistent_casing.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["StageNameCasing", "FromAsCasing", "ConsistentInstructionCasing"],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Recipe(check),
};

/// Places that one finding shows.
const SHOWN: usize = 6;

fn check(recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings: Vec<Finding> = keywords(recipe).into_iter().collect();
    for stage in &recipe.stages {
        if let Some(case) = stage.as_case.as_ref().filter(|case| case.value != stage.from_case) {
            findings.push(Finding::place(
                stage.place(case.at),
                Plane::Declared,
                "not like FROM",
                format!("stage `{}`: FROM and AS are not written alike", stage.label()),
                "write both in capitals",
            ));
        }
        if let Some(name) =
            stage.name.as_ref().filter(|name| LetterCase::of(&name.value) != LetterCase::Lower)
        {
            findings.push(Finding::place(
                stage.place(name.at),
                Plane::Declared,
                "capitals",
                format!("stage `{}` has capitals in its name, which count for nothing", name.value),
                "write the name in small letters",
            ));
        }
    }
    Verdict::from_findings(findings, Verdict::absent())
}

/// The keywords that are not written like most.
fn keywords(recipe: &Recipe) -> Option<Finding> {
    let count = |case| recipe.keywords.iter().filter(|keyword| keyword.value == case).count();
    let (usual, what) = if count(LetterCase::Lower) > count(LetterCase::Upper) {
        (LetterCase::Lower, "small letters")
    } else {
        (LetterCase::Upper, "capitals")
    };
    let mut odd = recipe.keywords.iter().filter(|keyword| keyword.value != usual);
    let first = odd.next()?;
    let finding = Finding::place(
        recipe.place(first.at, "keyword"),
        Plane::Declared,
        "not like the others",
        "keywords are written in more than one way",
        format!("write them in {what}, as most are"),
    );
    Some(
        odd.take(SHOWN)
            .fold(finding, |finding, keyword| finding.near(recipe.place(keyword.at, "keyword"), "nor this")),
    )
}
