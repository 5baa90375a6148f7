//! Neither AppArmor nor SELinux confines containers.

use plimsoll_posture::{Host, Known, Posture};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, engine_setting};

pub(super) static CONTROL: Control = Control {
    id: "missing-mandatory-access-control",
    title: "host has neither AppArmor nor SELinux",
    page: include_str!("missing_mandatory_access_control.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    let modules = [&host.machine.apparmor, &host.machine.selinux];
    let on =
        modules.iter().filter_map(|fact| fact.effective()).find(|claim| claim.value == Known::Value(true));
    if let Some(claim) = on {
        return Verdict::pass(claim);
    }
    let mut off = None;
    for fact in modules {
        match fact.effective() {
            None => return engine_setting::not_told(),
            Some(claim) => match &claim.value {
                Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
                Known::Value(_) => off = off.or(Some(claim)),
            },
        }
    }
    match off {
        None => engine_setting::not_told(),
        Some(claim) => Verdict::fail(Finding::at(
            claim,
            "neither is among its security options",
            "neither AppArmor nor SELinux confines the containers of this host",
            "boot a kernel with AppArmor (`apparmor=1 security=apparmor`) and install its tools, or set SELinux to enforcing",
        )),
    }
}
