//! The promises of `docs/severity.md`.

use proptest::prelude::*;

use super::*;
use crate::{Scope, Standing, Verdict};

fn control(severity: Severity, foothold: Foothold) -> Control {
    Control {
        id: "a",
        title: "",
        page: "",
        severity,
        foothold,
        since: "0.1.0",
        peers: &[],
        covered_by: &[],
        standing: Standing::Ordinary,
        scope: Scope::Project(|_, _| Verdict::absent()),
    }
}

const FOOTHOLDS: [Foothold; 3] = [Foothold::None, Foothold::Service, Foothold::Root];

#[test]
fn the_table_of_the_page_is_what_is_computed() {
    let page = include_str!("../../../docs/severity.md");
    let mut rows = 0;
    for foothold in FOOTHOLDS {
        for (unreachable, not_root) in [(false, false), (true, false), (false, true), (true, true)] {
            let severities = Severity::ALL
                .map(|severity| weigh(&control(severity, foothold), unreachable, not_root).severity.name());
            let [info, low, medium, high, critical] = severities;
            let reached = if unreachable { "no" } else { "yes" };
            let root = if not_root { "no" } else { "yes" };
            let row = format!(
                "| {} | {reached} | {root} | {critical} | {high} | {medium} | {low} | {info} |",
                foothold.name()
            );
            assert!(page.contains(&row), "docs/severity.md lacks\n{row}");
            rows += 1;
        }
    }
    assert_eq!(page.lines().filter(|line| line.contains("| yes |") || line.contains("| no |")).count(), rows);
}

proptest! {
    #[test]
    fn more_reach_is_never_milder(severity in 0..5_usize, foothold in 0..3_usize, a in any::<bool>(), b in any::<bool>()) {
        let control = control(Severity::ALL[severity], FOOTHOLDS[foothold]);
        let at = |unreachable, not_root| weigh(&control, unreachable, not_root).severity;
        prop_assert!(at(false, b) >= at(true, b));
        prop_assert!(at(a, false) >= at(a, true));
        prop_assert!(at(false, false) == control.severity);
    }

    #[test]
    fn each_step_is_told(severity in 0..5_usize, foothold in 0..3_usize, a in any::<bool>(), b in any::<bool>()) {
        let control = control(Severity::ALL[severity], FOOTHOLDS[foothold]);
        let weight = weigh(&control, a, b);
        let steps = control.severity as usize - weight.severity as usize;
        prop_assert_eq!(weight.reasons().count(), steps);
    }
}

/// A published proxy that forwards to `api` and shares the default network with `worker`.
fn behind_a_proxy(unread: Option<plimsoll_posture::Reason>) -> Posture {
    use plimsoll_posture::{
        Action, Attachment, BodyLimit, Claim, Known, Layer, Plane, Provenance, Proxy, ProxySoftware, Route,
        Said, Site, Upstream,
    };
    use plimsoll_text::{SourceKind, Sources, Span};

    let mut sources = Sources::new();
    let at = Span::whole(sources.add_text("compose.yaml", SourceKind::Compose, ""));
    let place = Provenance::new("compose", at, "");
    let said = Said { at: place.clone(), plane: Plane::Declared };
    let mut services: Vec<Service> = ["web", "api", "worker"]
        .map(|name| Service::new(Subject::new(SubjectKind::Service, name, at), true))
        .to_vec();
    for service in &mut services {
        let published = service.name() == "web";
        let exposure = if published { Exposure::AllInterfaces } else { Exposure::SameNetwork };
        let network = Attachment { network: "default".into(), aliases: Vec::new() };
        service.kernel.exposure = Some(Claim::default(exposure, at));
        service.networks.push(Claim::declared(Known::Value(network), Layer::Compose, place.clone()));
    }
    let upstream = Upstream { host: Some("api".into()), port: Some(3000), tls: false, at: said.clone() };
    let route = Route {
        path: "/".into(),
        at: said.clone(),
        action: Action::Forward(vec![upstream]),
        limited: None,
        guarded: None,
        body: BodyLimit::Unlimited(None),
        headers: Vec::new(),
        forwarded: Vec::new(),
    };
    let site =
        Site { names: Vec::new(), at: said.clone(), http: true, listeners: Vec::new(), routes: vec![route] };
    services[0].knowledge.role = Some(Role::Proxy);
    services[0].proxy = Some(Proxy {
        software: ProxySoftware::Nginx,
        at: said,
        files: Vec::new(),
        sites: vec![site],
        remarks: Vec::new(),
        masked: Vec::new(),
        unread,
        forwards_more: false,
    });
    Posture { services, ..Posture::default() }
}

#[test]
fn a_proxy_lets_through_to_where_it_forwards() {
    let unreachable = |posture: &Posture| {
        let forwarded = forwarded(posture);
        ["web", "api", "worker"]
            .map(|name| is_unreachable(posture.service(name).expect("a service"), posture, &forwarded))
    };
    assert_eq!(unreachable(&behind_a_proxy(None)), [false, false, true]);
    // Where the routes are not known, it may forward anywhere on its networks.
    let unread = plimsoll_posture::Reason::MissingSource("nginx.conf".into());
    assert_eq!(unreachable(&behind_a_proxy(Some(unread))), [false, false, false]);
}
