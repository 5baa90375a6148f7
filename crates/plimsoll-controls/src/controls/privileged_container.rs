//! A container with every privilege of the host.

use plimsoll_posture::{Claim, Known, Posture, Service};

use crate::remedy::withdraw;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "privileged-container",
    title: "container runs privileged",
    page: include_str!("privileged_container.md"),
    severity: Severity::Critical,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["CL-0002", "CIS-5.5", "KICS: Privileged Containers Enabled"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    let Some(claim) = service.privileged.effective() else { return Verdict::absent() };
    match &claim.value {
        Known::Value(false) => Verdict::pass(claim),
        Known::Unknown(reason) => Verdict::Unknown(reason.clone()),
        Known::Value(true) => {
            let mut finding = Finding::at(
                claim,
                "all capabilities, all devices, no seccomp",
                format!("service `{}` runs privileged", service.name()),
                "remove `privileged` and grant what is needed with `cap_add` and `devices`",
            );
            for dropped in service.cap_drop.items() {
                finding = finding.near(dropped.at.clone(), "has no effect beside `privileged`");
            }
            Verdict::fail(finding.remedied_by(remedy(service, claim)))
        }
    }
}

/// Images that are an operating system or an engine of their own.
const SYSTEMS: &[&str] =
    &["buildkit", "cadvisor", "dind", "docker", "k3s", "kind", "node-exporter", "systemd"];

/// `privileged` goes, where nothing is known that cannot work without it.
fn remedy(service: &Service, claim: &Claim<bool>) -> Option<Remedy> {
    let image = service.image.value().filter(|_| service.build.is_none()).map(|image| image.name());
    if image.is_some_and(|name| SYSTEMS.iter().any(|system| name.contains(system))) {
        return None;
    }
    Some(Remedy::risky(
        vec![withdraw(claim)],
        "a program that uses devices, kernel modules or mounts fails: grant it the one device or capability that it needs",
    ))
}
