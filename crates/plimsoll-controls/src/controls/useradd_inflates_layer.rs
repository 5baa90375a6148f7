//! `useradd` with a high number, which makes a sparse login log of many gigabytes.

use plimsoll_posture::{Plane, Posture, Recipe, Stage};

use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, recipe_change,
};

pub(super) static CONTROL: Control = Control {
    id: "useradd-inflates-layer",
    title: "account with a high number makes the layer huge",
    page: include_str!("useradd_inflates_layer.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3046"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

/// From six digits on the log is tens of megabytes and more: 292 bytes for every number below.
const HIGH: u32 = 99_999;

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    let mut creates = false;
    for (_, command) in stage.commands().filter(|(_, command)| command.effective_program() == Some("useradd"))
    {
        creates = true;
        if command.has_short('l') || command.has_argument(&["--no-log-init"]) {
            continue;
        }
        let created = stage.image.created.iter().find(|claim| claim.at.span == command.at);
        let number = created.and_then(|claim| claim.value.value()).and_then(|account| account.uid);
        let Some(number) = number.filter(|number| *number > HIGH) else { continue };
        let finding = Finding::place(
            stage.place(command.at),
            Plane::Declared,
            "writes a login log as long as the number is high",
            format!(
                "stage `{}` creates an account with the number {number} and a login log to match",
                stage.label()
            ),
            "add `--no-log-init` (`-l`)",
        );
        let program = command.effective_words().first();
        findings.push(
            match program.and_then(|word| recipe_change::add_option(stage, word, "--no-log-init")) {
                Some(change) => finding.remedied(Remedy::safe(
                    vec![change],
                    "the account is the same; only a login log that nothing in a container reads is left out",
                )),
                None => finding,
            },
        );
    }
    let nothing =
        if creates { Verdict::absent() } else { Verdict::NotApplicable("useradd creates no account") };
    Verdict::from_findings(findings, nothing)
}
