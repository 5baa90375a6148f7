//! `apt-get upgrade` and its like in a build.

use plimsoll_posture::{Plane, Posture, Recipe, Stage};

use crate::system_packages::{self, Action};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "distribution-upgraded",
    title: "build upgrades every package of the base image",
    page: include_str!("distribution_upgraded.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "DL3035",
        "DS-0024",
        "DKL-DI-0003",
        "DD013",
        "KICS: Run Using Upgrade Commands",
        "KICS: Run Using dnf Update",
        "KICS: Use of Apk Upgrade",
        "KICS: Yum Update Enabled",
        "KICS: Run Using Zypper Update",
    ],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    for (_, command) in stage.commands() {
        let Some(packages) = system_packages::read(command) else { continue };
        if packages.action == Action::UpgradeAll {
            findings.push(Finding::place(
                stage.place(command.at),
                Plane::Declared,
                "the result depends on the day",
                format!("stage `{}` upgrades every package of its base", stage.label()),
                "rebuild often on a newer base image instead; keep it only while the base lags behind a fix you need",
            ));
        }
    }
    Verdict::from_findings(findings, Verdict::absent())
}
