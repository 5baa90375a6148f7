//! A token for a package registry in the configuration of the project's package manager.

use plimsoll_posture::{Dependencies, Plane, Posture, RegistrySettings, Tracking};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "registry-token-in-project",
    title: "token of a package registry lies in the project",
    page: include_str!("registry_token_in_project.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::App(check),
};

fn check(app: &Dependencies, posture: &Posture, _: &Settings) -> Verdict {
    let tracking = |source| posture.project.tracking.get(&source).copied();
    let findings: Vec<Finding> = app
        .registry
        .credentials
        .iter()
        .filter(|credential| tracking(credential.at.source) != Some(Tracking::Ignored))
        .map(|credential| {
            let git = match tracking(credential.at.source) {
                Some(Tracking::Tracked) => ", and git has it",
                _ => "",
            };
            Finding::place(
                RegistrySettings::place(credential.at, &credential.value),
                Plane::Declared,
                "a token or password",
                format!("`{}` is written as a secret, not as a variable{git}", credential.value),
                "revoke it, write `${NPM_TOKEN}` in its place, and give it to builds as a secret",
            )
        })
        .collect();
    Verdict::from_findings(findings, Verdict::absent())
}
