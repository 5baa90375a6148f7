//! AppArmor or SELinux is switched off.

use plimsoll_posture::{Posture, Service};

use crate::deciding::both;
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict, confinement};

pub(super) static CONTROL: Control = Control {
    id: "lsm-unconfined",
    title: "AppArmor or SELinux confinement is switched off",
    page: include_str!("lsm_unconfined.md"),
    severity: Severity::High,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["CL-0009", "CIS-5.2", "CIS-5.3"],
    covered_by: &["privileged-container"],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let modules = (confinement::apparmor(service, posture), confinement::selinux(service, posture));
    match modules {
        // A module that the host lacks takes nothing from the other one.
        (Verdict::NotApplicable(_), Verdict::NotApplicable(_))
            if service.privileged.value() != Some(&true) =>
        {
            Verdict::NotApplicable("the host has neither AppArmor nor SELinux")
        }
        (Verdict::NotApplicable(_), other) | (other, Verdict::NotApplicable(_)) => other,
        (apparmor, selinux) => both(apparmor, selinux),
    }
}
