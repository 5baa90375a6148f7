//! `server` and `location`: listeners and routes.

use std::sync::Arc;

use plimsoll_posture::{Action, BodyLimit, Listener, RemarkKind, Route, Site, Upstream};
use plimsoll_text::Span;

use super::scope::Scope;
use super::{Config, Groups, value};
use crate::proxy::tree::Directive;
use crate::proxy::{Reader, is_hidden_name};

/// Directives that hand a request to another program.
const PASSES: &[&str] = &["proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass"];
/// Locations inside locations.
const DEEPEST: usize = 16;

/// A server of `http`.
pub(super) fn http(
    reader: &mut Reader<'_, '_>,
    config: &mut Config,
    outer: &Scope,
    server: &Directive,
    inside: &[Directive],
    groups: &Groups,
) {
    let scope = outer.enter(inside, reader);
    let listeners = listeners(reader, &scope, server, inside);
    let loopback = listeners.iter().all(|listener| {
        listener.address.as_deref().is_some_and(|address| address.starts_with("127.") || address == "::1")
    });
    let names =
        inside.iter().filter(|directive| directive.is("server_name")).flat_map(|directive| &directive.words);
    let names = names.map(|word| word.text.clone()).filter(|name| !matches!(&**name, "_" | "")).collect();
    let mut site = Site { names, at: reader.said(server.name.at), http: true, listeners, routes: Vec::new() };
    if !scope.version_hidden && !site.listeners.is_empty() {
        reader.remark_once(RemarkKind::VersionTold, "", server.name.at);
    }
    let mut walk = Walk { reader, config, groups, loopback, routes: Vec::new(), denied: Vec::new() };
    let answers = walk.answer(inside, &scope, "/");
    let ends = answers.is_some();
    if let Some(route) = answers {
        walk.routes.push(route);
    }
    if !ends {
        walk.locations(inside, &scope, 0);
        let has_top = walk.routes.iter().any(|route| matches!(&*route.path, "/" | "^~ /"));
        if !has_top && scope.root.is_some() {
            let action = walk.files(&scope);
            let route = walk.route("/", server.name.at, action, &scope);
            walk.routes.push(route);
        }
    }
    let Walk { mut routes, denied, .. } = walk;
    for route in &mut routes {
        if let Action::Files { hidden, .. } = &mut route.action {
            hidden.retain(|name| !denied.iter().any(|rule| denies(rule, name)));
        }
    }
    site.routes = routes;
    split_redirects(reader, &mut site, inside);
    reader.proxy.sites.push(site);
}

/// A server of `stream`: bytes are handed on as they are.
pub(super) fn stream(reader: &mut Reader<'_, '_>, server: &Directive, inside: &[Directive], groups: &Groups) {
    let scope = Scope::new();
    let mut listeners = Vec::new();
    for listen in inside.iter().filter(|directive| directive.is("listen")) {
        let Some((address, port)) = value::listen(listen.word(0)) else { continue };
        let tls = listen.words.iter().any(|word| &*word.text == "ssl");
        listeners.push(Listener {
            port,
            address: address.map(Into::into),
            tls,
            at: reader.said(listen.at()),
        });
    }
    let mut routes = Vec::new();
    for pass in inside.iter().filter(|directive| directive.is("proxy_pass")) {
        let upstreams = upstreams(reader, &scope, pass, groups, "tcp");
        routes.push(Route {
            path: "".into(),
            at: reader.said(pass.at()),
            action: Action::Forward(upstreams),
            limited: None,
            guarded: None,
            body: BodyLimit::Unlimited(None),
            headers: Vec::new(),
            forwarded: Vec::new(),
        });
    }
    let site = Site { names: Vec::new(), at: reader.said(server.name.at), http: false, listeners, routes };
    reader.proxy.sites.push(site);
}

fn listeners(
    reader: &mut Reader<'_, '_>,
    scope: &Scope,
    server: &Directive,
    inside: &[Directive],
) -> Vec<Listener> {
    let mut listeners: Vec<Listener> = Vec::new();
    let mut written = false;
    for listen in inside.iter().filter(|directive| directive.is("listen")) {
        written = true;
        let Some((address, port)) = value::listen(listen.word(0)) else { continue };
        let has = |flag: &str| listen.words.iter().skip(1).any(|word| &*word.text == flag);
        let tls = has("ssl") || has("quic") || scope.tls_everywhere;
        // The same port for IPv4 and IPv6 is one listener to people.
        if listeners.iter().any(|other| other.port == port && other.tls == tls && address.is_none()) {
            continue;
        }
        if port == 443 && !tls {
            reader.remark(RemarkKind::PlainOnTlsPort, "443", listen.at());
        }
        listeners.push(Listener {
            port,
            address: address.map(Into::into),
            tls,
            at: reader.said(listen.at()),
        });
    }
    if !written {
        let at = reader.said(server.name.at);
        listeners.push(Listener { port: 80, address: None, tls: scope.tls_everywhere, at });
    }
    listeners
}

/// A server that sends plain requests to HTTPS with an `if` serves only the encrypted ones.
fn split_redirects(reader: &mut Reader<'_, '_>, site: &mut Site, inside: &[Directive]) {
    let redirects = inside.iter().find(|directive| {
        let asks = directive.words.iter().any(|word| {
            ["$scheme", "$https", "$http_x_forwarded_proto", "$ssl_protocol", "$server_port", "$host"]
                .iter()
                .any(|name| word.text.contains(name))
        });
        directive.is("if") && asks && directive.inside().iter().any(is_redirect_to_tls)
    });
    let Some(redirects) = redirects else { return };
    let (tls, plain): (Vec<Listener>, Vec<Listener>) =
        std::mem::take(&mut site.listeners).into_iter().partition(|listener| listener.tls);
    site.listeners = tls;
    if plain.is_empty() {
        return;
    }
    let route = Route {
        path: "/".into(),
        at: reader.said(redirects.at()),
        action: Action::RedirectToTls,
        limited: None,
        guarded: None,
        body: BodyLimit::Bytes(0, None),
        headers: Vec::new(),
        forwarded: Vec::new(),
    };
    let names = site.names.clone();
    let at = site.at.clone();
    reader.proxy.sites.push(Site { names, at, http: true, listeners: plain, routes: vec![route] });
}

fn is_redirect_to_tls(directive: &Directive) -> bool {
    let code = directive.word(0);
    match &*directive.name.text {
        "return" => {
            let target = if directive.words.len() > 1 { directive.word(1) } else { code };
            let redirect = directive.words.len() == 1 || code.starts_with("30");
            redirect && target.starts_with("https://")
        }
        "rewrite" => directive.word(1).starts_with("https://"),
        _ => false,
    }
}

struct Walk<'r, 's, 'w> {
    reader: &'r mut Reader<'s, 'w>,
    config: &'r mut Config,
    groups: &'r Groups,
    loopback: bool,
    routes: Vec<Route>,
    /// Patterns of locations that refuse.
    denied: Vec<Arc<str>>,
}

impl Walk<'_, '_, '_> {
    fn locations(&mut self, inside: &[Directive], outer: &Scope, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        for location in inside.iter().filter(|directive| directive.is("location")) {
            let inside = self.config.expand(self.reader, location.inside().to_vec(), 0);
            let mut scope = outer.clone();
            scope.in_route = true;
            let scope = scope.enter(&inside, self.reader);
            let words: Vec<&str> = location.words.iter().map(|word| &*word.text).collect();
            let path = words.join(" ");
            self.alias(location, &inside);
            self.status(&inside, &scope);
            let refused = inside.iter().any(|directive| {
                directive.is("deny") && directive.word(0) == "all"
                    || directive.is("internal")
                    || directive.is("return") && directive.word(0).starts_with('4')
            });
            if refused && words.first().is_some_and(|first| first.starts_with('~')) {
                self.denied.extend(location.words.last().map(|word| word.text.clone()));
            }
            let route = match self.answer(&inside, &scope, &path) {
                Some(route) => Some(route),
                None => self.action(&inside, &scope, &path, location.name.at),
            };
            self.routes.extend(route);
            self.locations(&inside, &scope, depth + 1);
        }
    }

    /// What a `return` makes of a server or location.
    fn answer(&mut self, inside: &[Directive], scope: &Scope, path: &str) -> Option<Route> {
        let found = inside.iter().find(|directive| {
            directive.is("return") || directive.is("rewrite") && is_redirect_to_tls(directive)
        })?;
        let action = if is_redirect_to_tls(found) { Action::RedirectToTls } else { Action::Answer };
        Some(self.route(path, found.at(), action, scope))
    }

    fn action(&mut self, inside: &[Directive], scope: &Scope, path: &str, at: Span) -> Option<Route> {
        let pass = inside.iter().find(|directive| PASSES.contains(&&*directive.name.text));
        // `limit_except` and `if` may hold the pass as well.
        let nested = inside
            .iter()
            .filter(|directive| directive.is("if") || directive.is("limit_except"))
            .flat_map(Directive::inside)
            .find(|directive| PASSES.contains(&&*directive.name.text));
        if let Some(pass) = pass.or(nested) {
            let scheme = pass.name.text.trim_end_matches("_pass").to_owned();
            if value::has_decoded_path(pass.word(0)) {
                self.reader.remark(RemarkKind::DecodedPathInHeader, "$uri", pass.at());
            }
            let upstreams = upstreams(self.reader, scope, pass, self.groups, &scheme);
            let mut route = self.route(path, at, Action::Forward(upstreams), scope);
            if scheme != "proxy" {
                // Parameters of these protocols carry what headers would.
                route.forwarded = ["host", "x-forwarded-for", "x-forwarded-proto"].map(Into::into).to_vec();
            }
            return Some(route);
        }
        if inside.iter().any(|directive| directive.is("stub_status") || directive.is("internal")) {
            return None;
        }
        let own =
            inside.iter().any(|directive| matches!(&*directive.name.text, "root" | "alias" | "try_files"));
        if !own && scope.root.is_none() {
            return None;
        }
        let alias = inside.iter().find(|directive| directive.is("alias"));
        let mut scope = scope.clone();
        if let Some(alias) = alias {
            scope.root = Some((alias.word(0).into(), alias.at()));
        }
        let action = self.files(&scope);
        Some(self.route(path, at, action, &scope))
    }

    fn files(&mut self, scope: &Scope) -> Action {
        let root = scope.root.as_ref().map_or("/etc/nginx/html", |(root, _)| root);
        let hidden = match self.reader.files.mounted_path(root) {
            Some(path) => {
                let mut names = self.reader.files.entries(&path);
                names.retain(|name| is_hidden_name(name));
                names.into_iter().map(Into::into).collect()
            }
            None => Vec::new(),
        };
        Action::Files { root: root.into(), hidden }
    }

    fn route(&self, path: &str, at: Span, action: Action, scope: &Scope) -> Route {
        Route {
            path: path.into(),
            at: self.reader.said(at),
            action,
            limited: scope.limited.map(|at| self.reader.place(at)),
            guarded: scope.guarded().map(|at| self.reader.place(at)),
            body: scope.body.clone(),
            headers: scope.headers.clone(),
            forwarded: scope.sent.iter().map(|sent| sent.name.clone()).collect(),
        }
    }

    fn alias(&mut self, location: &Directive, inside: &[Directive]) {
        let path = match location.words.as_slice() {
            [path] => path,
            [modifier, path] if &*modifier.text == "^~" => path,
            _ => return,
        };
        let alias = inside.iter().find(|directive| directive.is("alias"));
        if let Some(alias) = alias
            && path.text.starts_with('/')
            && !path.text.ends_with('/')
            && alias.word(0).ends_with('/')
        {
            self.reader.remark(RemarkKind::AliasWithoutSlash, &path.text, location.at());
        }
    }

    fn status(&mut self, inside: &[Directive], scope: &Scope) {
        let Some(status) = inside.iter().find(|directive| directive.is("stub_status")) else { return };
        if scope.guarded().is_none() && !self.loopback && status.word(0) != "off" {
            self.reader.remark(RemarkKind::StatusOpen, "stub_status", status.at());
        }
    }
}

/// Whether a location's pattern refuses a name that begins with a dot.
fn denies(pattern: &str, name: &str) -> bool {
    let Some(at) = pattern.find("\\.") else { return false };
    // `\.php$` is about an ending, not about a name that begins with a dot.
    let begins = pattern.get(..at).unwrap_or("").ends_with(['/', ')', '^']);
    let rest = pattern.get(at + 2..).unwrap_or("");
    let plain = name.trim_start_matches('.');
    let literal: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
    if begins && literal.is_empty() && !rest.starts_with('(') {
        return true;
    }
    if begins && rest.starts_with("(?!") {
        return true;
    }
    if rest.starts_with('(') {
        let group = rest.trim_start_matches("(?:").trim_start_matches('(');
        let group = group.split(')').next().unwrap_or("");
        return group.split('|').any(|word| !word.is_empty() && plain.starts_with(word));
    }
    !literal.is_empty() && plain.starts_with(&literal)
}

/// Where a `…_pass` leads.
fn upstreams(
    reader: &mut Reader<'_, '_>,
    scope: &Scope,
    pass: &Directive,
    groups: &Groups,
    scheme: &str,
) -> Vec<Upstream> {
    let at = pass.words.first().map_or(pass.name.at, |word| word.at);
    let filled = scope.fill(pass.word(0));
    let (scheme, rest) = filled.split_once("://").unwrap_or((scheme, &filled));
    let tls = matches!(scheme, "https" | "grpcs");
    let authority = rest.split(['/', '?']).next().unwrap_or("");
    let authority = ["$request_uri", "$uri", "$document_uri", "$is_args"]
        .iter()
        .find_map(|name| authority.split_once(name).map(|(before, _)| before))
        .unwrap_or(authority);
    if rest.starts_with("unix:") || authority.is_empty() && !rest.contains('$') {
        return Vec::new();
    }
    if let Some(servers) = groups.get(authority) {
        unchecked(reader, scope, tls, authority, at);
        return servers
            .iter()
            .filter(|(server, _)| !server.starts_with("unix:"))
            .map(|(server, place)| {
                let (host, port) = host_and_port(server);
                Upstream { host, port: port.or(default_port(scheme)), tls, at: reader.said(*place) }
            })
            .collect();
    }
    let host_part = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    if value::variables(authority).next().is_some() {
        // A name that ends in a fixed domain stays there whatever comes before it.
        let fixed_end = host_part.rsplit(['}', '$']).next().is_some_and(|end| {
            end.contains('.') && end.trim_start_matches(|c| c != '.').matches('.').count() >= 2
        });
        if !fixed_end && value::variables(host_part).any(value::is_from_request) {
            reader.remark(RemarkKind::UpstreamFromRequest, pass.word(0), at);
        }
        return vec![Upstream { host: None, port: None, tls, at: reader.said(at) }];
    }
    unchecked(reader, scope, tls, host_part, at);
    let (host, port) = host_and_port(authority);
    vec![Upstream { host, port: port.or(default_port(scheme)), tls, at: reader.said(at) }]
}

fn unchecked(reader: &mut Reader<'_, '_>, scope: &Scope, tls: bool, host: &str, at: Span) {
    if tls && !scope.upstream_checked {
        reader.remark(RemarkKind::UpstreamUnchecked, host, at);
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "proxy" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

/// `host:port`, without a user before it.
fn host_and_port(text: &str) -> (Option<Arc<str>>, Option<u16>) {
    let text = text.rsplit_once('@').map_or(text, |(_, host)| host);
    if let Some((address, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (Some(address.into()), rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match text.split_once(':') {
        Some((host, port)) => (Some(host.into()), port.parse().ok()),
        None => (Some(text).filter(|host| !host.is_empty()).map(Into::into), None),
    }
}
