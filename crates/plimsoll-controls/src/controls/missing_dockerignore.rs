//! `COPY . .` without a `.dockerignore`.

use plimsoll_posture::{Plane, Posture, Reason, Recipe};

use crate::wide_copy::{self, list};
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "missing-dockerignore",
    title: "whole build context is copied and no .dockerignore limits it",
    page: include_str!("missing_dockerignore.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DD006", "DD070"],
    covered_by: &["secret-file-copied"],
    standing: Standing::Ordinary,
    scope: Scope::Recipe(check),
};

fn check(recipe: &Recipe, posture: &Posture, _: &Settings) -> Verdict {
    let copies = wide_copy::of(recipe);
    let Some(first) = copies.first() else {
        return Verdict::NotApplicable("no step copies the whole build context");
    };
    let context = recipe.context.and_then(|id| posture.contexts.get(id.0)).filter(|context| context.listed);
    let Some(context) = context else {
        return Verdict::Unknown(Reason::MissingSource(".dockerignore".into()));
    };
    if context.ignore.is_some() {
        return Verdict::absent();
    }
    let taken = list(first.source.takes.iter().map(|entry| &*entry.path));
    let (label, why) = if taken.is_empty() {
        ("everything in the folder".to_owned(), None)
    } else {
        (format!("takes {taken}"), Some(format!("Right now it takes {taken} with it.")))
    };
    let mut finding = Finding::place(
        first.place(),
        Plane::Declared,
        label,
        format!("`{}` takes the whole build context, and there is no .dockerignore", first.text()),
        "add a .dockerignore with `.git`, `.env*`, `node_modules`, or copy only what the program needs",
    );
    finding.why = why;
    for other in copies.iter().skip(1) {
        finding = finding.near(other.place(), "and here");
    }
    if &*context.path != "." {
        let from = recipe.place(recipe.subject.anchor, "FROM");
        finding = finding.near(from, format!("built with the context `{}`", context.path));
    }
    Verdict::fail(match wide_copy::ignore_lines(posture, context, &[".git", ".env*", "node_modules"]) {
        Some(change) => finding.remedied(Remedy::risky(
            vec![change],
            "a build that reads its history, its settings or its modules from the context does not find them any more",
        )),
        None => finding,
    })
}
