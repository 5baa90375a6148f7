//! Forwarding to a service or port that is not there.

use plimsoll_posture::{Known, NamespaceMode, Plane, Posture, Reason, Service, Upstream};

use crate::proxy::{NO_PROXY, fine, named, on_host_network, upstreams};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "upstream-unknown",
    title: "proxy forwards to a service or port that is not there",
    page: include_str!("upstream_unknown.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let Some(proxy) = &service.proxy else { return Verdict::NotApplicable(NO_PROXY) };
    if upstreams(proxy).next().is_none() {
        return if proxy.unread.is_some() {
            fine(proxy)
        } else {
            Verdict::NotApplicable("it forwards nothing")
        };
    }
    let mut findings: Vec<Finding> = Vec::new();
    let mut doubt = proxy.unread.clone();
    for upstream in upstreams(proxy) {
        let Some(host) = upstream.host.as_deref() else { continue };
        if is_outside(host) || service.extra_hosts.values().any(|((name, _), _)| &**name == host) {
            continue;
        }
        let finding = match named(service, host, posture) {
            Some(target) if target.name() == service.name() => None,
            Some(target) if apart(service, target) => Some(Finding::place(
                upstream.at.at.clone(),
                upstream.at.plane,
                "not on one of its networks",
                format!("proxy `{}` forwards to `{host}`, with which it shares no network", service.name()),
                format!(
                    "put both on one network, or forward to a service of `{}`'s networks",
                    service.name()
                ),
            )),
            Some(target) => upstream.port.and_then(|port| wrong_port(service, target, port, upstream)),
            None if on_foreign_network(service, posture) || on_host_network(service) => {
                doubt = doubt.or(Some(Reason::NeedsEngine("docker network inspect")));
                None
            }
            None => Some(Finding::place(
                upstream.at.at.clone(),
                upstream.at.plane,
                "no service has this name",
                format!("proxy `{}` forwards to `{host}`, which no service is called", service.name()),
                "write the name of a service, or add the service",
            )),
        };
        if let Some(finding) = finding
            && !findings.iter().any(|other| other.message == finding.message)
        {
            findings.push(finding);
        }
    }
    Verdict::from_findings(findings, doubt.map_or_else(Verdict::absent, Verdict::Unknown))
}

/// Names that are resolved elsewhere than among the services.
fn is_outside(host: &str) -> bool {
    host.contains(['.', ':', '%', '$', '{']) || matches!(host, "localhost" | "")
}

fn apart(one: &Service, other: &Service) -> bool {
    use NamespaceMode::{Container, Host, None, Service as OfService};
    let elsewhere = |service: &Service| {
        matches!(service.network_mode.value(), Some(Host | None | OfService(_) | Container(_)))
    };
    let shares = |name: &str| other.networks.values().any(|(attachment, _)| &*attachment.network == name);
    !elsewhere(one)
        && !elsewhere(other)
        && one.networks.unknown().is_none()
        && !one.networks.is_empty()
        && !other.networks.is_empty()
        && !one.networks.values().any(|(attachment, _)| shares(&attachment.network))
}

/// On a network that was made elsewhere there may be services of other projects.
fn on_foreign_network(service: &Service, posture: &Posture) -> bool {
    service
        .networks
        .values()
        .any(|(attachment, _)| posture.network(&attachment.network).is_some_and(|network| network.external))
}

/// A port that the service neither declares nor mentions anywhere.
fn wrong_port(service: &Service, target: &Service, port: u16, upstream: &Upstream) -> Option<Finding> {
    let mut declared: Vec<u16> = Vec::new();
    for (exposed, _) in target.exposed.values() {
        if exposed.ports.contains(port) {
            return None;
        }
        declared.push(exposed.ports.first);
    }
    for (published, _) in target.published.values() {
        match &published.container {
            Known::Value(range) if range.contains(port) => return None,
            Known::Value(range) => declared.push(range.first),
            Known::Unknown(_) => return None,
        }
    }
    let digits = port.to_string();
    let mentions = |text: &str| text.split(|c: char| !c.is_ascii_digit()).any(|part| part == digits);
    let commands = target.command.value().into_iter().chain(target.entrypoint.value());
    let mentioned = commands.flat_map(|command| &command.words).any(|word| mentions(word.expose()))
        || target.env.effective().any(|(_, claim)| match &claim.value {
            Known::Value(value) => mentions(value.expose()),
            // A variable that nobody set may be the port.
            Known::Unknown(_) => true,
        })
        || target.proxy.as_ref().is_some_and(|proxy| {
            proxy.unread.is_some()
                || proxy.sites.iter().flat_map(|site| &site.listeners).any(|at| at.port == port)
        });
    if mentioned || declared.is_empty() {
        return None;
    }
    declared.sort_unstable();
    declared.dedup();
    let ports: Vec<String> = declared.iter().map(ToString::to_string).collect();
    let (name, host) = (service.name(), target.name());
    Some(Finding::place(
        upstream.at.at.clone(),
        Plane::Assumed,
        format!("`{host}` declares {}", ports.join(", ")),
        format!("proxy `{name}` forwards to port {port} of `{host}`, which declares {}", ports.join(", ")),
        format!("forward to the port on which `{host}` listens, or declare it with `expose`"),
    ))
}
