//! A lockfile that is there and does not reach the install.

use plimsoll_posture::{Plane, Posture, Recipe, Stage};

use crate::application;
use crate::dependency_install::{Arrival, Site, arrival, lockfiles, sites};
use crate::node_package_manager::Action;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "lockfile-not-copied",
    title: "lockfile does not reach the step that installs by it",
    page: include_str!("lockfile_not_copied.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &["lockfile-missing"],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, posture: &Posture, _: &Settings) -> Verdict {
    if !stage.reached {
        return Verdict::NotApplicable("the stage is never built");
    }
    let installs = sites(stage);
    if installs.is_empty() {
        return Verdict::NotApplicable("no Node dependencies are installed here");
    }
    let Some(app) = application::of_recipe(recipe, posture) else {
        return Verdict::Unknown(plimsoll_posture::Reason::MissingSource("package.json".into()));
    };
    let context = recipe.context.and_then(|id| posture.contexts.get(id.0));
    let mut findings = Vec::new();
    let mut there = false;
    for site in &installs {
        if arrival(recipe, stage, site, "package.json") != Arrival::There {
            continue;
        }
        let known = lockfiles(site.install.manager);
        let Some(name) = app.lockfiles.iter().find(|name| known.contains(&&***name)) else { continue };
        let withheld = context.is_some_and(|context| context.withheld.contains(name));
        if !withheld && arrival(recipe, stage, site, name) != Arrival::Missing {
            there = true;
            continue;
        }
        let command = site.install.command;
        let words: Vec<&str> = command.effective_words().iter().take(2).map(|word| &*word.text).collect();
        let (label, fix) = if withheld {
            ("the ignore file keeps it out", format!("remove `{name}` from the .dockerignore"))
        } else {
            (
                "nothing has copied it yet",
                format!("copy `{name}` together with package.json before this step{}", frozen(site)),
            )
        };
        let mut finding = Finding::place(
            stage.place(command.at),
            Plane::Declared,
            label,
            format!("`{}` in stage `{}` runs without `{name}`", words.join(" "), stage.label()),
            fix,
        );
        if let Some(place) = context.filter(|_| withheld).and_then(|context| context.ignore_place()) {
            finding = finding.near(place, "ignored here");
        }
        findings.push(finding);
    }
    let nothing = if there {
        Verdict::absent()
    } else {
        Verdict::NotApplicable("no lockfile of the application is there")
    };
    Verdict::from_findings(findings, nothing)
}

/// What else is to be done where the command would not mind.
fn frozen(site: &Site<'_>) -> String {
    match site.install.action {
        Action::Loose => format!(", and use `{}`", site.install.manager.frozen_install()),
        _ => String::new(),
    }
}
