//! What is done once, when everything is merged: defaults, implied networks and dependencies, names, words of commands.

use std::sync::Arc;

use plimsoll_posture::{Complaint, ComplaintKind, Via, ViaKind};
use plimsoll_text::Span;

use super::environment::Environment;
use super::files::clean_absolute;
use super::loader::services;
use super::merge::as_list;
use super::scalar::go_float;
use super::tree::{Entry, Map, Node, Text, Value};
use super::words;

/// Defaults that Compose fills in before it resolves paths.
pub(super) fn defaults(project: &mut Node) {
    let Some(services) = services(project) else { return };
    for service in services.entries.iter_mut().filter_map(|entry| entry.value.as_map_mut()) {
        if let Some(build) = service.get_mut("build") {
            let at = build.at;
            absent(build, "context", at, || text("."));
        }
        for secret in list(service, "secrets") {
            let source = secret.get("source").and_then(Node::text).unwrap_or("").to_owned();
            let at = secret.at;
            absent(secret, "target", at, || text(&format!("/run/secrets/{source}")));
        }
        for port in list(service, "ports") {
            let at = port.at;
            absent(port, "protocol", at, || text("tcp"));
            absent(port, "mode", at, || text("ingress"));
        }
        count_all(list(service, "gpus"));
        let reservations = service
            .get_mut("deploy")
            .and_then(Node::as_map_mut)
            .and_then(|deploy| deploy.get_mut("resources"))
            .and_then(Node::as_map_mut)
            .and_then(|resources| resources.get_mut("reservations"))
            .and_then(Node::as_map_mut);
        if let Some(reservations) = reservations {
            count_all(list(reservations, "devices"));
        }
    }
}

fn count_all(devices: &mut [Node]) {
    for device in devices {
        if device.as_map().is_some_and(|map| map.get("count").is_none() && map.get("device_ids").is_none()) {
            let at = device.at;
            absent(device, "count", at, || text("all"));
        }
    }
}

fn list<'m>(map: &'m mut Map, key: &str) -> &'m mut [Node] {
    match map.get_mut(key).map(|node| &mut node.value) {
        Some(Value::List(items)) => items,
        _ => &mut [],
    }
}

fn text(value: &str) -> Value {
    Value::Text(Text::plain(value))
}

/// Sets a key that is not there.
fn absent(node: &mut Node, key: &str, at: Span, value: impl FnOnce() -> Value) {
    if let Some(map) = node.as_map_mut()
        && map.get(key).is_none()
    {
        map.set(key.into(), at, Node::implied(value(), at));
    }
}

/// The last phase.
pub(super) fn project(
    project: &mut Node,
    name: &str,
    name_at: Span,
    environment: &Environment<'_>,
    complaints: &mut Vec<Complaint>,
) {
    let used = networks_of_services(project);
    if let Some(map) = project.as_map_mut() {
        match map.get_mut("name") {
            Some(own) if own.text() == Some(name) => {}
            Some(own) => own.value = text(name),
            None => map.set("name".into(), name_at, Node::implied(text(name), name_at)),
        }
        if let Some(at) = used {
            let missing = map
                .get("networks")
                .and_then(Node::as_map)
                .is_none_or(|networks| networks.get("default").is_none());
            if missing {
                if map.get("networks").and_then(Node::as_map).is_none() {
                    map.set("networks".into(), at, Node::implied(Value::Map(Map::default()), at));
                }
                if let Some(networks) = map.get_mut("networks").and_then(Node::as_map_mut) {
                    networks.set("default".into(), at, Node::implied(Value::Null, at));
                }
            }
        }
    }
    if let Some(services) = services(project) {
        for Entry { value, key_at, .. } in &mut services.entries {
            if let Some(service) = value.as_map_mut() {
                normalize_service(service, *key_at, environment, complaints);
            }
        }
    }
    names(project, name);
}

/// Gives services without networks the `default` one; the place of the first service that uses it.
fn networks_of_services(project: &mut Node) -> Option<Span> {
    let mut used = None;
    for Entry { value, key_at, .. } in &mut services(project)?.entries {
        let at = *key_at;
        let Some(service) = value.as_map_mut() else { continue };
        if service.get("network_mode").is_some() {
            continue;
        }
        let none =
            service.get("networks").and_then(Node::as_map).is_none_or(|networks| networks.entries.is_empty());
        if none {
            let mut networks = Map::default();
            networks.set("default".into(), at, Node::implied(Value::Null, at));
            service.set("networks".into(), at, Node::implied(Value::Map(networks), at));
            used = used.or(Some(at));
        } else if service
            .get("networks")
            .and_then(Node::as_map)
            .is_some_and(|networks| networks.get("default").is_some())
        {
            used = used.or(Some(at));
        }
    }
    used
}

fn normalize_service(
    service: &mut Map,
    at: Span,
    environment: &Environment<'_>,
    complaints: &mut Vec<Complaint>,
) {
    if let Some(policy) = service.get_mut("pull_policy")
        && policy.text() == Some("if_not_present")
    {
        policy.value = text("missing");
    }
    if let Some(build) = service.get_mut("build") {
        let place = build.at;
        absent(build, "context", place, || text("."));
        if build.as_map().is_some_and(|map| map.get("dockerfile_inline").is_none()) {
            absent(build, "dockerfile", place, || text("Dockerfile"));
        }
        if let Some(args) = build.as_map_mut().and_then(|map| map.get_mut("args")).and_then(Node::as_map_mut)
        {
            from_outside(args, environment);
            args.entries.retain(|entry| entry.value.value != Value::Null);
        }
    }
    if let Some(own) = service.get_mut("environment").and_then(Node::as_map_mut) {
        from_outside(own, environment);
    }
    implied_dependencies(service, at);
    for volume in list(service, "volumes") {
        if let Some(target) = volume.as_map_mut().and_then(|map| map.get_mut("target"))
            && let Value::Text(own) = &mut target.value
            && !own.text.is_empty()
        {
            let cleaned = clean_absolute(&own.text);
            if *own.text != *cleaned {
                own.text = cleaned.into();
                own.pieces.clear();
            }
        }
    }
    for key in ["command", "entrypoint"] {
        if let Some(command) = service.get_mut(key) {
            command_words(command, complaints);
        }
    }
    for key in ["post_start", "pre_stop", "pre_start"] {
        for hook in list(service, key) {
            if let Some(command) = hook.as_map_mut().and_then(|map| map.get_mut("command")) {
                command_words(command, complaints);
            }
        }
    }
    if let Some(test) =
        service.get_mut("healthcheck").and_then(Node::as_map_mut).and_then(|map| map.get_mut("test"))
        && let Some(written) = test.as_text().cloned()
    {
        let shell = Node { via: test.via.clone(), ..Node::implied(text("CMD-SHELL"), test.at) };
        let words = vec![shell, Node { shadowed: Vec::new(), ..test.clone() }];
        test.value = Value::List(words);
        test.written = Some(Arc::new(written));
    }
    if let Some(hosts) = service.get_mut("extra_hosts") {
        extra_hosts(hosts, complaints);
    }
    if let Some(hosts) =
        service.get_mut("build").and_then(Node::as_map_mut).and_then(|map| map.get_mut("extra_hosts"))
    {
        extra_hosts(hosts, complaints);
    }
    for key in ["tmpfs", "dns", "dns_search"] {
        if let Some(node) = service.get_mut(key) {
            let taken = std::mem::replace(node, Node::new(Value::Null, node.at));
            *node = as_list(taken);
        }
    }
}

fn command_words(command: &mut Node, complaints: &mut Vec<Complaint>) {
    if !words::split(command) {
        complaints.push(Complaint {
            kind: ComplaintKind::Invalid,
            code: "invalid-command",
            at: command.at,
            message: "a quote or a bracket of this command is not closed".to_owned(),
            cure: Some("close it, or write the command as a list".to_owned()),
        });
    }
}

/// Keys without a value take the one that the project's environment has.
fn from_outside(map: &mut Map, environment: &Environment<'_>) {
    for entry in &mut map.entries {
        if entry.value.value != Value::Null {
            continue;
        }
        if let Some(found) = environment.find(&entry.key) {
            let at = found.at.unwrap_or(entry.key_at);
            entry.value.value = text(found.value.expose());
            entry.value.at = at;
            entry.value.via.insert(0, Via { kind: ViaKind::Variable, span: found.at });
        }
    }
}

/// `links`, shared namespaces and `volumes_from` make one service depend on another.
fn implied_dependencies(service: &mut Map, at: Span) {
    let mut implied: Vec<(String, Span, bool)> = Vec::new();
    for link in list(service, "links") {
        if let Some(written) = link.text() {
            let parts: Vec<&str> = written.split(':').collect();
            let name = if parts.len() == 2 { parts.first().copied().unwrap_or(written) } else { written };
            implied.push((name.to_owned(), link.at, true));
        }
    }
    for key in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
        if let Some(node) = service.get(key)
            && let Some(name) = node.text().and_then(|mode| mode.strip_prefix("service:"))
        {
            implied.push((name.to_owned(), node.at, true));
        }
    }
    for from in list(service, "volumes_from") {
        if let Some(written) = from.text().filter(|written| !written.starts_with("container:")) {
            implied.push((written.split(':').next().unwrap_or("").to_owned(), from.at, false));
        }
    }
    for (name, place, restart) in implied {
        if service.get("depends_on").and_then(Node::as_map).is_none() {
            service.set("depends_on".into(), at, Node::implied(Value::Map(Map::default()), at));
        }
        let Some(depends) = service.get_mut("depends_on").and_then(Node::as_map_mut) else { continue };
        if depends.get(&name).is_some() {
            continue;
        }
        let mut map = Map::default();
        map.set("condition".into(), place, Node::implied(text("service_started"), place));
        map.set("restart".into(), place, Node::implied(Value::Bool(restart), place));
        map.set("required".into(), place, Node::implied(Value::Bool(true), place));
        depends.set(name.into(), place, Node::implied(Value::Map(map), place));
    }
}

/// `host:address`, `host=address`, or a mapping, as a list of `host=address`.
fn extra_hosts(node: &mut Node, complaints: &mut Vec<Complaint>) {
    let mut pairs: Vec<(String, String, Node)> = Vec::new();
    match &node.value {
        Value::List(items) => {
            for item in items {
                let written = item.text().unwrap_or("");
                match written.split_once('=').or_else(|| written.split_once(':')) {
                    Some((host, addresses)) => {
                        for address in addresses.split(',') {
                            pairs.push((host.to_owned(), address.to_owned(), item.clone()));
                        }
                    }
                    None => complaints.push(wrong_host(item.at, "this host has no address")),
                }
            }
        }
        Value::Map(map) => {
            for entry in &map.entries {
                match &entry.value.value {
                    Value::List(items) => pairs.extend(items.iter().map(|item| {
                        (
                            entry.key.to_string(),
                            plain_text(item).unwrap_or_default().to_string(),
                            item.clone(),
                        )
                    })),
                    _ => {
                        let address = plain_text(&entry.value).unwrap_or_default().to_string();
                        pairs.push((entry.key.to_string(), address, entry.value.clone()));
                    }
                }
            }
        }
        _ => return,
    }
    let mut items = Vec::with_capacity(pairs.len());
    for (host, address, item) in pairs {
        if host.is_empty() || host.contains([':', '=']) {
            complaints.push(wrong_host(item.at, "this is no name of a host"));
        }
        let address = match address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(inner) if !inner.is_empty() => inner.to_owned(),
            _ => address,
        };
        let whole = format!("{host}={address}");
        let value = match &item.value {
            Value::Text(own) if *own.text == *whole => item.value.clone(),
            Value::Text(own) => Value::Text(Text { text: whole.into(), pieces: Vec::new(), ..own.clone() }),
            _ => text(&whole),
        };
        items.push(Node { value, ..item });
    }
    node.value = Value::List(items);
}

fn wrong_host(at: Span, message: &str) -> Complaint {
    Complaint {
        kind: ComplaintKind::Invalid,
        code: "invalid-extra-host",
        at,
        message: message.to_owned(),
        cure: Some("write `host=address`".to_owned()),
    }
}

/// A scalar as Compose turns it into text; `None` for null, lists and mappings.
pub fn plain_text(node: &Node) -> Option<Arc<str>> {
    match &node.value {
        Value::Text(text) => Some(text.text.clone()),
        Value::Bool(value) => Some(if *value { "true" } else { "false" }.into()),
        Value::Int(value) => Some(value.to_string().into()),
        Value::Float(text) => Some(go_float(text)),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

/// Networks, volumes, secrets and configs without a name of their own are named by the project and their key.
fn names(project: &mut Node, name: &str) {
    for kind in ["networks", "volumes", "secrets", "configs"] {
        let Some(resources) =
            project.as_map_mut().and_then(|map| map.get_mut(kind)).and_then(Node::as_map_mut)
        else {
            continue;
        };
        for Entry { key, key_at, value } in &mut resources.entries {
            if value.value == Value::Null {
                value.value = Value::Map(Map::default());
            }
            let external = matches!(value.get("external").map(|node| &node.value), Some(Value::Bool(true)));
            let own = if external { key.to_string() } else { format!("{name}_{key}") };
            if let Some(map) = value.as_map_mut()
                && map.get("name").is_none_or(|name| name.value == Value::Null)
            {
                map.set("name".into(), *key_at, Node::implied(text(&own), *key_at));
            }
        }
    }
}

/// A project's name as Compose allows it: lower case letters, digits, `-` and `_`, not beginning with the latter.
pub(super) fn project_name(name: &str) -> String {
    let kept: String = name
        .to_lowercase()
        .chars()
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
        .collect();
    kept.trim_start_matches(['-', '_']).to_owned()
}
