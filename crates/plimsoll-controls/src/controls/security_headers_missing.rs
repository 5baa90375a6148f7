//! Security headers that no response carries.

use plimsoll_posture::{Action, Posture, Service};

use crate::proxy::{NO_PROXY, application_has, behind, fine, fix_for, is_reached, routes, targets};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "security-headers-missing",
    title: "no response carries the security headers",
    page: include_str!("security_headers_missing.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: hsts_header"],
    covered_by: &[],
    standing: Standing::Baseline,
    scope: Scope::Process(check),
};

/// Packages by which an application sets the headers itself.
const SETTERS: &[&str] =
    &["helmet", "@fastify/helmet", "fastify-helmet", "koa-helmet", "nuxt-security", "lusca"];

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let Some(proxy) = &service.proxy else { return Verdict::NotApplicable(NO_PROXY) };
    if !is_reached(service) {
        return Verdict::NotApplicable("nobody outside reaches it");
    }
    let mut first = None;
    let mut tls = false;
    for (site, route) in routes(proxy) {
        let by_application = !targets(route).is_empty()
            && targets(route).iter().all(|upstream| {
                behind(service, upstream, posture)
                    .is_some_and(|target| application_has(target, SETTERS, posture))
            });
        let serves = matches!(route.action, Action::Forward(_) | Action::Files { .. });
        if serves && !by_application {
            first = first.or(Some(route));
            tls |= site.listeners.iter().any(|listener| listener.tls);
        }
    }
    let Some(route) = first else {
        return if proxy.unread.is_some() {
            fine(proxy)
        } else {
            Verdict::NotApplicable("it serves no page of its own making")
        };
    };
    let sent =
        |name: &str| routes(proxy).any(|(_, route)| route.headers.iter().any(|header| &*header.name == name));
    let mut missing = Vec::new();
    if tls && !sent("strict-transport-security") {
        missing.push("Strict-Transport-Security");
    }
    if !sent("x-content-type-options") {
        missing.push("X-Content-Type-Options");
    }
    if !sent("x-frame-options") && !sent("content-security-policy") {
        missing.push("Content-Security-Policy or X-Frame-Options");
    }
    if missing.is_empty() || proxy.unread.is_some() {
        return fine(proxy);
    }
    let name = service.name();
    Verdict::fail(Finding::place(
        route.at.at.clone(),
        route.at.plane,
        "nothing sets them here or further out",
        format!("proxy `{name}` never sends {}", missing.join(", ")),
        fix_for(
            proxy,
            "add them with `add_header … always` on the level of the server",
            "add them with a `header` block in the site",
            "attach a `headers` middleware to the router or the entry point",
        ),
    ))
}
