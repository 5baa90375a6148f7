//! The kernel's files that the engine hides are open.

use plimsoll_posture::{Posture, Service};

use crate::deciding::{by_claim, unless_privileged};
use crate::remedy::withdraw;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "system-paths-unmasked",
    title: "kernel files under /proc and /sys are not masked",
    page: include_str!("system_paths_unmasked.md"),
    severity: Severity::High,
    foothold: Foothold::Root,
    since: "0.1.0",
    peers: &[],
    covered_by: &["privileged-container"],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    unless_privileged(service, || {
        by_claim(&service.system_paths_unconfined, |open, claim| {
            open.then(|| {
                Finding::at(
                    claim,
                    "/proc and /sys are open and writable",
                    format!("service `{}` runs with unmasked kernel files", service.name()),
                    "delete this entry",
                )
                .remedied(Remedy::risky(
                    vec![withdraw(claim)],
                    "a program that reads or writes the hidden files of /proc and /sys fails",
                ))
            })
        })
    })
}
