//! The engine's own bridge instead of a network of the project.

use plimsoll_posture::{NamespaceMode, Posture, Service};

use crate::deciding::by_claim;
use crate::remedy::withdraw;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "default-bridge-used",
    title: "service is on the engine's default bridge",
    page: include_str!("default_bridge_used.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-5.30", "KICS: Networks Not Set"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_claim(&service.network_mode, |mode, claim| {
        (*mode == NamespaceMode::Bridge).then(|| {
            Finding::at(
                claim,
                "docker0, shared with every container that names no network",
                format!("service `{}` is on the engine's default bridge", service.name()),
                "remove `network_mode`: the project's own network takes its place",
            )
            .remedied(Remedy::risky(
                vec![withdraw(claim)],
                "containers outside the project are not reached by their addresses on docker0 any more",
            ))
        })
    })
}
