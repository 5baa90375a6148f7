//! A build step without the sandbox.

use plimsoll_posture::{Plane, Posture, Recipe, Stage};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "insecure-build-step",
    title: "build step runs without the sandbox or on the host's network",
    page: include_str!("insecure_build_step.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DD060"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    for (_, run) in stage.runs() {
        let flags = [
            (&run.security, "insecure", "the step holds every privilege of the builder"),
            (&run.network, "host", "the step reaches every service that listens on the builder's loopback"),
        ];
        for (flag, bad, why) in flags {
            if let Some(flag) = flag.as_ref().filter(|flag| &*flag.value == bad) {
                findings.push(
                    Finding::place(
                        stage.place(flag.at),
                        Plane::Declared,
                        "without isolation",
                        format!("stage `{}` runs a step without isolation: `{bad}`", stage.label()),
                        "remove the flag; pass what the step needs as a secret, a mount or a build argument",
                    )
                    .because(why),
                );
            }
        }
    }
    Verdict::from_findings(findings, Verdict::absent())
}
