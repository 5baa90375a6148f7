//! A proxy that everybody reaches, and no TLS on the way.

use plimsoll_posture::{
    Claim, Known, Listener, Plane, Posture, Proxy, PublishedPort, Reach, Reason, Role, Service, Site,
};

use crate::proxy::{NO_PROXY, fix_for, is_reached, leads_to, on_host_network};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "tls-nowhere-on-published-path",
    title: "published proxy speaks no TLS",
    page: include_str!("tls_nowhere_on_published_path.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    let Some(proxy) = &service.proxy else {
        return match (service.knowledge.role, service.image.value()) {
            (Some(Role::Proxy), Some(image)) if is_reached(service) => {
                Verdict::Unknown(Reason::ImageNotInspected(image.text.clone()))
            }
            _ => Verdict::NotApplicable(NO_PROXY),
        };
    };
    if !is_reached(service) {
        return Verdict::NotApplicable("nobody outside reaches it");
    }
    let mut plain: Option<(&Site, &Listener, Option<&Claim<PublishedPort>>)> = None;
    let mut local = false;
    let mut doubt = proxy.unread.clone();
    let listeners = proxy.sites.iter().filter(|site| site.http);
    let listeners = listeners.flat_map(|site| site.listeners.iter().map(move |listener| (site, listener)));
    for (site, listener) in listeners {
        let published: Vec<_> =
            service.published.values().filter(|(port, _)| leads_to(port, listener.port)).collect();
        let mut reached = on_host_network(service).then_some(None);
        for (port, claim) in published {
            match port.reach() {
                Known::Value(Reach::Loopback) => local = true,
                Known::Value(Reach::Address | Reach::AllInterfaces) => reached = Some(Some(claim)),
                Known::Unknown(reason) => doubt = doubt.or(Some(reason)),
            }
        }
        let Some(claim) = reached else { continue };
        if listener.tls {
            return Verdict::absent();
        }
        if plain.is_none() && site.serves() {
            plain = Some((site, listener, claim));
        }
    }
    if let Some(reason) = doubt {
        return Verdict::Unknown(reason);
    }
    match plain {
        Some((_, listener, claim)) => Verdict::fail(finding(service, proxy, listener, claim)),
        None if local => {
            Verdict::NotApplicable("only this machine reaches it: TLS may end in a proxy on the host")
        }
        None => Verdict::NotApplicable("no listener that serves HTTP is published"),
    }
}

fn finding(
    service: &Service,
    proxy: &Proxy,
    listener: &Listener,
    claim: Option<&Claim<PublishedPort>>,
) -> Finding {
    let name = service.name();
    let message = format!("proxy `{name}` is published and speaks TLS nowhere");
    let fix = fix_for(
        proxy,
        "listen on 443 with `ssl` and a certificate, publish that port, and let port 80 redirect",
        "write the site's name as its address and publish ports 80 and 443: Caddy then obtains a certificate",
        "add an entry point on 443 with a certificate resolver, publish it, and redirect the other one",
    );
    match claim {
        Some(claim) => {
            let label = format!("container port {}, where plain HTTP is spoken", listener.port);
            let mut finding = Finding::at(claim, label, message, fix);
            finding.plane = finding.plane.min(listener.at.plane);
            if listener.at.plane == Plane::Declared {
                finding = finding.near(listener.at.at.clone(), "without TLS");
            }
            finding
        }
        None => Finding::place(
            listener.at.at.clone(),
            listener.at.plane,
            "on the host's network, without TLS",
            message,
            fix,
        ),
    }
}
