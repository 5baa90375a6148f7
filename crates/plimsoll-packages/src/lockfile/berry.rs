//! `yarn.lock` of Yarn 2 and later: YAML, with the project's own parts among the packages.
//!
//! What only work on a part needs is told by that part's manifest; where it cannot be had, everything counts as needed by
//! the program.

use std::borrow::Cow;

use plimsoll_posture::{DependencyKind, Origin};

use super::graph::{Edge, Graph, Node};
use super::{Found, Index, MOST_PACKAGES, asked, drift_of, origin};
use crate::json::Member;
use crate::manifest::{Manifest, split_name};
use crate::yaml;

pub(super) fn read<'a>(
    text: &'a str,
    own: Option<&Manifest>,
    manifest: &mut dyn FnMut(&str) -> Option<Manifest>,
) -> Option<Found<'a>> {
    let reading = yaml::read(text);
    let documents = reading.root?;
    let root = documents.items().first()?;
    let version = root.get("__metadata").and_then(|meta| meta.text_of("version")).map_or("", |text| &**text);
    let mut graph = Graph::default();
    let mut index = Index::new();
    let mut parts: Vec<(&Member<'a>, String)> = Vec::new();
    let mut entries: Vec<(&Member<'a>, usize)> = Vec::new();
    let mut patched: Vec<(&Member<'a>, String)> = Vec::new();
    let mut by_resolution: Index<'a> = Index::new();
    for member in root.members().iter().filter(|member| member.key != "__metadata") {
        if graph.nodes.len() >= MOST_PACKAGES {
            break;
        }
        let resolution = member.value.text_of("resolution").map_or("", |text| &**text);
        let Some((name, reference)) = split_name(resolution) else { continue };
        if let Some(directory) = reference.strip_prefix("workspace:") {
            parts.push((member, directory.to_owned()));
            continue;
        }
        // A patch is laid over another entry, and stands for the same package at the same version.
        if let Some(below) = reference.strip_prefix("patch:") {
            let below = below.split('#').next().unwrap_or(below).replace("%3A", ":").replace("%2F", "/");
            patched.push((member, below));
            continue;
        }
        let at = graph.nodes.len();
        by_resolution.insert(Cow::Owned(resolution.to_owned()), at);
        for pattern in member.key.split(", ") {
            index.insert(Cow::Owned(pattern.to_owned()), at);
        }
        graph.nodes.push(node(member, name, reference));
        entries.push((member, at));
    }
    for (member, below) in patched {
        let Some(&at) = by_resolution.get(below.as_str()) else { continue };
        for pattern in member.key.split(", ") {
            index.insert(Cow::Owned(pattern.to_owned()), at);
        }
    }
    for (member, at) in entries {
        let edges = edges(member, &index);
        if let Some(node) = graph.nodes.get_mut(at) {
            node.edges = edges;
        }
    }
    for (member, directory) in parts {
        let other = if directory == "." { None } else { manifest(&directory) };
        let manifest = if directory == "." { own } else { other.as_ref() };
        for mut edge in edges(member, &index) {
            let name = graph.nodes.get(edge.to).map_or("", |node| &*node.name);
            let request = manifest
                .into_iter()
                .flat_map(|manifest| &manifest.requests)
                .find(|request| &*request.name == name);
            if let Some(request) = request {
                edge.kind = request.kind;
            }
            graph.roots.push(edge);
        }
    }
    let drift = drift_of(own, |name, wanted| {
        let overridden = own.is_some_and(|own| own.overridden.iter().any(|own| **own == *name));
        let local = matches!(origin::of(wanted), Origin::File) || wanted.contains(':');
        let known = find(&index, name, wanted).is_some();
        let part = root.members().iter().any(|member| {
            member.key.split(", ").any(|pattern| pattern.starts_with(&format!("{name}@workspace:")))
        });
        let own = || graph.nodes.iter().find(|node| node.name == name).map(|node| (&*node.version).into());
        (!known && !local && !part && !overridden).then(own)
    });
    let mut found = Found::of(format!("yarn {version}"), graph, reading.broken);
    found.drift = drift;
    Some(found)
}

fn node<'a>(member: &Member<'a>, name: &str, reference: &str) -> Node<'a> {
    let origin = match reference.split_once(':') {
        Some(("npm", _)) | None => Origin::Registry,
        Some(_) => origin::of(reference),
    };
    let checked = matches!(origin, Origin::Registry | Origin::Host(_) | Origin::PlainHost(_));
    Node {
        name: Cow::Owned(name.to_owned()),
        version: member.value.text_of("version").cloned().unwrap_or_default(),
        start: member.start,
        end: member.end,
        kind: None,
        bundled: false,
        // Packages of another platform have no checksum until somebody installs them there.
        integrity: (checked && member.value.get("conditions").is_none())
            .then(|| member.value.get("checksum").is_some()),
        checksum: None,
        license: None,
        origin,
        install_script: None,
        deprecated: None,
        edges: Vec::new(),
    }
}

fn edges<'a>(member: &Member<'a>, index: &Index<'a>) -> Vec<Edge<'a>> {
    let optional = |name: &str| {
        let meta = member.value.get("dependenciesMeta").and_then(|meta| meta.get(name));
        meta.and_then(|meta| meta.text_of("optional")).is_some_and(|text| text == "true")
    };
    asked(&member.value)
        .filter(|(kind, ..)| *kind != DependencyKind::Peer)
        .filter_map(|(kind, name, wanted)| {
            let range = wanted.text()?;
            let to = find(index, name, range)?;
            let kind = if optional(name) { DependencyKind::Optional } else { kind };
            let plain = range.strip_prefix("npm:").unwrap_or(range).to_owned();
            Some(Edge { to, kind, wanted: Some(Cow::Owned(plain)) })
        })
        .collect()
}

/// The package that a request was resolved to. Early versions wrote requests without the `npm:` of the keys.
fn find(index: &Index<'_>, name: &str, range: &str) -> Option<usize> {
    index
        .get(format!("{name}@{range}").as_str())
        .or_else(|| index.get(format!("{name}@npm:{range}").as_str()))
        .copied()
}
