//! A copy of what the ignore file keeps out of the build.

use plimsoll_posture::{BuildContext, CopyFrom, Plane, Posture, Recipe, Stage};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "ignored-file-copied",
    title: "COPY takes a file that the ignore file keeps out",
    page: include_str!("ignored_file_copied.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CopyIgnoredFile"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, posture: &Posture, _: &Settings) -> Verdict {
    let context = recipe.context.and_then(|id| posture.contexts.get(id.0));
    let Some(ignore) = context.and_then(BuildContext::ignore_place) else {
        return Verdict::NotApplicable("there is no ignore file");
    };
    if !stage.reached {
        return Verdict::NotApplicable("the stage is never built");
    }
    let mut findings = Vec::new();
    for (step, copy) in stage.copies() {
        if copy.from != CopyFrom::Context || step.on_build {
            continue;
        }
        for source in copy.sources.iter().filter(|source| source.ignored) {
            let path = source.path.value().map_or("", |path| &**path);
            let keyword = if copy.add { "ADD" } else { "COPY" };
            findings.push(
                Finding::place(
                    stage.place(source.at),
                    Plane::Declared,
                    "kept out of the build",
                    format!("{keyword} takes `{path}`, which the .dockerignore keeps out"),
                    format!("let it in with `!{}`, or do not copy it", path.trim_start_matches(['.', '/'])),
                )
                .near(ignore.clone(), "the rules in force"),
            );
        }
    }
    Verdict::from_findings(findings, Verdict::absent())
}
