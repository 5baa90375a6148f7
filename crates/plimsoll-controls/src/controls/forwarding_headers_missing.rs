//! Forwarding without the headers that tell the client.

use plimsoll_posture::{Posture, Route, Service};

use crate::proxy::{NO_PROXY, fine, routes, targets};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "forwarding-headers-missing",
    title: "application is not told who the client is",
    page: include_str!("forwarding_headers_missing.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    let Some(proxy) = &service.proxy else { return Verdict::NotApplicable(NO_PROXY) };
    let has = |route: &Route, names: &[&str]| route.forwarded.iter().any(|name| names.contains(&&**name));
    for (_, route) in routes(proxy).filter(|(_, route)| !targets(route).is_empty()) {
        let mut missing = Vec::new();
        if !has(route, &["host", "x-forwarded-host"]) {
            missing.push("Host");
        }
        if !has(route, &["x-forwarded-for", "x-real-ip", "forwarded"]) {
            missing.push("X-Forwarded-For");
        }
        if !has(route, &["x-forwarded-proto", "x-forwarded-scheme", "x-scheme", "forwarded"]) {
            missing.push("X-Forwarded-Proto");
        }
        if missing.is_empty() {
            continue;
        }
        let name = service.name();
        return Verdict::fail(Finding::place(
            route.at.at.clone(),
            route.at.plane,
            "no `proxy_set_header` for them holds here",
            format!("proxy `{name}` forwards without {}", missing.join(", ")),
            "set them where requests are forwarded: a level with a `proxy_set_header` of its own inherits none",
        ));
    }
    fine(proxy)
}
