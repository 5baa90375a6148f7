//! Two services that want the same port of the host.

use plimsoll_posture::{Claim, Known, PortRange, Posture, PublishedPort, Service};

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

/// Judges a service against those before it, so that a pair is told once.
fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    if !publishes(service) {
        return Verdict::NotApplicable("no port is published");
    }
    let before: Vec<&Service> = posture
        .services
        .iter()
        .take_while(|other| !std::ptr::eq(*other, service))
        .filter(|other| !other.published.is_empty() && run_together(service, other))
        .collect();
    let mut findings = Vec::new();
    let mut reason = None;
    for (port, claim) in service.published.values() {
        for other in &before {
            for (theirs, at) in other.published.values() {
                match clash(port, theirs) {
                    Known::Value(None) => {}
                    Known::Value(Some(host)) => findings.push(finding(service, host, claim, other, at)),
                    Known::Unknown(why) => reason = reason.or(Some(why)),
                }
            }
        }
    }
    Verdict::from_findings(findings, reason.map_or_else(Verdict::absent, Verdict::Unknown))
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

/// The host ports that both mappings take, if any.
fn clash(a: &PublishedPort, b: &PublishedPort) -> Known<Option<PortRange>> {
    if a.protocol != b.protocol {
        return Known::Value(None);
    }
    let hosts = [a, b].map(fixed);
    let [Known::Value(mine), Known::Value(theirs)] = hosts else {
        let reason = hosts.into_iter().find_map(|host| host.reason().cloned());
        return reason.map_or(Known::Value(None), Known::Unknown);
    };
    let (Some(mine), Some(theirs)) = (mine, theirs) else { return Known::Value(None) };
    if mine.first > theirs.last || theirs.first > mine.last {
        return Known::Value(None);
    }
    let both = PortRange { first: mine.first.max(theirs.first), last: mine.last.min(theirs.last) };
    a.host_ip.as_ref().and_then(|x| {
        b.host_ip.as_ref().map(|y| {
            let same = match (x, y) {
                (Some(x), Some(y)) if x.is_ipv4() != y.is_ipv4() => false,
                (Some(x), Some(y)) => x == y || x.is_unspecified() || y.is_unspecified(),
                _ => true,
            };
            same.then_some(both)
        })
    })
}

/// The host ports that a mapping takes for certain: of a range for one container port the engine picks a free one.
fn fixed(port: &PublishedPort) -> Known<Option<PortRange>> {
    port.host.as_ref().map(|host| {
        host.filter(|host| {
            host.first == host.last
                || port.container.value().is_some_and(|container| container.first != container.last)
        })
    })
}
