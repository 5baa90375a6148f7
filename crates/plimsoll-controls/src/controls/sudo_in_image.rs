//! `sudo`, installed in or used by an image.

use plimsoll_posture::{Plane, Posture, Recipe, Stage};

use crate::system_packages::{self, Action};
use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, recipe_change,
};

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
    let mut drops = Some(Vec::new());
    for (step, command) in stage.commands() {
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
        let bare = match installed {
            // The last package of a command cannot go alone, and what is installed for others to call stays.
            Some(word) => {
                system_packages::read(command).is_some_and(|packages| packages.packages.len() > 1)
                    && recipe_change::is_bare(word)
            }
            None => command
                .words
                .get(1)
                .is_some_and(|next| !next.text.starts_with('-') && !next.text.contains('=')),
        };
        let root = recipe_change::runs_as_root(stage, step) && !step.on_build;
        match &mut drops {
            Some(drops) if bare && root => drops.push(recipe_change::drop_words(stage, at)),
            _ => drops = None,
        }
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
    let configured = stage.runs().any(|(_, run)| {
        let script = run.script.expose();
        script.contains("sudoers") || script.contains("NOPASSWD") || script.contains("wheel")
    });
    let remedy = drops.filter(|_| !configured).map(|drops| {
        Remedy::risky(
            drops,
            "the steps are root anyway; whoever calls sudo in the running container misses it",
        )
    });
    match (finding, remedy) {
        (None, _) => Verdict::absent(),
        (Some(finding), Some(remedy)) => Verdict::fail(finding.remedied(remedy)),
        (Some(finding), None) => Verdict::fail(finding),
    }
}
