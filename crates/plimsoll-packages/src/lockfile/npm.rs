//! `package-lock.json` and `npm-shrinkwrap.json`: versions 2 and 3 by their `packages`, version 1 by its tree.
//!
//! A package finds what it asks for as Node does: in its own `node_modules`, then in those above.

use std::borrow::Cow;
use std::sync::Arc;

use plimsoll_posture::{DependencyKind, Drift, Origin};

use super::graph::{Edge, Graph, Node};
use super::{Found, Index, MOST_PACKAGES, asked, drift_of, origin};
use crate::json::{self, Json, Member};
use crate::manifest::{Manifest, split_name};
use crate::semver::{Range, Version};

pub(super) fn read<'a>(text: &'a str, manifest: Option<&Manifest>) -> Option<Found<'a>> {
    let reading = json::read(text);
    let root = reading.root?;
    // Versions are numbers, of which the text is asked.
    let version = root.get("lockfileVersion").and_then(|json| text.get(json.start..json.end)).unwrap_or("1");
    let format = format!("package-lock {version}");
    if let Some(packages) = root.get("packages") {
        let (graph, index) = by_key(packages);
        let drift = drift(manifest, &graph, &index, packages.get(""));
        return Some(Found { format, graph, drift, broken: reading.broken });
    }
    if let Some(tree) = root.get("dependencies") {
        let (graph, index) = by_tree(tree, manifest);
        let drift = drift(manifest, &graph, &index, None);
        return Some(Found { format, graph, drift, broken: reading.broken });
    }
    // A project without dependencies has neither.
    let named =
        root.get("lockfileVersion").is_some() || root.get("name").is_some() || root.members().is_empty();
    named.then(|| Found::of(format, Graph::default(), reading.broken))
}

const MODULES: &str = "node_modules/";

/// Versions 2 and 3.
fn by_key<'a>(packages: &Json<'a>) -> (Graph<'a>, Index<'a>) {
    let mut graph = Graph::default();
    let mut index = Index::with_capacity(packages.members().len());
    let mut links: Vec<(&str, &str)> = Vec::new();
    let mut entries: Vec<(&Member<'a>, Option<usize>)> = Vec::new();
    for member in packages.members() {
        let entry = &member.value;
        if entry.is_set("link") {
            let target = entry.text_of("resolved").map_or("", |target| &**target);
            links.push((&member.key, target));
            continue;
        }
        let Some((_, folder)) = member.key.rsplit_once(MODULES) else {
            // The project itself or a part of it.
            entries.push((member, None));
            continue;
        };
        if graph.nodes.len() >= MOST_PACKAGES {
            break;
        }
        let at = graph.nodes.len();
        index.insert(member.key.clone(), at);
        graph.nodes.push(node(member, folder, entry));
        entries.push((member, Some(at)));
    }
    let links: std::collections::HashMap<&str, &str> = links.into_iter().collect();
    let mut buffer = String::new();
    for (member, at) in entries {
        let root = at.is_none();
        let mut edges = Vec::new();
        for (kind, name, wanted) in asked(&member.value) {
            // What a package needs to be worked on is not installed with it.
            if !root && kind == DependencyKind::Development {
                continue;
            }
            let Some(to) = find(&index, &links, &member.key, name, &mut buffer) else { continue };
            edges.push(Edge { to, kind, wanted: wanted.text().cloned() });
        }
        match at.and_then(|at| graph.nodes.get_mut(at)) {
            Some(node) => node.edges = edges,
            None => graph.roots.append(&mut edges),
        }
    }
    (graph, index)
}

fn node<'a>(member: &Member<'a>, folder: &str, entry: &Json<'a>) -> Node<'a> {
    let resolved = entry.text_of("resolved").map(|text| &**text);
    let origin = resolved.map_or(Origin::Registry, origin::of);
    let name = entry.text_of("name").cloned().unwrap_or_else(|| match &member.key {
        Cow::Borrowed(key) => Cow::Borrowed(key.get(key.len() - folder.len()..).unwrap_or(key)),
        Cow::Owned(_) => Cow::Owned(folder.to_owned()),
    });
    let bundled = entry.is_set("inBundle");
    Node {
        name,
        version: entry.text_of("version").cloned().unwrap_or_default(),
        start: member.start,
        end: member.end,
        kind: Some(kind(entry)),
        bundled,
        integrity: integrity(&origin, bundled, entry.get("integrity").is_some()),
        checksum: entry.get("integrity").map(Json::bytes),
        license: entry.get("license").filter(|json| json.text().is_some()).map(Json::bytes),
        origin,
        install_script: Some(entry.is_set("hasInstallScript")),
        deprecated: entry.text_of("deprecated").cloned(),
        edges: Vec::new(),
    }
}

/// Why it is there, as the lockfile itself says; version 1 has no more than the first two marks.
fn kind(entry: &Json<'_>) -> DependencyKind {
    if entry.is_set("dev") {
        DependencyKind::Development
    } else if entry.is_set("optional") || entry.is_set("devOptional") {
        DependencyKind::Optional
    } else if entry.is_set("peer") {
        DependencyKind::Peer
    } else {
        DependencyKind::Production
    }
}

/// Checksums belong to archives: what a bundle brings is pinned by the one around it, a commit pins itself.
fn integrity(origin: &Origin, bundled: bool, given: bool) -> Option<bool> {
    (!bundled && !matches!(origin, Origin::Git { .. } | Origin::File)).then_some(given)
}

/// The package of that name that one at `key` gets.
fn find(
    index: &Index<'_>,
    links: &std::collections::HashMap<&str, &str>,
    key: &str,
    name: &str,
    buffer: &mut String,
) -> Option<usize> {
    let mut scope = key;
    loop {
        buffer.clear();
        buffer.push_str(scope);
        if !scope.is_empty() {
            buffer.push('/');
        }
        buffer.push_str(MODULES);
        buffer.push_str(name);
        if let Some(at) = index.get(buffer.as_str()) {
            return Some(*at);
        }
        if let Some(target) = links.get(buffer.as_str()) {
            return index.get(*target).copied();
        }
        if scope.is_empty() {
            return None;
        }
        scope = match scope.rfind("/node_modules/") {
            Some(at) => scope.get(..at).unwrap_or(""),
            None if scope.starts_with(MODULES) => "",
            // A part of the project: the directories above it.
            None => scope.rfind('/').and_then(|at| scope.get(..at)).unwrap_or(""),
        };
    }
}

/// A name and the range that is asked for.
type Asked<'a> = (Cow<'a, str>, Option<Cow<'a, str>>);

/// Levels of nested trees that are read.
const DEEPEST: usize = 64;

/// Version 1: a tree of what lies in which `node_modules`. Only the manifest tells what the project asks for itself.
fn by_tree<'a>(tree: &Json<'a>, manifest: Option<&Manifest>) -> (Graph<'a>, Index<'a>) {
    let mut graph = Graph::default();
    let mut index = Index::new();
    let mut asks: Vec<(String, usize, Vec<Asked<'a>>)> = Vec::new();
    let mut open: Vec<(String, &Json<'a>, usize)> = vec![(String::new(), tree, 0)];
    while let Some((scope, tree, depth)) = open.pop() {
        for member in tree.members() {
            if graph.nodes.len() >= MOST_PACKAGES {
                break;
            }
            let slash = if scope.is_empty() { "" } else { "/" };
            let key = format!("{scope}{slash}{MODULES}{}", member.key);
            let at = graph.nodes.len();
            graph.nodes.push(old_node(member));
            let required = member.value.get("requires").map_or(&[][..], Json::members);
            let required: Vec<Asked<'a>> =
                required.iter().map(|asked| (asked.key.clone(), asked.value.text().cloned())).collect();
            if let Some(inner) = member.value.get("dependencies").filter(|_| depth < DEEPEST) {
                open.push((key.clone(), inner, depth + 1));
            }
            asks.push((key.clone(), at, required));
            index.insert(Cow::Owned(key), at);
        }
    }
    let none = std::collections::HashMap::new();
    let mut buffer = String::new();
    for (key, at, required) in asks {
        let edges = required
            .into_iter()
            .filter_map(|(name, wanted)| {
                let to = find(&index, &none, &key, &name, &mut buffer)?;
                Some(Edge { to, kind: DependencyKind::Production, wanted })
            })
            .collect();
        if let Some(node) = graph.nodes.get_mut(at) {
            node.edges = edges;
        }
    }
    for request in manifest.into_iter().flat_map(|manifest| &manifest.requests) {
        if let Some(&to) = index.get(format!("{MODULES}{}", request.name).as_str()) {
            let wanted = Some(Cow::Owned(request.wanted.to_string()));
            graph.roots.push(Edge { to, kind: request.kind, wanted });
        }
    }
    (graph, index)
}

fn old_node<'a>(member: &Member<'a>) -> Node<'a> {
    let entry = &member.value;
    let written = entry.text_of("version").cloned().unwrap_or_default();
    // `npm:other@1.0.0` for an alias, an address for what comes from no registry.
    let alias = written.strip_prefix("npm:").and_then(split_name);
    let address = written.contains(':') && alias.is_none();
    let origin = match entry.text_of("resolved") {
        _ if address => origin::of(&written),
        Some(resolved) => origin::of(resolved),
        None => Origin::Registry,
    };
    let (name, version) = match alias {
        Some((name, version)) => (Cow::Owned(name.to_owned()), Cow::Owned(version.to_owned())),
        None if address => (member.key.clone(), Cow::Borrowed("")),
        None => (member.key.clone(), written),
    };
    let bundled = entry.is_set("bundled");
    Node {
        name,
        version,
        start: member.start,
        end: member.end,
        kind: Some(kind(entry)),
        bundled,
        integrity: integrity(&origin, bundled, entry.get("integrity").is_some()),
        checksum: entry.get("integrity").map(Json::bytes),
        license: entry.get("license").filter(|json| json.text().is_some()).map(Json::bytes),
        origin,
        install_script: None,
        deprecated: entry.text_of("deprecated").cloned(),
        edges: Vec::new(),
    }
}

/// `npm ci` refuses where what is locked at the top is missing or does not satisfy the manifest. Where the request is no
/// range, the text that the lockfile was made for has to be the same.
fn drift(
    manifest: Option<&Manifest>,
    graph: &Graph<'_>,
    index: &Index<'_>,
    made_for: Option<&Json<'_>>,
) -> Vec<Drift> {
    drift_of(manifest, |name, wanted| {
        let recorded = made_for.and_then(|entry| {
            asked(entry).find(|(_, own, _)| **own == name).and_then(|(_, _, value)| value.text())
        });
        if recorded.is_some_and(|recorded| recorded == wanted) {
            return None;
        }
        let overridden =
            manifest.is_some_and(|manifest| manifest.overridden.iter().any(|own| **own == *name));
        let node = index.get(format!("{MODULES}{name}").as_str()).and_then(|&at| graph.nodes.get(at));
        let Some(node) = node else {
            // A part of the project is linked, and a lockfile of version 1 does not list it.
            let local = matches!(origin::of(wanted), Origin::File) || wanted.starts_with("workspace:");
            let linked = recorded.is_some() || local;
            return (!linked && !overridden).then_some(None);
        };
        if overridden || made_for.is_none() && Range::parse(wanted).is_none() {
            return None;
        }
        match (Range::parse(wanted), Version::parse(&node.version)) {
            (Some(range), Some(version)) if range.satisfies(&version) => None,
            (Some(_), Some(_)) => Some(Some(Arc::from(&*node.version))),
            _ => recorded.map(|recorded| Some(Arc::from(&**recorded))),
        }
    })
}
