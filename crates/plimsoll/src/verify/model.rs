//! A compose project as Compose understood it, made fit for a trial: images of the trial, networks that lead nowhere,
//! volumes that are empty, no port of this machine, no name that somebody else uses.
//!
//! What cannot be made harmless is refused with its reason. Deliberately absent: running it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::builder::pairs;

/// Capabilities with which a container reaches beyond itself.
const MIGHTY: &[&str] = &[
    "ALL",
    "BPF",
    "DAC_READ_SEARCH",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "NET_ADMIN",
    "PERFMON",
    "SYSLOG",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_MODULE",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_TIME",
];
/// Keys of a service that hand it something of this machine.
const FOREIGN: &[&str] = &[
    "devices",
    "device_cgroup_rules",
    "gpus",
    "use_api_socket",
    "runtime",
    "cgroup_parent",
    "external_links",
    "volumes_from",
    "credential_spec",
    "provider",
];
/// Keys whose value `host` (or another container's) means this machine's own.
const SPACES: &[&str] = &["pid", "ipc", "uts", "userns_mode", "cgroup"];
/// Files of this machine that may be looked at.
const HARMLESS: &[&str] = &["/etc/localtime", "/etc/timezone"];

/// What is put in.
pub(super) struct Seal<'s> {
    /// The project's name in the trial.
    pub(super) name: &'s str,
    pub(super) label: (&'s str, &'s str),
    /// Whether networks may lead elsewhere.
    pub(super) online: bool,
    /// The copy of the project.
    pub(super) folder: &'s Path,
    /// Images that were built, by service.
    pub(super) images: &'s BTreeMap<String, String>,
    /// The services that are started.
    pub(super) services: &'s BTreeSet<String>,
}

/// Some services with all that they wait for.
pub(super) fn closure(model: &Value, services: &BTreeSet<String>) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut open: VecDeque<String> = services.iter().cloned().collect();
    while let Some(name) = open.pop_front() {
        let Some(service) = model.pointer("/services").and_then(|all| all.get(&name)) else { continue };
        if !all.insert(name) {
            continue;
        }
        open.extend(
            service
                .get("depends_on")
                .and_then(Value::as_object)
                .into_iter()
                .flat_map(|on| on.keys().cloned()),
        );
        for key in ["network_mode", "pid", "ipc"] {
            let other =
                service.get(key).and_then(Value::as_str).and_then(|mode| mode.strip_prefix("service:"));
            open.extend(other.map(str::to_owned));
        }
    }
    all
}

/// Ports of this machine by the container's, as the project publishes them.
pub(super) fn published(service: &Value) -> BTreeMap<u16, u16> {
    let ports = service.get("ports").and_then(Value::as_array).into_iter().flatten();
    let number = |value: Option<&Value>| match value? {
        Value::Number(number) => u16::try_from(number.as_u64()?).ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    ports
        .filter(|port| port.get("protocol").and_then(Value::as_str).is_none_or(|protocol| protocol == "tcp"))
        .filter_map(|port| {
            let target = number(port.get("target"))?;
            Some((number(port.get("published")).unwrap_or(target), target))
        })
        .collect()
}

/// The model of the trial.
///
/// # Errors
/// What of the project cannot be started safely, in words.
pub(super) fn sealed(model: &Value, seal: &Seal<'_>) -> Result<Value, String> {
    let entries = |key: &str| model.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
    let mut services = entries("services");
    services.retain(|name, _| seal.services.contains(name));
    for (name, service) in &mut services {
        let Value::Object(service) = service else { continue };
        harmless(service, seal)
            .map_err(|what| format!("the service {name} {what}, which a trial must not"))?;
        tamed(name, service, seal);
    }
    let label = json!({ seal.label.0: seal.label.1 });
    let networks: Map<String, Value> = entries("networks")
        .into_iter()
        .map(|(name, _)| (name, json!({ "driver": "bridge", "internal": !seal.online, "labels": label })))
        .collect();
    let mut volumes = Map::new();
    for (name, volume) in entries("volumes") {
        let local = volume.get("driver").and_then(Value::as_str).is_none_or(|driver| driver == "local");
        let options =
            volume.get("driver_opts").and_then(Value::as_object).is_some_and(|options| !options.is_empty());
        let used = services.values().any(|service| mounts(service).any(|mount| source(mount) == Some(&name)));
        if used && (!local || options) {
            return Err(format!(
                "the volume {name} lies outside of the engine (its driver or its options), and what is there must not be touched"
            ));
        }
        volumes.insert(name, json!({ "labels": label }));
    }
    let mut sealed =
        json!({ "name": seal.name, "services": services, "networks": networks, "volumes": volumes });
    for kind in ["secrets", "configs"] {
        let mut kept = Map::new();
        for (name, mut entry) in entries(kind) {
            if entry.get("external").and_then(Value::as_bool) == Some(true) {
                return Err(format!("`{kind}.{name}` is kept outside of the project"));
            }
            if let Some(file) = entry.get("file").and_then(Value::as_str)
                && !Path::new(file).starts_with(seal.folder)
            {
                return Err(format!("`{kind}.{name}` is the file {file} outside of the project"));
            }
            if let Value::Object(entry) = &mut entry {
                entry.remove("name");
            }
            kept.insert(name, entry);
        }
        if let (false, Value::Object(whole)) = (kept.is_empty(), &mut sealed) {
            whole.insert(kind.to_owned(), Value::Object(kept));
        }
    }
    Ok(sealed)
}

fn mounts(service: &Value) -> impl Iterator<Item = &Value> {
    service.get("volumes").and_then(Value::as_array).into_iter().flatten()
}

fn source(mount: &Value) -> Option<&String> {
    match mount.get("source") {
        Some(Value::String(source)) => Some(source),
        _ => None,
    }
}

fn is_set(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Array(all)) => !all.is_empty(),
        Some(Value::Object(all)) => !all.is_empty(),
        Some(Value::String(text)) => !text.is_empty(),
        Some(_) => true,
    }
}

/// Whether a container of the service stays within itself.
fn harmless(service: &Map<String, Value>, seal: &Seal<'_>) -> Result<(), String> {
    let text = |key: &str| service.get(key).and_then(Value::as_str).unwrap_or_default();
    if is_set(service.get("privileged")) {
        return Err("is privileged".to_owned());
    }
    if let Some(key) = FOREIGN.iter().find(|key| is_set(service.get(**key))) {
        return Err(format!("uses `{key}` of this machine"));
    }
    for key in SPACES {
        if text(key) == "host" || text(key).starts_with("container:") {
            return Err(format!("shares `{key}: {}`", text(key)));
        }
    }
    let network = text("network_mode");
    if network == "host" || network.starts_with("container:") {
        return Err(format!("uses `network_mode: {network}`"));
    }
    let added =
        service.get("cap_add").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    for capability in added {
        let name = capability.to_ascii_uppercase();
        if MIGHTY.contains(&name.strip_prefix("CAP_").unwrap_or(&name)) {
            return Err(format!("has the capability {name}"));
        }
    }
    let whole = Value::Object(service.clone());
    for mount in mounts(&whole) {
        let kind = mount.get("type").and_then(Value::as_str).unwrap_or("volume");
        let from = source(mount).map(String::as_str).unwrap_or_default();
        let reads = mount.get("read_only").and_then(Value::as_bool).unwrap_or(false);
        match kind {
            "volume" | "tmpfs" => {}
            "bind" if HARMLESS.contains(&from) && reads => {}
            "bind" if within(Path::new(from), seal.folder) => {}
            "bind" => return Err(format!("mounts {from} of this machine")),
            other => return Err(format!("has a mount of the type {other}")),
        }
    }
    Ok(())
}

/// Whether a path lies in the folder, also behind the links on its way.
fn within(path: &Path, folder: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    let there = path.ancestors().find_map(real);
    path.starts_with(folder)
        && there.zip(real(folder)).is_some_and(|(there, folder)| there.starts_with(folder))
}

/// What a trial changes in every service, before and after alike.
fn tamed(name: &str, service: &mut Map<String, Value>, seal: &Seal<'_>) {
    for key in [
        "ports",
        "container_name",
        "profiles",
        "build",
        "scale",
        "restart",
        "mac_address",
        "develop",
        "links",
    ] {
        service.remove(key);
    }
    if let Some(Value::Object(deploy)) = service.get_mut("deploy") {
        deploy.retain(|key, _| key == "resources");
    }
    if let Some(image) = seal.images.get(name) {
        service.insert("image".to_owned(), json!(image));
        service.insert("pull_policy".to_owned(), json!("never"));
    }
    // Where logs are carried elsewhere they cannot be read here, and would arrive there.
    let driver = service.get("logging").and_then(|logging| logging.get("driver")).and_then(Value::as_str);
    if driver.is_some_and(|driver| !matches!(driver, "json-file" | "local")) {
        service.remove("logging");
    }
    if let Some(Value::Object(networks)) = service.get_mut("networks") {
        for attachment in networks.values_mut().filter_map(Value::as_object_mut) {
            attachment.retain(|key, _| key == "aliases");
        }
    }
    if service.get("network_mode").and_then(Value::as_str) == Some("bridge") && !seal.online {
        service.insert("network_mode".to_owned(), json!("none"));
    }
    let mut labels = pairs(service.get("labels"));
    labels.insert(seal.label.0.to_owned(), Some(seal.label.1.to_owned()));
    let quoted =
        labels.into_iter().map(|(name, value)| (name, json!(value.unwrap_or_default().replace('$', "$$"))));
    service.insert("labels".to_owned(), Value::Object(quoted.collect()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(services: Value) -> Result<Value, String> {
        let folder = std::env::temp_dir();
        let names = services.as_object().unwrap().keys().cloned().collect();
        let model = json!({
            "name": "shop",
            "services": services,
            "networks": { "default": { "name": "shop_default" }, "ext": { "name": "ext", "external": true, "driver": "overlay" } },
            "volumes": { "data": { "name": "shop_data" }, "kept": { "external": true }, "nfs": { "driver_opts": { "type": "nfs" } } },
        });
        sealed(
            &model,
            &Seal {
                name: "plimsoll-1",
                label: ("run", "1"),
                online: false,
                folder: &folder,
                images: &BTreeMap::from([("api".to_owned(), "trial:1".to_owned())]),
                services: &names,
            },
        )
    }

    #[test]
    fn nothing_of_this_machine_or_of_others_is_used() {
        let model = seal(json!({ "api": {
            "build": { "context": "." }, "image": "mine:latest", "container_name": "api", "restart": "always",
            "ports": [{ "target": 3000, "published": "8080" }],
            "volumes": [{ "type": "volume", "source": "data", "target": "/d" }, { "type": "volume", "source": "kept", "target": "/k" }],
            "networks": { "default": { "ipv4_address": "10.0.0.9", "aliases": ["a"] }, "ext": null },
            "logging": { "driver": "syslog" }, "labels": { "x": "a$$b" },
            "deploy": { "replicas": 3, "resources": { "limits": { "memory": "64m" } } },
            "read_only": true,
        } }))
        .unwrap();
        let expected = json!({
            "name": "plimsoll-1",
            "services": { "api": {
                "image": "trial:1", "pull_policy": "never", "read_only": true, "labels": { "run": "1", "x": "a$$b" },
                "volumes": [{ "type": "volume", "source": "data", "target": "/d" }, { "type": "volume", "source": "kept", "target": "/k" }],
                "networks": { "default": { "aliases": ["a"] }, "ext": null },
                "deploy": { "resources": { "limits": { "memory": "64m" } } },
            } },
            "networks": {
                "default": { "driver": "bridge", "internal": true, "labels": { "run": "1" } },
                "ext": { "driver": "bridge", "internal": true, "labels": { "run": "1" } },
            },
            "volumes": { "data": { "labels": { "run": "1" } }, "kept": { "labels": { "run": "1" } }, "nfs": { "labels": { "run": "1" } } },
        });
        assert_eq!(model, expected);
    }

    #[test]
    fn what_reaches_beyond_its_container_is_refused() {
        for (service, words) in [
            (json!({ "privileged": true }), "is privileged"),
            (json!({ "network_mode": "host" }), "network_mode: host"),
            (json!({ "pid": "host" }), "pid: host"),
            (json!({ "devices": ["/dev/kvm"] }), "devices"),
            (json!({ "cap_add": ["cap_sys_admin"] }), "CAP_SYS_ADMIN"),
            (
                json!({ "volumes": [{ "type": "bind", "source": "/var/run/docker.sock", "target": "/s" }] }),
                "/var/run/docker.sock",
            ),
            (
                json!({ "volumes": [{ "type": "bind", "source": "/etc/localtime", "target": "/l" }] }),
                "/etc/localtime",
            ),
            (json!({ "volumes": [{ "type": "npipe", "source": "x", "target": "/l" }] }), "npipe"),
            (json!({ "volumes": [{ "type": "volume", "source": "nfs", "target": "/l" }] }), "nfs"),
        ] {
            let error = seal(json!({ "api": service })).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
        let inner = std::env::temp_dir().join("data").to_string_lossy().into_owned();
        for service in [
            json!({ "cap_add": ["NET_BIND_SERVICE"], "privileged": false, "pid": "" }),
            json!({ "volumes": [{ "type": "bind", "source": "/etc/localtime", "target": "/l", "read_only": true }] }),
            json!({ "volumes": [{ "type": "bind", "source": inner, "target": "/l" }] }),
            json!({ "network_mode": "service:db" }),
        ] {
            assert!(seal(json!({ "api": service })).is_ok(), "{service}");
        }
    }

    #[test]
    fn what_a_service_waits_for_comes_along() {
        let model = json!({ "services": {
            "api": { "depends_on": { "db": {}, "gone": {} } },
            "db": { "network_mode": "service:net", "depends_on": { "api": {} } },
            "net": {}, "other": {},
        } });
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(closure(&model, &names(&["api"])), names(&["api", "db", "net"]));
        let ports = json!({ "ports": [
            { "target": 3000, "published": "8080", "protocol": "tcp" }, { "target": 53, "protocol": "udp" }, { "target": 9 },
        ] });
        assert_eq!(published(&ports), BTreeMap::from([(8080, 3000), (9, 9)]));
    }
}
