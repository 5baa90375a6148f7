//! A namespace of another container.

use plimsoll_posture::{Fact, NamespaceMode, Posture, Reason, Service};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "namespace-joined",
    title: "service joins a namespace of another container",
    page: include_str!("namespace_joined.md"),
    severity: Severity::Info,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    let facts: [(&str, &str, &Fact<NamespaceMode>); 3] = [
        ("network_mode", "is reached by every port that is published there", &service.network_mode),
        ("pid", "sees and signals the processes there", &service.pid_mode),
        ("ipc", "reads and writes the shared memory there", &service.ipc_mode),
    ];
    let mut findings = Vec::new();
    let mut reason: Option<Reason> = None;
    for (key, label, fact) in facts {
        let Some(claim) = fact.effective() else { continue };
        let other = match claim.value.value() {
            Some(NamespaceMode::Service(other)) => format!("service `{other}`"),
            Some(NamespaceMode::Container(other)) => format!("container `{other}`"),
            Some(_) => continue,
            None => {
                reason = reason.or_else(|| claim.value.reason().cloned());
                continue;
            }
        };
        findings.push(Finding::at(
            claim,
            label,
            format!("service `{}` joins the {} namespace of {other}", service.name(), kind(key)),
            format!("remove `{key}` unless the two are meant to be one unit"),
        ));
    }
    Verdict::from_findings(findings, reason.map_or_else(Verdict::absent, Verdict::Unknown))
}

fn kind(key: &str) -> &str {
    if key == "network_mode" { "network" } else { key }
}
