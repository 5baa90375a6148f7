//! Compose hands the engine's socket and the caller's registry credentials to the container.

use plimsoll_posture::{Posture, Service};

use crate::deciding::by_claim;
use crate::remedy::withdraw;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "api-socket-used",
    title: "service is given the engine's API socket",
    page: include_str!("api_socket_used.md"),
    severity: Severity::Critical,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_claim(&service.use_api_socket, |on, claim| {
        on.then(|| {
            Finding::at(
                claim,
                "the engine's socket and your registry credentials",
                format!("service `{}` uses the engine's API socket", service.name()),
                "delete `use_api_socket`",
            )
            .remedied(Remedy::risky(
                vec![withdraw(claim)],
                "a program that asks the engine for something gets no answer",
            ))
        })
    })
}
