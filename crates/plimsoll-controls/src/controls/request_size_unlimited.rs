//! Bodies of any size.

use plimsoll_posture::{BodyLimit, Posture, Service};

use crate::proxy::{NO_PROXY, fine, fix_for, is_reached, routes, targets};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "request-size-unlimited",
    title: "bodies of requests may have any size",
    page: include_str!("request_size_unlimited.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Baseline,
    scope: Scope::Process(check),
};

/// Beyond this a bound is none.
const LARGE: u64 = 4 << 30;

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    let Some(proxy) = &service.proxy else { return Verdict::NotApplicable(NO_PROXY) };
    if !is_reached(service) {
        return Verdict::NotApplicable("nobody outside reaches it");
    }
    let open = routes(proxy).filter(|(_, route)| !targets(route).is_empty()).find_map(|(_, route)| {
        match &route.body {
            BodyLimit::Unlimited(at) => Some((route, at.clone())),
            BodyLimit::Bytes(bytes, at) if *bytes > LARGE => Some((route, at.clone())),
            BodyLimit::Bytes(..) => None,
        }
    });
    let Some((route, at)) = open else { return fine(proxy) };
    let name = service.name();
    Verdict::fail(Finding::place(
        at.unwrap_or_else(|| route.at.at.clone()),
        route.at.plane,
        "no bound for bodies",
        format!("proxy `{name}` forwards bodies of any size"),
        fix_for(
            proxy,
            "write `client_max_body_size` with what the application needs",
            "add `request_body { max_size 1MB }`",
            "attach a `buffering` middleware with `maxRequestBodyBytes`",
        ),
    ))
}
