//! What a level of nginx's configuration hands down to the levels inside it.
//!
//! `add_header`, `proxy_set_header`, `limit_req` and the access lists are handed down only to a level that has none of its own;
//! everything else is replaced value by value.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plimsoll_posture::{BodyLimit, Remark, RemarkKind, ResponseHeader};
use plimsoll_text::Span;

use super::value;
use crate::proxy::tree::Directive;
use crate::proxy::{Reader, SECURITY_HEADERS, hsts_is_short};

/// One level.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    pub(super) headers: Vec<ResponseHeader>,
    pub(super) sent: Vec<Sent>,
    pub(super) limited: Option<Span>,
    pub(super) access: Option<Span>,
    pub(super) signed_in: Option<Span>,
    pub(super) body: BodyLimit,
    pub(super) root: Option<(Arc<str>, Span)>,
    pub(super) tls_everywhere: bool,
    pub(super) upstream_checked: bool,
    pub(super) version_hidden: bool,
    /// Variables that `set` gives a value.
    pub(super) set: BTreeMap<Arc<str>, Arc<str>>,
    /// Whether this is a path rather than a server or the whole.
    pub(super) in_route: bool,
}

/// A request header that is sent to upstreams.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) name: Arc<str>,
    pub(super) value: Arc<str>,
    pub(super) at: Span,
}

/// Timeouts towards clients that are longer than this many seconds keep connections for whoever wants to hold them.
const LONG: u64 = 300;
/// nginx's own bound for a request's body.
const DEFAULT_BODY: u64 = 1 << 20;

impl Scope {
    pub(super) fn new() -> Self {
        Self {
            headers: Vec::new(),
            sent: Vec::new(),
            limited: None,
            access: None,
            signed_in: None,
            body: BodyLimit::Bytes(DEFAULT_BODY, None),
            root: None,
            tls_everywhere: false,
            upstream_checked: false,
            version_hidden: false,
            set: BTreeMap::new(),
            in_route: false,
        }
    }

    /// The level inside this one that holds these directives.
    pub(super) fn enter(&self, directives: &[Directive], reader: &mut Reader<'_, '_>) -> Self {
        let mut inner = self.clone();
        inner.replace_headers(directives, reader);
        inner.replace_sent(directives, reader);
        inner.replace_access(directives, reader);
        let limit =
            directives.iter().find(|directive| directive.is("limit_req") || directive.is("limit_conn"));
        inner.limited = limit.map(Directive::at).or(inner.limited);
        for directive in directives {
            inner.setting(directive, reader);
        }
        inner
    }

    fn setting(&mut self, directive: &Directive, reader: &mut Reader<'_, '_>) {
        let at = directive.at();
        let words = || directive.words.iter().map(|word| &*word.text);
        let first = directive.word(0);
        if let (true, Some(value)) = (
            matches!(&*directive.name.text, "proxy_set_header" | "set" | "add_header"),
            directive.words.get(1),
        ) {
            reader.mask(first.trim_start_matches('$'), &value.text, value.at);
        }
        let mut remark = |kind, about: &str| reader.remark(kind, about, at);
        match &*directive.name.text {
            "client_max_body_size" => {
                self.body = match value::size(first) {
                    Some(0) => BodyLimit::Unlimited(Some(reader.place(at))),
                    Some(bytes) => BodyLimit::Bytes(bytes, Some(reader.place(at))),
                    None => self.body.clone(),
                };
            }
            "client_header_timeout" | "client_body_timeout" | "send_timeout"
                if value::seconds(first).is_some_and(|seconds| seconds > LONG) =>
            {
                remark(RemarkKind::LongClientTimeout, &format!("{} {first}", directive.name.text));
            }
            "auth_basic" | "auth_request" | "auth_jwt" => {
                self.signed_in = Some(at).filter(|_| first != "off");
            }
            "ssl_verify_client" if first == "on" => self.signed_in = Some(at),
            "root" => {
                if value::variables(first).next().is_none() {
                    served(reader, first, at);
                }
                self.root = Some((first.into(), at));
            }
            "alias" if value::variables(first).next().is_none() => served(reader, first, at),
            "ssl" if first == "on" => self.tls_everywhere = true,
            "proxy_ssl_verify" => self.upstream_checked = first == "on",
            "server_tokens" => self.version_hidden = first == "off",
            "set" => {
                let value = self.fill(directive.word(1));
                self.set.insert(first.trim_start_matches('$').into(), value.into());
            }
            "ssl_protocols" => {
                let old = value::old_protocols(words());
                if !old.is_empty() {
                    remark(RemarkKind::OldTls, &old.join(", "));
                }
            }
            "ssl_ciphers" => {
                let weak = value::weak_ciphers(first);
                if !weak.is_empty() {
                    remark(RemarkKind::WeakCiphers, &weak.join(", "));
                }
            }
            "ssl_certificate_key" => {
                let key = reader.files.project_path(first);
                if let Some(path) = key.filter(|path| reader.is_private_key(path)) {
                    reader.remark(RemarkKind::KeyInProject, &path, at);
                }
            }
            "autoindex" if first == "on" => remark(RemarkKind::DirectoryListed, ""),
            "merge_slashes" if first == "off" => remark(RemarkKind::SlashesKept, ""),
            "access_log" if first == "off" && !self.in_route => remark(RemarkKind::LogOff, ""),
            "set_real_ip_from" if matches!(first, "0.0.0.0/0" | "::/0") => {
                remark(RemarkKind::EverybodyForwards, first);
            }
            "limit_req_zone" | "limit_conn_zone" => {
                let spoofed = value::variables(first).find(|name| {
                    matches!(
                        *name,
                        "http_x_forwarded_for" | "http_x_real_ip" | "http_user_agent" | "http_forwarded"
                    ) || name.starts_with("arg_")
                });
                if let Some(name) = spoofed {
                    remark(RemarkKind::LimitBySpoofableKey, &format!("${name}"));
                }
            }
            "valid_referers" if words().any(|word| word == "none") => remark(RemarkKind::RefererOptional, ""),
            "resolver" => {
                let outside = words().find(|word| is_public_address(word));
                if let Some(outside) = outside {
                    remark(RemarkKind::OutsideResolver, outside);
                }
            }
            "return" | "rewrite" => {
                let target =
                    if directive.is("return") { directive.words.last() } else { directive.words.get(1) };
                let target = target.map_or("", |word| &*word.text);
                if value::has_decoded_path(target) && (directive.is("return") || target.starts_with("http")) {
                    remark(RemarkKind::DecodedPathInHeader, target_variable(target));
                }
            }
            "add_header" | "proxy_set_header" if value::has_decoded_path(directive.word(1)) => {
                remark(RemarkKind::DecodedPathInHeader, target_variable(directive.word(1)));
            }
            "if" => self.condition(directive, reader),
            "map" if matches!(first, "$http_origin" | "$http_referer") => {
                for entry in directive.inside() {
                    let pattern = entry.name.text.strip_prefix("~*").or(entry.name.text.strip_prefix('~'));
                    if let Some(pattern) = pattern.filter(|pattern| value::is_unanchored(pattern))
                        && !matches!(entry.word(0), "" | "0")
                    {
                        reader.remark(RemarkKind::OriginUnanchored, pattern, entry.name.at);
                    }
                }
            }
            _ => {}
        }
    }

    fn condition(&self, directive: &Directive, reader: &mut Reader<'_, '_>) {
        let joined: Vec<&str> = directive.words.iter().map(|word| &*word.text).collect();
        let joined = joined.join(" ");
        let inner = joined.trim_start_matches('(').strip_suffix(')').unwrap_or(&joined).trim();
        if let Some((variable, rest)) = inner.split_once(' ')
            && matches!(variable, "$http_origin" | "$http_referer")
            && let Some(pattern) = rest.trim().strip_prefix("~*").or(rest.trim().strip_prefix('~'))
            && value::is_unanchored(pattern.trim())
        {
            reader.remark(RemarkKind::OriginUnanchored, pattern.trim(), directive.at());
        }
        let harmless = ["return", "rewrite", "break", "set", "access_log", "limit_rate", "internal"];
        let ends = directive.inside().iter().any(|inner| inner.is("return") || inner.is("break"));
        let odd = directive.inside().iter().find(|inner| !harmless.contains(&&*inner.name.text));
        if let Some(odd) = odd.filter(|_| self.in_route && !ends) {
            reader.remark(RemarkKind::ConditionInRoute, &odd.name.text, odd.at());
        }
        for inner in directive.inside() {
            if inner.is("return") && value::has_decoded_path(inner.words.last().map_or("", |word| &word.text))
            {
                let target = inner.words.last().map_or("", |word| &*word.text);
                reader.remark(RemarkKind::DecodedPathInHeader, target_variable(target), inner.at());
            }
        }
    }

    /// Puts in the values of `set`.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut filled = text.to_owned();
        for name in value::variables(text) {
            if let Some(known) = self.set.get(name) {
                // Longer texts than any real one come from variables that contain each other.
                if filled.len() + known.len() < 4096 {
                    filled = filled.replace(&format!("${{{name}}}"), known);
                    filled = replace_variable(&filled, name, known);
                }
            }
        }
        filled
    }

    fn replace_headers(&mut self, directives: &[Directive], reader: &mut Reader<'_, '_>) {
        let mut own = Vec::new();
        let mut replaces = false;
        for directive in directives {
            let header = |name: &str, value: &str, always: bool, reader: &Reader<'_, '_>| ResponseHeader {
                name: name.to_ascii_lowercase().into(),
                value: value.into(),
                always,
                at: reader.place(directive.at()),
            };
            match &*directive.name.text {
                "add_header" => {
                    replaces = true;
                    let always = directive.words.iter().any(|word| &*word.text == "always");
                    own.push(header(directive.word(0), directive.word(1), always, reader));
                }
                "more_set_headers" => {
                    for word in &directive.words {
                        if let Some((name, value)) = word.text.split_once(':') {
                            own.push(header(name.trim(), value.trim(), true, reader));
                        }
                    }
                }
                _ => {}
            }
        }
        for (header, at) in own.iter().map(|header| (header, header.at.span)) {
            if &*header.name == "strict-transport-security" && hsts_is_short(&header.value) {
                reader.remark(RemarkKind::ShortHsts, &header.value, at);
            }
            if !header.always && SECURITY_HEADERS.contains(&&*header.name) {
                reader.remark(RemarkKind::HeaderNotAlways, &header.name, at);
            }
        }
        if replaces {
            let names: BTreeSet<&str> = own.iter().map(|header| &*header.name).collect();
            let lost: Vec<&str> = self
                .headers
                .iter()
                .map(|header| &*header.name)
                .filter(|name| SECURITY_HEADERS.contains(name) && !names.contains(name))
                .collect();
            let here = own.first().map(|header| header.at.span);
            if let (false, Some(at)) = (lost.is_empty(), here) {
                reader.remark(RemarkKind::HeadersLost, &lost.join(", "), at);
            }
            self.headers = own;
        } else {
            self.headers.extend(own);
        }
    }

    fn replace_sent(&mut self, directives: &[Directive], reader: &mut Reader<'_, '_>) {
        let own: Vec<Sent> = directives
            .iter()
            .filter(|directive| directive.is("proxy_set_header") || directive.is("grpc_set_header"))
            .map(|directive| Sent {
                name: directive.word(0).to_ascii_lowercase().into(),
                value: directive.word(1).into(),
                at: directive.at(),
            })
            .collect();
        let passes = |name: &str, variable: &str| {
            own.iter().find(|sent| &*sent.name == name && &*sent.value == variable)
        };
        if let Some(sent) = passes("host", "$http_host") {
            reader.remark(RemarkKind::HostPassedOn, "$http_host", sent.at);
        }
        if let (Some(sent), Some(_)) =
            (passes("connection", "$http_connection"), passes("upgrade", "$http_upgrade"))
        {
            reader.remark(RemarkKind::UpgradePassedOn, "$http_connection", sent.at);
        }
        if !own.is_empty() {
            self.sent = own;
        }
    }

    fn replace_access(&mut self, directives: &[Directive], reader: &mut Reader<'_, '_>) {
        let mut allowed =
            directives.iter().filter(|directive| directive.is("allow") && directive.word(0) != "all");
        let denied = directives.iter().find(|directive| directive.is("deny"));
        let first = allowed.next();
        if let (Some(allow), None) = (first, denied) {
            reader.remark(RemarkKind::AccessListIdle, "nobody is denied", allow.at());
        }
        // An answer that refuses is no way around the list.
        let returned = directives
            .iter()
            .find(|directive| directive.is("return") && !directive.word(0).starts_with(['4', '5']));
        if let (Some(deny), Some(_)) = (denied, returned) {
            reader.remark(RemarkKind::AccessListIdle, "`return` answers before it", deny.at());
        }
        self.access = match (first, denied) {
            (_, Some(deny)) => Some(deny.at()),
            (Some(_), None) => None,
            (None, None) => self.access,
        };
    }

    /// What guards a path.
    pub(super) fn guarded(&self) -> Option<Span> {
        self.signed_in.or(self.access)
    }
}

fn target_variable(text: &str) -> &'static str {
    if value::variables(text).any(|name| name == "uri") { "$uri" } else { "$document_uri" }
}

fn replace_variable(text: &str, name: &str, value: &str) -> String {
    let mark = format!("${name}");
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&mark) {
        let (before, after) = (rest.get(..at).unwrap_or(""), rest.get(at + mark.len()..).unwrap_or(""));
        out.push_str(before);
        let longer = after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        out.push_str(if longer { &mark } else { value });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Directories that hold more than what is meant to be served.
fn served(reader: &mut Reader<'_, '_>, root: &str, at: Span) {
    let path = root.trim_end_matches('/');
    if matches!(path, "" | "/etc" | "/root" | "/home" | "/var" | "/usr" | "/proc" | "/sys" | "/dev" | "/run")
        && root.starts_with('/')
    {
        reader.remark(RemarkKind::FilesystemServed, root, at);
    }
}

fn is_public_address(word: &str) -> bool {
    let host = word.strip_suffix(":53").unwrap_or(word);
    host.parse::<std::net::Ipv4Addr>()
        .is_ok_and(|ip| !ip.is_private() && !ip.is_loopback() && !ip.is_link_local() && !ip.is_unspecified())
}

/// Remarks about TLS mean nothing where nothing speaks it.
pub(super) fn is_about_tls(remark: &Remark) -> bool {
    matches!(remark.kind, RemarkKind::OldTls | RemarkKind::WeakCiphers)
}
