//! What a `package.json` asks for, with the place of every request.
//!
//! Deliberately absent: scripts and the rest, which the lenses read.

use plimsoll_posture::{DependencyKind, RegistrySettings, Request, Spanned};
use plimsoll_text::{Source, Span};
use std::sync::Arc;

use crate::json::{self, Json};
use crate::settings;

/// A manifest.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    /// `name`.
    pub name: Option<Arc<str>>,
    /// `version`.
    pub version: Option<Arc<str>>,
    /// What it asks for, in the order of its headings.
    pub requests: Vec<Request>,
    /// `engines.node`.
    pub engine: Option<Spanned<Arc<str>>>,
    /// `volta.node`.
    pub volta: Option<Spanned<Arc<str>>>,
    /// Names that `overrides`, `resolutions` or `pnpm.overrides` give another version.
    pub overridden: Vec<Arc<str>>,
    /// What it says in the place of a configuration of its package manager.
    pub settings: RegistrySettings,
}

/// Requests of one manifest that are read.
const MOST: usize = 10_000;

/// Reads a manifest; what is broken is left out, since a lens complains of it already.
#[must_use]
pub fn read(source: &Source) -> Manifest {
    let reading = json::read(&source.text);
    let Some(root) = &reading.root else { return Manifest::default() };
    let span = |json: &Json<'_>| Span::new(source.id, json.start, json.end);
    let mut requests = Vec::new();
    // npm lets the optional heading win over the first, and the first over the one for development.
    let headings = [
        ("optionalDependencies", DependencyKind::Optional),
        ("dependencies", DependencyKind::Production),
        ("devDependencies", DependencyKind::Development),
        ("peerDependencies", DependencyKind::Peer),
    ];
    let mut seen = std::collections::HashSet::new();
    for (heading, kind) in headings {
        for member in root.get(heading).map_or(&[][..], Json::members) {
            let Some(wanted) = member.value.text() else { continue };
            if requests.len() < MOST && seen.insert(&*member.key) {
                let (name, wanted) = (Arc::from(&*member.key), Arc::from(&**wanted));
                requests.push(Request { name, wanted, kind, at: span(&member.value) });
            }
        }
    }
    requests.sort_by_key(|request| request.at);
    let node = |heading: &str| {
        let json = root.get(heading)?.get("node")?;
        Some(Spanned { value: Arc::from(&**json.text()?), at: span(json) })
    };
    let replaced = [
        root.get("overrides"),
        root.get("resolutions"),
        root.get("pnpm").and_then(|pnpm| pnpm.get("overrides")),
    ];
    let overridden = replaced
        .into_iter()
        .flatten()
        .flat_map(Json::members)
        .map(|member| Arc::from(bare_name(member.key.rsplit("**/").next().unwrap_or(&member.key))))
        .collect();
    let said = |key: &str| root.text_of(key).filter(|text| !text.is_empty()).map(|text| Arc::from(&**text));
    Manifest {
        name: said("name"),
        version: said("version"),
        requests,
        engine: node("engines"),
        volta: node("volta"),
        overridden,
        settings: settings::of_manifest(source, root),
    }
}

/// The name in `name@range`; a scope keeps its sign.
pub(crate) fn bare_name(text: &str) -> &str {
    let at = text.char_indices().skip(1).find(|(_, c)| *c == '@').map_or(text.len(), |(at, _)| at);
    text.get(..at).unwrap_or(text)
}

/// Name and the rest of `name@rest`.
pub(crate) fn split_name(text: &str) -> Option<(&str, &str)> {
    let name = bare_name(text);
    let rest = text.get(name.len()..)?.strip_prefix('@')?;
    (!name.is_empty()).then_some((name, rest))
}
