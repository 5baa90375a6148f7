//! `pnpm-lock.yaml`, versions 5 to 9.
//!
//! A package is named by its path: `/a/1.0.0` (5), `/a@1.0.0(peer@2.0.0)` (6), `a@1.0.0` with what it needs under
//! `snapshots` (9). What it asks for is written as what was chosen, so that ranges are known of the manifests alone.

use std::borrow::Cow;

use plimsoll_posture::{DependencyKind, Drift, Origin};

use super::graph::{Edge, Graph, Node};
use super::{Found, Index, MOST_PACKAGES, asked, drift_of, origin};
use crate::json::{Json, Member};
use crate::manifest::{Manifest, split_name};
use crate::yaml;

pub(super) fn read<'a>(text: &'a str, manifest: Option<&Manifest>) -> Option<Found<'a>> {
    let reading = yaml::read(text);
    let documents = reading.root?;
    // A document of pnpm's own tools may stand before that of the project.
    let root = documents.items().iter().rev().find(|document| document.get("lockfileVersion").is_some())?;
    let version = root.text_of("lockfileVersion").map_or("", |text| &**text);
    let major: u32 = version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
    let mut graph = Graph::default();
    let mut index = Index::new();
    let packages = root.get("packages").map_or(&[][..], Json::members);
    for member in packages.iter().take(MOST_PACKAGES) {
        index.insert(member.key.clone(), graph.nodes.len());
        graph.nodes.push(node(member, major));
    }
    let entries = root.get("snapshots").map_or(packages, Json::members);
    for entry in entries {
        let Some(&at) = index.get(&entry.key).or_else(|| index.get(without_peers(&entry.key))) else {
            continue;
        };
        let edges: Vec<Edge<'a>> = asked(&entry.value)
            .filter(|(kind, ..)| matches!(kind, DependencyKind::Production | DependencyKind::Optional))
            .filter_map(|(kind, name, chosen)| {
                Some(Edge { to: find(&index, major, name, chosen.text()?)?, kind, wanted: None })
            })
            .collect();
        let Some(node) = graph.nodes.get_mut(at) else { continue };
        for edge in edges {
            // One package may stand there several times, for several peers.
            if !node.edges.iter().any(|known| known.to == edge.to) {
                node.edges.push(edge);
            }
        }
    }
    for importer in importers(root) {
        for (kind, name, value) in asked(importer) {
            let Some(chosen) = value.text().or_else(|| value.text_of("version")) else { continue };
            let wanted = specifier(importer, name, value).map(|text| Cow::Owned(text.to_owned()));
            if let Some(to) = find(&index, major, name, chosen) {
                graph.roots.push(Edge { to, kind, wanted });
            }
        }
    }
    let drift = drift(manifest, root, &graph, &index, major);
    let mut found = Found::of(format!("pnpm {version}"), graph, reading.broken);
    found.drift = drift;
    Some(found)
}

/// The parts of the project; a project of one part has it at the top.
fn importers<'j, 'a>(root: &'j Json<'a>) -> Vec<&'j Json<'a>> {
    match root.get("importers") {
        Some(importers) => importers.members().iter().map(|member| &member.value).collect(),
        None => vec![root],
    }
}

/// What the manifest asked for when the lockfile was made.
fn specifier<'j>(importer: &'j Json<'_>, name: &str, value: &'j Json<'_>) -> Option<&'j str> {
    value.text_of("specifier").or_else(|| importer.get("specifiers")?.text_of(name)).map(|text| &**text)
}

fn node<'a>(member: &Member<'a>, major: u32) -> Node<'a> {
    let entry = &member.value;
    let (name, version) = name_of(&member.key, major);
    let resolution = entry.get("resolution");
    let tarball = resolution.and_then(|resolution| resolution.text_of("tarball"));
    let origin = if resolution
        .is_some_and(|resolution| resolution.text_of("type").is_some_and(|kind| kind == "git"))
    {
        Origin::Git { commit: resolution.is_some_and(|resolution| resolution.get("commit").is_some()) }
    } else {
        tarball.map_or(Origin::Registry, |tarball| origin::of(tarball))
    };
    let flag = |key: &str| entry.text_of(key).is_some_and(|text| text == "true");
    let kind = if flag("dev") {
        Some(DependencyKind::Development)
    } else if flag("optional") && major < 9 {
        Some(DependencyKind::Optional)
    } else {
        None
    };
    let checksum = resolution.and_then(|resolution| resolution.get("integrity"));
    let local = matches!(origin, Origin::Git { .. } | Origin::File)
        || resolution.is_some_and(|resolution| resolution.get("directory").is_some());
    Node {
        name: entry.text_of("name").cloned().unwrap_or(Cow::Owned(name)),
        version: entry.text_of("version").cloned().unwrap_or(Cow::Owned(version)),
        start: member.start,
        end: member.end,
        kind,
        bundled: false,
        integrity: (!local).then_some(checksum.is_some()),
        checksum: checksum.map(Json::bytes),
        license: None,
        origin,
        // Until version 8 pnpm noted who has something to build; since 10 it asks the project's list instead.
        install_script: (major < 9).then(|| flag("requiresBuild")),
        deprecated: entry.text_of("deprecated").cloned(),
        edges: Vec::new(),
    }
}

/// Name and version of a path; an address in the place of a version is none.
fn name_of(key: &str, major: u32) -> (String, String) {
    let plain = without_peers(key);
    let path = plain.strip_prefix('/').unwrap_or(plain);
    let parted = if major < 6 {
        path.rsplit_once('/').map(|(name, version)| {
            // A registry's host may stand before the name.
            let name = match name.split_once('/') {
                Some((host, rest)) if host.contains('.') && !host.starts_with('@') => rest,
                _ => name,
            };
            (name, version.split('_').next().unwrap_or(version))
        })
    } else {
        split_name(path)
    };
    let (name, version) = parted.unwrap_or((path, ""));
    let version = if version.contains(':') { "" } else { version };
    (name.to_owned(), version.to_owned())
}

fn without_peers(key: &str) -> &str {
    key.find('(').and_then(|at| key.get(..at)).unwrap_or(key)
}

/// The package that a chosen version stands for: a version, or the path of another package (an alias).
fn find(index: &Index<'_>, major: u32, name: &str, chosen: &str) -> Option<usize> {
    let get = |key: &str| index.get(key).or_else(|| index.get(without_peers(key))).copied();
    let sign = if major < 6 { '/' } else { '@' };
    let lead = if major < 9 { "/" } else { "" };
    get(&format!("{lead}{name}{sign}{chosen}"))
        .or_else(|| get(chosen))
        .or_else(|| get(&format!("{name}@{chosen}")))
}

/// `pnpm install --frozen-lockfile` refuses where the text of a request is another.
fn drift(
    manifest: Option<&Manifest>,
    root: &Json<'_>,
    graph: &Graph<'_>,
    index: &Index<'_>,
    major: u32,
) -> Vec<Drift> {
    let own = match root.get("importers") {
        Some(importers) => importers.get("."),
        None => Some(root),
    };
    let Some(own) = own else { return Vec::new() };
    let overridden = root.get("overrides");
    drift_of(manifest, |name, wanted| {
        if overridden.is_some_and(|all| all.members().iter().any(|member| member.key.contains(name))) {
            return None;
        }
        match asked(own).find(|(_, own, _)| **own == name) {
            None => {
                // Version 5 leaves what is linked to the list of requests.
                let listed = own.get("specifiers").is_some_and(|all| all.get(name).is_some());
                (!listed).then_some(None)
            }
            Some((_, _, value)) => {
                let recorded = specifier(own, name, value)?;
                if recorded == wanted {
                    return None;
                }
                let chosen = value.text().or_else(|| value.text_of("version"));
                let node = chosen.and_then(|chosen| graph.nodes.get(find(index, major, name, chosen)?));
                Some(Some(node.map_or_else(|| recorded.into(), |node| (&*node.version).into())))
            }
        }
    })
}
