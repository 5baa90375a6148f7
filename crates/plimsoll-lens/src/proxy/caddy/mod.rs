//! Caddy: from a Caddyfile to the facts of a proxy.
//!
//! Deliberately absent: configuration in JSON, and directives of plugins beyond the names of rate limits.

mod route;
mod syntax;

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_posture::{Action, BodyLimit, Known, Listener, Reason, RemarkKind, Route, Site};
use plimsoll_text::SourceId;

use super::Reader;
use super::files::{Opened, matches, tidy};
use super::tree::{Directive, Word};
use route::Level;

/// Imports inside imports.
const DEEPEST_IMPORT: usize = 8;
/// Directives of one service that are looked at.
const MOST_DIRECTIVES: usize = 50_000;

/// What the global options say.
#[derive(Debug, Clone)]
struct Options {
    http: u16,
    https: u16,
    /// `auto_https off`.
    off: bool,
    /// `auto_https disable_redirects`.
    no_redirects: bool,
}

/// Reads the Caddyfile of a service into the reader's proxy.
pub(super) fn read(reader: &mut Reader<'_, '_>) {
    let words = reader.service.command.value().map_or(&[][..], |command| &command.words);
    let words: Vec<&str> = words.iter().flat_map(|word| word.expose().split_whitespace()).collect();
    let named =
        words.iter().position(|word| matches!(*word, "--config" | "-c")).and_then(|at| words.get(at + 1));
    let path = tidy(named.copied().unwrap_or("/etc/caddy/Caddyfile"));
    if path.ends_with(".json") {
        reader.unread(Reason::NotUnderstood(path.into()));
        return;
    }
    let id = match reader.files.open(reader.sources, &path) {
        Opened::Text(id) => id,
        Opened::Absent => {
            // The image's own file serves a welcome page on port 80.
            let at = reader.proxy.at.clone();
            reader.proxy.sites.push(Site {
                names: Vec::new(),
                at: at.clone(),
                http: true,
                listeners: vec![Listener { port: 80, address: None, tls: false, at: at.clone() }],
                routes: vec![Route {
                    path: "/".into(),
                    at,
                    action: Action::Files { root: "/usr/share/caddy".into(), hidden: Vec::new() },
                    limited: None,
                    guarded: None,
                    body: BodyLimit::Unlimited(None),
                    headers: Vec::new(),
                    forwarded: Vec::new(),
                }],
            });
            return;
        }
        Opened::Unread(reason) => {
            reader.unread(reason);
            return;
        }
    };
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned();
    let mut imports = Imports { directory, snippets: BTreeMap::new(), left: MOST_DIRECTIVES };
    let blocks = parse(reader, id);
    sites(reader, &mut imports, blocks);
}

fn parse(reader: &mut Reader<'_, '_>, id: SourceId) -> Vec<Directive> {
    let reading = syntax::read(reader.sources.get(id));
    reader.read_file(id, reading.complaints);
    reading.directives
}

fn sites(reader: &mut Reader<'_, '_>, imports: &mut Imports, blocks: Vec<Directive>) {
    let mut options = Options { http: 80, https: 443, off: false, no_redirects: false };
    let mut found = Vec::new();
    for block in imports.expand(reader, blocks, 0, true) {
        let name = &*block.name.text;
        if name.is_empty() {
            global(reader, &mut options, &block);
        } else if let Some(snippet) = name.strip_prefix('(').and_then(|name| name.strip_suffix(')')) {
            imports.snippets.insert(snippet.into(), block.inside().to_vec());
        } else if !name.starts_with("&(") {
            found.push(block);
        }
    }
    for block in &found {
        site(reader, imports, &options, block);
    }
}

fn global(reader: &mut Reader<'_, '_>, options: &mut Options, block: &Directive) {
    for option in block.inside() {
        match &*option.name.text {
            "auto_https" => {
                for word in &option.words {
                    options.off |= &*word.text == "off";
                    options.no_redirects |= matches!(&*word.text, "off" | "disable_redirects");
                }
            }
            "http_port" => options.http = option.word(0).parse().unwrap_or(80),
            "https_port" => options.https = option.word(0).parse().unwrap_or(443),
            "admin" => {
                let address = option.word(0);
                let inside = option.inside().iter().any(|inner| inner.is("origins"));
                let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
                let everywhere = matches!(host, "" | "0.0.0.0" | "[::]" | "*");
                if address != "off" && !address.is_empty() && everywhere && !inside {
                    reader.remark(RemarkKind::AdminOpen, address, option.at());
                }
            }
            "servers" => {
                for inner in option.inside() {
                    let everybody =
                        inner.words.iter().find(|word| matches!(&*word.text, "0.0.0.0/0" | "::/0"));
                    if let Some(word) = everybody.filter(|_| inner.is("trusted_proxies")) {
                        reader.remark(RemarkKind::EverybodyForwards, &word.text, inner.at());
                    }
                    for limit in inner.inside().iter().filter(|_| inner.is("timeouts")) {
                        if matches!(&*limit.name.text, "read_body" | "read_header")
                            && matches!(limit.word(0), "0" | "0s" | "none")
                        {
                            let about = format!("{} {}", limit.name.text, limit.word(0));
                            reader.remark(RemarkKind::LongClientTimeout, &about, limit.at());
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

fn site(reader: &mut Reader<'_, '_>, imports: &mut Imports, options: &Options, block: &Directive) {
    let inside = imports.expand(reader, block.inside().to_vec(), 0, false);
    let tls = inside.iter().find(|directive| directive.is("tls"));
    let mut site = Site {
        names: Vec::new(),
        at: reader.said(block.name.at),
        http: true,
        listeners: Vec::new(),
        routes: Vec::new(),
    };
    let mut redirected: Vec<Arc<str>> = Vec::new();
    for word in std::iter::once(&block.name).chain(&block.words) {
        for part in word.text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let Some(address) = address(reader, options, part, tls.is_some()) else { continue };
            if !address.host.is_empty() {
                site.names.push(address.host.as_str().into());
            }
            if address.tls && !address.host.is_empty() && !options.no_redirects && !options.off {
                redirected.push(address.host.as_str().into());
            }
            if address.port == 443 && !address.tls {
                reader.remark(RemarkKind::PlainOnTlsPort, "443", word.at);
            }
            if !site.listeners.iter().any(|other| other.port == address.port && other.tls == address.tls) {
                let at = reader.said(word.at);
                site.listeners.push(Listener { port: address.port, address: None, tls: address.tls, at });
            }
        }
    }
    if let Some(tls) = tls {
        self::tls(reader, tls);
    }
    let level = Level::new();
    site.routes = route::routes(reader, imports, &level, &inside);
    let at = site.at.clone();
    reader.proxy.sites.push(site);
    if !redirected.is_empty() {
        let listener = Listener { port: options.http, address: None, tls: false, at: at.clone() };
        let route = Route {
            path: "/".into(),
            at: at.clone(),
            action: Action::RedirectToTls,
            limited: None,
            guarded: None,
            body: BodyLimit::Bytes(0, None),
            headers: Vec::new(),
            forwarded: Vec::new(),
        };
        let site = Site { names: redirected, at, http: true, listeners: vec![listener], routes: vec![route] };
        reader.proxy.sites.push(site);
    }
}

fn tls(reader: &mut Reader<'_, '_>, tls: &Directive) {
    if let Some(key) = tls.words.get(1)
        && let Some(path) = reader.files.project_path(&key.text).filter(|path| reader.is_private_key(path))
    {
        reader.remark(RemarkKind::KeyInProject, &path, key.at);
    }
    for inner in tls.inside() {
        let old: Vec<&str> = inner
            .words
            .iter()
            .map(|word| &*word.text)
            .filter(|word| matches!(*word, "tls1.0" | "tls1.1"))
            .collect();
        if inner.is("protocols") && !old.is_empty() {
            reader.remark(RemarkKind::OldTls, &old.join(", "), inner.at());
        }
    }
}

struct Address {
    host: String,
    port: u16,
    tls: bool,
}

/// What an address means: names get certificates by themselves, ports alone and `http://` do not.
fn address(reader: &mut Reader<'_, '_>, options: &Options, text: &str, has_tls: bool) -> Option<Address> {
    let text = filled(reader, text)?;
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, &*text),
    };
    let authority = rest.split('/').next().unwrap_or("");
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !host.ends_with(']') || host.contains('[') => match port.parse::<u16>() {
            Ok(port) => (host, Some(port)),
            Err(_) => (authority, None),
        },
        _ => (authority, None),
    };
    let by_name = !host.is_empty() && host != "*" && !options.off;
    let tls = match (scheme, port) {
        (Some("http"), _) => false,
        (Some("https"), _) => true,
        (_, Some(port)) if port == options.http => false,
        (_, Some(port)) if port == options.https => true,
        _ => by_name || has_tls,
    };
    let port = port.unwrap_or(if tls || scheme.is_none() && !host.is_empty() {
        options.https
    } else {
        options.http
    });
    Some(Address { host: host.to_owned(), port, tls })
}

/// Puts environment variables in: `{$NAME}` and `{$NAME:default}`. Nothing where one has no value.
fn filled(reader: &mut Reader<'_, '_>, text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{$") {
        out.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let (name, default) = match name.split_once(':') {
            Some((name, default)) => (name, Some(default)),
            None => (name, None),
        };
        let claim = reader.service.env.get(name).and_then(|fact| fact.effective());
        match (claim.map(|claim| &claim.value), default) {
            (Some(Known::Value(value)), _) => out.push_str(value.expose()),
            (Some(Known::Unknown(reason)), _) => {
                let reason = reason.clone();
                reader.unread(reason);
                return None;
            }
            (None, Some(default)) => out.push_str(default),
            (None, None) => {
                reader.unread(Reason::UnsetVariable(name.into()));
                return None;
            }
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

/// Snippets and where files are looked for.
struct Imports {
    directory: String,
    snippets: BTreeMap<Arc<str>, Vec<Directive>>,
    left: usize,
}

impl Imports {
    /// Puts in what is imported. At the top, snippets are remembered as they come.
    fn expand(
        &mut self,
        reader: &mut Reader<'_, '_>,
        directives: Vec<Directive>,
        depth: usize,
        top: bool,
    ) -> Vec<Directive> {
        let mut expanded = Vec::with_capacity(directives.len());
        for directive in directives {
            if self.left == 0 {
                reader.unread(Reason::NotUnderstood("a configuration of that many directives".into()));
                break;
            }
            self.left -= 1;
            let name = &*directive.name.text;
            if let Some(snippet) =
                name.strip_prefix('(').and_then(|name| name.strip_suffix(')')).filter(|_| top)
            {
                self.snippets.insert(snippet.into(), directive.inside().to_vec());
                continue;
            }
            if name != "import" {
                expanded.push(directive);
                continue;
            }
            if depth >= DEEPEST_IMPORT {
                reader.unread(Reason::NotUnderstood("imports inside imports, that deep".into()));
                continue;
            }
            let inner = match self.snippets.get(directive.word(0)) {
                Some(snippet) => with_arguments(snippet, directive.words.get(1..).unwrap_or_default()),
                None => self.file(reader, &directive),
            };
            expanded.extend(self.expand(reader, inner, depth + 1, top));
        }
        expanded
    }

    fn file(&self, reader: &mut Reader<'_, '_>, directive: &Directive) -> Vec<Directive> {
        let written = directive.word(0);
        let whole = if written.starts_with('/') {
            written.to_owned()
        } else {
            format!("{}/{written}", self.directory)
        };
        let path = tidy(&whole);
        let (directory, pattern) = path.rsplit_once('/').unwrap_or(("", &path));
        let paths: Vec<String> = if pattern.contains(['*', '?', '[']) {
            let (names, unknown) = reader.files.list(directory);
            if let Some(reason) = unknown {
                reader.unread(reason);
            }
            names
                .iter()
                .filter(|name| matches(pattern, name))
                .map(|name| format!("{directory}/{name}"))
                .collect()
        } else {
            vec![path.clone()]
        };
        let mut found = Vec::new();
        for path in paths {
            match reader.files.open(reader.sources, &path) {
                Opened::Text(id) => found.extend(parse(reader, id)),
                Opened::Absent => {
                    reader.unread(Reason::MissingSource(path.as_str().into()));
                    reader.complain(plimsoll_posture::Complaint {
                        kind: plimsoll_posture::ComplaintKind::Missing,
                        code: "import-not-found",
                        at: directive.at(),
                        message: format!("{path} is no snippet and not among the files of the project that this container gets"),
                        cure: None,
                    });
                }
                Opened::Unread(reason) => reader.unread(reason),
            }
        }
        found
    }
}

/// `{args[0]}` and `{args.0}` of a snippet.
fn with_arguments(snippet: &[Directive], arguments: &[Word]) -> Vec<Directive> {
    fn fill(directives: &mut [Directive], arguments: &[Word]) {
        for directive in directives {
            for word in std::iter::once(&mut directive.name).chain(&mut directive.words) {
                if !word.text.contains("{args") {
                    continue;
                }
                for (at, argument) in arguments.iter().enumerate().take(20) {
                    for form in [format!("{{args[{at}]}}"), format!("{{args.{at}}}")] {
                        if word.text.contains(&form) && word.text.len() + argument.text.len() < 4096 {
                            word.text = word.text.replace(&form, &argument.text).into();
                        }
                    }
                }
            }
            if let Some(block) = &mut directive.block {
                fill(block, arguments);
            }
        }
    }
    let mut filled = snippet.to_vec();
    fill(&mut filled, arguments);
    filled
}

/// Numbers with units: `10MB`, `512kb`, `1GiB`.
fn size(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text.get(..end)?.parse().ok()?;
    let factor: u64 = match text.get(end..)?.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}
