//! The process joins the group that may use the engine's socket.

use plimsoll_posture::{Posture, Reason, Service};

use crate::deciding::or_unknown;
use crate::host_path::runtime_socket;
use crate::remedy::withdraw;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "docker-group-added",
    title: "process joins the docker group",
    page: include_str!("docker_group_added.md"),
    severity: Severity::Medium,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    let mut number = false;
    for (group, claim) in service.group_add.values() {
        if &**group == "docker" {
            findings.push(
                Finding::at(
                    claim,
                    "may use the engine's socket",
                    format!("service `{}` joins the group `docker`", service.name()),
                    "delete the entry `docker`",
                )
                .remedied(Remedy::risky(
                    vec![withdraw(claim)],
                    "a program that asks the engine through a mounted socket is refused",
                )),
            );
        }
        number |= group.parse().is_ok_and(|gid: u32| gid != 0);
    }
    // A number may be the socket's group, which matters only where the socket is within reach.
    let otherwise = if number && socket_within_reach(service) {
        Verdict::Unknown(Reason::NeedsEngine("getent group docker"))
    } else {
        Verdict::absent()
    };
    Verdict::from_findings(findings, or_unknown(&service.group_add, otherwise))
}

fn socket_within_reach(service: &Service) -> bool {
    service
        .mounts
        .values()
        .any(|(mount, _)| mount.host_path().is_some_and(|path| runtime_socket(path).is_some()))
}
