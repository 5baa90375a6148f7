//! `deno.lock`, versions 2 to 5: of its packages those of npm, by `specifiers` and `npm`.
//!
//! What only development needs is told by the manifest; what is imported by name counts as needed by the program. Addresses and packages of other registries are not
//! read.

use std::borrow::Cow;

use plimsoll_posture::{DependencyKind, Origin};

use super::graph::{Edge, Graph, Node};
use super::{Found, Index, MOST_PACKAGES};
use crate::json::{self, Json};
use crate::manifest::{Manifest, split_name};

pub(super) fn read<'a>(text: &'a str, manifest: Option<&Manifest>) -> Option<Found<'a>> {
    let reading = json::read(text);
    let root = reading.root?;
    let version = root.text_of("version").map_or("", |text| &**text);
    // Versions 2 and 3 keep both below another heading.
    let inner = root.get("packages").unwrap_or(&root);
    let packages = match root.get("npm").or_else(|| inner.get("npm")) {
        Some(npm) => npm.get("packages").unwrap_or(npm).members(),
        None => &[],
    };
    let mut graph = Graph::default();
    let mut index = Index::new();
    // Where one name has one version, later versions leave the version out.
    let mut by_name = Index::new();
    for member in packages.iter().take(MOST_PACKAGES) {
        // Peers stand behind an underscore.
        let Some((name, version)) = split_name(&member.key) else { continue };
        let version = version.split('_').next().unwrap_or(version);
        let at = graph.nodes.len();
        index.insert(member.key.clone(), at);
        by_name.insert(Cow::Owned(name.to_owned()), at);
        graph.nodes.push(Node {
            name: Cow::Owned(name.to_owned()),
            version: Cow::Owned(version.to_owned()),
            start: member.start,
            end: member.end,
            kind: None,
            bundled: false,
            integrity: Some(member.value.get("integrity").is_some()),
            checksum: member.value.get("integrity").map(Json::bytes),
            license: None,
            origin: Origin::Registry,
            install_script: None,
            deprecated: None,
            edges: Vec::new(),
        });
    }
    let find = |text: &str| index.get(text).or_else(|| by_name.get(text)).copied();
    for member in packages {
        let Some(&at) = index.get(&member.key) else { continue };
        let edge = |text: &str, kind| Some(Edge { to: find(text)?, kind, wanted: None });
        let mut edges: Vec<Edge<'a>> = Vec::new();
        for (heading, kind) in
            [("dependencies", DependencyKind::Production), ("optionalDependencies", DependencyKind::Optional)]
        {
            let Some(asked) = member.value.get(heading) else { continue };
            edges.extend(asked.items().iter().filter_map(|item| edge(item.text()?, kind)));
            edges.extend(asked.members().iter().filter_map(|asked| edge(asked.value.text()?, kind)));
        }
        if let Some(node) = graph.nodes.get_mut(at) {
            node.edges = edges;
        }
    }
    let specifiers = root.get("specifiers").or_else(|| inner.get("specifiers"));
    for member in specifiers.map_or(&[][..], Json::members) {
        let Some(asked) = member.key.strip_prefix("npm:").and_then(split_name) else { continue };
        let Some(chosen) = member.value.text() else { continue };
        let chosen = chosen.strip_prefix("npm:").unwrap_or(chosen);
        let key = format!("{}@{chosen}", asked.0);
        if let Some(to) = find(chosen).or_else(|| find(&key)) {
            let wanted = Some(Cow::Owned(asked.1.to_owned()));
            graph.roots.push(Edge { to, kind: kind_of(asked, manifest), wanted });
        }
    }
    let known = !version.is_empty() || !graph.nodes.is_empty();
    known.then(|| Found::of(format!("deno {version}"), graph, reading.broken))
}

/// The heading under which a manifest asks for it; an alias is asked for under another name.
fn kind_of((name, range): (&str, &str), manifest: Option<&Manifest>) -> DependencyKind {
    let requests = manifest.into_iter().flat_map(|manifest| &manifest.requests);
    let mut same = requests.filter(|request| {
        let alias = || request.wanted.strip_prefix("npm:").and_then(split_name) == Some((name, range));
        *request.name == *name && *request.wanted == *range || alias()
    });
    same.next().map_or(DependencyKind::Production, |request| request.kind)
}
