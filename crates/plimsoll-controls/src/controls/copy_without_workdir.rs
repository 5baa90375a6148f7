//! A relative destination before any `WORKDIR`.

use plimsoll_posture::{Plane, Posture, Recipe, Stage, StageBase, StepKind};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, stage_steps};

pub(super) static CONTROL: Control = Control {
    id: "copy-without-workdir",
    title: "files are copied to a directory that the base image chooses",
    page: include_str!("copy_without_workdir.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3045"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    if recipe.lineage(stage.index).first().is_some_and(|first| first.base == StageBase::Scratch) {
        return Verdict::NotApplicable("in an empty image a relative path starts at the root");
    }
    let mut finding: Option<Finding> = None;
    for (owner, step) in stage_steps::lineage(recipe, stage) {
        match &step.kind {
            StepKind::Workdir(_) => break,
            StepKind::Copy(copy) if owner.index == stage.index && is_relative(&copy.destination.value) => {
                let at = stage.place(copy.destination.at);
                finding = Some(match finding {
                    Some(finding) => finding.near(at, "and this"),
                    None => Finding::place(
                        at,
                        Plane::Declared,
                        "relative, and no `WORKDIR` is set",
                        format!("stage `{}` copies files to wherever the base image works", stage.label()),
                        "set `WORKDIR /app` before it, or write the destination from the root",
                    ),
                });
            }
            _ => {}
        }
    }
    finding.map_or_else(Verdict::absent, Verdict::fail)
}

fn is_relative(path: &str) -> bool {
    let drive = path.as_bytes().get(1) == Some(&b':');
    !path.is_empty() && !drive && !path.starts_with(['/', '\\', '$', '%'])
}
