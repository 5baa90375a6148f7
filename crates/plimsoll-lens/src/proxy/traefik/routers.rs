//! Routers, middlewares and services of Traefik's dynamic configuration.

use std::sync::Arc;

use plimsoll_posture::{
    Action, BodyLimit, Known, Provenance, RemarkKind, ResponseHeader, Route, Service, Site, Upstream,
};

use super::settings::{Setting, Settings};
use super::{EntryPoint, remark, said};
use crate::proxy::{Reader, hsts_is_short};

/// Middlewares inside chains.
const DEEPEST: usize = 8;

/// What the middlewares of a router add up to.
#[derive(Debug, Default)]
struct Guards {
    limited: Option<Provenance>,
    guarded: Option<Provenance>,
    body: Option<(u64, Provenance)>,
    headers: Vec<ResponseHeader>,
    redirects: bool,
}

pub(super) fn read(
    reader: &mut Reader<'_, '_>,
    fixed: &Settings,
    moving: &Settings,
    entry_points: &[EntryPoint],
    everybody: bool,
) {
    let names = moving.names("http.routers.");
    for name in &names {
        router(reader, moving, entry_points, name);
    }
    if everybody {
        unlisted(reader, moving, entry_points);
    }
    for name in moving.names("tcp.routers.") {
        stream(reader, moving, entry_points, &name);
    }
    for settings in [fixed, moving] {
        for name in settings.names("tls.options.") {
            let least = settings.get(&format!("tls.options.{name}.minversion"));
            if let Some(least) =
                least.filter(|least| matches!(&*least.value, "VersionTLS10" | "VersionTLS11"))
            {
                let about = if least.value.ends_with("10") { "TLSv1, TLSv1.1" } else { "TLSv1.1" };
                remark(reader, RemarkKind::OldTls, about, &least.at);
            }
            let suites = format!("tls.options.{name}.ciphersuites");
            let weak = settings
                .below(&suites)
                .find(|cipher| ["RC4", "3DES", "NULL"].iter().any(|part| cipher.value.contains(part)));
            if let Some(weak) = weak {
                remark(reader, RemarkKind::WeakCiphers, &weak.value, &weak.at);
            }
        }
        for name in settings.names("http.serverstransports.") {
            if let Some(on) = settings.is_true(&format!("http.serverstransports.{name}.insecureskipverify")) {
                remark(reader, RemarkKind::UpstreamUnchecked, &name, &on.at);
            }
        }
        for setting in settings.below("tls.certificates").filter(|setting| setting.key.ends_with(".keyfile"))
        {
            let key = reader.files.project_path(&setting.value);
            if let Some(path) = key.filter(|path| reader.is_private_key(path)) {
                remark(reader, RemarkKind::KeyInProject, &path, &setting.at);
            }
        }
    }
    for name in moving.names("http.middlewares.") {
        let key = format!("http.middlewares.{name}.ratelimit.sourcecriterion.requestheadername");
        if let Some(by) = moving.get(&key).filter(|by| by.value.to_ascii_lowercase().starts_with("x-")) {
            remark(reader, RemarkKind::LimitBySpoofableKey, &by.value, &by.at);
        }
        let seconds = moving.get(&format!("http.middlewares.{name}.headers.stsseconds"));
        if let Some(short) = seconds
            && short.value.parse::<u64>().is_ok_and(|age| age > 0 && hsts_is_short(&format!("max-age={age}")))
        {
            remark(reader, RemarkKind::ShortHsts, &format!("max-age={}", short.value), &short.at);
        }
    }
}

fn router(reader: &mut Reader<'_, '_>, moving: &Settings, entry_points: &[EntryPoint], name: &str) {
    let key = format!("http.routers.{name}");
    let Some(first) = moving.below(&key).next() else { return };
    let first = moving.get(&format!("{key}.rule")).unwrap_or(first);
    let owner = first.owner.clone();
    if owner.as_deref().is_some_and(|owner| !is_enabled(moving, owner, reader.proxy.forwards_more)) {
        return;
    }
    let asked = moving.list(&format!("{key}.entrypoints"));
    let used: Vec<&EntryPoint> = entry_points
        .iter()
        .filter(|entry| match asked.is_empty() {
            true => entry.name != "traefik",
            false => asked.iter().any(|name| name.eq_ignore_ascii_case(&entry.name)),
        })
        .collect();
    let tls = moving.on(&format!("{key}.tls")).is_some();
    let mut guards = Guards::default();
    let of_entries = used.iter().flat_map(|entry| entry.middlewares.iter().map(String::as_str));
    for middleware in of_entries.chain(moving.list(&format!("{key}.middlewares"))) {
        apply(moving, middleware, &mut guards, 0);
    }
    let service = moving.get(&format!("{key}.service"));
    let dashboard = service.filter(|service| service.value.eq_ignore_ascii_case("api@internal"));
    if let Some(service) = dashboard.filter(|_| guards.guarded.is_none()) {
        remark(reader, RemarkKind::DashboardOpen, "api@internal", &service.at);
    }
    let rule = &*first.value;
    let internal = service.is_some_and(|service| service.value.ends_with("@internal"));
    let upstreams =
        if internal { Vec::new() } else { upstreams(reader, moving, service, owner.as_deref(), first) };
    let action = if internal { Action::Answer } else { Action::Forward(upstreams) };
    push(reader, &used, tls, rule, first, action, guards);
}

/// One site per protocol: a router without TLS that only redirects is one of its own.
fn push(
    reader: &mut Reader<'_, '_>,
    used: &[&EntryPoint],
    tls: bool,
    rule: &str,
    first: &Setting,
    action: Action,
    guards: Guards,
) {
    let listeners: Vec<_> = used
        .iter()
        .filter(|entry| entry.redirects.is_none() || tls)
        .map(|entry| entry.listener(tls || entry.tls))
        .collect();
    if listeners.is_empty() {
        return;
    }
    let action = if guards.redirects { Action::RedirectToTls } else { action };
    let names = hosts(rule);
    let route = Route {
        path: path(rule).into(),
        at: said(&first.at),
        action,
        limited: guards.limited,
        guarded: guards.guarded,
        body: guards.body.map_or(BodyLimit::Unlimited(None), |(bytes, at)| BodyLimit::Bytes(bytes, Some(at))),
        headers: guards.headers,
        // Traefik sends these by itself.
        forwarded: ["host", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip"]
            .map(Into::into)
            .to_vec(),
    };
    reader.proxy.sites.push(Site { names, at: said(&first.at), http: true, listeners, routes: vec![route] });
}

/// Services without a router of their own get one by their name.
fn unlisted(reader: &mut Reader<'_, '_>, moving: &Settings, entry_points: &[EntryPoint]) {
    let used: Vec<&EntryPoint> = entry_points.iter().filter(|entry| entry.name != "traefik").collect();
    let posture = reader.posture;
    for service in &posture.services {
        let own = service.name();
        let listed = moving.below("http.routers.").any(|setting| setting.owner.as_deref() == Some(own));
        if listed
            || own == reader.service.name()
            || !is_enabled(moving, own, true)
            || default_port(service).is_none()
        {
            continue;
        }
        // Only who opted in with a label is judged; the others are told by the remark about the default.
        let Some(enabled) = moving.get(&format!("owner.{}.enable", own.to_ascii_lowercase())) else {
            continue;
        };
        let at = said(&enabled.at);
        let upstream = Upstream { host: Some(own.into()), port: default_port(service), tls: false, at };
        let enabled = enabled.clone();
        push(reader, &used, false, "", &enabled, Action::Forward(vec![upstream]), Guards::default());
    }
}

fn is_enabled(moving: &Settings, owner: &str, by_default: bool) -> bool {
    match moving.get(&format!("owner.{}.enable", owner.to_ascii_lowercase())) {
        Some(setting) => setting.value.eq_ignore_ascii_case("true"),
        None => by_default,
    }
}

fn stream(reader: &mut Reader<'_, '_>, moving: &Settings, entry_points: &[EntryPoint], name: &str) {
    let key = format!("tcp.routers.{name}");
    let Some(first) = moving.below(&key).next() else { return };
    let asked = moving.list(&format!("{key}.entrypoints"));
    let tls = moving.on(&format!("{key}.tls")).is_some();
    let listeners = entry_points
        .iter()
        .filter(|entry| asked.iter().any(|name| name.eq_ignore_ascii_case(&entry.name)))
        .map(|entry| entry.listener(tls))
        .collect();
    let host = first.owner.clone();
    let at = said(&first.at);
    let upstreams = host.map(|host| Upstream { host: Some(host), port: None, tls: false, at: at.clone() });
    let route = Route {
        path: "".into(),
        at: at.clone(),
        action: Action::Forward(upstreams.into_iter().collect()),
        limited: None,
        guarded: None,
        body: BodyLimit::Unlimited(None),
        headers: Vec::new(),
        forwarded: Vec::new(),
    };
    reader.proxy.sites.push(Site { names: Vec::new(), at, http: false, listeners, routes: vec![route] });
}

fn upstreams(
    reader: &Reader<'_, '_>,
    moving: &Settings,
    named: Option<&Setting>,
    owner: Option<&str>,
    first: &Setting,
) -> Vec<Upstream> {
    let name = named.map(|setting| setting.value.split('@').next().unwrap_or("").to_ascii_lowercase());
    if let Some(name) = &name {
        let servers = format!("http.services.{name}.loadbalancer.servers");
        let found: Vec<Upstream> = moving
            .below(&servers)
            .filter(|setting| setting.key.ends_with(".url"))
            .map(|setting| of_url(&setting.value, &setting.at))
            .collect();
        if !found.is_empty() {
            return found;
        }
    }
    let port_of = |name: &str| moving.get(&format!("http.services.{name}.loadbalancer.server.port"));
    let by_label = name.as_deref().and_then(port_of).or_else(|| {
        moving.below("http.services.").find(|setting| {
            setting.owner.as_deref() == owner
                && owner.is_some()
                && setting.key.ends_with(".loadbalancer.server.port")
        })
    });
    let host = by_label.and_then(|setting| setting.owner.clone()).or(owner.map(Into::into));
    let tls = name
        .as_deref()
        .and_then(|name| moving.get(&format!("http.services.{name}.loadbalancer.server.scheme")));
    let tls = tls.is_some_and(|scheme| &*scheme.value == "https");
    let Some(host) = host else { return Vec::new() };
    let target = reader.posture.service(&host);
    let at = said(by_label.map_or(&first.at, |setting| &setting.at));
    let port =
        by_label.and_then(|setting| setting.value.parse().ok()).or_else(|| target.and_then(default_port));
    vec![Upstream { host: Some(host), port, tls, at }]
}

/// The lowest port that a container exposes, as Traefik takes it.
fn default_port(service: &Service) -> Option<u16> {
    let exposed = service.exposed.values().map(|(port, _)| port.ports.first);
    let published = service.published.values().filter_map(|(port, _)| match &port.container {
        Known::Value(range) => Some(range.first),
        Known::Unknown(_) => None,
    });
    exposed.chain(published).min()
}

fn of_url(url: &str, at: &Provenance) -> Upstream {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let authority = rest.split('/').next().unwrap_or("");
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) =
        authority.split_once(':').unwrap_or((authority, if scheme == "https" { "443" } else { "80" }));
    let host = Some(host).filter(|host| !host.is_empty() && !host.contains(['{', '$'])).map(Arc::from);
    Upstream { host, port: port.parse().ok(), tls: scheme == "https", at: said(at) }
}

fn apply(moving: &Settings, name: &str, guards: &mut Guards, depth: usize) {
    let name = name.split('@').next().unwrap_or(name).to_ascii_lowercase();
    let key = format!("http.middlewares.{name}.");
    let kinds = moving.names(&key);
    for kind in kinds {
        let at_kind = format!("{key}{kind}");
        let Some(first) = moving.below(&at_kind).next() else { continue };
        match kind.as_str() {
            "ratelimit" | "inflightreq" => guards.limited = Some(first.at.clone()),
            "basicauth" | "digestauth" | "forwardauth" | "ipallowlist" | "ipwhitelist" | "plugin" => {
                guards.guarded = Some(first.at.clone());
            }
            "buffering" => {
                let limit = moving.get(&format!("{at_kind}.maxrequestbodybytes"));
                if let Some(bytes) =
                    limit.and_then(|limit| limit.value.parse::<u64>().ok()).filter(|bytes| *bytes > 0)
                {
                    guards.body = Some((bytes, first.at.clone()));
                }
            }
            "redirectscheme" => {
                let scheme = moving.get(&format!("{at_kind}.scheme"));
                guards.redirects |= scheme.is_some_and(|scheme| scheme.value.eq_ignore_ascii_case("https"));
            }
            "headers" => headers(moving, &at_kind, guards),
            "chain" if depth < DEEPEST => {
                for inner in moving.list(&format!("{at_kind}.middlewares")) {
                    apply(moving, inner, guards, depth + 1);
                }
            }
            _ => {}
        }
    }
}

fn headers(moving: &Settings, key: &str, guards: &mut Guards) {
    for setting in moving.below(key) {
        let option = setting.key.get(key.len() + 1..).unwrap_or("");
        let name = match option {
            "stsseconds" if &*setting.value != "0" => "strict-transport-security",
            "contenttypenosniff" if &*setting.value != "false" => "x-content-type-options",
            "framedeny" if &*setting.value != "false" => "x-frame-options",
            "customframeoptionsvalue" => "x-frame-options",
            "contentsecuritypolicy" => "content-security-policy",
            "referrerpolicy" => "referrer-policy",
            "permissionspolicy" => "permissions-policy",
            other => match other.strip_prefix("customresponseheaders.") {
                Some(name) => name,
                None => continue,
            },
        };
        guards.headers.push(ResponseHeader {
            name: name.into(),
            value: setting.value.clone(),
            always: true,
            at: setting.at.clone(),
        });
    }
}

/// The names in ``Host(`a.com`, `b.com`)``.
fn hosts(rule: &str) -> Vec<Arc<str>> {
    let mut names = Vec::new();
    let mut rest = rule;
    while let Some(at) = rest.find("Host(") {
        rest = rest.get(at + 5..).unwrap_or("");
        let inside = rest.split(')').next().unwrap_or("");
        names.extend(
            inside
                .split(',')
                .map(|name| name.trim().trim_matches(['`', '"', '\'']))
                .filter(|name| !name.is_empty())
                .map(Arc::from),
        );
    }
    names
}

/// The path of ``PathPrefix(`/api`)``, or everything.
fn path(rule: &str) -> &str {
    let inside = ["PathPrefix(", "Path("].iter().find_map(|mark| rule.split_once(mark)).map(|(_, rest)| rest);
    let first = inside.and_then(|rest| rest.split([')', ',']).next());
    first.map_or("/", |path| path.trim().trim_matches(['`', '"', '\'']))
}
