//! `sudo`, installed in or used by an image.

use plimsoll_posture::{Plane, Posture, Recipe, Stage};

use crate::system_packages::{self, Action};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "sudo-in-image",
    title: "image installs or uses sudo",
    page: include_str!("sudo_in_image.md"),
    severity: Severity::Medium,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["DL3004", "DS-0010", "CKV2_DOCKER_1", "DKL-DI-0001", "DD021", "KICS: Run Using Sudo"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut finding: Option<Finding> = None;
    for (_, command) in stage.commands() {
        let installed = system_packages::read(command)
            .filter(|packages| packages.action == Action::Install)
            .and_then(|packages| {
                packages.packages.into_iter().find(|word| {
                    matches!(system_packages::bare_name(&word.text), "sudo" | "sudo-ldap" | "doas")
                })
            });
        let (at, label) = match (installed, command.words.first()) {
            (Some(word), _) => (word.at, "installed here"),
            (None, Some(first)) if command.program() == Some("sudo") => (first.at, "used here"),
            _ => continue,
        };
        finding = Some(match finding {
            None => Finding::place(
                stage.place(at),
                Plane::Declared,
                label,
                format!("stage `{}` relies on sudo", stage.label()),
                "do what needs root before `USER`, and leave sudo out",
            ),
            Some(finding) => finding.near(stage.place(at), label),
        });
    }
    finding.map_or_else(Verdict::absent, Verdict::fail)
}
