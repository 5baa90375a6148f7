//! AppArmor or SELinux is switched off.

use plimsoll_posture::{MacProfile, Posture, Service};

use crate::deciding::{both, by_claim, unless_privileged};
use crate::remedy::withdraw;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

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

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    unless_privileged(service, || {
        let judged =
            [("AppArmor", &service.apparmor), ("SELinux", &service.selinux)].map(|(module, fact)| {
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
            });
        let [apparmor, selinux] = judged;
        both(apparmor, selinux)
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
