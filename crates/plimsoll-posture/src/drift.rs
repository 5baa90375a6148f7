//! What a container has otherwise than its project declares, and what it confirms.
//!
//! What a container confirms stays where it was declared and is better known from then on. What it has otherwise is a claim of the
//! container, which holds, and a [`Deviation`], which is told. Compared is what both sides state: a variable that only the
//! container has may be its image's. Networks are not compared: a project and an engine call them by different names.
//! Deliberately absent: whose container it is (whoever joins them knows).

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::{
    CapabilityEntry, Claim, CommandLine, Device, Fact, Healthcheck, Known, Layer, Logging, MacProfile, Mount,
    MountKind, NamespaceMode, Plane, PortRange, Provenance, PublishedPort, RestartPolicy, SeccompProfile,
    Service, Union,
};

/// A container of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its name.
    pub name: Arc<str>,
    /// `running`, `exited`, `created`; empty when it is not said.
    pub status: Arc<str>,
    /// The id of the image that it was made of: `sha256:…`; empty when it is not said.
    pub image_id: Arc<str>,
    /// When it was made, as the engine writes it: `2026-11-20T10:22:33.123Z`.
    pub created: Option<Arc<str>>,
    /// Where the engine tells of it.
    pub at: Provenance,
    /// The service that it was made for, where its project has no such service any more.
    pub orphan: Option<Arc<str>>,
    /// A file of its project that was changed after it was made.
    pub edited: Option<Arc<str>>,
    /// What it has otherwise, in the order of the model.
    pub deviations: Vec<Deviation>,
}

/// One thing that a container has otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    /// The key of the Compose specification, with the name for one of many: `read_only`, `environment.NODE_ENV`.
    pub setting: String,
    /// What is declared, in words; values of variables are none.
    pub declared: String,
    /// What the container has.
    pub running: String,
    /// Where it is declared; nothing where nobody says anything and the engine's default holds.
    pub declared_at: Option<Provenance>,
    /// Where the engine says so.
    pub running_at: Provenance,
}

/// Longer lists of ports are compared as they are written.
const MAX_PORTS: u16 = 1024;

/// Joins what an engine says of a container with the service that it was made for; `container` holds claims of the container.
pub fn observe(service: &mut Service, container: &Service, status: Arc<str>) -> Seen {
    let name = container.subject.name.clone();
    let at = Provenance::new("inspect", container.subject.anchor, name.clone());
    let mut deviations = Vec::new();
    let out = &mut deviations;
    let flag = |flag: &bool| flag.to_string();
    let word = |word: &Arc<str>| word.to_string();
    let mode =
        |mode: &NamespaceMode| Some(mode.text()).filter(|text| !text.is_empty()).unwrap_or("private".into());
    one(&mut service.user, &container.user, "user", ToString::to_string, out);
    one(&mut service.entrypoint, &container.entrypoint, "entrypoint", program, out);
    one(&mut service.command, &container.command, "command", program, out);
    one(&mut service.workdir, &container.workdir, "working_dir", word, out);
    one(&mut service.init, &container.init, "init", flag, out);
    one(&mut service.healthcheck, &container.healthcheck, "healthcheck", health, out);
    one(&mut service.stop_signal, &container.stop_signal, "stop_signal", word, out);
    one(&mut service.privileged, &container.privileged, "privileged", flag, out);
    one(
        &mut service.no_new_privileges,
        &container.no_new_privileges,
        "security_opt no-new-privileges",
        flag,
        out,
    );
    one(&mut service.seccomp, &container.seccomp, "security_opt seccomp", seccomp, out);
    one(&mut service.apparmor, &container.apparmor, "security_opt apparmor", profile, out);
    one(&mut service.selinux, &container.selinux, "security_opt label", profile, out);
    let paths = (&mut service.system_paths_unconfined, &container.system_paths_unconfined);
    one(paths.0, paths.1, "security_opt systempaths=unconfined", flag, out);
    one(&mut service.readonly_rootfs, &container.readonly_rootfs, "read_only", flag, out);
    // A mode that leads to a service or a container is a name here and an id there.
    let led = |fact: &Fact<NamespaceMode>| {
        matches!(fact.value(), Some(NamespaceMode::Service(_) | NamespaceMode::Container(_)))
    };
    for (own, seen, setting) in [
        (&mut service.pid_mode, &container.pid_mode, "pid"),
        (&mut service.ipc_mode, &container.ipc_mode, "ipc"),
        (&mut service.network_mode, &container.network_mode, "network_mode"),
    ] {
        if !(led(own) && led(seen)) {
            one(own, seen, setting, mode, out);
        }
    }
    one(&mut service.uts_mode, &container.uts_mode, "uts", mode, out);
    // An engine on cgroup v1 takes the host's unless it is told otherwise: only a statement can be departed from.
    if service.cgroup_mode.beneath(Layer::Container).is_some_and(|claim| !claim.is_assumed()) {
        one(&mut service.cgroup_mode, &container.cgroup_mode, "cgroup", mode, out);
    }
    one(&mut service.userns_mode, &container.userns_mode, "userns_mode", mode, out);
    let bytes = |bytes: &u64| if *bytes == 0 { "unlimited".to_owned() } else { format!("{bytes} bytes") };
    one(&mut service.memory_bytes, &container.memory_bytes, "mem_limit", bytes, out);
    let cpus = |cpus: &Arc<str>| if &**cpus == "0" { "unlimited".to_owned() } else { cpus.to_string() };
    one(&mut service.cpus, &container.cpus, "cpus", cpus, out);
    let pids = |pids: &i64| if *pids <= 0 { "unlimited".to_owned() } else { pids.to_string() };
    one(&mut service.pids_limit, &container.pids_limit, "pids_limit", pids, out);
    one(&mut service.oom_kill_disable, &container.oom_kill_disable, "oom_kill_disable", flag, out);
    one(&mut service.oom_score_adj, &container.oom_score_adj, "oom_score_adj", ToString::to_string, out);
    one(&mut service.restart, &container.restart, "restart", restart, out);
    one(&mut service.logging, &container.logging, "logging", logging, out);
    many(&mut service.cap_add, &container.cap_add, "cap_add", &at, capability, out);
    many(&mut service.cap_drop, &container.cap_drop, "cap_drop", &at, capability, out);
    many(
        &mut service.group_add,
        &container.group_add,
        "group_add",
        &at,
        |group| vec![group.to_string()],
        out,
    );
    many(&mut service.devices, &container.devices, "devices", &at, device, out);
    many(&mut service.published, &container.published, "ports", &at, ports, out);
    many(&mut service.mounts, &container.mounts, "volumes", &at, mount, out);
    for (key, fact) in container.env.iter() {
        let Some(running) = fact.effective() else { continue };
        let declared = service.env.get(key).and_then(|fact| fact.beneath(Layer::Container));
        if let Some(declared) = declared
            && declared.value.value().is_some_and(|value| running.value.value() != Some(value))
        {
            out.push(Deviation {
                setting: format!("environment.{key}"),
                declared: "one value".to_owned(),
                running: "another".to_owned(),
                declared_at: Some(declared.at.clone()),
                running_at: running.at.clone(),
            });
        }
        if declared.is_none_or(|declared| declared.value != running.value) {
            service.env.push(key, running.clone());
        }
    }
    let declared = |sighting: &&crate::SecretSighting| {
        !service.sightings.iter().any(|own| own.name == sighting.name && own.kind == sighting.kind)
    };
    let new: Vec<_> = container.sightings.iter().filter(declared).cloned().collect();
    service.sightings.extend(new);
    Seen { name, status, image_id: "".into(), created: None, at, orphan: None, edited: None, deviations }
}

fn one<T: Clone + PartialEq>(
    declared: &mut Fact<T>,
    container: &Fact<T>,
    setting: &str,
    text: impl Fn(&T) -> String,
    out: &mut Vec<Deviation>,
) {
    let Some(running) = container.claims().iter().rfind(|claim| claim.plane == Plane::Running) else {
        return;
    };
    let Some(own) = declared.beneath(Layer::Container) else {
        declared.push(running.clone());
        return;
    };
    let (Known::Value(is), Known::Value(said)) = (&running.value, &own.value) else {
        // What was not known is known now.
        declared.push(running.clone());
        return;
    };
    let (is, said) = (text(is), text(said));
    if is == said {
        declared.confirm();
        return;
    }
    out.push(Deviation {
        setting: setting.to_owned(),
        declared: said,
        running: is,
        declared_at: (!own.is_assumed()).then(|| own.at.clone()),
        running_at: running.at.clone(),
    });
    declared.push(running.clone());
}

fn many<T: Clone + PartialEq>(
    declared: &mut Union<T>,
    container: &Union<T>,
    setting: &str,
    at: &Provenance,
    text: impl Fn(&T) -> Vec<String>,
    out: &mut Vec<Deviation>,
) {
    let unknown = declared.beneath().any(|claim| claim.value.value().is_none());
    let texts = |items: Vec<&Claim<T>>| -> BTreeSet<String> {
        items.into_iter().filter_map(|claim| claim.value.value()).flat_map(&text).collect()
    };
    let (said, is) = (texts(declared.beneath().collect()), texts(container.items().collect()));
    if !unknown && said == is {
        declared.confirm();
        return;
    }
    if !unknown {
        let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
            let list: Vec<&str> = one.difference(other).map(String::as_str).collect();
            if list.is_empty() { "nothing more".to_owned() } else { list.join(", ") }
        };
        // The place of the first that only one side has.
        let place = |items: Vec<&Claim<T>>, other: &BTreeSet<String>| {
            let new = |value: &T| text(value).iter().any(|text| !other.contains(text));
            let mut only = items.into_iter().filter(|claim| claim.value.value().is_some_and(new));
            only.next().map(|claim| claim.at.clone())
        };
        out.push(Deviation {
            setting: setting.to_owned(),
            declared: only(&said, &is),
            running: only(&is, &said),
            declared_at: place(declared.beneath().collect(), &is),
            running_at: place(container.items().collect(), &said).unwrap_or_else(|| at.clone()),
        });
    }
    let claims: Vec<Claim<T>> = container.items().cloned().collect();
    declared.replace(claims);
}

/// A command line by its program: arguments may hold secrets, and differ in how they are split.
fn program(line: &CommandLine) -> String {
    let words: Vec<&str> = line.arguments().collect();
    // Two lines that start alike and go on otherwise have to differ, without showing how.
    let sum = words
        .iter()
        .flat_map(|word| word.bytes().chain([0]))
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("`{}` (line {:08x})", line.program().unwrap_or(""), sum >> 32)
}

fn health(check: &Healthcheck) -> String {
    match check {
        Healthcheck::Disabled => "none".to_owned(),
        Healthcheck::Test(line) => program(line),
        Healthcheck::TimingOnly => "that of the image".to_owned(),
    }
}

fn seccomp(profile: &SeccompProfile) -> String {
    match profile {
        SeccompProfile::Default => "default",
        SeccompProfile::Unconfined => "unconfined",
        // A file here, its text there.
        SeccompProfile::Custom(_) => "a profile of its own",
    }
    .to_owned()
}

fn profile(profile: &MacProfile) -> String {
    match profile {
        MacProfile::Default => "default".to_owned(),
        MacProfile::Unconfined(_) => "unconfined".to_owned(),
        MacProfile::Custom(text) => {
            text.split_once(['=', ':']).map_or(&**text, |(_, profile)| profile).to_owned()
        }
    }
}

fn restart(policy: &RestartPolicy) -> String {
    match policy {
        RestartPolicy::Never => "no".to_owned(),
        RestartPolicy::Always => "always".to_owned(),
        RestartPolicy::UnlessStopped => "unless-stopped".to_owned(),
        RestartPolicy::OnFailure(None) => "on-failure".to_owned(),
        RestartPolicy::OnFailure(Some(count)) => format!("on-failure:{count}"),
        RestartPolicy::Other(text) => text.to_string(),
    }
}

/// Without a driver the engine's own, which is `json-file` unless the daemon says otherwise.
fn logging(logging: &Logging) -> String {
    let driver = logging.driver.as_deref().unwrap_or("json-file");
    let mut options: Vec<String> =
        logging.options.iter().map(|(key, value)| format!("{key}={value}")).collect();
    options.sort();
    [vec![driver.to_owned()], options].concat().join(" ")
}

fn capability(entry: &CapabilityEntry) -> Vec<String> {
    vec![match entry {
        CapabilityEntry::All => "ALL".to_owned(),
        CapabilityEntry::One(capability) => capability.name().to_owned(),
        CapabilityEntry::Unheard(text) => text.to_string(),
    }]
}

fn device(device: &Device) -> Vec<String> {
    vec![format!("{}:{}:{}", device.host_path, device.container_path, device.permissions)]
}

/// One text a port: a range is as many bindings for the engine.
fn ports(port: &PublishedPort) -> Vec<String> {
    let Known::Value(container) = &port.container else { return Vec::new() };
    let address = match &port.host_ip {
        Known::Value(Some(ip)) if !ip.is_unspecified() => format!("{ip}:"),
        Known::Value(_) => String::new(),
        Known::Unknown(_) => return Vec::new(),
    };
    let protocol = port.protocol.name();
    let count = container.last.saturating_sub(container.first).min(MAX_PORTS);
    (0..=count)
        .map(|at| {
            let host = match port.host.value() {
                // One of a range is chosen by the engine.
                Some(Some(PortRange { first, last }))
                    if last.checked_sub(*first) == container.last.checked_sub(container.first) =>
                {
                    format!("{}:", first.saturating_add(at))
                }
                Some(Some(host)) => format!("{host}:"),
                _ => String::new(),
            };
            format!("{address}{host}{}/{protocol}", container.first.saturating_add(at))
        })
        .collect()
}

/// Volumes by where they are mounted: a project and an engine call them by different names, and those without a name are the
/// image's.
fn mount(mount: &Mount) -> Vec<String> {
    let rights = match mount.writable.value() {
        Some(false) => " read-only",
        _ => "",
    };
    match mount.kind {
        MountKind::Bind => {
            let source = mount.source.value().map_or("", |source| &**source);
            vec![format!("{source}:{}{rights}", mount.target)]
        }
        MountKind::Tmpfs => vec![format!("tmpfs {}", mount.target)],
        MountKind::Volume if mount.source.value().is_some_and(|name| name.is_empty()) => Vec::new(),
        _ => vec![format!("{} {}{rights}", mount.kind.name(), mount.target)],
    }
}
