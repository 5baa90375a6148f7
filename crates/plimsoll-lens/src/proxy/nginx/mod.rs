//! nginx: from its configuration files to the facts of a proxy.
//!
//! Files are found where the image looks for them; what the official image brings by itself is known. Deliberately absent:
//! modules that are not part of nginx, the values of `map` and `geo`, code in Lua.

mod scope;
mod server;
pub(super) mod syntax;
mod value;

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_posture::{Complaint, ComplaintKind, Known, Reason};
use plimsoll_text::{SourceId, SourceKind, Span};

use super::Reader;
use super::files::{Opened, matches, tidy};
use super::tree::{Directive, Word};
use scope::Scope;

/// How the image is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Image {
    /// The official image.
    Official,
    /// The official image that runs without root: its default listens on 8080.
    Unprivileged,
    /// OpenResty's.
    OpenResty,
    /// Any other: nothing is known beside what the project says.
    Other,
}

/// Includes inside includes.
const DEEPEST_INCLUDE: usize = 8;
/// Directives of one service that are looked at, each as often as it is included.
const MOST_DIRECTIVES: usize = 50_000;

const DEFAULT_MAIN: &str = "\
events {}
http {
    include /etc/nginx/conf.d/*.conf;
}
";
const DEFAULT_SITE: &str = "server { listen 80; location / { root /usr/share/nginx/html; } }\n";
const UNPRIVILEGED_SITE: &str = "server { listen 8080; location / { root /usr/share/nginx/html; } }\n";

/// Files that images bring and that hold nothing of interest.
const KNOWN: &[&str] = &[
    "mime.types",
    "fastcgi_params",
    "fastcgi.conf",
    "uwsgi_params",
    "scgi_params",
    "koi-utf",
    "koi-win",
    "win-utf",
    "fastcgi-php.conf",
];

/// An upstream group, by its servers.
pub(super) type Groups = BTreeMap<Arc<str>, Vec<(Arc<str>, Span)>>;

/// Reads the configuration of a service into the reader's proxy.
pub(super) fn read(reader: &mut Reader<'_, '_>, image: Image) {
    let main = main_path(reader, image);
    let main_directory = main.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned();
    let mut config = Config { directory: main_directory, image, left: MOST_DIRECTIVES };
    let directives = match reader.files.open(reader.sources, &main) {
        Opened::Text(id) => config.parse(reader, id, false),
        Opened::Absent if image != Image::Other => {
            let id = builtin(reader, "nginx image: nginx.conf", DEFAULT_MAIN);
            config.parse(reader, id, false)
        }
        Opened::Absent => {
            // Only parts of a configuration lie here: what stands around them is the image's own.
            let id = builtin(reader, "nginx image: nginx.conf", DEFAULT_MAIN);
            reader.unread(Reason::MissingSource(main.into()));
            config.parse(reader, id, false)
        }
        Opened::Unread(reason) => {
            reader.unread(reason);
            return;
        }
    };
    let top = config.expand(reader, directives, 0);
    let mut scope = Scope::new();
    for block in &top {
        match &*block.name.text {
            "http" => {
                let inside = config.expand(reader, block.inside().to_vec(), 0);
                scope = scope.enter(&inside, reader);
                let groups = groups(&inside);
                for server in inside.iter().filter(|inner| inner.is("server")) {
                    let inside = config.expand(reader, server.inside().to_vec(), 0);
                    server::http(reader, &mut config, &scope, server, &inside, &groups);
                }
            }
            "stream" => {
                let inside = config.expand(reader, block.inside().to_vec(), 0);
                let groups = groups(&inside);
                for server in inside.iter().filter(|inner| inner.is("server")) {
                    let inside = config.expand(reader, server.inside().to_vec(), 0);
                    server::stream(reader, server, &inside, &groups);
                }
            }
            _ => {}
        }
    }
    let speaks_tls = reader.proxy.sites.iter().flat_map(|site| &site.listeners).any(|listener| listener.tls);
    if !speaks_tls {
        reader.proxy.remarks.retain(|remark| !scope::is_about_tls(remark));
    }
}

/// `nginx -c FILE`, or where the image keeps it.
fn main_path(reader: &Reader<'_, '_>, image: Image) -> String {
    let words = reader.service.command.value().map_or(&[][..], |command| &command.words);
    let words: Vec<&str> = words.iter().flat_map(|word| word.expose().split_whitespace()).collect();
    let named = words.iter().position(|word| *word == "-c").and_then(|at| words.get(at + 1));
    match (named.filter(|_| words.contains(&"nginx")), image) {
        (Some(path), _) => tidy(path.trim_matches(['"', '\''])),
        (None, Image::OpenResty) => "/usr/local/openresty/nginx/conf/nginx.conf".to_owned(),
        (None, _) => "/etc/nginx/nginx.conf".to_owned(),
    }
}

fn builtin(reader: &mut Reader<'_, '_>, name: &str, text: &str) -> SourceId {
    match reader.sources.find(name) {
        Some(source) => source.id,
        None => reader.sources.add_text(name, SourceKind::Builtin, text),
    }
}

fn groups(directives: &[Directive]) -> Groups {
    let mut groups = Groups::new();
    for upstream in directives.iter().filter(|directive| directive.is("upstream")) {
        let servers = upstream.inside().iter().filter(|inner| inner.is("server"));
        let servers =
            servers.filter_map(|server| server.words.first()).map(|word| (word.text.clone(), word.at));
        groups.insert(upstream.word(0).into(), servers.collect());
    }
    groups
}

/// Where files are looked for, and how many directives may still be read.
pub(super) struct Config {
    directory: String,
    image: Image,
    left: usize,
}

impl Config {
    fn parse(&mut self, reader: &mut Reader<'_, '_>, id: SourceId, template: bool) -> Vec<Directive> {
        let reading = syntax::read(reader.sources.get(id));
        reader.read_file(id, reading.complaints);
        let mut directives = reading.directives;
        if template {
            fill(&mut directives, reader);
        }
        directives
    }

    /// Puts in what is included.
    pub(super) fn expand(
        &mut self,
        reader: &mut Reader<'_, '_>,
        directives: Vec<Directive>,
        depth: usize,
    ) -> Vec<Directive> {
        let mut expanded = Vec::with_capacity(directives.len());
        for directive in directives {
            if self.left == 0 {
                reader.unread(Reason::NotUnderstood("a configuration of that many directives".into()));
                break;
            }
            self.left -= 1;
            if !directive.is("include") {
                expanded.push(directive);
                continue;
            }
            if depth >= DEEPEST_INCLUDE {
                reader.unread(Reason::NotUnderstood("includes inside includes, that deep".into()));
                continue;
            }
            for (id, template) in self.included(reader, &directive) {
                let inner = self.parse(reader, id, template);
                expanded.extend(self.expand(reader, inner, depth + 1));
            }
        }
        expanded
    }

    /// The documents that an `include` means; `true` for templates.
    fn included(&self, reader: &mut Reader<'_, '_>, directive: &Directive) -> Vec<(SourceId, bool)> {
        let written = directive.word(0);
        let whole = match written.starts_with('/') {
            true => written.to_owned(),
            false => format!("{}/{written}", self.directory),
        };
        let path = tidy(&whole);
        let (directory, pattern) = path.rsplit_once('/').unwrap_or(("", &path));
        if !pattern.contains(['*', '?', '[']) {
            return self.one(reader, directive, &path).into_iter().collect();
        }
        if directory.contains(['*', '?', '[']) {
            reader.unread(Reason::NotUnderstood(written.into()));
            return Vec::new();
        }
        let (mut names, unknown) = reader.files.list(directory);
        let mut templates = Vec::new();
        if directory == "/etc/nginx/conf.d" && self.is_official() {
            let (made, unknown) = reader.files.list("/etc/nginx/templates");
            if let Some(reason) = unknown {
                reader.unread(reason);
            }
            templates =
                made.iter().filter_map(|name| name.strip_suffix(".template").map(str::to_owned)).collect();
            names.extend(templates.iter().cloned());
            names.sort();
            names.dedup();
        }
        if let Some(reason) = unknown {
            reader.unread(reason);
        }
        let mut found = Vec::new();
        for name in names.iter().filter(|name| matches(pattern, name)) {
            let (path, template) = match templates.contains(name) {
                true => (format!("/etc/nginx/templates/{name}.template"), true),
                false => (format!("{directory}/{name}"), false),
            };
            match reader.files.open(reader.sources, &path) {
                Opened::Text(id) => found.push((id, template)),
                Opened::Absent => {}
                Opened::Unread(reason) => reader.unread(reason),
            }
        }
        let default = "/etc/nginx/conf.d/default.conf";
        if directory == "/etc/nginx/conf.d"
            && self.is_official()
            && !names.iter().any(|name| name == "default.conf")
            && !reader.files.is_removed(default)
            && matches(pattern, "default.conf")
        {
            let text = if self.image == Image::Unprivileged { UNPRIVILEGED_SITE } else { DEFAULT_SITE };
            let name = if self.image == Image::Unprivileged {
                "nginx image: conf.d/default.conf on 8080"
            } else {
                "nginx image: conf.d/default.conf"
            };
            found.push((builtin(reader, name, text), false));
        }
        found
    }

    fn is_official(&self) -> bool {
        self.image != Image::Other
    }

    fn one(
        &self,
        reader: &mut Reader<'_, '_>,
        directive: &Directive,
        path: &str,
    ) -> Option<(SourceId, bool)> {
        match reader.files.open(reader.sources, path) {
            Opened::Text(id) => return Some((id, false)),
            Opened::Unread(reason) => reader.unread(reason),
            Opened::Absent => {
                let name = path.rsplit('/').next().unwrap_or(path);
                let template = path.strip_prefix("/etc/nginx/conf.d/").filter(|_| self.is_official());
                if let Some(template) = template
                    && let Opened::Text(id) = reader
                        .files
                        .open(reader.sources, &format!("/etc/nginx/templates/{template}.template"))
                {
                    return Some((id, true));
                }
                if KNOWN.contains(&name) || path.contains("/modules") {
                    return None;
                }
                reader.unread(Reason::MissingSource(path.into()));
                reader.complain(Complaint {
                    kind: ComplaintKind::Missing,
                    code: "include-not-found",
                    at: directive.at(),
                    message: format!("{path} is not among the files of the project that this container gets"),
                    cure: None,
                });
            }
        }
        None
    }
}

/// The image's start script puts the environment into templates.
fn fill(directives: &mut [Directive], reader: &Reader<'_, '_>) {
    for directive in directives {
        for word in &mut directive.words {
            fill_word(word, reader);
        }
        if let Some(block) = &mut directive.block {
            fill(block, reader);
        }
    }
}

fn fill_word(word: &mut Word, reader: &Reader<'_, '_>) {
    if !word.text.contains('$') {
        return;
    }
    let mut text = word.text.to_string();
    for name in value::variables(&word.text) {
        let Some(fact) = reader.service.env.get(name) else { continue };
        let Some(Known::Value(known)) = fact.effective().map(|claim| &claim.value) else { continue };
        text = text.replace(&format!("${{{name}}}"), known.expose());
        if text.len() > 4096 {
            return;
        }
    }
    word.text = text.into();
}
