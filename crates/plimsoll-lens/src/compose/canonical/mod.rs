//! Short forms become long forms, so that every reader and every later merge meets one form only.

mod ports;
mod volumes;

use plimsoll_posture::{Complaint, ComplaintKind};
use plimsoll_text::Span;

use super::merge::{as_list, as_pairs, build_map, depends_map, names_map, wrapped};
use super::path::Path;
use super::tree::{Map, Node, Text, Value};
pub(super) use volumes::target as volume_target;

/// What a run of this phase may still make and has to say.
pub(super) struct Canonical<'a> {
    pub(super) complaints: &'a mut Vec<Complaint>,
    /// Ports that ranges may still expand to.
    pub(super) ports_left: &'a mut usize,
}

impl Canonical<'_> {
    /// Brings a project into the canonical form.
    pub(super) fn project(&mut self, node: &mut Node) {
        self.node(node, &Path::ROOT);
    }

    fn node(&mut self, node: &mut Node, path: &Path<'_>) {
        self.own(node, path);
        match &mut node.value {
            Value::Map(map) => {
                for entry in &mut map.entries {
                    self.node(&mut entry.value, &path.next(&entry.key));
                }
            }
            Value::List(items) => {
                for item in items {
                    self.node(item, &path.next("[]"));
                }
            }
            _ => {}
        }
    }

    fn own(&mut self, node: &mut Node, path: &Path<'_>) {
        let step = path.matched(step);
        let Some(step) = step else { return };
        let taken = std::mem::replace(node, Node::new(Value::Null, node.at));
        *node = match step {
            Step::Build => build_map(taken),
            Step::Depends => with_dependency_defaults(depends_map(taken)),
            Step::Names => names_map(taken),
            Step::Pairs => as_pairs(taken),
            Step::Keyed => self.keyed(taken),
            Step::Texts => as_list(taken),
            Step::EnvFile => env_files(as_list(taken)),
            Step::Source => wrapped(taken, "source"),
            Step::Service => wrapped(taken, "service"),
            Step::Device => self.device(taken),
            Step::Gpus => gpus(taken),
            Step::Ssh => self.ssh(taken),
            Step::External => self.external(taken),
            Step::Ports => self.ports(taken),
            Step::Volume => self.volume(taken),
        };
    }

    fn invalid(&mut self, code: &'static str, at: Span, message: String, cure: &str) {
        self.complaints.push(Complaint {
            kind: ComplaintKind::Invalid,
            code,
            at,
            message,
            cure: Some(cure.to_owned()),
        });
    }

    fn ports(&mut self, mut node: Node) -> Node {
        let Value::List(items) = &mut node.value else { return node };
        let mut ports = Vec::with_capacity(items.len());
        for item in std::mem::take(items) {
            let short = match &item.value {
                Value::Text(_) => item,
                Value::Int(port) => {
                    let text = Value::Text(Text::plain(port.to_string()));
                    Node { value: text, ..item }
                }
                _ => {
                    ports.push(item);
                    continue;
                }
            };
            match ports::parse(&short, *self.ports_left) {
                Ok(parsed) => {
                    *self.ports_left = self.ports_left.saturating_sub(parsed.len());
                    ports.extend(parsed);
                }
                Err(ports::Wrong::Invalid(why)) => {
                    self.invalid(
                        "invalid-port",
                        short.at,
                        format!("this port mapping is not understood: {why}"),
                        "write `[address:][published:]port[/protocol]`",
                    );
                    ports.push(short);
                }
                Err(ports::Wrong::TooMany) => {
                    self.complaints.push(Complaint {
                        kind: ComplaintKind::Skipped,
                        code: "too-many-ports",
                        at: short.at,
                        message: "the port ranges of this project are larger than what is read; this one is left out".to_owned(),
                        cure: None,
                    });
                    ports.push(short);
                }
            }
        }
        node.value = Value::List(ports);
        node
    }

    fn volume(&mut self, node: Node) -> Node {
        if node.as_text().is_none() {
            return node;
        }
        match volumes::parse(&node) {
            Ok(parsed) => parsed,
            Err(why) => {
                self.invalid(
                    "invalid-volume",
                    node.at,
                    format!("this volume is not understood: {why}"),
                    "write `[source:]target[:options]`",
                );
                node
            }
        }
    }

    fn device(&mut self, node: Node) -> Node {
        let Some(text) = node.as_text() else { return node };
        let text = text.text.clone();
        let parts: Vec<&str> = text.split(':').collect();
        if parts.len() > 3 {
            self.invalid(
                "invalid-device",
                node.at,
                "a device has at most three parts".to_owned(),
                "write `source:target:permissions`, or the long form",
            );
            return node;
        }
        let mut pieces = Vec::new();
        let mut offset = 0;
        for part in &parts {
            pieces.push(node.part(offset, offset + part.len()));
            offset += part.len() + 1;
        }
        let mut pieces = pieces.into_iter();
        let source = pieces.next().unwrap_or_else(|| node.clone());
        let target = pieces
            .next()
            .filter(|target| target.text() != Some(""))
            .unwrap_or_else(|| Node { implied: true, ..source.clone() });
        let permissions =
            pieces.next().unwrap_or_else(|| Node::implied(Value::Text(Text::plain("rwm")), node.at));
        long(&node, [("source", source), ("target", target), ("permissions", permissions)])
    }

    /// `name=value` items as a mapping, where a name alone is wrong.
    fn keyed(&mut self, node: Node) -> Node {
        for item in node.as_list().unwrap_or(&[]) {
            if item.text().is_some_and(|text| !text.contains('=')) {
                self.invalid(
                    "invalid-pair",
                    item.at,
                    "this needs the form `name=value`".to_owned(),
                    "add `=` and the value",
                );
            }
        }
        as_pairs(node)
    }

    fn ssh(&mut self, node: Node) -> Node {
        for item in node.as_list().unwrap_or(&[]) {
            if item.text().is_some_and(|text| !text.contains('=') && text != "default") {
                self.invalid(
                    "invalid-ssh",
                    item.at,
                    "an SSH key needs the form `id=path`; only `default` stands alone".to_owned(),
                    "add `=` and the path",
                );
            }
        }
        as_pairs(node)
    }

    /// `external: {name: x}` as `external: true` and `name: x`.
    fn external(&mut self, mut node: Node) -> Node {
        let Value::Map(map) = &mut node.value else { return node };
        let Some(external) = map.get_mut("external") else { return node };
        let Value::Map(inner) = &mut external.value else { return node };
        let name = inner.take("name");
        external.value = Value::Bool(true);
        let Some(name) = name else { return node };
        match map.get("name") {
            Some(own) if own.same(&name.value) => {}
            Some(own) => {
                let at = own.at;
                self.invalid(
                    "external-name",
                    at,
                    "`name` and `external.name` differ".to_owned(),
                    "keep `name`",
                );
            }
            None => map.set("name".into(), name.key_at, name.value),
        }
        node
    }
}

/// The container's path of a device in the short form.
pub(super) fn device_target(text: &str) -> &str {
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or("");
    parts.next().unwrap_or(first)
}

#[derive(Clone, Copy)]
enum Step {
    Build,
    Depends,
    Names,
    Pairs,
    Keyed,
    Texts,
    EnvFile,
    Source,
    Service,
    Device,
    Gpus,
    Ssh,
    External,
    Ports,
    Volume,
}

fn step(path: &[&str]) -> Option<Step> {
    Some(match path {
        ["services", _, key] => match *key {
            "build" => Step::Build,
            "depends_on" => Step::Depends,
            "networks" => Step::Names,
            "annotations" | "environment" | "labels" | "sysctls" => Step::Pairs,
            "dns" | "dns_search" | "label_file" | "tmpfs" => Step::Texts,
            "env_file" => Step::EnvFile,
            "extends" => Step::Service,
            "gpus" => Step::Gpus,
            "ports" => Step::Ports,
            _ => return None,
        },
        ["services", _, "build", "args" | "labels"]
        | ["services", _, "deploy", "labels"]
        | ["services", _, "deploy", "resources", "reservations", "devices", _, "options"]
        | ["services", _, "gpus", _, "options"]
        | ["services", _, "post_start" | "pre_stop" | "pre_start", _, "environment"]
        | ["networks" | "volumes" | "secrets" | "configs", _, "labels"] => Step::Pairs,
        ["services", _, "build", "additional_contexts"] => Step::Keyed,
        ["services", _, "build", "ssh"] => Step::Ssh,
        ["services", _, "build", "cache_from" | "cache_to" | "tags" | "platforms"] => Step::Texts,
        ["services", _, "secrets" | "configs", _] | ["services", _, "build", "secrets", _] => Step::Source,
        ["services", _, "devices", _] => Step::Device,
        ["services", _, "volumes", _] => Step::Volume,
        ["networks" | "volumes" | "secrets" | "configs", _] => Step::External,
        _ => return None,
    })
}

/// A long form made from the pieces of a short text.
fn long<const N: usize>(short: &Node, entries: [(&str, Node); N]) -> Node {
    let mut map = Map::default();
    for (key, value) in entries {
        map.set(key.into(), value.at, value);
    }
    Node {
        value: Value::Map(map),
        at: short.at,
        via: short.via.clone(),
        shadowed: short.shadowed.clone(),
        written: short.as_text().cloned().map(std::sync::Arc::new),
        implied: false,
        resolved: false,
    }
}

fn with_dependency_defaults(mut node: Node) -> Node {
    for entry in node.as_map_mut().into_iter().flat_map(|map| &mut map.entries) {
        let at = entry.key_at;
        let Some(map) = entry.value.as_map_mut() else { continue };
        if map.get("condition").is_none() {
            map.set("condition".into(), at, Node::implied(Value::Text(Text::plain("service_started")), at));
        }
        if map.get("required").is_none() {
            map.set("required".into(), at, Node::implied(Value::Bool(true), at));
        }
    }
    node
}

fn env_files(mut node: Node) -> Node {
    let Value::List(items) = &mut node.value else { return node };
    for item in items {
        let at = item.at;
        let taken = std::mem::replace(item, Node::new(Value::Null, at));
        *item = wrapped(taken, "path");
        if let Some(map) = item.as_map_mut()
            && map.get("required").is_none()
        {
            map.set("required".into(), at, Node::implied(Value::Bool(true), at));
        }
    }
    node
}

fn gpus(node: Node) -> Node {
    let Value::Text(_) = &node.value else { return node };
    let mut map = Map::default();
    map.set("count".into(), node.at, Node { value: Value::Text(Text::plain("all")), ..node.clone() });
    let item = Node::new(Value::Map(map), node.at);
    let written = node.as_text().cloned().map(std::sync::Arc::new);
    Node { value: Value::List(vec![item]), written, ..node }
}
