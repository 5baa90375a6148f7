//! A build step without the sandbox.

use plimsoll_posture::{Plane, Posture, Recipe, Stage};
use plimsoll_text::Span;

use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, recipe_change,
};

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
            (&run.security, "--security=", "insecure", "the step holds every privilege of the builder"),
            (
                &run.network,
                "--network=",
                "host",
                "the step reaches every service that listens on the builder's loopback",
            ),
        ];
        for (flag, name, bad, why) in flags {
            if let Some(flag) = flag.as_ref().filter(|flag| &*flag.value == bad) {
                findings.push(
                    Finding::place(
                        stage.place(flag.at),
                        Plane::Declared,
                        "without isolation",
                        format!("stage `{}` runs a step without isolation: `{bad}`", stage.label()),
                        "remove the flag; pass what the step needs as a secret, a mount or a build argument",
                    )
                    .because(why)
                    .remedied(Remedy::risky(
                        vec![recipe_change::drop_words(stage, whole(flag.at, name))],
                        "a step that really needs the privilege or the network fails",
                    )),
                );
            }
        }
    }
    Verdict::from_findings(findings, Verdict::absent())
}

/// The flag as a whole, of which only the value has a place.
fn whole(value: Span, name: &str) -> Span {
    Span::new(value.source, (value.start as usize).saturating_sub(name.len()), value.end as usize)
}
