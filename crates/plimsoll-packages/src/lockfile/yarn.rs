//! `yarn.lock` of Yarn 1: a notation of its own, of lines and indentation.
//!
//! It says neither what the project asks for nor what only work on it needs: both come from the manifest. Without one,
//! what nobody asks for is taken for a request of the project.

use std::borrow::Cow;

use plimsoll_posture::{DependencyKind, Origin};

use super::graph::{Edge, Graph, Node};
use super::{Found, Index, MOST_PACKAGES, drift_of, origin};
use crate::manifest::{Manifest, split_name};

/// An edge before its end is known: the pattern that is asked for.
type Asked<'a> = (Cow<'a, str>, DependencyKind, Cow<'a, str>);

pub(super) fn read<'a>(text: &'a str, manifest: Option<&Manifest>) -> Option<Found<'a>> {
    let mut graph = Graph::default();
    let mut index = Index::new();
    let mut asks: Vec<Vec<Asked<'a>>> = Vec::new();
    let mut heading: Option<DependencyKind> = None;
    let mut broken = None;
    let mut offset = 0;
    for raw in text.split_inclusive('\n') {
        let start = offset;
        offset += raw.len();
        let line = raw.trim_end();
        let indent = line.len() - line.trim_start_matches(' ').len();
        let line = line.trim_start_matches(' ');
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match indent {
            0 => {
                let Some(patterns) = line.strip_suffix(':').filter(|line| !line.starts_with("<<<")) else {
                    broken = Some(start);
                    break;
                };
                if graph.nodes.len() >= MOST_PACKAGES {
                    break;
                }
                let at = graph.nodes.len();
                let mut name = Cow::Borrowed("");
                for pattern in patterns.split(", ").map(unquoted) {
                    if name.is_empty() {
                        name = Cow::Borrowed(real_name(pattern));
                    }
                    index.insert(Cow::Borrowed(pattern), at);
                }
                graph.nodes.push(Node {
                    name,
                    version: Cow::Borrowed(""),
                    start,
                    end: start + line.len() - 1,
                    kind: None,
                    bundled: false,
                    integrity: Some(false),
                    checksum: None,
                    license: None,
                    origin: Origin::Registry,
                    install_script: None,
                    deprecated: None,
                    edges: Vec::new(),
                });
                asks.push(Vec::new());
                heading = None;
            }
            2 => {
                heading = match line {
                    "dependencies:" => Some(DependencyKind::Production),
                    "optionalDependencies:" => Some(DependencyKind::Optional),
                    _ => None,
                };
                let Some(node) = graph.nodes.last_mut() else { continue };
                let Some((key, value)) = line.split_once(' ') else { continue };
                set(node, key, unquoted(value), start + indent + line.len());
            }
            _ => {
                let (Some(kind), Some(list)) = (heading, asks.last_mut()) else { continue };
                let Some((name, range)) = entry(line) else { continue };
                list.push((Cow::Owned(format!("{name}@{range}")), kind, Cow::Borrowed(range)));
            }
        }
    }
    let known = text.contains("# yarn lockfile v1") || !graph.nodes.is_empty() || text.trim().is_empty();
    if !known && broken.is_none() {
        return None;
    }
    for (node, asks) in graph.nodes.iter_mut().zip(asks) {
        node.edges = asks
            .into_iter()
            .filter_map(|(pattern, kind, range)| {
                Some(Edge { to: *index.get(&pattern)?, kind, wanted: Some(range) })
            })
            .collect();
    }
    let pattern = |name: &str, wanted: &str| format!("{name}@{wanted}");
    for request in manifest.into_iter().flat_map(|manifest| &manifest.requests) {
        if let Some(&to) = index.get(pattern(&request.name, &request.wanted).as_str()) {
            let wanted = Some(Cow::Owned(request.wanted.to_string()));
            graph.roots.push(Edge { to, kind: request.kind, wanted });
        }
    }
    let drift = drift_of(manifest, |name, wanted| {
        let overridden =
            manifest.is_some_and(|manifest| manifest.overridden.iter().any(|own| **own == *name));
        let known = index.contains_key(pattern(name, wanted).as_str());
        let local = matches!(origin::of(wanted), Origin::File);
        let own = || graph.nodes.iter().find(|node| node.name == name).map(|node| (&*node.version).into());
        (!known && !local && !overridden).then(own)
    });
    let mut found = Found::of("yarn 1".to_owned(), graph, broken);
    found.drift = drift;
    Some(found)
}

/// `end` is where the line ends.
fn set<'a>(node: &mut Node<'a>, key: &str, value: &'a str, end: usize) {
    match key {
        "version" => node.version = Cow::Borrowed(value),
        "resolved" => {
            node.origin = origin::of(value);
            // A registry's address ends with the SHA-1 of the archive; a git address with the commit.
            if matches!(node.origin, Origin::Host(_) | Origin::PlainHost(_)) && value.contains('#') {
                node.integrity = Some(true);
                let digits = value.rsplit('#').next().unwrap_or("");
                node.checksum.get_or_insert((end.saturating_sub(digits.len() + 1), end));
            }
            if matches!(node.origin, Origin::Git { .. } | Origin::File) {
                node.integrity = None;
            }
        }
        "integrity" => {
            node.integrity = Some(true);
            node.checksum = Some((end.saturating_sub(value.len()), end));
        }
        _ => {}
    }
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

/// The package that a pattern means: `x@npm:real@^1` is `real`.
fn real_name(pattern: &str) -> &str {
    let Some((name, range)) = split_name(pattern) else { return pattern };
    range.strip_prefix("npm:").and_then(split_name).map_or(name, |(real, _)| real)
}

/// `"@scope/name" "^1.0.0"`.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (name, range) = match line.strip_prefix('"') {
        Some(rest) => rest.split_once('"')?,
        None => line.split_once(' ')?,
    };
    Some((name, unquoted(range)))
}
