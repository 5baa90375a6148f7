//! For the tests of the compose model: a loaded model in the JSON that `docker compose config` prints.
//!
//! What is normalised away, and why:
//! - Compose prints only networks, volumes, secrets and configs that a service uses; so does this;
//! - Compose prints sizes as bytes and durations as Go does; the model keeps what is written, this converts;
//! - `~` is the home directory, which the oracle is told is `/nonexistent`;
//! - notes (`x-…`) below the top level, and `env_file`, which is part of `environment` by then, are not printed;
//! - Compose doubles every `$` of its output, so that it can be read as input again; here it is single;
//! - what equals the zero value of its type is left out, as Go's `omitempty` does.

use std::path::Path;

use plimsoll_lens::compose::cast::{self, Kind};
use plimsoll_lens::compose::{Loaded, Map, Node, Value, plain_text};
use serde_json::{Value as Json, json};

/// The home directory of the oracle.
pub(crate) const HOME: &str = "/nonexistent";

/// A loaded project as Compose prints it.
pub(crate) fn config(loaded: &Loaded, root: &Path) -> Json {
    let shape = Printer { root: root.to_string_lossy().into_owned() };
    let mut out = serde_json::Map::new();
    let Some(project) = loaded.model.as_map() else { return Json::Null };
    let services = project.get("services").and_then(Node::as_map);
    out.insert("services".into(), Json::Object(serde_json::Map::new()));
    for entry in &project.entries {
        match &*entry.key {
            "name" => drop(out.insert("name".into(), json!(entry.value.text().unwrap_or("")))),
            "services" => {
                let mut all = serde_json::Map::new();
                for service in services.into_iter().flat_map(|map| &map.entries) {
                    all.insert(service.key.to_string(), shape.service(&service.value));
                }
                out.insert("services".into(), Json::Object(all));
            }
            kind @ ("networks" | "volumes" | "secrets" | "configs") => {
                let mut all = serde_json::Map::new();
                for resource in entry.value.as_map().into_iter().flat_map(|map| &map.entries) {
                    if services.is_some_and(|services| used(services, kind, &resource.key)) {
                        all.insert(resource.key.to_string(), shape.resource(kind, &resource.value));
                    }
                }
                if !all.is_empty() {
                    out.insert(kind.to_owned(), Json::Object(all));
                }
            }
            note if note.starts_with("x-") => drop(out.insert(note.to_owned(), raw(&entry.value))),
            _ => {}
        }
    }
    Json::Object(out)
}

fn used(services: &Map, kind: &str, name: &str) -> bool {
    services.entries.iter().any(|service| {
        let has = |node: Option<&Node>| {
            node.and_then(Node::as_list).is_some_and(|items| {
                items.iter().any(|item| item.get("source").and_then(Node::text) == Some(name))
            })
        };
        let service = &service.value;
        match kind {
            "networks" => {
                service.get("networks").and_then(Node::as_map).is_some_and(|map| map.get(name).is_some())
            }
            "volumes" => service.get("volumes").and_then(Node::as_list).is_some_and(|items| {
                items.iter().any(|item| {
                    item.get("type").and_then(Node::text) == Some("volume")
                        && item.get("source").and_then(Node::text) == Some(name)
                })
            }),
            "secrets" => {
                has(service.get("secrets"))
                    || has(service.get("build").and_then(|build| build.get("secrets")))
            }
            _ => has(service.get(kind)),
        }
    })
}

/// Notes are printed as they are.
fn raw(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Int(value) => json!(value),
        Value::Float(text) => text.replace('_', "").parse::<f64>().map_or(Json::Null, |value| json!(value)),
        Value::Text(text) => json!(&*text.text),
        Value::List(items) => items.iter().map(raw).collect(),
        Value::Map(map) => {
            Json::Object(map.entries.iter().map(|entry| (entry.key.to_string(), raw(&entry.value))).collect())
        }
    }
}

struct Printer {
    root: String,
}

impl Printer {
    fn service(&self, node: &Node) -> Json {
        let mut out = self.object(node, &["services", "s"]);
        for key in ["command", "entrypoint"] {
            out.entry(key).or_insert(Json::Null);
        }
        out.remove("env_file");
        out.remove("label_file");
        out.remove("extends");
        if let Some(deploy) = out.get_mut("deploy").and_then(Json::as_object_mut) {
            for key in ["resources", "placement"] {
                deploy.entry(key).or_insert_with(|| json!({}));
            }
        }
        for hook in ["post_start", "pre_stop"] {
            for hook in out.get_mut(hook).and_then(Json::as_array_mut).into_iter().flatten() {
                if let Some(hook) = hook.as_object_mut() {
                    hook.entry("command").or_insert(Json::Null);
                }
            }
        }
        let watches = out.get_mut("develop").and_then(|develop| develop.get_mut("watch"));
        for watch in watches.and_then(Json::as_array_mut).into_iter().flatten() {
            if let Some(watch) = watch.as_object_mut() {
                let exec = watch.entry("exec").or_insert_with(|| json!({}));
                if let Some(exec) = exec.as_object_mut() {
                    exec.entry("command").or_insert(Json::Null);
                }
            }
        }
        Json::Object(out)
    }

    fn resource(&self, kind: &str, node: &Node) -> Json {
        let mut out = self.object(node, &[kind, "r"]);
        if kind == "networks" {
            let ipam = out.entry("ipam").or_insert_with(|| json!({}));
            if let Some(ipam) = ipam.as_object_mut() {
                ipam.remove("options");
            }
        }
        if kind == "configs" && out.contains_key("environment") {
            out.remove("content");
        }
        Json::Object(out)
    }

    fn object(&self, node: &Node, path: &[&str]) -> serde_json::Map<String, Json> {
        let mut out = serde_json::Map::new();
        for entry in node.as_map().into_iter().flat_map(|map| &map.entries) {
            if entry.key.starts_with("x-") && !matches!(path, ["services", _, "depends_on"]) {
                continue;
            }
            let mut below = path.to_vec();
            below.push(&entry.key);
            if let Some(value) = self.value(&entry.value, &below) {
                let key = match below.as_slice() {
                    [_, _, "blkio_config", _, _, "path"] => "Path".to_owned(),
                    [_, _, "blkio_config", _, _, "rate"] => "Rate".to_owned(),
                    [_, _, "blkio_config", _, _, "weight"] => "Weight".to_owned(),
                    _ => entry.key.to_string(),
                };
                out.insert(key, value);
            }
        }
        out
    }

    /// The printed value; `None` for what is left out.
    fn value(&self, node: &Node, path: &[&str]) -> Option<Json> {
        let keeps_empty = keeps_empty(path);
        match (&node.value, path) {
            (Value::Null, ["services", _, "environment", _] | ["services", _, "networks", _])
            | (Value::Null, ["services", _, "post_start" | "pre_stop", _, "environment", _]) => {
                return Some(Json::Null);
            }
            (Value::Null, [.., "labels" | "annotations" | "sysctls" | "options" | "driver_opts", _]) => {
                return Some(json!(""));
            }
            (Value::Null, ["services", _, "build", "ssh", _]) => {}
            (Value::Null, _) => return None,
            _ => {}
        }
        if let ["services", _, "build", "ssh"] = path {
            let ids: Vec<Json> = node.as_map()?.entries.iter().map(|entry| json!(&*entry.key)).collect();
            return Some(Json::Array(ids));
        }
        if let Some(json) = self.typed(node, path) {
            let zero = matches!(&json, Json::Bool(false))
                || json.as_f64() == Some(0.0)
                || json.as_str() == Some("0");
            let zero = zero
                || (path.last() == Some(&"delay") || path.last() == Some(&"monitor"))
                    && json.as_str() == Some("0s")
                    && path.len() == 5;
            return (!zero || keeps_empty).then_some(json);
        }
        match &node.value {
            Value::List(items) => {
                let mut below = path.to_vec();
                below.push("[]");
                let items: Vec<Json> = items
                    .iter()
                    .map(|item| {
                        self.value(item, &below).unwrap_or_else(|| match item.value {
                            Value::Map(_) => json!({}),
                            _ => json!(""),
                        })
                    })
                    .collect();
                let items = if path.last() == Some(&"extra_hosts") { sorted(items) } else { items };
                (!items.is_empty() || keeps_empty).then_some(Json::Array(items))
            }
            Value::Map(_) => {
                let map = self.object(node, path);
                (!map.is_empty() || keeps_empty).then_some(Json::Object(map))
            }
            _ => {
                let text = plain_text(node)?;
                let text = self.path_text(&text, path);
                (!text.is_empty() || keeps_empty).then(|| json!(text))
            }
        }
    }

    fn typed(&self, node: &Node, path: &[&str]) -> Option<Json> {
        match path {
            ["services", _, "gpus", _, "count"]
            | ["services", _, "deploy", "resources", "reservations", "devices", _, "count"] => {
                return Some(match &node.value {
                    Value::Int(count) => json!(count),
                    _ if node.text() == Some("all") => json!(-1),
                    _ => json!(node.text()?.parse::<i64>().ok()?),
                });
            }
            ["services", _, "networks", _, "priority" | "gw_priority"]
            | ["services", _, "volumes", _, "tmpfs", "mode"]
            | ["services", _, "blkio_config", "weight"]
            | ["services", _, "blkio_config", "weight_device", _, "weight"]
            | ["services", _, "deploy", "resources", "reservations", "generic_resources", _, _, "value"] => {
                return cast::number(node).map(number);
            }
            _ => {}
        }
        match cast::kind(path)? {
            Kind::Bool => match &node.value {
                Value::Bool(value) => Some(json!(value)),
                _ => None,
            },
            Kind::Int | Kind::Float => cast::number(node).map(number),
            Kind::Bytes => cast::size(node).map(|size| json!(size.to_string())),
            Kind::Duration => {
                node.text().and_then(cast::duration).map(|duration| json!(go_duration(duration)))
            }
        }
    }

    fn path_text(&self, text: &str, path: &[&str]) -> String {
        let local = matches!(
            path,
            ["services", _, "build", "context"]
                | ["services", _, "build", "additional_contexts", _]
                | ["services", _, "develop", "watch", _, "path"]
                | ["secrets" | "configs", _, "file"]
        );
        let host =
            matches!(path, ["services", _, "volumes", _, "source"] | ["volumes", _, "driver_opts", "device"]);
        if let Some(rest) = text.strip_prefix('~')
            && (local || host)
        {
            return clean(&format!("{HOME}/{rest}"));
        }
        let remote = text.contains("://")
            || ["service:", "github.com/", "git@"].iter().any(|prefix| text.starts_with(prefix));
        if !local || text.starts_with('/') || remote || text.is_empty() {
            return text.to_owned();
        }
        clean(&format!("{}/{text}", self.root))
    }
}

fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Fields that Go keeps when they are empty: pointers, and those without `omitempty`.
fn keeps_empty(path: &[&str]) -> bool {
    matches!(
        path,
        ["services", _, "command" | "entrypoint" | "init" | "attach" | "scale"]
            | [
                "services",
                _,
                "build" | "develop" | "blkio_config" | "credential_spec" | "deploy" | "healthcheck"
            ]
            | ["services", _, "logging" | "stop_grace_period"]
            | ["services", _, "environment" | "networks", _]
            | ["services", _, "depends_on", _]
            | ["services", _, "depends_on", _, "required"]
            | ["services", _, "volumes", _, "bind" | "volume" | "tmpfs"]
            | ["services", _, "secrets" | "configs", _, "mode"]
            | [
                "services",
                _,
                "healthcheck",
                "retries" | "interval" | "timeout" | "start_period" | "start_interval"
            ]
            | ["services", _, "deploy", "replicas" | "update_config" | "rollback_config" | "restart_policy"]
            | ["services", _, "deploy", "resources" | "placement"]
            | ["services", _, "deploy", "resources", "limits" | "reservations"]
            | ["services", _, "deploy", "update_config" | "rollback_config", "parallelism"]
            | ["services", _, "deploy", "restart_policy", "max_attempts" | "delay" | "window"]
            | ["services", _, "build", "args", _]
            | ["services", _, "post_start" | "pre_stop", _, "command"]
            | ["services", _, "develop", "watch", _, "path" | "action"]
            | ["services", _, "ulimits", _]
            | ["networks", _, "ipam" | "enable_ipv4" | "enable_ipv6"]
            | [_, .., "labels" | "annotations" | "sysctls" | "options" | "driver_opts" | "aux_addresses", _]
            | ["services", _, "deploy", "resources", "reservations", "generic_resources", _, _, _]
    )
}

fn sorted(mut items: Vec<Json>) -> Vec<Json> {
    items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    items
}

/// Whole numbers as such, others in single precision, in which Compose keeps them.
fn number(value: f64) -> Json {
    if value.fract() == 0.0 { json!(value as i64) } else { json!(f64::from(value as f32)) }
}

/// A printed configuration with numbers in the form of [`number`] and single `$`.
pub(crate) fn printed(json: Json) -> Json {
    match json {
        Json::String(text) => json!(text.replace("$$", "$")),
        Json::Number(value) => value.as_f64().map_or(Json::Null, number),
        Json::Array(items) => items.into_iter().map(printed).collect(),
        Json::Object(map) => Json::Object(
            map.into_iter().map(|(key, value)| (key.replace("$$", "$"), printed(value))).collect(),
        ),
        other => other,
    }
}

/// A duration as Go prints it.
fn go_duration(duration: std::time::Duration) -> String {
    let nanos = duration.as_nanos();
    if nanos == 0 {
        return "0s".to_owned();
    }
    if nanos < 1_000_000_000 {
        let (unit, scale) = match nanos {
            0..1_000 => ("ns", 1.0),
            1_000..1_000_000 => ("µs", 1e3),
            _ => ("ms", 1e6),
        };
        return format!("{}{unit}", nanos as f64 / scale);
    }
    let seconds = duration.as_secs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let rest = (nanos % 60_000_000_000) as f64 / 1e9;
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, minutes) => format!("{minutes}m{rest}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{rest}s"),
    }
}

/// The paths at which two configurations differ, with both values.
pub(crate) fn differences(ours: &Json, theirs: &Json, at: &str, out: &mut Vec<String>) {
    match (ours, theirs) {
        (Json::Object(a), Json::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let below = format!("{at}.{key}");
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => differences(a, b, &below, out),
                    (Some(a), None) => out.push(format!("{below}: only ours {a}")),
                    (None, Some(b)) => out.push(format!("{below}: only theirs {b}")),
                    (None, None) => {}
                }
            }
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                differences(a, b, &format!("{at}[{index}]"), out);
            }
        }
        (a, b) if a == b => {}
        (a, b) => out.push(format!("{at}: ours {a}, theirs {b}")),
    }
}
