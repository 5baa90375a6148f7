//! Processes may gain privileges by executing a setuid program.

use plimsoll_posture::{Change, Known, Posture, Service, Setting};

use crate::deciding::{by_claim, unset_here};
use crate::remedy::give;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

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

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let default = posture.host.as_ref().and_then(|host| host.daemon.no_new_privileges.effective());
    if let Some(default) = default.filter(|claim| claim.value == Known::Value(true) && is_silent(service)) {
        return Verdict::pass(default);
    }
    by_claim(&service.no_new_privileges, |on, claim| {
        if *on {
            return None;
        }
        let message = format!("service `{}` may gain privileges through setuid programs", service.name());
        let (finding, change) = if claim.is_assumed() {
            let fix = "add `no-new-privileges:true` to `security_opt`";
            let finding = unset_here(service, "no-new-privileges", message, fix);
            (finding, give(service, Setting::NoNewPrivileges))
        } else {
            let text = "no-new-privileges:true".to_owned();
            let finding =
                Finding::at(claim, "switched off here", message, "write `no-new-privileges:true` here");
            (finding, Change::Reword { at: claim.at.clone(), text })
        };
        let why = "a program that gains rights through a setuid file, such as `sudo` or `ping` of old, fails";
        Some(finding.remedied(Remedy::risky(vec![change], why)))
    })
}

/// Whether nobody says it: a container's list of options that does not name it stands for its other defaults too.
fn is_silent(service: &Service) -> bool {
    let Some(claim) = service.no_new_privileges.effective() else { return true };
    let spans = [
        service.seccomp.effective().map(|claim| claim.at.span),
        service.apparmor.effective().map(|claim| claim.at.span),
        service.selinux.effective().map(|claim| claim.at.span),
        service.system_paths_unconfined.effective().map(|claim| claim.at.span),
    ];
    claim.value == Known::Value(false) && (claim.is_assumed() || spans.contains(&Some(claim.at.span)))
}
