//! Traefik: static configuration (flags, variables, file), dynamic files and labels, to the facts of a proxy.
//!
//! Deliberately absent: providers other than Docker and files.

mod routers;
mod settings;

use std::sync::Arc;

use plimsoll_posture::{Action, BodyLimit, Plane, Route, Site};
use plimsoll_posture::{Known, Listener, Provenance, Reason, Remark, RemarkKind, Said};

use super::Reader;
use super::files::tidy;
use crate::compose::Node;
use settings::Settings;

/// Where Traefik looks for its file when nobody names one.
const PLACES: &[&str] =
    &["/etc/traefik/traefik.yml", "/etc/traefik/traefik.yaml", "/etc/traefik/traefik.toml"];

/// A port that Traefik listens on, by name.
#[derive(Debug, Clone)]
struct EntryPoint {
    name: String,
    port: u16,
    address: Option<Arc<str>>,
    tls: bool,
    redirects: Option<Said>,
    /// Middlewares of every router on it.
    middlewares: Vec<String>,
    at: Said,
}

/// Reads the configuration of a service into the reader's proxy.
pub(super) fn read(reader: &mut Reader<'_, '_>) {
    let mut fixed = Settings::default();
    flags(reader, &mut fixed);
    variables(reader, &mut fixed);
    fixed.sort();
    let named = fixed.get("configfile").map(|setting| tidy(&setting.value));
    if let Some(path) = named {
        settings::file(reader, &mut fixed, &path);
    } else {
        for path in PLACES {
            if settings::file(reader, &mut fixed, path) {
                break;
            }
        }
    }
    fixed.sort();
    if let Some(first) = fixed.below("").next().filter(|_| reader.proxy.files.is_empty()) {
        reader.proxy.at = said(&first.at);
    }
    let entry_points = entry_points(&fixed);
    remarks(reader, &fixed);
    let mut moving = Settings::default();
    if let Some(path) = fixed.get("providers.file.filename").map(|setting| tidy(&setting.value))
        && !settings::file(reader, &mut moving, &path)
    {
        reader.unread(Reason::MissingSource(path.into()));
    }
    if let Some(path) = fixed.get("providers.file.directory").map(|setting| tidy(&setting.value)) {
        settings::directory(reader, &mut moving, &path);
    }
    let docker = fixed.on("providers.docker").is_some();
    if docker {
        labels(reader, &mut moving);
    }
    moving.sort();
    for other in fixed.names("providers.") {
        if !matches!(other.as_str(), "docker" | "file" | "providersthrottleduration") {
            reader.unread(Reason::NotUnderstood(format!("provider {other}").into()));
        }
    }
    let by_default =
        fixed.get("providers.docker.exposedbydefault").is_none_or(|setting| &*setting.value != "false");
    if docker && by_default {
        reader.proxy.forwards_more = true;
        if let Some(provider) = fixed.on("providers.docker") {
            remark(reader, RemarkKind::EverybodyRouted, "", &provider.at);
        }
    }
    redirections(reader, &entry_points);
    routers::read(reader, &fixed, &moving, &entry_points, docker && by_default);
    if reader.proxy.sites.is_empty() {
        // Listening without a router: everything is answered with 404.
        for entry in &entry_points {
            reader.proxy.sites.push(Site {
                names: Vec::new(),
                at: entry.at.clone(),
                http: true,
                listeners: vec![entry.listener(entry.tls)],
                routes: Vec::new(),
            });
        }
    }
}

impl EntryPoint {
    fn listener(&self, tls: bool) -> Listener {
        Listener { port: self.port, address: self.address.clone(), tls, at: self.at.clone() }
    }
}

fn said(at: &Provenance) -> Said {
    Said { at: at.clone(), plane: Plane::Declared }
}

fn remark(reader: &mut Reader<'_, '_>, kind: RemarkKind, about: &str, at: &Provenance) {
    if reader.proxy.remarks.len() < 500 {
        reader.proxy.remarks.push(Remark { kind, about: about.into(), at: said(at) });
    }
}

/// Words of the command, each at its own place where the project's file says it.
fn flags(reader: &mut Reader<'_, '_>, fixed: &mut Settings) {
    let name = reader.service.name();
    let node = reader.model.and_then(|model| model.get("services")?.get(name));
    let words: Vec<&Node> =
        ["entrypoint", "command"].iter().filter_map(|key| node?.get(key)?.as_list()).flatten().collect();
    if !words.is_empty() {
        let route = format!("services.{name}.command");
        for word in words {
            let Some(text) = word.text() else { continue };
            for part in text.split_whitespace().filter(|_| text.contains("--")) {
                settings::flag(fixed, part, &Provenance::new("compose", word.at, route.as_str()));
            }
        }
        return;
    }
    let Some(claim) = reader.service.command.effective() else { return };
    let Known::Value(command) = &claim.value else { return };
    for word in command.words.iter().flat_map(|word| word.expose().split_whitespace()) {
        settings::flag(fixed, word, &claim.at);
    }
}

/// `TRAEFIK_ENTRYPOINTS_WEB_ADDRESS`.
fn variables(reader: &Reader<'_, '_>, fixed: &mut Settings) {
    for (name, claim) in reader.service.env.effective() {
        let (Some(key), Known::Value(value)) = (name.strip_prefix("TRAEFIK_"), &claim.value) else {
            continue;
        };
        fixed.push(&key.replace('_', "."), value.expose(), claim.at.clone(), None);
    }
}

fn labels(reader: &mut Reader<'_, '_>, moving: &mut Settings) {
    for service in &reader.posture.services {
        for (key, claim) in service.labels.effective() {
            let lower = key.to_ascii_lowercase();
            let Some(key) = lower.strip_prefix("traefik.") else { continue };
            let value = match &claim.value {
                Known::Value(value) => value.expose(),
                Known::Unknown(_) => "",
            };
            // The name of the service goes with switches that have no name of their own.
            let key = match key {
                "enable" | "port" | "docker.network" => {
                    format!("owner.{}.{key}", service.name().to_ascii_lowercase())
                }
                key => key.to_owned(),
            };
            moving.push(&key, value, claim.at.clone(), Some(service.subject.name.clone()));
        }
    }
}

fn entry_points(fixed: &Settings) -> Vec<EntryPoint> {
    let mut found = Vec::new();
    for name in fixed.names("entrypoints.") {
        let key = format!("entrypoints.{name}");
        let Some(address) = fixed.get(&format!("{key}.address")) else { continue };
        if address.value.ends_with("/udp") {
            continue;
        }
        let (host, port) =
            address.value.trim_end_matches("/tcp").rsplit_once(':').unwrap_or(("", &address.value));
        let Ok(port) = port.parse() else { continue };
        let redirect = fixed.get(&format!("{key}.http.redirections.entrypoint.to"));
        let secure = fixed
            .get(&format!("{key}.http.redirections.entrypoint.scheme"))
            .is_none_or(|setting| setting.value.eq_ignore_ascii_case("https"));
        found.push(EntryPoint {
            port,
            address: Some(host).filter(|host| !matches!(*host, "" | "0.0.0.0" | "[::]")).map(Into::into),
            tls: fixed.on(&format!("{key}.http.tls")).is_some(),
            redirects: redirect.filter(|_| secure).map(|setting| said(&setting.at)),
            middlewares: fixed
                .list(&format!("{key}.http.middlewares"))
                .into_iter()
                .map(str::to_owned)
                .collect(),
            at: said(&address.at),
            name,
        });
    }
    if found.is_empty()
        && let Some(first) = fixed.below("").next()
    {
        // Nobody names one: Traefik listens on port 80.
        let at = Said { at: first.at.clone(), plane: Plane::Assumed };
        found.push(EntryPoint {
            name: "http".to_owned(),
            port: 80,
            address: None,
            tls: false,
            redirects: None,
            middlewares: Vec::new(),
            at,
        });
    }
    found
}

fn redirections(reader: &mut Reader<'_, '_>, entry_points: &[EntryPoint]) {
    for entry in entry_points {
        let Some(at) = &entry.redirects else { continue };
        reader.proxy.sites.push(Site {
            names: Vec::new(),
            at: at.clone(),
            http: true,
            listeners: vec![entry.listener(false)],
            routes: vec![Route {
                path: "/".into(),
                at: at.clone(),
                action: Action::RedirectToTls,
                limited: None,
                guarded: None,
                body: BodyLimit::Bytes(0, None),
                headers: Vec::new(),
                forwarded: Vec::new(),
            }],
        });
    }
}

/// What the static configuration states by itself.
fn remarks(reader: &mut Reader<'_, '_>, fixed: &Settings) {
    if let Some(setting) = fixed.is_true("api.insecure") {
        remark(reader, RemarkKind::DashboardOpen, "api.insecure", &setting.at);
    }
    if let Some(setting) = fixed.is_true("serverstransport.insecureskipverify") {
        remark(reader, RemarkKind::UpstreamUnchecked, "every upstream", &setting.at);
    }
    for name in fixed.names("entrypoints.") {
        let key = format!("entrypoints.{name}");
        for headers in ["forwardedheaders", "proxyprotocol"] {
            if let Some(setting) = fixed.is_true(&format!("{key}.{headers}.insecure")) {
                remark(
                    reader,
                    RemarkKind::EverybodyForwards,
                    &format!("{name}.{headers}.insecure"),
                    &setting.at,
                );
            }
            let trusted = format!("{key}.{headers}.trustedips");
            let everybody = fixed
                .below(&trusted)
                .find(|setting| setting.value.split(',').any(|ip| matches!(ip.trim(), "0.0.0.0/0" | "::/0")));
            if let Some(setting) = everybody {
                remark(reader, RemarkKind::EverybodyForwards, &setting.value, &setting.at);
            }
        }
        let timeout = fixed.get(&format!("{key}.transport.respondingtimeouts.readtimeout"));
        if let Some(setting) = timeout.filter(|setting| matches!(&*setting.value, "0" | "0s")) {
            remark(reader, RemarkKind::LongClientTimeout, "readTimeout 0", &setting.at);
        }
    }
    let logged = fixed.on("accesslog").is_some();
    if let Some(first) = fixed.below("").next().filter(|_| !logged) {
        let at = fixed.get("accesslog").map_or(&first.at, |setting| &setting.at);
        remark(reader, RemarkKind::LogOff, "", at);
    }
}
