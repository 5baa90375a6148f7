//! `apt` in a build: made for people, not for scripts.

use plimsoll_posture::{Plane, Posture, Recipe, Stage};

use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, recipe_change,
};

pub(super) static CONTROL: Control = Control {
    id: "apt-in-script",
    title: "apt is used where apt-get is meant for scripts",
    page: include_str!("apt_in_script.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3027", "CKV_DOCKER_9", "KICS: Run Using apt"],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    for (_, command) in stage.commands() {
        if command.effective_program() != Some("apt") {
            continue;
        }
        let Some(word) = command.effective_words().first() else { continue };
        let finding = Finding::place(
            stage.place(word.at),
            Plane::Declared,
            "its options and output may change",
            format!("stage `{}` uses apt in a script", stage.label()),
            "write `apt-get` (or `apt-cache`) instead",
        );
        // Commands that both have, with the same meaning.
        let same = command.subcommand().is_some_and(|verb| {
            matches!(
                &*verb.text,
                "install" | "update" | "remove" | "purge" | "autoremove" | "clean" | "autoclean"
            )
        });
        findings.push(if same && recipe_change::is_bare(word) && &*word.text == "apt" {
            finding.remedied(Remedy::safe(
                vec![recipe_change::reword(stage, word.at, "apt-get")],
                "`apt-get` has this command too, and both do the same with it",
            ))
        } else {
            finding
        });
    }
    Verdict::from_findings(findings, Verdict::absent())
}
