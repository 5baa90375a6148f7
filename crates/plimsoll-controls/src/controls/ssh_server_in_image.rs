//! An SSH server in an image.

use plimsoll_posture::{Plane, Posture, Protocol, Recipe, Stage, StepKind};

use crate::system_packages::{self, Action};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, stage_steps};

pub(super) static CONTROL: Control = Control {
    id: "ssh-server-in-image",
    title: "image brings an SSH server",
    page: include_str!("ssh_server_in_image.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DS-0004", "CKV_DOCKER_1", "CIS-5.7"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    if !recipe.targets.contains(&stage.index) {
        return Verdict::NotApplicable("the stage is not run");
    }
    let mut found: Option<Finding> = None;
    for (at, step) in stage_steps::lineage(recipe, stage) {
        let place = match &step.kind {
            StepKind::Expose(ports) => ports
                .iter()
                .find(|port| {
                    port.value.value().is_some_and(|(range, protocol)| {
                        range.contains(22) && range.first == range.last && *protocol == Protocol::Tcp
                    })
                })
                .map(|port| (port.at, "SSH's port")),
            StepKind::Run(run) => run.commands.iter().find_map(|command| {
                let packages =
                    system_packages::read(command).filter(|packages| packages.action == Action::Install)?;
                let server = packages.packages.into_iter().find(|word| {
                    let name = word.text.split('=').next().unwrap_or("");
                    // Debian's `ssh` brings the client and the server.
                    matches!(name, "openssh-server" | "openssh" | "dropbear" | "openssh-server-pam" | "ssh")
                })?;
                Some((server.at, "installed here"))
            }),
            _ => None,
        };
        let Some((span, label)) = place else { continue };
        found = Some(match found {
            None => Finding::place(
                at.place(span),
                Plane::Declared,
                label,
                format!("stage `{}` brings an SSH server", stage.label()),
                "remove it; look inside with `docker exec`",
            ),
            Some(finding) => finding.near(at.place(span), label),
        });
    }
    found.map_or_else(Verdict::absent, Verdict::fail)
}
