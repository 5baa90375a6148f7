//! Capitals and small letters of keywords and stage names.

use plimsoll_posture::{Change, LetterCase, Plane, Posture, Recipe, StepKind};
use plimsoll_text::Span;

use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

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
            let finding = Finding::place(
                stage.place(case.at),
                Plane::Declared,
                "not like FROM",
                format!("stage `{}`: FROM and AS are not written alike", stage.label()),
                "write both in capitals",
            );
            let word = if stage.from_case == LetterCase::Lower { "as" } else { "AS" };
            findings.push(finding.remedied(Remedy::safe(
                vec![Change::Reword { at: stage.place(case.at), text: word.to_owned() }],
                "the builder reads keywords in any case",
            )));
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
    let finding = odd
        .take(SHOWN)
        .fold(finding, |finding, keyword| finding.near(recipe.place(keyword.at, "keyword"), "nor this"));
    let changes: Option<Vec<Change>> = recipe
        .keywords
        .iter()
        .filter(|keyword| keyword.value != usual)
        .map(|keyword| {
            let name = name(recipe, keyword.at)?;
            let text = if usual == LetterCase::Lower { name.to_ascii_lowercase() } else { name.to_owned() };
            Some(Change::Reword { at: recipe.place(keyword.at, "keyword"), text })
        })
        .collect();
    Some(match changes {
        Some(changes) => finding.remedied(Remedy::safe(changes, "the builder reads keywords in any case")),
        None => finding,
    })
}

/// The keyword that stands at a place.
fn name(recipe: &Recipe, at: Span) -> Option<&'static str> {
    if recipe.stages.iter().any(|stage| stage.subject.anchor.start == at.start) {
        return Some("FROM");
    }
    let mut steps = recipe.stages.iter().flat_map(|stage| &stage.steps);
    let step = steps.find(|step| step.at.contains(at))?;
    if step.keyword_at != at {
        return step.on_build.then_some("ONBUILD");
    }
    Some(match &step.kind {
        StepKind::Run(_) => "RUN",
        StepKind::Copy(copy) if copy.add => "ADD",
        StepKind::Copy(_) => "COPY",
        StepKind::Env(_) => "ENV",
        StepKind::Arg(_) => "ARG",
        StepKind::Label(_) => "LABEL",
        StepKind::User(_) => "USER",
        StepKind::Workdir(_) => "WORKDIR",
        StepKind::Expose(_) => "EXPOSE",
        StepKind::Volume(_) => "VOLUME",
        StepKind::Entrypoint(_) => "ENTRYPOINT",
        StepKind::Cmd(_) => "CMD",
        StepKind::Healthcheck(_) => "HEALTHCHECK",
        StepKind::StopSignal(_) => "STOPSIGNAL",
        StepKind::Shell(_) => "SHELL",
        StepKind::Maintainer => "MAINTAINER",
        StepKind::Unknown => return None,
    })
}
