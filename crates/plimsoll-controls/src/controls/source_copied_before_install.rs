//! The whole source is copied before the dependencies are installed, so that every change installs them again.

use plimsoll_posture::{Plane, Posture, Recipe, Stage};

use crate::dependency_install::sites;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, wide_copy};

pub(super) static CONTROL: Control = Control {
    id: "source-copied-before-install",
    title: "every change of the source installs all dependencies again",
    page: include_str!("source_copied_before_install.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DD006"],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let installs = sites(stage);
    let Some(first) = installs.first().filter(|_| stage.reached) else {
        return Verdict::NotApplicable("no Node dependencies are installed here");
    };
    let copies = wide_copy::of(recipe);
    let before = copies.iter().find(|copy| {
        copy.stage.index == stage.index && copy.source.at.start < first.install.command.at.start
    });
    let Some(copy) = before else { return Verdict::absent() };
    Verdict::fail(
        Finding::place(
            copy.place(),
            Plane::Declared,
            "changes with every commit",
            format!("stage `{}` copies the whole source before it installs dependencies", stage.label()),
            "copy package.json and the lockfile, install, and copy the rest after that",
        )
        .near(stage.place(first.install.command.at), "is run again each time"),
    )
}
