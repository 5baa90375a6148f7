//! No filter on system calls.

use plimsoll_posture::{Known, Posture, SeccompProfile, Service};

use crate::deciding::{by_claim, unless_privileged};
use crate::remedy::withdraw;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "seccomp-unconfined",
    title: "system calls are not filtered",
    page: include_str!("seccomp_unconfined.md"),
    severity: Severity::High,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["CL-0009", "CIS-5.22", "KICS: Default Seccomp Profile Disabled"],
    covered_by: &["privileged-container"],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let default = posture.host.as_ref().and_then(|host| host.daemon.seccomp.effective());
    let default = default.filter(|claim| claim.value == Known::Value(SeccompProfile::Unconfined));
    unless_privileged(service, || {
        by_claim(&service.seccomp, |profile, claim| {
            if let Some(default) = default.filter(|_| *profile == SeccompProfile::Default) {
                return Some(
                    Finding::at(
                        claim,
                        "no profile is named",
                        format!(
                            "service `{}` runs without a seccomp profile, which is the engine's default",
                            service.name()
                        ),
                        "give the engine its default profile back, or name one in `security_opt`",
                    )
                    .with(default, "the engine filters nothing"),
                );
            }
            (*profile == SeccompProfile::Unconfined).then(|| {
                Finding::at(
                    claim,
                    "every system call is allowed",
                    format!("service `{}` runs without a seccomp profile", service.name()),
                    "delete this entry, or name a profile that allows only what is missing",
                )
                .remedied(Remedy::risky(
                    vec![withdraw(claim)],
                    "a program that uses one of the system calls that the default profile denies fails",
                ))
            })
        })
    })
}
