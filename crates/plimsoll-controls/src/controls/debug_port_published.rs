//! A debugger is open to others.

use plimsoll_posture::{Change, Known, Posture, Reach, Service};

use crate::datastore::publishes;
use crate::debugger::{inspectors, is_debug_port, switched_off, unknown};
use crate::remedy::withdraw;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "debug-port-published",
    title: "debugger can be reached",
    page: include_str!("debug_port_published.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    let name = service.name();
    let inspectors = inspectors(service);
    let off = switched_off(service, &inspectors);
    let mut findings = Vec::new();
    let mut reason = service.published.unknown().cloned();
    for (port, claim) in service.published.values().filter(|_| publishes(service)) {
        if let Known::Unknown(why) = &port.container {
            reason = reason.or_else(|| Some(why.clone()));
        }
        if !is_debug_port(service, port) {
            continue;
        }
        match port.reach() {
            Known::Value(Reach::Loopback) => {}
            Known::Unknown(why) => reason = reason.or(Some(why)),
            Known::Value(_) => {
                let mut finding = Finding::at(
                    claim,
                    "the debugger's port",
                    format!("service `{name}` publishes its debugger on `{}`", port.text),
                    "delete this entry; to debug, publish it on 127.0.0.1 in an override file",
                )
                .remedied(remedy(std::iter::once(withdraw(claim)).chain(off.clone().unwrap_or_default())));
                for inspector in &inspectors {
                    finding = finding.near(inspector.at.clone(), "switched on here");
                }
                findings.push(finding);
            }
        }
    }
    let published = !findings.is_empty();
    for inspector in inspectors.iter().filter(|inspector| inspector.open && !published) {
        findings.push(
            Finding::place(
                inspector.at.clone(),
                inspector.plane,
                "listens on every interface of the container",
                format!("`{name}` opens its debugger to every container on its networks"),
                format!("remove `{}` from what runs in production", inspector.option),
            )
            .because("Whoever connects to the debugger runs code of his choice in the process.")
            .remedied_by(off.clone().map(remedy)),
        );
    }
    let reason = reason.or_else(|| unknown(service));
    Verdict::from_findings(findings, reason.map_or_else(Verdict::absent, Verdict::Unknown))
}

/// The port alone is not enough: what runs beside the service on its networks reaches the debugger too.
fn remedy(changes: impl IntoIterator<Item = Change>) -> Remedy {
    Remedy::risky(
        changes.into_iter().collect(),
        "a debugger does not reach the program any more: switch it on in an override file that production does not use",
    )
}
