//! A second `CMD`, `ENTRYPOINT` or `HEALTHCHECK` in one stage.

use plimsoll_posture::{Change, Plane, Posture, Recipe, Stage, Step, StepKind};

use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "duplicate-instruction",
    title: "instruction is overridden by a later one of the same stage",
    page: include_str!("duplicate_instruction.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "DL3012",
        "DL4003",
        "DL4004",
        "DS-0007",
        "DS-0016",
        "DS-0023",
        "MultipleInstructionsDisallowed",
        "KICS: Multiple ENTRYPOINT Instructions Listed",
        "KICS: Multiple CMD Instructions Listed",
    ],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    let mut last: [Option<&Step>; 3] = [None; 3];
    for step in stage.steps.iter().filter(|step| !step.on_build) {
        let (slot, keyword) = match &step.kind {
            StepKind::Cmd(_) => (0, "CMD"),
            StepKind::Entrypoint(_) => (1, "ENTRYPOINT"),
            StepKind::Healthcheck(_) => (2, "HEALTHCHECK"),
            _ => continue,
        };
        let Some(seen) = last.get_mut(slot) else { continue };
        if let Some(earlier) = seen.replace(step) {
            findings.push(
                Finding::place(
                    stage.place(earlier.at),
                    Plane::Declared,
                    "has no effect",
                    format!("{keyword} of stage `{}` is overridden by a later one", stage.label()),
                    "remove it, or put both into one script",
                )
                .near(stage.place(step.keyword_at), "this one counts")
                .remedied(Remedy::safe(
                    vec![Change::Withdraw { at: stage.place(earlier.at) }],
                    "only the last one of a stage has an effect",
                )),
            );
        }
    }
    Verdict::from_findings(findings, Verdict::absent())
}
