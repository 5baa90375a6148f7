//! A service behind a proxy that is published beside it.

use plimsoll_posture::{Claim, Known, Posture, PublishedPort, Reach, Service, Upstream};

use crate::datastore::publishes;
use crate::proxy::{behind, is_reached, leads_to, upstreams};
use crate::remedy::withdraw;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "proxied-port-published",
    title: "service behind a proxy is published beside it",
    page: include_str!("proxied_port_published.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    if !publishes(service) {
        return Verdict::NotApplicable("no port is published");
    }
    let mut findings = Vec::new();
    let mut reason = None;
    let mut behind_one = false;
    for front in posture.services.iter().filter(|front| front.name() != service.name() && is_reached(front)) {
        let Some(proxy) = &front.proxy else { continue };
        let ours = |upstream: &&Upstream| {
            behind(front, upstream, posture).is_some_and(|target| target.name() == service.name())
        };
        for upstream in upstreams(proxy).filter(ours) {
            behind_one = true;
            let Some(port) = upstream.port else { continue };
            for (published, claim) in
                service.published.values().filter(|(published, _)| leads_to(published, port))
            {
                match published.reach() {
                    Known::Value(Reach::Loopback) => {}
                    Known::Value(Reach::Address | Reach::AllInterfaces) => {
                        findings.push(finding(service, front, upstream, claim));
                    }
                    Known::Unknown(why) => reason = reason.or(Some(why)),
                }
            }
        }
    }
    findings.dedup_by(|a, b| a.primary.at == b.primary.at);
    if findings.is_empty() && !behind_one {
        return Verdict::NotApplicable("no proxy of the project forwards to it");
    }
    Verdict::from_findings(findings, reason.map_or_else(Verdict::absent, Verdict::Unknown))
}

fn finding(service: &Service, front: &Service, upstream: &Upstream, claim: &Claim<PublishedPort>) -> Finding {
    let (name, front) = (service.name(), front.name());
    Finding::at(
        claim,
        format!("open beside proxy `{front}`"),
        format!("service `{name}` is published beside proxy `{front}` that stands before it"),
        "delete this entry: the proxy reaches the service over their network; for tools on the host bind it to 127.0.0.1",
    )
.remedied(Remedy::risky(vec![withdraw(claim)], "clients that go past the proxy do not reach it any more"))
    .near(upstream.at.at.clone(), "forwarded here")
}
