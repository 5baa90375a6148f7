//! A port that listens on every interface of the host.

use plimsoll_posture::{Change, Claim, Known, Posture, PublishedPort, Reach, Role, Service};

use crate::datastore::{is_datastore_port, publishes};
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, debugger};

pub(super) static CONTROL: Control = Control {
    id: "port-published-everywhere",
    title: "port is published on every interface",
    page: include_str!("port_published_everywhere.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "CL-0005",
        "CIS-5.14",
        "no-unbound-port-interfaces",
        "KICS: Container Traffic Not Bound To Host Interface",
    ],
    covered_by: &["proxied-port-published"],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    if !publishes(service) {
        return Verdict::NotApplicable("no port is published");
    }
    let mut findings = Vec::new();
    let mut reason = service.published.unknown().cloned();
    for (port, claim) in service.published.values() {
        // What is worse has a control of its own.
        if is_purpose(service, port)
            || is_datastore_port(service, port)
            || debugger::is_debug_port(service, port)
        {
            continue;
        }
        match port.reach() {
            Known::Value(Reach::AllInterfaces) => findings.push(finding(service, port, claim)),
            Known::Value(Reach::Address | Reach::Loopback) => {}
            Known::Unknown(why) => reason = reason.or(Some(why)),
        }
    }
    Verdict::from_findings(findings, reason.map_or_else(Verdict::absent, Verdict::Unknown))
}

/// Ports 80 and 443 of a reverse proxy are there to be reached.
fn is_purpose(service: &Service, port: &PublishedPort) -> bool {
    service.knowledge.role == Some(Role::Proxy)
        && port.host.value().is_some_and(|host| {
            host.is_some_and(|host| host.first == host.last && matches!(host.first, 80 | 443))
        })
}

fn finding(service: &Service, port: &PublishedPort, claim: &Claim<PublishedPort>) -> Finding {
    let name = service.name();
    let what = match &port.host {
        Known::Value(Some(host)) => format!("port {host}"),
        Known::Value(None) => "a random port".to_owned(),
        Known::Unknown(_) => format!("`{}`", port.text),
    };
    Finding::at(
        claim,
        "no address: whoever reaches the host reaches it",
        format!("service `{name}` publishes {what} on every interface"),
        bound(port),
    )
    .remedied(Remedy::risky(
        vec![Change::Listen { at: claim.at.clone(), address: "127.0.0.1".into() }],
        "clients on other machines do not reach the port any more",
    ))
}

fn bound(port: &PublishedPort) -> String {
    let container = port.container.value().map(ToString::to_string);
    let (Some(container), Known::Value(host)) = (container, &port.host) else {
        return "put `127.0.0.1:` before the port, or publish only the reverse proxy".to_owned();
    };
    let host = host.map(|host| host.to_string()).unwrap_or_default();
    let protocol = match port.protocol {
        plimsoll_posture::Protocol::Tcp => String::new(),
        other => format!("/{}", other.name()),
    };
    // No reverse proxy stands before mail, name service or a VPN.
    let instead = match port.container.value() {
        Some(range) if protocol.is_empty() && !PUBLIC.contains(&range.first) => {
            "publish only the reverse proxy"
        }
        _ => "allow it with a reason where others are meant to reach it",
    };
    format!(r#"write `"127.0.0.1:{host}:{container}{protocol}"`, or {instead}"#)
}

/// Ports of mail, name service and SSH.
const PUBLIC: &[u16] = &[22, 25, 53, 110, 143, 465, 587, 853, 993, 995, 4190];
