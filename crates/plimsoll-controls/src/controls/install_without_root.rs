//! Packages are installed after the build has given root away.

use plimsoll_posture::{Plane, Posture, Recipe, Stage};

use crate::system_packages::{self, Action};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "install-without-root",
    title: "distribution packages are installed by a user that may not",
    page: include_str!("install_without_root.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    let mut installs = false;
    for (step, run) in stage.runs() {
        for command in &run.commands {
            let Some(packages) = system_packages::read(command) else { continue };
            if !matches!(packages.action, Action::Install | Action::Update | Action::UpgradeAll) {
                continue;
            }
            installs = true;
            let Some(user) = &step.user else { continue };
            if user.value.is_root() == Some(true) || command.program() == Some("sudo") {
                continue;
            }
            findings.push(
                Finding::place(
                    stage.place(command.at),
                    Plane::Declared,
                    "needs root",
                    format!("stage `{}` installs packages as `{}`", stage.label(), user.value),
                    "move the step above `USER`",
                )
                .near(stage.place(user.at), "root is given away here"),
            );
            break;
        }
    }
    let nothing = if installs {
        Verdict::absent()
    } else {
        Verdict::NotApplicable("no distribution packages are installed")
    };
    Verdict::from_findings(findings, nothing)
}
