//! How a later document, file or extending service is laid over an earlier one: the merge table of the specification.
//!
//! Mappings merge, lists append, scalars replace, null changes nothing; the exceptions are in [`rule`].

use std::sync::Arc;

use plimsoll_posture::{Complaint, ComplaintKind};
use plimsoll_text::Span;

use super::path::Path;
use super::tree::{Map, Node, Text, Value};

/// Merges `over` into `base`, both at `path`.
pub(super) fn merge(base: Node, over: Node, path: &Path<'_>, complaints: &mut Vec<Complaint>) -> Node {
    match path.matched(rule) {
        Rule::Replace => replace(base, over),
        Rule::Pairs => pairs(base, over),
        Rule::Append => append(as_list(base), as_list(over), |_, _| false),
        Rule::AppendNew => {
            append(hosts(base), hosts(over), |items, item| items.iter().any(|own| own.same(item)))
        }
        Rule::Build => mappings(build_map(base), build_map(over), path, complaints),
        Rule::Depends => mappings(depends_map(base), depends_map(over), path, complaints),
        Rule::Names => mappings(names_map(base), names_map(over), path, complaints),
        Rule::Logging => {
            let driver = |node: &Node| node.get("driver").and_then(Node::text).map(str::to_owned);
            match (driver(&base), driver(&over)) {
                (Some(own), Some(other)) if own != other => replace(base, over),
                _ => mappings(base, over, path, complaints),
            }
        }
        Rule::Pools => pools(base, over),
        Rule::Plain => plain(base, over, path, complaints),
    }
}

enum Rule {
    Plain,
    Replace,
    /// Keys and values, as list or mapping; the later value of a key wins, be it null.
    Pairs,
    Append,
    AppendNew,
    Build,
    Depends,
    Names,
    Logging,
    Pools,
}

fn rule(path: &[&str]) -> Rule {
    match path {
        ["networks", _, "ipam", "config"] => Rule::Pools,
        ["networks" | "volumes", _, "labels"]
        | ["services", _, "annotations" | "environment" | "labels" | "sysctls"]
        | ["services", _, "build", "args" | "additional_contexts" | "labels"]
        | ["services", _, "deploy", "labels"] => Rule::Pairs,
        ["services", _, "dns" | "dns_opt" | "dns_search" | "env_file" | "label_file" | "tmpfs"] => {
            Rule::Append
        }
        ["services", _, "extra_hosts"] | ["services", _, "build", "extra_hosts"] => Rule::AppendNew,
        ["services", _, "command" | "entrypoint"]
        | ["services", _, "healthcheck", "test"]
        | ["services", _, "ulimits", _] => Rule::Replace,
        ["services", _, "build"] => Rule::Build,
        ["services", _, "depends_on"] => Rule::Depends,
        ["services", _, "networks"] => Rule::Names,
        ["services", _, "logging"] => Rule::Logging,
        _ => Rule::Plain,
    }
}

fn plain(base: Node, over: Node, path: &Path<'_>, complaints: &mut Vec<Complaint>) -> Node {
    match (&base.value, &over.value) {
        (_, Value::Null) => base,
        (Value::Map(_), Value::Map(_)) => mappings(base, over, path, complaints),
        (Value::List(_), Value::List(_)) => append(base, over, |_, _| false),
        (Value::Map(_) | Value::List(_), _) => {
            let what = if base.as_map().is_some() { "a mapping" } else { "a list" };
            complaints.push(Complaint {
                kind: ComplaintKind::Invalid,
                code: "override-kind",
                at: over.at,
                message: format!(
                    "`{}` is {what} in what this is merged into, and something else here",
                    path.dotted()
                ),
                cure: Some(format!("write {what} here too")),
            });
            replace(base, over)
        }
        _ => replace(base, over),
    }
}

fn replace(base: Node, mut over: Node) -> Node {
    over.replaces(base);
    over
}

fn mappings(mut base: Node, over: Node, path: &Path<'_>, complaints: &mut Vec<Complaint>) -> Node {
    let (Value::Map(own), Value::Map(other)) = (&mut base.value, over.value) else { return base };
    for entry in other.entries {
        let position = own.entries.iter().position(|own| own.key == entry.key);
        let slot = position.and_then(|index| own.entries.get_mut(index));
        match slot {
            None => own.entries.push(entry),
            Some(slot) if entry.key.starts_with("x-") => {
                let earlier = std::mem::replace(slot, entry);
                slot.value.replaces(earlier.value);
            }
            Some(slot) => {
                let earlier = std::mem::replace(&mut slot.value, Node::new(Value::Null, slot.key_at));
                slot.value = merge(earlier, entry.value, &path.next(&entry.key), complaints);
            }
        }
    }
    base
}

fn append(mut base: Node, over: Node, skip: impl Fn(&[Node], &Node) -> bool) -> Node {
    match (&mut base.value, over.value) {
        (Value::List(items), Value::List(others)) => {
            let own = items.len();
            for item in others {
                if !skip(items.get(..own).unwrap_or(&[]), &item) {
                    items.push(item);
                }
            }
            base
        }
        (Value::List(_), _) => base,
        (_, value) => Node { value, ..over },
    }
}

fn pairs(base: Node, over: Node) -> Node {
    let (mut base, over) = (as_pairs(base), as_pairs(over));
    match (&mut base.value, over.value) {
        (Value::Map(own), Value::Map(other)) => {
            for mut entry in other.entries {
                if let Some(earlier) = own.take(&entry.key) {
                    entry.value.replaces(earlier.value);
                }
                own.entries.push(entry);
            }
            base
        }
        (_, value @ Value::Map(_)) => Node { value, ..over },
        _ => base,
    }
}

/// `KEY=value` and `KEY` items as a mapping; what is no such list stays.
pub(super) fn as_pairs(node: Node) -> Node {
    let Value::List(items) = node.value else { return node };
    let mut map = Map::default();
    for item in items {
        let Some(text) = item.as_text() else { continue };
        let whole = text.text.clone();
        let (key, mut value) = match whole.split_once('=') {
            Some((key, value)) => (key, item.part(whole.len() - value.len(), whole.len())),
            None => (&*whole, Node { via: item.via.clone(), ..Node::new(Value::Null, item.at) }),
        };
        let key_at = text.part(item.at, 0, key.len()).1;
        value.written = Some(Arc::new(text.clone()));
        value.shadowed.clone_from(&item.shadowed);
        if let Some(earlier) = map.take(key) {
            value.replaces(earlier.value);
        }
        map.set(key.into(), key_at, value);
    }
    Node { value: Value::Map(map), ..node }
}

/// A single text as a list of one.
pub(super) fn as_list(node: Node) -> Node {
    match &node.value {
        Value::Text(text) => {
            let written = Some(Arc::new(text.clone()));
            let list = Node { via: node.via.clone(), written, ..Node::new(Value::Null, node.at) };
            Node { value: Value::List(vec![node]), ..list }
        }
        _ => node,
    }
}

/// A mapping of hosts as a list of `host=address`.
fn hosts(node: Node) -> Node {
    let Value::Map(map) = node.value else { return as_list(node) };
    let mut items = Vec::new();
    for entry in map.entries {
        let addresses = match entry.value.value {
            Value::List(addresses) => addresses,
            _ => vec![entry.value],
        };
        for address in addresses {
            let text = match &address.value {
                Value::Text(text) => Text {
                    text: format!("{}={}", entry.key, text.text).into(),
                    pieces: Vec::new(),
                    ..text.clone()
                },
                _ => Text::plain(entry.key.clone()),
            };
            items.push(Node { value: Value::Text(text), ..address });
        }
    }
    Node { value: Value::List(items), ..node }
}

/// `build: .` as `build: {context: .}`.
pub(super) fn build_map(node: Node) -> Node {
    wrapped(node, "context")
}

/// A text as a mapping with that one key.
pub(super) fn wrapped(node: Node, key: &str) -> Node {
    let Value::Text(text) = &node.value else { return node };
    let written = Some(Arc::new(text.clone()));
    let shell = Node { via: node.via.clone(), written, ..Node::new(Value::Null, node.at) };
    let mut map = Map::default();
    map.set(key.into(), node.at, node);
    Node { value: Value::Map(map), ..shell }
}

/// `depends_on: [a]` as a mapping with the default condition.
pub(super) fn depends_map(node: Node) -> Node {
    by_name(node, |at| {
        let mut map = Map::default();
        let condition = Value::Text(Text::plain("service_started"));
        map.set("condition".into(), at, Node::implied(condition, at));
        map.set("required".into(), at, Node::implied(Value::Bool(true), at));
        Value::Map(map)
    })
}

/// `networks: [a]` as a mapping to nothing.
pub(super) fn names_map(node: Node) -> Node {
    by_name(node, |_| Value::Null)
}

fn by_name(node: Node, value: impl Fn(Span) -> Value) -> Node {
    let Value::List(items) = node.value else { return node };
    let mut map = Map::default();
    for item in items {
        let Some(name) = item.as_text().map(|text| text.text.clone()) else { continue };
        let written = item.as_text().cloned().map(Arc::new);
        let below = Node { via: item.via.clone(), written, ..Node::new(value(item.at), item.at) };
        map.set(name, item.at, below);
    }
    Node { value: Value::Map(map), ..node }
}

/// Address pools merge by subnet.
fn pools(base: Node, over: Node) -> Node {
    let subnet = |node: &Node| node.get("subnet").and_then(Node::text).map(str::to_owned);
    match (base.value, over.value) {
        (Value::List(own), Value::List(others)) => {
            // To the letter of Compose, oddities included: every pool of the first file is laid under those of the second,
            // and one that no pool of the second matches is lost or leaves its keys in another.
            let mut merged: Vec<Node> = Vec::new();
            for own in own {
                let mut own = own;
                for other in &others {
                    let known =
                        |wanted: &Node| merged.iter().position(|earlier| subnet(earlier) == subnet(wanted));
                    if subnet(&own) != subnet(other) && known(other).is_none() {
                        merged.push(other.clone());
                        continue;
                    }
                    let mut unused = Vec::new();
                    own = mappings(own, other.clone(), &Path::ROOT, &mut unused);
                    match known(&own).and_then(|index| merged.get_mut(index)) {
                        Some(earlier) => *earlier = own.clone(),
                        None => merged.push(own.clone()),
                    }
                }
            }
            Node { value: Value::List(merged), ..Node { via: base.via, ..Node::new(Value::Null, base.at) } }
        }
        (value, Value::Null) => {
            Node { value, via: base.via, shadowed: base.shadowed, ..Node::new(Value::Null, base.at) }
        }
        (_, value) => {
            Node { value, via: over.via, shadowed: over.shadowed, ..Node::new(Value::Null, over.at) }
        }
    }
}
