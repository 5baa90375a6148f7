//! Well-known ports of the host that a service takes.

use plimsoll_posture::{Known, Posture, Reach, Role, Service};

use crate::datastore::publishes;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "privileged-port-published",
    title: "service takes a host port below 1024",
    page: include_str!("privileged_port_published.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-5.8", "KICS: Privileged Ports Mapped In Container"],
    covered_by: &["datastore-published", "debug-port-published"],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    if !publishes(service) {
        return Verdict::NotApplicable("no port is published");
    }
    let mut findings = Vec::new();
    let mut reason = service.published.unknown().cloned();
    let proxy = service.knowledge.role == Some(Role::Proxy);
    for (port, claim) in service.published.values() {
        match &port.host {
            Known::Value(Some(host)) if host.first < 1024 => {
                if proxy && host.first == host.last && matches!(host.first, 80 | 443) {
                    continue;
                }
                if port.reach().value() == Some(&Reach::Loopback) {
                    continue;
                }
                findings.push(Finding::at(
                    claim,
                    "a port that clients expect of the host itself",
                    format!("service `{}` takes port {host} of the host", service.name()),
                    "publish it above 1023, or let the reverse proxy hold the well-known ports",
                ));
            }
            Known::Value(_) => {}
            Known::Unknown(why) => reason = reason.or_else(|| Some(why.clone())),
        }
    }
    Verdict::from_findings(findings, reason.map_or_else(Verdict::absent, Verdict::Unknown))
}
