//! An application whose dependencies nothing pins.

use plimsoll_posture::{Known, Plane, Posture, Recipe, Stage};

use crate::application;
use crate::dependency_install::{Arrival, arrival, lockfiles, sites};
use crate::wide_copy::list;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "lockfile-missing",
    title: "application has no lockfile for the package manager that installs it",
    page: include_str!("lockfile_missing.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, posture: &Posture, _: &Settings) -> Verdict {
    if !stage.reached {
        return Verdict::NotApplicable("the stage is never built");
    }
    let installs = sites(stage);
    let Some(first) = installs.first() else {
        return Verdict::NotApplicable("no Node dependencies are installed here");
    };
    let Some(app) = application::of_recipe(recipe, posture) else {
        return Verdict::Unknown(plimsoll_posture::Reason::MissingSource("package.json".into()));
    };
    if let Known::Unknown(reason) = &app.read {
        return Verdict::Unknown(reason.clone());
    }
    if arrival(recipe, stage, first, "package.json") != Arrival::There {
        return Verdict::NotApplicable("another manifest than the one in the build context is installed");
    }
    let manager = first.install.manager;
    if app.lockfiles.iter().any(|own| lockfiles(manager).contains(&&**own)) {
        return Verdict::absent();
    }
    let wanted = lockfiles(manager).first().copied().unwrap_or("lockfile");
    let (near, fix) = if app.lockfiles.is_empty() {
        (
            "no lockfile stands beside it".to_owned(),
            format!("commit `{wanted}`, copy it before this step, and use `{}`", manager.frozen_install()),
        )
    } else {
        let others = list(app.lockfiles.iter().map(|name| &**name));
        (
            format!("beside it stands {others}"),
            format!(
                "install with the package manager that wrote {others}, or commit `{wanted}` in its place"
            ),
        )
    };
    Verdict::fail(
        Finding::place(
            stage.place(first.install.command.at),
            Plane::Declared,
            "finds no lockfile to keep to",
            format!("stage `{}` installs an application that has no `{wanted}`", stage.label()),
            fix,
        )
        .near(app.place(), near),
    )
}
