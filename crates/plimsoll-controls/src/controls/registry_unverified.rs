//! A package registry whose certificate nobody checks.

use plimsoll_posture::{Dependencies, Plane, Posture, RegistrySettings};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "registry-unverified",
    title: "package registry's certificate is not checked",
    page: include_str!("registry_unverified.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::App(check),
};

fn check(app: &Dependencies, _: &Posture, _: &Settings) -> Verdict {
    let finding = |at| {
        Finding::place(
            RegistrySettings::place(at, "strict-ssl"),
            Plane::Declared,
            "any certificate will do",
            "the check of the registry's certificate is switched off",
            "remove it; give the authority of a registry of your own instead (`cafile=`, of Yarn `httpsCaFilePath`)",
        )
    };
    let findings = app.registry.unverified.iter().map(|at| finding(*at)).collect();
    Verdict::from_findings(findings, Verdict::absent())
}
