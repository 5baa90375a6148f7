//! What the controls about reverse proxies share: whose proxy, which service is behind, who reaches it.
//!
//! Deliberately absent: what is wrong with a setting. That is each control's own knowledge.

use plimsoll_posture::{
    Action, Exposure, Known, NamespaceMode, Plane, Posture, Proxy, ProxySoftware, PublishedPort, Remark,
    RemarkKind, Route, Service, Site, Upstream,
};

use crate::{Finding, Verdict};

/// Why the question does not arise for a service.
pub(crate) const NO_PROXY: &str = "it is no proxy whose configuration is read";

/// Judges the statements of one kind.
pub(crate) fn by_remark(
    service: &Service,
    kind: RemarkKind,
    finding: impl Fn(&Proxy, &Remark) -> Finding,
) -> Verdict {
    let Some(proxy) = &service.proxy else { return Verdict::NotApplicable(NO_PROXY) };
    // What the image brings may be overruled by what was not read.
    let doubtful = |remark: &Remark| proxy.unread.is_some() && remark.at.plane == Plane::Assumed;
    let remarks = proxy.remarks.iter().filter(|remark| remark.kind == kind && !doubtful(remark));
    Verdict::from_findings(remarks.map(|remark| finding(proxy, remark)).collect(), fine(proxy))
}

/// A pass, unless a part of the configuration was not read.
pub(crate) fn fine(proxy: &Proxy) -> Verdict {
    match &proxy.unread {
        Some(reason) => Verdict::Unknown(reason.clone()),
        None => Verdict::absent(),
    }
}

/// The advice for a proxy's software.
pub(crate) fn fix_for(
    proxy: &Proxy,
    nginx: &'static str,
    caddy: &'static str,
    traefik: &'static str,
) -> &'static str {
    match proxy.software {
        ProxySoftware::Nginx => nginx,
        ProxySoftware::Caddy => caddy,
        ProxySoftware::Traefik => traefik,
    }
}

/// Whether somebody outside may open a connection to it; what is not known counts as yes.
pub(crate) fn is_reached(service: &Service) -> bool {
    let exposure = service.kernel.exposure.as_ref().and_then(|claim| claim.value.value());
    !service.runtime
        || !matches!(exposure, Some(Exposure::None | Exposure::SameContainer | Exposure::SameNetwork))
}

/// Every route that speaks HTTP, with its site.
pub(crate) fn routes(proxy: &Proxy) -> impl Iterator<Item = (&Site, &Route)> {
    proxy
        .sites
        .iter()
        .filter(|site| site.http && !site.only_redirects())
        .flat_map(|site| site.routes.iter().map(move |route| (site, route)))
}

/// Where a route forwards.
pub(crate) fn targets(route: &Route) -> &[Upstream] {
    match &route.action {
        Action::Forward(upstreams) => upstreams,
        _ => &[],
    }
}

/// Every place to which a proxy forwards.
pub(crate) fn upstreams(proxy: &Proxy) -> impl Iterator<Item = &Upstream> {
    proxy.sites.iter().flat_map(|site| &site.routes).flat_map(targets)
}

/// The service that a proxy reaches by a name.
pub(crate) fn behind<'a>(proxy: &Service, upstream: &Upstream, posture: &'a Posture) -> Option<&'a Service> {
    named(proxy, upstream.host.as_deref()?, posture)
}

/// The service of a name, a container's name, an alias or a link.
pub(crate) fn named<'a>(from: &Service, host: &str, posture: &'a Posture) -> Option<&'a Service> {
    let link = from.links.values().find_map(|(link, _)| {
        let (service, alias) = link.split_once(':')?;
        (alias == host).then_some(service)
    });
    let host = link.unwrap_or(host);
    posture.service(host).or_else(|| {
        posture.services.iter().find(|service| {
            let alias = |name: &std::sync::Arc<str>| &**name == host;
            service.container_name.value().is_some_and(alias)
                || service.networks.values().any(|(attachment, _)| attachment.aliases.iter().any(alias))
        })
    })
}

/// Whether the network namespace is the host's, where every listener is reached.
pub(crate) fn on_host_network(service: &Service) -> bool {
    service.network_mode.value() == Some(&NamespaceMode::Host)
}

/// Whether a published port leads to a port of the container.
pub(crate) fn leads_to(published: &PublishedPort, port: u16) -> bool {
    published.protocol == plimsoll_posture::Protocol::Tcp
        && matches!(&published.container, Known::Value(range) if range.contains(port))
}

/// Whether the application that a service runs depends on one of these packages.
pub(crate) fn application_has(service: &Service, packages: &[&str], posture: &Posture) -> bool {
    let app = service.build.as_ref().and_then(|build| {
        let recipe = posture.recipes.get(build.stage?.recipe.0)?;
        posture.app(posture.contexts.get(recipe.context?.0)?)
    });
    app.is_some_and(|app| app.dependencies.iter().any(|name| packages.contains(&&**name)))
}
