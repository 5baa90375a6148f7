//! The deprecated `MAINTAINER`.

use plimsoll_posture::{Plane, Posture, Recipe, Stage, Step, StepKind};

use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, recipe_change,
};

pub(super) static CONTROL: Control = Control {
    id: "maintainer-instruction",
    title: "MAINTAINER is out of use",
    page: include_str!("maintainer_instruction.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "DL4000",
        "DS-0022",
        "CKV_DOCKER_6",
        "MaintainerDeprecated",
        "KICS: MAINTAINER Instruction Being Used",
    ],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let found = stage.steps.iter().filter(|step| matches!(step.kind, StepKind::Maintainer));
    let findings = found.map(|step| {
        let finding = Finding::place(
            stage.place(step.keyword_at),
            Plane::Declared,
            "deprecated",
            format!("stage `{}` names its author with MAINTAINER", stage.label()),
            "write `LABEL org.opencontainers.image.authors=\"…\"`",
        );
        match label(stage, step) {
            Some(remedy) => finding.remedied(remedy),
            None => finding,
        }
    });
    Verdict::from_findings(findings.collect(), Verdict::absent())
}

/// The same words as a label. `MAINTAINER` takes its text as it is; a label expands variables, escapes and quotes.
fn label(stage: &Stage, step: &Step) -> Option<Remedy> {
    let text = step.written.value.expose();
    let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let name = inner.unwrap_or(text);
    if name.is_empty() || name.contains(['$', '\\', '`', '"']) || step.on_build {
        return None;
    }
    let quote = if inner.is_some() { "" } else { "\"" };
    let mut changes = vec![
        recipe_change::reword(stage, step.keyword_at, "LABEL"),
        recipe_change::add_before(
            stage,
            step.written.at,
            format!("org.opencontainers.image.authors={quote}"),
        ),
    ];
    if inner.is_none() {
        changes.push(recipe_change::add_behind(stage, step.written.at, "\""));
    }
    Some(Remedy::safe(changes, "it is a note for people: nothing that runs reads it"))
}
