//! Forwarding without a limit of requests.

use plimsoll_posture::{Change, Level, Posture, Proxy, ProxySoftware, Route, Service, Site};

use crate::proxy::{NO_PROXY, application_has, behind, fine, fix_for, is_reached, routes, targets};
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "rate-limit-missing",
    title: "requests are forwarded without a rate limit",
    page: include_str!("rate_limit_missing.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: limit_req_missing"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

/// Packages by which an application limits requests itself.
const LIMITERS: &[&str] = &[
    "express-rate-limit",
    "express-slow-down",
    "rate-limiter-flexible",
    "@fastify/rate-limit",
    "fastify-rate-limit",
    "@nestjs/throttler",
    "nestjs-rate-limiter",
    "koa-ratelimit",
    "koa2-ratelimit",
    "hono-rate-limiter",
    "@upstash/ratelimit",
    "express-brute",
];

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let Some(proxy) = &service.proxy else { return Verdict::NotApplicable(NO_PROXY) };
    if !is_reached(service) {
        return Verdict::NotApplicable("nobody outside reaches it");
    }
    let mut forwards = 0;
    let mut open = Vec::new();
    for (site, route) in routes(proxy).filter(|(_, route)| !targets(route).is_empty()) {
        forwards += 1;
        let by_application = targets(route).iter().all(|upstream| {
            behind(service, upstream, posture)
                .is_some_and(|target| application_has(target, LIMITERS, posture))
        });
        if route.limited.is_none() && !by_application {
            open.push((site, route));
        }
    }
    let Some((_, first)) = open.first() else {
        return if forwards == 0 && proxy.unread.is_none() {
            Verdict::NotApplicable("it forwards nothing")
        } else {
            fine(proxy)
        };
    };
    let name = service.name();
    let more = if open.len() > 1 {
        format!("this and {} more of {forwards} routes", open.len() - 1)
    } else {
        "no limit holds here".to_owned()
    };
    Verdict::fail(Finding::place(
        first.at.at.clone(),
        first.at.plane,
        more,
        format!("proxy `{name}` forwards requests without a limit per client"),
        fix_for(
            proxy,
            "define a zone with `limit_req_zone $binary_remote_addr …` and use it with `limit_req` where requests are forwarded",
            "limit requests in the application, or build Caddy with a rate-limit module",
            "attach a `rateLimit` middleware to the router",
        ),
    )
    .remedied_by(remedy(proxy, &open)))
}

/// One zone for all virtual hosts that forward without a limit. Their own paths may set others.
fn remedy(proxy: &Proxy, open: &[(&Site, &Route)]) -> Option<Remedy> {
    if proxy.software != ProxySoftware::Nginx {
        return None;
    }
    let directive = |site: &Site, level, text: &str| Change::Directive {
        at: site.at.at.clone(),
        level,
        text: text.to_owned(),
    };
    let mut sites: Vec<&Site> = open.iter().map(|(site, _)| *site).collect();
    sites.dedup_by(|a, b| std::ptr::eq(*a, *b));
    let zone = "limit_req_zone $binary_remote_addr zone=requests_per_client:10m rate=10r/s";
    let mut changes = vec![directive(sites.first()?, Level::Beside, zone)];
    let limit = "limit_req zone=requests_per_client burst=20 nodelay";
    changes.extend(sites.iter().map(|site| directive(site, Level::Site, limit)));
    Some(Remedy::risky(
        changes,
        "an address that asks more than ten times a second for long gets 503; choose the rate by what real clients do",
    ))
}
