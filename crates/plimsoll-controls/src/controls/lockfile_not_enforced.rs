//! Dependencies are installed by range instead of by lockfile.

use plimsoll_posture::{Plane, Posture, Recipe, Stage};

use crate::node_package_manager::{self, Action};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "lockfile-not-enforced",
    title: "dependencies are installed without enforcing the lockfile",
    page: include_str!("lockfile_not_enforced.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DD010"],
    covered_by: &["lockfile-missing", "lockfile-not-copied"],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, posture: &Posture, _: &Settings) -> Verdict {
    if !stage.reached {
        return Verdict::NotApplicable("the stage is never built");
    }
    let app =
        recipe.context.and_then(|id| posture.contexts.get(id.0)).and_then(|context| posture.app(context));
    let mut findings = Vec::new();
    let mut frozen = false;
    for (_, command) in stage.commands() {
        let Some(install) = node_package_manager::read(command) else { continue };
        frozen |= install.action == Action::Frozen;
        if install.action != Action::Loose {
            continue;
        }
        let fix = match app {
            Some(app) if app.lockfiles.is_empty() => {
                format!(
                    "commit a lockfile, copy it before this step, and use `{}`",
                    install.manager.frozen_install()
                )
            }
            _ => format!("use `{}`", install.manager.frozen_install()),
        };
        let mut finding = Finding::place(
            stage.place(command.at),
            Plane::Declared,
            "installs whatever the ranges allow today",
            format!("stage `{}` installs dependencies without enforcing the lockfile", stage.label()),
            fix,
        );
        if let Some(app) = app.filter(|app| app.lockfiles.is_empty()) {
            finding = finding.near(app.place(), "no lockfile stands beside it");
        }
        findings.push(finding);
    }
    let nothing = if frozen {
        Verdict::absent()
    } else {
        Verdict::NotApplicable("no Node dependencies are installed here")
    };
    Verdict::from_findings(findings, nothing)
}
