//! A port that listens on every interface of the host.

use plimsoll_posture::{Change, Claim, Known, Posture, Protocol, PublishedPort, Reach, Role, Service};

use crate::datastore::{is_datastore_port, publishes};
use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, debugger,
    default_address,
};

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

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
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
        match default_address::reach(port, service, posture) {
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
    let finding = Finding::at(
        claim,
        "no address: whoever reaches the host reaches it",
        format!("service `{name}` publishes {what} on every interface"),
        bound(port),
    );
    let remedy = || {
        Remedy::risky(
            vec![Change::Listen { at: claim.at.clone(), address: "127.0.0.1".into() }],
            "clients on other machines do not reach the port any more",
        )
    };
    finding.remedied_by((!is_for_others(port)).then(remedy))
}

/// Whether the protocol is one that others speak from afar and no reverse proxy stands before: everything but TCP (voice, VPNs,
/// name service, games), many ports at once (media, passive FTP), and a few by their number.
fn is_for_others(port: &PublishedPort) -> bool {
    let container = port.container.value();
    port.protocol != Protocol::Tcp
        || container.is_some_and(|range| range.first != range.last || PUBLIC.contains(&range.first))
}

fn bound(port: &PublishedPort) -> String {
    let container = port.container.value().map(ToString::to_string);
    let (Some(container), Known::Value(host)) = (container, &port.host) else {
        return "put `127.0.0.1:` before the port, or publish only the reverse proxy".to_owned();
    };
    let host = host.map(|host| host.to_string()).unwrap_or_default();
    let protocol = match port.protocol {
        Protocol::Tcp => String::new(),
        other => format!("/{}", other.name()),
    };
    let instead = if is_for_others(port) {
        "allow it with a reason where others are meant to reach it"
    } else {
        "publish only the reverse proxy"
    };
    format!(r#"write `"127.0.0.1:{host}:{container}{protocol}"`, or {instead}"#)
}

/// Ports of SSH, mail, name service, VPNs, telephony, chat, streams from devices, exchange among peers, and games.
const PUBLIC: &[u16] = &[
    21, 22, 25, 53, 110, 143, 465, 587, 853, 993, 995, 1194, 1723, 1935, 2222, 3478, 4190, 5060, 5061, 5222,
    5269, 5349, 6881, 8333, 8883, 9735, 25565, 27015, 30303, 51413,
];
