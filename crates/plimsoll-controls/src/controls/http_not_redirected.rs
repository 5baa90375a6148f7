//! Plain HTTP that is served beside HTTPS.

use plimsoll_posture::{Listener, Posture, Service};

use crate::proxy::{NO_PROXY, fine, fix_for, leads_to, on_host_network};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "http-not-redirected",
    title: "plain HTTP is served beside HTTPS",
    page: include_str!("http_not_redirected.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: http_to_https"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    let Some(proxy) = &service.proxy else { return Verdict::NotApplicable(NO_PROXY) };
    let listeners = || {
        let sites = proxy.sites.iter().filter(|site| site.http);
        sites.flat_map(|site| site.listeners.iter().map(move |listener| (site, listener)))
    };
    let published = |listener: &Listener| {
        !service.runtime
            || on_host_network(service)
            || service.published.values().any(|(port, _)| leads_to(port, listener.port))
    };
    if !listeners().any(|(site, listener)| listener.tls && site.serves() && published(listener)) {
        return Verdict::NotApplicable("nothing is served with TLS");
    }
    let loopback = |listener: &Listener| listener.address.as_deref().is_some_and(|it| it.starts_with("127."));
    let plain = listeners().find(|(site, listener)| {
        !listener.tls && site.serves() && published(listener) && !loopback(listener)
    });
    let Some((_, listener)) = plain else { return fine(proxy) };
    let name = service.name();
    Verdict::fail(Finding::place(
        listener.at.at.clone(),
        listener.at.plane,
        format!("port {} serves without TLS", listener.port),
        format!(
            "proxy `{name}` serves on port {} without TLS instead of redirecting to HTTPS",
            listener.port
        ),
        fix_for(
            proxy,
            "answer on this port with `return 301 https://$host$request_uri`",
            "write the site's name without `http://` and port: Caddy redirects by itself",
            "set `http.redirections.entryPoint.to` on the entry point",
        ),
    ))
}
