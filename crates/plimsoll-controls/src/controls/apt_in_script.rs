//! `apt` in a build: made for people, not for scripts.

use plimsoll_posture::{Plane, Posture, Recipe, Stage};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

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
        findings.push(Finding::place(
            stage.place(word.at),
            Plane::Declared,
            "its options and output may change",
            format!("stage `{}` uses apt in a script", stage.label()),
            "write `apt-get` (or `apt-cache`) instead",
        ));
    }
    Verdict::from_findings(findings, Verdict::absent())
}
