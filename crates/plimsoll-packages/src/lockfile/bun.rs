//! `bun.lock`: JSON with trailing commas; each package a list of its name and version, and what it needs.

use std::borrow::Cow;

use plimsoll_posture::{DependencyKind, Origin};

use super::graph::{Edge, Graph, Node};
use super::{Found, Index, MOST_PACKAGES, asked, drift_of, origin};
use crate::json::{self, Json, Member};
use crate::manifest::{Manifest, split_name};

pub(super) fn read<'a>(text: &'a str, manifest: Option<&Manifest>) -> Option<Found<'a>> {
    let reading = json::read(text);
    let root = reading.root?;
    let packages = root.get("packages").map_or(&[][..], Json::members);
    let parts = root.get("workspaces")?;
    let version = root.get("lockfileVersion").and_then(|json| text.get(json.start..json.end)).unwrap_or("");
    let mut graph = Graph::default();
    let mut index = Index::new();
    let mut entries: Vec<(&Member<'a>, usize)> = Vec::new();
    for member in packages {
        if graph.nodes.len() >= MOST_PACKAGES {
            break;
        }
        let Some(node) = node(member) else { continue };
        let at = graph.nodes.len();
        index.insert(member.key.clone(), at);
        graph.nodes.push(node);
        entries.push((member, at));
    }
    for (member, at) in entries {
        let Some(info) = member.value.items().iter().find(|item| !item.members().is_empty()) else {
            continue;
        };
        let edges: Vec<Edge<'a>> = asked(info)
            .filter(|(kind, ..)| *kind != DependencyKind::Development)
            .filter_map(|(kind, name, wanted)| {
                Some(Edge { to: find(&index, &member.key, name)?, kind, wanted: wanted.text().cloned() })
            })
            .collect();
        if let Some(node) = graph.nodes.get_mut(at) {
            node.edges = edges;
        }
    }
    for part in parts.members() {
        let scope =
            part.value.text_of("name").map_or("", |name| if part.key.is_empty() { "" } else { &**name });
        for (kind, name, wanted) in asked(&part.value) {
            if let Some(to) = find(&index, scope, name) {
                graph.roots.push(Edge { to, kind, wanted: wanted.text().cloned() });
            }
        }
    }
    let own = parts.get("");
    let drift = drift_of(manifest.filter(|_| own.is_some()), |name, wanted| {
        let recorded = asked(own?).find(|(_, own, _)| **own == name).and_then(|(_, _, value)| value.text());
        match recorded {
            Some(recorded) if recorded == wanted => None,
            recorded => Some(recorded.map(|recorded| {
                let node = find(&index, "", name).and_then(|at| graph.nodes.get(at));
                node.map_or_else(|| (&**recorded).into(), |node| (&*node.version).into())
            })),
        }
    });
    let mut found = Found::of(format!("bun {version}"), graph, reading.broken);
    found.drift = drift;
    Some(found)
}

/// `["name@1.0.0", registry, {…}, "sha512-…"]`; what is not from a registry has an address behind the `@`.
fn node<'a>(member: &Member<'a>) -> Option<Node<'a>> {
    let items = member.value.items();
    let (name, version) = split_name(items.first()?.text()?)?;
    if version.starts_with("workspace:") || version.starts_with("root:") || version.starts_with("link:") {
        return None;
    }
    let registry = items.get(1).and_then(Json::text).map_or("", |text| &**text);
    let origin = match origin::of(version) {
        Origin::Registry => origin::of(registry),
        other => other,
    };
    let is_checksum = |item: &&Json<'_>| item.text().is_some_and(|text| text.starts_with("sha"));
    let checksum = items.last().filter(is_checksum);
    let address = version.contains(':');
    let info = items.iter().find(|item| !item.members().is_empty());
    Some(Node {
        name: Cow::Owned(name.to_owned()),
        version: if address { Cow::Borrowed("") } else { Cow::Owned(version.to_owned()) },
        start: member.start,
        end: member.end,
        kind: None,
        bundled: info.is_some_and(|info| info.is_set("bundled")),
        integrity: (!matches!(origin, Origin::Git { .. } | Origin::File)).then_some(checksum.is_some()),
        checksum: checksum.map(Json::bytes),
        license: None,
        origin,
        install_script: None,
        deprecated: None,
        edges: Vec::new(),
    })
}

/// The package of that name that one at `key` gets: keys are the way from the top, `a/b` for the `b` of `a`.
fn find(index: &Index<'_>, key: &str, name: &str) -> Option<usize> {
    let mut scope = key;
    while !scope.is_empty() {
        if let Some(at) = index.get(format!("{scope}/{name}").as_str()) {
            return Some(*at);
        }
        let above = scope.rfind('/').and_then(|at| scope.get(..at)).unwrap_or("");
        // A scope is part of a name, not a step of the way.
        let last = above.rsplit('/').next().unwrap_or("");
        scope = if last.starts_with('@') {
            above.strip_suffix(last).unwrap_or("").trim_end_matches('/')
        } else {
            above
        };
    }
    index.get(name).copied()
}
