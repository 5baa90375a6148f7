//! Two services that want the same port of the host.

use plimsoll_posture::{Claim, Known, PortRange, Posture, Protocol, PublishedPort, Service};

use crate::datastore::publishes;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "duplicate-host-port",
    title: "two services publish the same host port",
    page: include_str!("duplicate_host_port.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["no-duplicate-exported-ports"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

/// Judges a service against those before it, so that a pair is told once; of several that take a port already the first
/// is told.
fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    if !publishes(service) {
        return Verdict::NotApplicable("no port is published");
    }
    let all = &posture.services;
    let own = all.iter().position(|other| std::ptr::eq(other, service)).unwrap_or(all.len());
    let before = |at: usize| all.get(at).filter(|other| at < own && run_together(service, other));
    let mut findings = Vec::new();
    let mut reason = None;
    for (port, claim) in service.published.values() {
        let ports = match port.fixed() {
            Known::Value(Some(ports)) => ports,
            Known::Value(None) => continue,
            Known::Unknown(why) => {
                // Whatever it is, somebody before may have taken it.
                let taken = (0..own).filter_map(before).any(|other| publishes_on(other, port.protocol));
                reason = reason.or_else(|| taken.then_some(why));
                continue;
            }
        };
        let mut clash = None;
        for taken in posture.host_ports.sharing(ports) {
            let Some(other) = before(taken.service) else { continue };
            let Some((theirs, at)) = other.published.values().nth(taken.entry) else { continue };
            if theirs.protocol != port.protocol {
                continue;
            }
            match same_address(port, theirs) {
                Known::Value(false) => {}
                Known::Value(true) => {
                    clash = Some(finding(service, shared(ports, taken.ports), claim, other, at));
                    break;
                }
                Known::Unknown(why) => reason = reason.or(Some(why)),
            }
        }
        if clash.is_none() && reason.is_none() {
            reason = posture.host_ports.open().iter().find_map(|&(at, entry)| {
                let (theirs, _) = before(at)?.published.values().nth(entry)?;
                theirs.host.reason().filter(|_| theirs.protocol == port.protocol).cloned()
            });
        }
        findings.extend(clash);
    }
    Verdict::from_findings(findings, reason.map_or_else(Verdict::absent, Verdict::Unknown))
}

fn publishes_on(service: &Service, protocol: Protocol) -> bool {
    service.published.values().any(|(port, _)| port.protocol == protocol)
}

fn shared(a: PortRange, b: PortRange) -> PortRange {
    PortRange { first: a.first.max(b.first), last: a.last.min(b.last) }
}

fn finding(
    service: &Service,
    host: PortRange,
    claim: &Claim<PublishedPort>,
    other: &Service,
    at: &Claim<PublishedPort>,
) -> Finding {
    Finding::at(
        claim,
        "taken already",
        format!("services `{}` and `{}` both publish port {host}", other.name(), service.name()),
        format!("give `{}` another host port, or remove the entry", service.name()),
    )
    .with(at, format!("`{}` takes it here", other.name()))
}

/// Services of different profiles are started one or the other.
fn run_together(a: &Service, b: &Service) -> bool {
    a.profiles.is_empty()
        || b.profiles.is_empty()
        || a.profiles.iter().any(|profile| b.profiles.contains(profile))
}

/// Whether both listen on one address.
fn same_address(a: &PublishedPort, b: &PublishedPort) -> Known<bool> {
    a.host_ip.as_ref().and_then(|x| {
        b.host_ip.as_ref().map(|y| match (x, y) {
            (Some(x), Some(y)) if x.is_ipv4() != y.is_ipv4() => false,
            (Some(x), Some(y)) => x == y || x.is_unspecified() || y.is_unspecified(),
            _ => true,
        })
    })
}
