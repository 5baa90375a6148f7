//! Lists in which a later item replaces an earlier one that means the same thing.
//!
//! Runs twice per document, as in Compose: on what is written, and again on the canonical form.

use std::collections::HashMap;

use super::canonical::{device_target, volume_target};
use super::path::Path;
use super::tree::{Node, Value};

/// Removes replaced items everywhere below `node`.
pub(super) fn enforce(node: &mut Node, path: &Path<'_>) {
    match &mut node.value {
        Value::Map(map) => {
            for entry in &mut map.entries {
                enforce(&mut entry.value, &path.next(&entry.key));
            }
        }
        Value::List(items) => {
            if let Some(rule) = path.matched(rule) {
                let all = std::mem::take(items);
                *items = kept(all, rule);
            }
        }
        _ => {}
    }
}

/// What makes two items the same.
#[derive(Clone, Copy)]
enum Rule {
    /// The text before `=`.
    Key,
    /// The path in the container.
    Volume,
    Device,
    /// The path in the container, with the directory of an item that names none.
    Mount(&'static str),
    Expose,
    /// Address, published and container port, protocol.
    Port,
    EnvFile,
}

fn rule(path: &[&str]) -> Option<Rule> {
    Some(match path {
        ["networks", _, "labels"]
        | [
            "services",
            _,
            "annotations" | "cap_add" | "cap_drop" | "dns" | "dns_opt" | "dns_search" | "environment",
        ]
        | ["services", _, "labels" | "links" | "profiles" | "sysctls" | "tmpfs"]
        | ["services", _, "build", "args" | "additional_contexts" | "tags" | "labels"]
        | ["services", _, "deploy", "labels"]
        | ["services", _, "networks", _, "aliases" | "link_local_ips"] => Rule::Key,
        ["services", _, "volumes"] => Rule::Volume,
        ["services", _, "devices"] => Rule::Device,
        ["services", _, "configs"] => Rule::Mount(""),
        ["services", _, "secrets"] => Rule::Mount("/run/secrets"),
        ["services", _, "expose"] => Rule::Expose,
        ["services", _, "ports"] => Rule::Port,
        ["services", _, "env_file"] => Rule::EnvFile,
        _ => return None,
    })
}

fn kept(items: Vec<Node>, rule: Rule) -> Vec<Node> {
    let mut kept: Vec<Node> = Vec::with_capacity(items.len());
    let mut known: HashMap<String, usize> = HashMap::new();
    for mut item in items {
        let Some(key) = key(&item, rule) else {
            kept.push(item);
            continue;
        };
        match known.get(&key).and_then(|&index| kept.get_mut(index)) {
            Some(earlier) => {
                let loser = std::mem::replace(earlier, Node::new(Value::Null, item.at));
                if !loser.same(&item) || loser.at != item.at {
                    item.replaces(loser);
                }
                *earlier = item;
            }
            None => {
                known.insert(key, kept.len());
                kept.push(item);
            }
        }
    }
    kept
}

/// What the item is known by; `None` for what has no such thing and is kept.
fn key(item: &Node, rule: Rule) -> Option<String> {
    let text = item.text();
    let of = |name: &str| item.get(name).and_then(Node::text);
    Some(match rule {
        Rule::Key => text?.split('=').next().unwrap_or("").to_owned(),
        Rule::Volume => match text {
            Some(text) => volume_target(text)?,
            None => of("target")?.to_owned(),
        },
        Rule::Device => match text {
            Some(text) => device_target(text).to_owned(),
            None => of("target")?.to_owned(),
        },
        Rule::Mount(directory) => match text {
            Some(text) => format!("{directory}/{text}"),
            None => match of("target") {
                Some(target) => target.to_owned(),
                None => format!("{directory}/{}", of("source").unwrap_or("")),
            },
        },
        Rule::Expose => scalar(item)?,
        Rule::EnvFile => text.or_else(|| of("path"))?.to_owned(),
        Rule::Port => match &item.value {
            Value::Map(_) => {
                // A published port that is a number and one that is text never count as the same, as in Compose.
                let published = match item.get("published").map(|node| &node.value) {
                    Some(Value::Int(port)) => format!("#{port}"),
                    Some(Value::Text(text)) => text.text.to_string(),
                    _ => "-".to_owned(),
                };
                let target = item.get("target").and_then(scalar)?;
                format!(
                    "{}|{published}|{target}|{}",
                    of("host_ip").unwrap_or("0.0.0.0"),
                    of("protocol").unwrap_or("tcp")
                )
            }
            _ => scalar(item)?,
        },
    })
}

fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::Int(number) => Some(number.to_string()),
        Value::Text(text) => Some(text.text.to_string()),
        _ => None,
    }
}
