//! Processes may gain privileges by executing a setuid program.

use plimsoll_posture::{Posture, Service};

use crate::deciding::{by_claim, unset_here};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "privilege-escalation-allowed",
    title: "setuid programs may gain privileges",
    page: include_str!("privilege_escalation_allowed.md"),
    severity: Severity::Medium,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["CL-0003", "CIS-5.26", "KICS: No New Privileges Not Set", "KICS: Security Opt Not Set"],
    covered_by: &[],
    standing: Standing::Baseline,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_claim(&service.no_new_privileges, |on, claim| {
        if *on {
            return None;
        }
        let message = format!("service `{}` may gain privileges through setuid programs", service.name());
        Some(if claim.is_assumed() {
            unset_here(
                service,
                "no-new-privileges",
                message,
                "add `no-new-privileges:true` to `security_opt`",
            )
        } else {
            Finding::at(claim, "switched off here", message, "write `no-new-privileges:true` here")
        })
    })
}
