//! Whether AppArmor or SELinux confines a service, as far as its host has them.

use plimsoll_posture::{Fact, Known, MacProfile, Posture, Service};

use crate::deciding::{by_claim, unless_privileged};
use crate::remedy::withdraw;
use crate::{Finding, Remedy, Verdict};

/// AppArmor.
pub(crate) fn apparmor(service: &Service, posture: &Posture) -> Verdict {
    let host = posture.host.as_ref().map(|host| &host.machine.apparmor);
    judge(service, "AppArmor", &service.apparmor, host, "the host has no AppArmor")
}

/// SELinux.
pub(crate) fn selinux(service: &Service, posture: &Posture) -> Verdict {
    let host = posture.host.as_ref().map(|host| &host.machine.selinux);
    judge(service, "SELinux", &service.selinux, host, "the host has no SELinux")
}

fn judge(
    service: &Service,
    module: &str,
    fact: &Fact<MacProfile>,
    host: Option<&Fact<bool>>,
    without: &'static str,
) -> Verdict {
    if host.and_then(Fact::effective).is_some_and(|claim| claim.value == Known::Value(false)) {
        return Verdict::NotApplicable(without);
    }
    unless_privileged(service, || {
        by_claim(fact, |profile, claim| {
            unconfined(profile).then(|| {
                Finding::at(
                    claim,
                    format!("no {module} profile"),
                    format!("service `{}` runs without {module} confinement", service.name()),
                    "delete this entry",
                )
                .remedied(Remedy::risky(
                    vec![withdraw(claim)],
                    "a program that does what the default profile denies fails",
                ))
            })
        })
    })
}

/// `spc_t` is the SELinux type of a container that nothing confines (container-selinux).
fn unconfined(profile: &MacProfile) -> bool {
    match profile {
        MacProfile::Default => false,
        MacProfile::Unconfined(_) => true,
        MacProfile::Custom(text) => text.ends_with(":spc_t") || text.ends_with("=spc_t"),
    }
}
