//! A device cgroup rule that opens many devices at once.

use plimsoll_posture::{Posture, Service};

use crate::deciding::{by_items, unless_privileged};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "device-cgroup-wildcard",
    title: "device rule opens many devices of the host",
    page: include_str!("device_cgroup_wildcard.md"),
    severity: Severity::High,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &[],
    covered_by: &["privileged-container"],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    unless_privileged(service, || {
        by_items(&service.device_cgroup_rules, |rule, claim| {
            let opens = opens(rule)?;
            Some(Finding::at(
                claim,
                opens,
                format!("service `{}` may use {opens}", service.name()),
                "delete this rule and list the one device under `devices`",
            ))
        })
    })
}

/// What a rule `TYPE MAJOR:MINOR ACCESS` opens beyond the devices of one driver; `mknod`, which is a default
/// capability, makes the rest.
fn opens(rule: &str) -> Option<&'static str> {
    let mut words = rule.split_whitespace();
    let kind = words.next()?;
    let numbers = words.next().unwrap_or("*:*");
    let access = words.next().unwrap_or("rwm");
    // `m` alone allows to make the node, not to open it.
    if !access.contains(['r', 'w']) {
        return None;
    }
    let any = numbers.split(':').next() == Some("*");
    match kind {
        "a" => Some("every device of the host"),
        "b" if any => Some("every disk of the host"),
        "b" => Some("disks of the host"),
        "c" if any => Some("every character device of the host"),
        _ => None,
    }
}
