//! A name for the host inside the container.

use plimsoll_posture::{Posture, Service};

use crate::deciding::by_items;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "host-gateway-reachable",
    title: "container is given a name for the host",
    page: include_str!("host_gateway_reachable.md"),
    severity: Severity::Info,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_items(&service.extra_hosts, |(host, address), claim| {
        (&**address == "host-gateway").then(|| {
            Finding::at(
                claim,
                format!("`{host}` is the host"),
                format!("service `{}` reaches the host as `{host}`", service.name()),
                "remove this entry, or run what it calls as a service of the project",
            )
        })
    })
}
