//! Relative paths are resolved against the directory of the project, include or extended file they are written in.
//!
//! Sources of bind mounts become absolute paths, all others paths relative to the scanned root; see [`super::tree`].

use super::files::{absolute, join};
use super::path::Path;
use super::tree::{Node, Value};
use crate::World;

/// Resolves what is not resolved yet.
pub(super) fn resolve(node: &mut Node, directory: &str, world: &dyn World) {
    walk(node, &Path::ROOT, directory, world);
}

#[derive(Clone, Copy)]
enum Rule {
    Local,
    Context,
    Mount,
    Device,
}

fn rule(path: &[&str]) -> Option<Rule> {
    Some(match path {
        ["services", _, "build", "context"] | ["services", _, "build", "additional_contexts", _] => {
            Rule::Context
        }
        ["services", _, "env_file", _, "path"]
        | ["services", _, "label_file", _]
        | ["services", _, "extends", "file"]
        | ["services", _, "develop", "watch", _, "path"]
        | ["configs" | "secrets", _, "file"] => Rule::Local,
        ["services", _, "volumes", _] => Rule::Mount,
        ["volumes", _] => Rule::Device,
        _ => return None,
    })
}

fn walk(node: &mut Node, path: &Path<'_>, directory: &str, world: &dyn World) {
    match path.matched(rule) {
        Some(Rule::Local) => set(node, |path| join(directory, path)),
        Some(Rule::Context) => {
            set(node, |path| if is_remote(path) { path.to_owned() } else { join(directory, path) })
        }
        Some(Rule::Mount) => mount(node, directory, world),
        Some(Rule::Device) => device(node, directory, world),
        None => {}
    }
    match &mut node.value {
        Value::Map(map) => {
            for entry in &mut map.entries {
                walk(&mut entry.value, &path.next(&entry.key), directory, world);
            }
        }
        Value::List(items) => {
            for item in items {
                walk(item, &path.next("[]"), directory, world);
            }
        }
        _ => {}
    }
}

fn set(node: &mut Node, resolved: impl FnOnce(&str) -> String) {
    if node.resolved {
        return;
    }
    node.resolved = true;
    let Value::Text(text) = &mut node.value else { return };
    if text.text.is_empty() {
        return;
    }
    let path = resolved(&text.text);
    if *text.text != *path {
        text.text = path.into();
        text.pieces.clear();
    }
}

fn mount(node: &mut Node, directory: &str, world: &dyn World) {
    if node.get("type").and_then(Node::text) != Some("bind") {
        return;
    }
    if let Some(source) = node.as_map_mut().and_then(|map| map.get_mut("source")) {
        set(source, |path| host_path(path, directory, world));
    }
}

/// The device of a local volume that is a bind mount in disguise.
fn device(node: &mut Node, directory: &str, world: &dyn World) {
    let local = node.get("driver").and_then(Node::text) == Some("local");
    let bind =
        node.get("driver_opts").and_then(|options| options.get("o")).and_then(Node::text) == Some("bind");
    if !(local && bind) {
        return;
    }
    let options = node.as_map_mut().and_then(|map| map.get_mut("driver_opts")).and_then(Node::as_map_mut);
    if let Some(device) = options.and_then(|map| map.get_mut("device")) {
        set(device, |path| host_path(path, directory, world));
    }
}

fn host_path(path: &str, directory: &str, world: &dyn World) -> String {
    if path.starts_with('/') || path.starts_with('~') || is_windows(path) {
        return path.to_owned();
    }
    absolute(world, &join(directory, path))
}

/// `c:\x`, `c:/x`, `\\server\share`.
fn is_windows(path: &str) -> bool {
    let bytes = path.as_bytes();
    match bytes {
        [drive, b':', b'\\' | b'/', ..] => drive.is_ascii_alphabetic(),
        [b'\\', b'\\', ..] => true,
        _ => false,
    }
}

/// Whether a build context is no local directory.
pub(super) fn is_remote(context: &str) -> bool {
    context.contains("://")
        || ["service:", "github.com/", "git@"].iter().any(|prefix| context.starts_with(prefix))
}
