//! The container speaks to an engine over plain TCP.

use plimsoll_posture::{Known, Posture, Sensitive, Service};

use crate::deciding::by_claim;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "docker-host-over-tcp",
    title: "engine is commanded over unprotected TCP",
    page: include_str!("docker_host_over_tcp.md"),
    severity: Severity::High,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let Some(host) = service.env.get("DOCKER_HOST") else { return Verdict::absent() };
    let over_tcp = host.value().is_some_and(|host| address(host.expose()).is_some());
    // The docker client takes any text but the empty one as a yes.
    match service.env.get("DOCKER_TLS_VERIFY").and_then(|fact| fact.effective()) {
        Some(claim) if over_tcp => match &claim.value {
            Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
            Known::Value(text) if !text.expose().is_empty() => return Verdict::pass(claim),
            Known::Value(_) => {}
        },
        _ => {}
    }
    by_claim(host, |value: &Sensitive, claim| {
        let peer = address(value.expose())?;
        if posture.service(peer).is_some_and(is_socket_proxy) {
            return None;
        }
        Some(Finding::at(
            claim,
            "no TLS: whoever reaches that port commands the engine",
            format!("service `{}` commands an engine over plain TCP", service.name()),
            "set `DOCKER_TLS_VERIFY: 1` with client certificates, or use `ssh://`",
        ))
    })
}

/// The host name of a TCP address of an engine.
fn address(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("tcp://").or_else(|| text.strip_prefix("http://"))?;
    Some(rest.split([':', '/']).next().unwrap_or(rest))
}

/// A proxy in the same project that lets only chosen requests through is the remedy, not the disease.
fn is_socket_proxy(service: &Service) -> bool {
    service.image.value().is_some_and(|image| {
        image.repository.rsplit('/').next().is_some_and(|name| name.ends_with("socket-proxy"))
    })
}
