//! `COPY --from=… / /`.

use std::sync::Arc;

use plimsoll_posture::{Copy, CopyFrom, Known, Plane, Posture, Publisher, Reason, Recipe, Stage, StageBase};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "whole-filesystem-copied",
    title: "image takes the whole file system of another",
    page: include_str!("whole_filesystem_copied.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3067"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut asked = false;
    let mut doubt = None;
    let mut findings = Vec::new();
    for (step, copy) in stage.copies() {
        if copy.from == CopyFrom::Context || step.on_build {
            continue;
        }
        asked = true;
        let whole = copy.sources.iter().find(|source| {
            source.path.value().is_some_and(|path| path.trim_end_matches('*').trim_end_matches("/.") == "/")
        });
        let Some(source) = whole.filter(|_| copy.destination.value.trim_end_matches("/.") == "/") else {
            continue;
        };
        // Onto nothing it is the way to make one layer of many: what is wanted is what the other stage holds.
        if stage.base == StageBase::Scratch && copy.exclude.is_empty() {
            continue;
        }
        match files_only(copy, recipe) {
            Some(image) => {
                doubt = doubt.or_else(|| Some(Reason::ImageNotInspected(image.clone())));
                continue;
            }
            None => asked = true,
        }
        findings.push(Finding::place(
            stage.place(source.at),
            Plane::Declared,
            "everything",
            format!("stage `{}` copies a whole file system over its own", stage.label()),
            "copy what the program needs: `COPY --from=build /app /app`",
        ));
    }
    if let (true, Some(reason)) = (findings.is_empty(), doubt) {
        return Verdict::Unknown(reason);
    }
    if asked {
        Verdict::from_findings(findings, Verdict::absent())
    } else {
        Verdict::NotApplicable("nothing is copied from another stage or image")
    }
}

/// The image that all comes from, when it may hold nothing but files that are meant to be copied: some are published
/// for that, as `tonistiigi/xx` is.
fn files_only<'a>(copy: &'a Copy, recipe: &'a Recipe) -> Option<&'a Arc<str>> {
    let image = match &copy.from {
        CopyFrom::Image(image) => image,
        CopyFrom::Stage(index) => {
            let lineage = recipe.lineage(*index);
            let built = lineage.iter().any(|stage| stage.runs().next().is_some());
            match &lineage.first()?.base {
                StageBase::Image(Known::Value(image)) if !built => image,
                _ => return None,
            }
        }
        CopyFrom::Context | CopyFrom::Other(_) => return None,
    };
    let known = match &copy.from {
        CopyFrom::Stage(index) => {
            recipe.lineage(*index).first().is_some_and(|stage| stage.image.knowledge.distribution.is_some())
        }
        _ => copy.from_publisher == Some(Publisher::Official),
    };
    (!known).then_some(&image.text)
}
