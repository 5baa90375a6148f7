//! What a Caddy site does with requests: directives, and the blocks that select by path.

use std::sync::Arc;

use plimsoll_posture::{Action, BodyLimit, RemarkKind, ResponseHeader, Route, Upstream};
use plimsoll_text::Span;

use super::{Imports, filled, size};
use crate::proxy::tree::Directive;
use crate::proxy::{Reader, hsts_is_short, is_hidden_name};

/// Blocks inside blocks.
const DEEPEST: usize = 16;

/// What holds for a level and those inside it.
#[derive(Debug, Clone)]
pub(super) struct Level {
    path: Arc<str>,
    headers: Vec<ResponseHeader>,
    limited: Option<Span>,
    guarded: Option<Span>,
    body: Option<(u64, Span)>,
    root: Arc<str>,
    /// Whether names that begin with a dot are refused.
    hides: bool,
    depth: usize,
}

impl Level {
    pub(super) fn new() -> Self {
        Self {
            path: "/".into(),
            headers: Vec::new(),
            limited: None,
            guarded: None,
            body: None,
            root: "/srv".into(),
            hides: false,
            depth: 0,
        }
    }
}

/// The routes of a block.
pub(super) fn routes(
    reader: &mut Reader<'_, '_>,
    imports: &mut Imports,
    outer: &Level,
    inside: &[Directive],
) -> Vec<Route> {
    let mut level = outer.clone();
    for directive in inside {
        setting(reader, &mut level, directive);
    }
    let mut routes = Vec::new();
    for directive in inside {
        match &*directive.name.text {
            "reverse_proxy" | "php_fastcgi" => {
                let upstreams = upstreams(reader, directive);
                routes.push(route(reader, &level, directive, Action::Forward(upstreams)));
            }
            "file_server" => {
                let listed = directive.words.iter().any(|word| &*word.text == "browse")
                    || directive.inside().iter().any(|inner| inner.is("browse"));
                if listed {
                    reader.remark(RemarkKind::DirectoryListed, "", directive.at());
                }
                let hides = level.hides
                    || directive.inside().iter().any(|inner| {
                        inner.is("hide") && inner.words.iter().any(|word| word.text.starts_with('.'))
                    });
                let root = level.root.clone();
                let mounted = reader.files.mounted_path(&root).filter(|_| !hides);
                let mut hidden = mounted.map(|path| reader.files.entries(&path)).unwrap_or_default();
                hidden.retain(|name| is_hidden_name(name));
                let hidden = hidden.into_iter().map(Into::into).collect();
                routes.push(route(reader, &level, directive, Action::Files { root, hidden }));
            }
            "redir" => {
                let secure = directive.words.iter().any(|word| word.text.starts_with("https://"));
                let action = if secure { Action::RedirectToTls } else { Action::Answer };
                routes.push(route(reader, &level, directive, action));
            }
            "respond" | "error" | "abort" | "metrics" => {
                routes.push(route(reader, &level, directive, Action::Answer));
            }
            "handle" | "handle_path" | "route" | "handle_errors" if level.depth < DEEPEST => {
                let mut inner = level.clone();
                inner.depth += 1;
                if let Some(word) = directive.words.first().filter(|word| word.text.starts_with(['/', '@'])) {
                    inner.path = word.text.clone();
                }
                let block = imports.expand(reader, directive.inside().to_vec(), 0, false);
                routes.extend(self::routes(reader, imports, &inner, &block));
            }
            _ => {}
        }
    }
    routes
}

fn setting(reader: &mut Reader<'_, '_>, level: &mut Level, directive: &Directive) {
    match &*directive.name.text {
        "header" => headers(reader, level, directive),
        "rate_limit" => level.limited = Some(directive.at()),
        "basicauth" | "basic_auth" if !directive.inside().is_empty() => {
            level.guarded = Some(directive.at());
            let hashes = directive.inside().iter().filter_map(|user| user.words.first());
            reader.proxy.masked.extend(hashes.map(|hash| hash.at));
        }
        "basicauth" | "basic_auth" | "forward_auth" | "jwtauth" => level.guarded = Some(directive.at()),
        "request_body" => {
            for inner in directive.inside().iter().filter(|inner| inner.is("max_size")) {
                level.body = size(inner.word(0)).map(|bytes| (bytes, inner.at()));
            }
        }
        "root" => {
            if let Some(word) = directive.words.last() {
                level.root = word.text.clone();
                if matches!(
                    word.text.trim_end_matches('/'),
                    "" | "/etc" | "/root" | "/home" | "/var" | "/usr" | "/proc"
                ) && word.text.starts_with('/')
                {
                    reader.remark(RemarkKind::FilesystemServed, &word.text, directive.at());
                }
            }
        }
        name if name.starts_with('@') => {
            let dots = directive.words.iter().chain(directive.inside().iter().flat_map(|inner| &inner.words));
            level.hides |= dots.clone().any(|word| word.text.contains("/.") || word.text.contains("/\\."));
        }
        _ => {}
    }
}

fn headers(reader: &mut Reader<'_, '_>, level: &mut Level, directive: &Directive) {
    let mut set = |name: &str, value: &str, at: Span, reader: &mut Reader<'_, '_>| {
        if name.starts_with('-') {
            return;
        }
        let name: Arc<str> = name.trim_start_matches(['+', '?', '>']).to_ascii_lowercase().into();
        if &*name == "strict-transport-security" && hsts_is_short(value) {
            reader.remark(RemarkKind::ShortHsts, value, at);
        }
        let at = reader.place(at);
        level.headers.push(ResponseHeader { name, value: value.into(), always: true, at });
    };
    let words: Vec<&str> = directive.words.iter().map(|word| &*word.text).collect();
    let words = match words.split_first() {
        Some((first, rest)) if first.starts_with(['/', '@', '*']) => rest,
        _ => &words,
    };
    if let [name, value, ..] = words {
        set(name, value, directive.at(), reader);
    }
    for inner in directive.inside() {
        set(&inner.name.text, inner.word(0), inner.at(), reader);
    }
}

fn route(reader: &Reader<'_, '_>, level: &Level, directive: &Directive, action: Action) -> Route {
    let path = directive.words.first().filter(|word| word.text.starts_with(['/', '@']));
    Route {
        path: path.map_or_else(|| level.path.clone(), |word| word.text.clone()),
        at: reader.said(directive.at()),
        action,
        limited: level.limited.map(|at| reader.place(at)),
        guarded: level.guarded.map(|at| reader.place(at)),
        body: match level.body {
            Some((bytes, at)) => BodyLimit::Bytes(bytes, Some(reader.place(at))),
            None => BodyLimit::Unlimited(None),
        },
        headers: level.headers.clone(),
        // Caddy sends these by itself.
        forwarded: ["host", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"]
            .map(Into::into)
            .to_vec(),
    }
}

fn upstreams(reader: &mut Reader<'_, '_>, directive: &Directive) -> Vec<Upstream> {
    for header in directive.inside().iter().filter(|inner| inner.is("header_up")) {
        if let Some(value) = header.words.get(1) {
            reader.mask(header.word(0), &value.text, value.at);
        }
    }
    let here = directive.words.iter().filter(|word| !word.text.starts_with(['/', '@', '*']));
    let to = directive.inside().iter().filter(|inner| inner.is("to")).flat_map(|inner| &inner.words);
    let words: Vec<_> = here.chain(to).cloned().collect();
    for transport in directive.inside().iter().filter(|inner| inner.is("transport")) {
        for inner in transport.inside().iter().filter(|inner| inner.is("tls_insecure_skip_verify")) {
            let host = words.first().map_or("", |word| &*word.text);
            reader.remark(RemarkKind::UpstreamUnchecked, host, inner.at());
        }
    }
    for inner in directive.inside().iter().filter(|inner| inner.is("trusted_proxies")) {
        if let Some(word) = inner.words.iter().find(|word| matches!(&*word.text, "0.0.0.0/0" | "::/0")) {
            reader.remark(RemarkKind::EverybodyForwards, &word.text, inner.at());
        }
    }
    let mut upstreams = Vec::new();
    for word in &words {
        let Some(text) = filled(reader, &word.text) else {
            upstreams.push(Upstream { host: None, port: None, tls: false, at: reader.said(word.at) });
            continue;
        };
        if text.starts_with("unix/") {
            continue;
        }
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", &text));
        let tls = scheme == "https";
        let authority = rest.split('/').next().unwrap_or("");
        if authority.contains('{') {
            let from_request =
                ["{host}", "{http.request", "{header.", "{query", "{re.", "{labels.", "{hostport}"];
            if from_request.iter().any(|name| authority.contains(name)) {
                reader.remark(RemarkKind::UpstreamFromRequest, &word.text, word.at);
            }
            upstreams.push(Upstream { host: None, port: None, tls, at: reader.said(word.at) });
            continue;
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()),
            None => (authority, Some(if tls { 443 } else { 80 })),
        };
        let host = if host.is_empty() { "localhost" } else { host };
        upstreams.push(Upstream { host: Some(host.into()), port, tls, at: reader.said(word.at) });
    }
    upstreams
}
