//! The service leaves the control group that the engine would give it.

use plimsoll_posture::{Posture, Service};

use crate::deciding::by_claim;
use crate::remedy::withdraw;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "custom-cgroup-parent",
    title: "service runs under a control group of its own choice",
    page: include_str!("custom_cgroup_parent.md"),
    severity: Severity::Low,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["CIS-5.25", "KICS: Cgroup Not Default"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_claim(&service.cgroup_parent, |parent, claim| {
        (!parent.trim().is_empty()).then(|| {
            Finding::at(
                claim,
                "the limits of that group hold, not the engine's",
                format!("service `{}` chooses its control group", service.name()),
                "delete `cgroup_parent`",
            )
            .remedied(Remedy::risky(
                vec![withdraw(claim)],
                "the limits of that control group do not hold any more",
            ))
        })
    })
}
