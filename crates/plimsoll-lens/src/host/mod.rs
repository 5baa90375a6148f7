//! What an engine and the machine under it say of themselves: the claims of a [`Host`].
//!
//! Each [`Role`] is one kind of document: what the Engine API answers (`GET /info`, `/version`, `/images/json` … or the same printed by
//! `docker … --format '{{json .}}'` and `docker … inspect`), `daemon.json`, and tables that were captured from the host's files, one
//! line a thing. All are optional, and each is known by its name or by its shape. A field that an engine leaves out (they differ between
//! 20.10, 29 and Podman) makes no claim.
//! Sources: Engine API v1.41 to v1.52; dockerd's reference; moby `daemon/info.go`; Podman's compatible API.
//! Deliberately absent: containers as services (`inspect`), asking an engine, and opening files of a host.

mod daemon_json;
mod entry;
mod files;
mod flags;
mod held;
mod info;
mod keys;
mod listening;
mod processes;
mod secrets;
mod settings;
mod surroundings;
mod swarm;
mod table;
mod time;
mod version;

use std::collections::HashSet;
use std::sync::Arc;

use plimsoll_posture::{
    Complaint, DaemonFile, Fact, Host, Known, Logging, Provenance, Reason, Subject, SubjectKind,
};
use plimsoll_text::{Source, SourceKind, Sources, Span};

use crate::inspect;
use crate::json::{self, Json, Value};
use entry::Entry;
use flags::Saying;
use processes::Units;
use settings::Context;

/// What claims of this lens are marked with.
pub const LENS: &str = "host";
/// Where the daemon looks for its settings unless it is told otherwise.
pub const DAEMON_JSON: &str = "/etc/docker/daemon.json";
/// How much of a document tells what it is.
const MAX_PROBE: usize = 8 * 1024 * 1024;

/// What a document is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// `GET /info`, `docker info --format '{{json .}}'`.
    Info,
    /// `GET /version`, `docker version --format '{{json .}}'`.
    Version,
    /// A list of containers, whole (`docker inspect`).
    Containers,
    /// `GET /images/json`, `docker image inspect`.
    Images,
    /// `GET /networks`, `docker network inspect`.
    Networks,
    /// `GET /volumes`; says nothing about the host.
    Volumes,
    /// `GET /plugins`; says nothing about the host.
    Plugins,
    /// `GET /swarm`, `docker swarm` of a manager.
    Swarm,
    /// `daemon.json`.
    DaemonJson,
    /// Owner and mode of files.
    Files,
    /// Command lines of running daemons.
    Processes,
    /// Units of systemd.
    Units,
    /// Members of the group of the socket.
    Groups,
    /// Devices of `/` and of the engine's data.
    Mounts,
    /// Rules of the audit daemon.
    Audit,
    /// Listening sockets.
    Listening,
    /// Kernel and operating system.
    Machine,
}

impl Role {
    /// Every role, in order.
    pub const ALL: [Self; 17] = [
        Self::Info,
        Self::Version,
        Self::Containers,
        Self::Images,
        Self::Networks,
        Self::Volumes,
        Self::Plugins,
        Self::Swarm,
        Self::DaemonJson,
        Self::Files,
        Self::Processes,
        Self::Units,
        Self::Groups,
        Self::Mounts,
        Self::Audit,
        Self::Listening,
        Self::Machine,
    ];

    /// The name of the document that an engine or a host was asked for.
    #[must_use]
    pub fn document(self) -> &'static str {
        match self {
            Self::Info => "engine/info",
            Self::Version => "engine/version",
            Self::Containers => "engine/containers",
            Self::Images => "engine/images",
            Self::Networks => "engine/networks",
            Self::Volumes => "engine/volumes",
            Self::Plugins => "engine/plugins",
            Self::Swarm => "engine/swarm",
            Self::DaemonJson => DAEMON_JSON,
            Self::Files => "host/files",
            Self::Processes => "host/processes",
            Self::Units => "host/units",
            Self::Groups => "host/groups",
            Self::Mounts => "host/mounts",
            Self::Audit => "host/audit",
            Self::Listening => "host/listening",
            Self::Machine => "host/machine",
        }
    }

    /// The role of a document of that name. A `daemon.json` may lie anywhere.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let role = Self::ALL.into_iter().find(|role| role.document() == name);
        role.or_else(|| (name.rsplit(['/', '\\']).next() == Some("daemon.json")).then_some(Self::DaemonJson))
    }
}

/// What a document is, by its shape: for files that somebody recorded.
#[must_use]
pub fn recognise(bytes: &[u8]) -> Option<Role> {
    let text = String::from_utf8_lossy(bytes.get(..bytes.len().min(MAX_PROBE))?);
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if let Some(line) = start.strip_prefix("# host/") {
        let name = line.split(|c: char| !c.is_ascii_lowercase()).next().unwrap_or("");
        return Role::ALL.into_iter().find(|role| role.document().strip_prefix("host/") == Some(name));
    }
    if !start.starts_with(['{', '[']) {
        return None;
    }
    let has = |keys: &[&str]| keys.iter().all(|key| start.contains(&format!("\"{key}\"")));
    let list = start.starts_with('[');
    if inspect::is_record(&text) {
        return Some(Role::Containers);
    }
    if list {
        return match () {
            () if has(&["RepoTags", "RepoDigests", "Id"]) => Some(Role::Images),
            () if has(&["IPAM", "Driver", "Scope"]) => Some(Role::Networks),
            () if has(&["PluginReference", "Settings"]) => Some(Role::Plugins),
            () => None,
        };
    }
    match () {
        () if has(&["SecurityOptions", "DockerRootDir", "Driver"]) => Some(Role::Info),
        () if has(&["ApiVersion", "GitCommit"]) && (has(&["Components"]) || has(&["MinAPIVersion"])) => {
            Some(Role::Version)
        }
        () if has(&["CAConfig", "EncryptionConfig", "Raft"]) => Some(Role::Swarm),
        () => is_daemon_json(start).then_some(Role::DaemonJson),
    }
}

/// Only settings of dockerd, and one at least whose name nothing else has.
fn is_daemon_json(text: &str) -> bool {
    if text.len() > 256 * 1024 || !text.contains('-') {
        return false;
    }
    let mut sources = Sources::new();
    let id = sources.add_text("daemon.json", SourceKind::Other, text);
    let Some(json) = json::read(sources.get(id)).0 else { return false };
    let members = json.members();
    members.iter().all(|member| keys::of_file(&member.key).is_some())
        && members.iter().any(|member| member.key.contains('-'))
}

/// Documents by what they are of.
#[derive(Debug, Clone, Default)]
pub struct Documents<'a> {
    all: Vec<(Role, &'a Source)>,
}

impl<'a> Documents<'a> {
    /// No documents.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The documents among others, each known by its name.
    pub fn named(sources: impl IntoIterator<Item = &'a Source>) -> Self {
        let known = |source: &'a Source| Role::of_name(&source.name).map(|role| (role, source));
        Self { all: sources.into_iter().filter_map(known).collect() }
    }

    /// Adds a document; the first of a role counts, of images and networks all.
    pub fn add(&mut self, role: Role, source: &'a Source) {
        self.all.push((role, source));
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    fn of(&self, role: Role) -> impl Iterator<Item = &'a Source> {
        self.all.iter().filter(move |(own, _)| *own == role).map(|(_, source)| *source)
    }

    fn first(&self, role: Role) -> Option<&'a Source> {
        self.of(role).next()
    }
}

/// The paths that a daemon's settings name: whoever looks at a host's files looks at these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its file of settings.
    pub daemon_json: String,
    /// `data-root`.
    pub data_root: Option<String>,
    /// `group`: who may open the socket.
    pub group: Option<String>,
    /// Certificates and the key of the server.
    pub certificates: Vec<String>,
    /// Unix sockets that it waits on.
    pub sockets: Vec<String>,
    /// Ports that it waits on.
    pub ports: Vec<u16>,
    /// The socket of containerd.
    pub containerd: Option<String>,
}

/// What daemon's command line, unit and file name.
#[must_use]
pub fn named(documents: &Documents<'_>) -> Named {
    let process = documents.first(Role::Processes).and_then(processes::daemon);
    let units = documents.first(Role::Units).map(processes::units).unwrap_or_default();
    let path = process.as_ref().map_or(units.config_file.clone(), |process| process.config_file.clone());
    let context = Context {
        flags: process.map(|process| process.settings),
        unit: units.settings,
        file: documents.first(Role::DaemonJson).map(|file| daemon_json::read(file, None).0),
        ..Context::default()
    };
    let text = |key: &str| match context.said(key).map(|said| &said.value) {
        Some(Saying::Text(text)) if !text.is_empty() => Some(text.to_string()),
        _ => None,
    };
    let mut named = Named {
        daemon_json: path.map_or_else(|| DAEMON_JSON.to_owned(), |path| path.to_string()),
        data_root: text("data-root").or_else(|| text("graph")),
        group: text("group"),
        certificates: ["tlscacert", "tlscert", "tlskey"].into_iter().filter_map(text).collect(),
        sockets: Vec::new(),
        ports: Vec::new(),
        containerd: text("containerd"),
    };
    let hosts = match context.said("hosts").map(|said| &said.value) {
        Some(Saying::Texts(texts)) => texts.as_slice(),
        _ => &[],
    };
    let handed: Vec<Arc<str>> =
        units.sockets.iter().map(|(socket, _)| listening::handed_over(socket)).collect();
    for host in hosts.iter().map(|(host, _)| host).chain(&handed) {
        let host = listening::normal(host, false);
        match host.split_once("://") {
            Some(("unix", path)) => named.sockets.push(path.to_owned()),
            Some(("tcp", address)) => {
                named.ports.extend(address.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok()));
            }
            _ => {}
        }
    }
    named
}

/// Reads a host; nothing where there is no document. `judged` says whether host controls look at it.
#[must_use]
pub fn read(documents: &Documents<'_>, judged: bool) -> Option<(Host, Vec<Complaint>)> {
    let (mut complaints, mut masked) = (Vec::new(), Vec::new());
    let mut json = |role: Role| -> Vec<Json> {
        let mut all = Vec::new();
        for source in documents.of(role) {
            let (value, found) = json::read(source);
            complaints.extend(found);
            value.iter().for_each(|json| secrets::of_json(json, &mut masked));
            all.extend(value);
        }
        all
    };
    let (info, version, swarm) = (json(Role::Info), json(Role::Version), json(Role::Swarm));
    let (images, containers, networks) = (json(Role::Images), json(Role::Containers), json(Role::Networks));
    // An engine that refuses answers with a message.
    let told = |list: &[Json], key: &str| list.iter().position(|json| json.get(key).is_some());
    let info =
        told(&info, "ServerVersion").or_else(|| told(&info, "SecurityOptions")).and_then(|at| info.get(at));
    let info = info.map(|json| Entry::root(json, "info"));
    let version = version.first().map(|json| Entry::root(json, "version"));
    let swarm = swarm.first().map(|json| Entry::root(json, "swarm"));

    let mut host = Host::new(subject(documents, info.as_ref())?, judged);
    for source in [Role::Processes, Role::Units].into_iter().filter_map(|role| documents.first(role)) {
        secrets::of_table(source, &mut masked);
    }
    if let Some(json) = documents.first(Role::DaemonJson).and_then(|file| json::read(file).0) {
        secrets::of_json(&json, &mut masked);
    }
    host.masked = masked;
    if let Some(version) = &version {
        version::read(&mut host, version);
    }
    if let Some(info) = &info {
        version::from_info(&mut host, info);
    }
    if host.engine.is_podman() {
        forget_dockerd(&mut host);
    }
    let release = host.engine.release();
    let answers = info.as_ref().map(|info| info::read(&mut host, info, release)).unwrap_or_default();
    swarm::read(&mut host, info.as_ref(), swarm.as_ref());
    held(&mut host, &images, &containers, &networks);

    let process = documents.first(Role::Processes).and_then(processes::daemon);
    let units = documents.first(Role::Units).map(processes::units).unwrap_or_default();
    let path = process.as_ref().map_or(units.config_file.clone(), |process| process.config_file.clone());
    let path: Arc<str> = path.unwrap_or_else(|| DAEMON_JSON.into());
    let mut context = daemon_settings(documents, &mut host, process, &units, &path, &mut complaints);
    context.told = info.is_some() || version.is_some();
    host.daemon.command_line.clone_from(&context.line);
    host.daemon.file_sought = context.file_known;
    if !host.engine.is_podman() {
        settings::settle(&mut host.daemon, &answers, &mut context);
    }
    let stale = std::mem::take(&mut context.stale);
    if let Some(file) = &mut host.daemon.file {
        file.stale = stale;
    }
    listening::read(&mut host, &context, &units, answers.listeners, documents.first(Role::Listening));
    if let Some(source) = documents.first(Role::Files) {
        files::read(&mut host, &context, &path, source);
    }
    for (role, read) in [
        (Role::Groups, surroundings::groups as fn(&mut Host, &Source)),
        (Role::Mounts, surroundings::mounts),
        (Role::Audit, surroundings::audit),
        (Role::Machine, surroundings::machine),
    ] {
        if let Some(source) = documents.first(role) {
            read(&mut host, source);
        }
    }
    Some((host, complaints))
}

/// The name that the engine gives its machine; otherwise the first document stands for it.
fn subject(documents: &Documents<'_>, info: Option<&Entry<'_>>) -> Option<Subject> {
    let named = info.and_then(|info| info.get("Name"));
    if let Some(name) = named
        && let Some(text) = name.word()
    {
        return Some(Subject::new(SubjectKind::Host, text.clone(), name.at().span));
    }
    let (_, source) = documents.all.iter().min_by_key(|(role, _)| *role)?;
    let length = source.text.chars().next().map_or(0, char::len_utf8);
    Some(Subject::new(SubjectKind::Host, "host", Span::new(source.id, 0, length)))
}

/// Podman has no daemon, and so none of these settings.
fn forget_dockerd(host: &mut Host) {
    let daemon = &mut host.daemon;
    for fact in [
        &mut daemon.no_new_privileges,
        &mut daemon.icc,
        &mut daemon.iptables,
        &mut daemon.userland_proxy,
        &mut daemon.live_restore,
        &mut daemon.experimental,
    ] {
        *fact = Fact::new();
    }
    daemon.log_level = Fact::new();
    daemon.default_ip = Fact::new();
    daemon.data_root = Fact::new();
    daemon.logging = Fact::<Logging>::new();
}

fn held(host: &mut Host, images: &[Json], containers: &[Json], networks: &[Json]) {
    let lists = |list: &[Json]| list.iter().any(|json| matches!(json.value, Value::List(_)));
    if lists(images) {
        // An engine lists all of them, and tells those in use once more as whole objects.
        let mut seen = HashSet::new();
        let all = images.iter().flat_map(|json| held::images(&Entry::root(json, "images")));
        host.images = Known::Value(all.filter(|image| seen.insert(image.id.clone())).collect());
    }
    if lists(containers) {
        let all = containers.iter().flat_map(|json| held::containers(&Entry::root(json, "containers")));
        host.containers = Known::Value(all.collect());
    }
    if lists(networks) {
        let mut all = Vec::new();
        for json in networks {
            let (found, docker0) = held::networks(&Entry::root(json, "networks"));
            all.extend(found);
            if !host.engine.is_podman() {
                docker0.icc.into_iter().for_each(|claim| host.daemon.icc.push(claim));
                docker0.default_ip.into_iter().for_each(|claim| host.daemon.default_ip.push(claim));
            }
        }
        host.networks = Known::Value(all);
    }
}

fn daemon_settings(
    documents: &Documents<'_>,
    host: &mut Host,
    process: Option<processes::Process>,
    units: &Units,
    path: &str,
    complaints: &mut Vec<Complaint>,
) -> Context {
    let table = documents.first(Role::Files);
    let mut context = Context::default();
    let mut started = None;
    match process {
        Some(process) => {
            started = process.started;
            context.flags = Some(process.settings);
            if let Some(started) = started {
                host.engine.started.push(entry::running(Known::Value(started), process.at.clone()));
            }
            context.line = Some(process.at);
        }
        None => context.unit.clone_from(&units.settings),
    }
    let Some(file) = documents.first(Role::DaemonJson) else {
        // A table of files that was made and does not name it tells that it is not there.
        context.file_known = table.is_some_and(|table| !files::has(table, path));
        return context;
    };
    context.file_known = true;
    let (settings, found) = daemon_json::read(file, host.engine.release());
    complaints.extend(found);
    if let Some(flags) = context.flags.as_ref().or(context.unit.as_ref()) {
        complaints.extend(daemon_json::conflicts(&settings, flags));
    }
    let modified = table.and_then(|table| files::modified(table, path));
    context.newer = matches!((modified, started), (Some(modified), Some(started)) if modified > started);
    context.file = Some(settings);
    let length = file.text.chars().next().map_or(0, char::len_utf8);
    host.daemon.file = Some(DaemonFile {
        at: Provenance::new(LENS, Span::new(file.id, 0, length), "daemon.json"),
        modified: match modified {
            Some(modified) => Known::Value(modified),
            None => Known::Unknown(Reason::NeedsEngine("stat -c %y /etc/docker/daemon.json")),
        },
        stale: Vec::new(),
    });
    context
}
