//! Lockfiles: every notation of npm, Yarn, pnpm, Bun and Deno, to the packages that they pin.
//!
//! Reading never fails: what cannot be read is a complaint with a place, and the rest is read. Deliberately absent: `bun.lockb`,
//! which is binary, and what a package manager would choose if there were no lockfile.

mod berry;
mod bun;
mod deno;
pub(crate) mod graph;
mod npm;
mod origin;
mod pnpm;
mod yarn;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use plimsoll_posture::{Complaint, ComplaintKind, DependencyKind, Drift, Known, Lockfile, Reason};
use plimsoll_text::{Source, Span};

use self::graph::Graph;
use crate::json::Json;
use crate::manifest::Manifest;

/// More packages than this are not read from one file.
const MOST_PACKAGES: usize = 100_000;

/// Which lockfile a file name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Notation {
    Npm,
    Yarn,
    Pnpm,
    Bun,
    Deno,
}

impl Notation {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "package-lock.json" | "npm-shrinkwrap.json" => Self::Npm,
            "yarn.lock" => Self::Yarn,
            "pnpm-lock.yaml" => Self::Pnpm,
            "bun.lock" => Self::Bun,
            "deno.lock" => Self::Deno,
            _ => return None,
        })
    }
}

/// The names of the lockfiles that are read.
pub const NAMES: &[&str] =
    &["npm-shrinkwrap.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "deno.lock"];

/// A lockfile as it was read.
#[derive(Debug)]
pub struct Reading {
    /// The packages. Advisories are not looked up yet.
    pub lockfile: Lockfile,
    /// What could not be read.
    pub complaints: Vec<Complaint>,
}

/// What a reader of one notation finds.
struct Found<'a> {
    format: String,
    graph: Graph<'a>,
    drift: Vec<Drift>,
    /// Where the text is broken.
    broken: Option<usize>,
}

impl<'a> Found<'a> {
    fn of(format: String, graph: Graph<'a>, broken: Option<usize>) -> Self {
        Self { format, graph, drift: Vec::new(), broken }
    }
}

/// Reads a lockfile. `manifest` gives the manifest of a directory relative to the lockfile's (`.` for its own), for notations
/// that leave to it what is a dependency of whom.
#[must_use]
pub fn read(source: &Source, manifest: &mut dyn FnMut(&str) -> Option<Manifest>) -> Reading {
    let name: &str = source.name.rsplit('/').next().unwrap_or(&source.name);
    let own = manifest(".");
    let text = &*source.text;
    let found = match Notation::of(name) {
        Some(Notation::Npm) => npm::read(text, own.as_ref()),
        Some(Notation::Yarn) if text.contains("\n__metadata:") || text.starts_with("__metadata:") => {
            berry::read(text, own.as_ref(), manifest)
        }
        Some(Notation::Yarn) => yarn::read(text, own.as_ref()),
        Some(Notation::Pnpm) => pnpm::read(text, own.as_ref()),
        Some(Notation::Bun) => bun::read(text, own.as_ref()),
        Some(Notation::Deno) => deno::read(text, own.as_ref()),
        None => None,
    };
    let mut complaints = Vec::new();
    let mut complain = |at: usize, message: &str, cure: &str| {
        complaints.push(Complaint {
            kind: ComplaintKind::Invalid,
            code: "invalid-lockfile",
            at: Span::new(source.id, at, at),
            message: message.to_owned(),
            cure: Some(cure.to_owned()),
        });
    };
    let not_read = || Known::Unknown(Reason::NotUnderstood(source.name.clone()));
    let mut lockfile = Lockfile {
        source: source.id,
        name: name.into(),
        format: "".into(),
        packages: Vec::new(),
        drift: Vec::new(),
        hits: Vec::new(),
        coverage: None,
        read: Known::Value(()),
    };
    let Some(found) = found else {
        complain(0, "this is no lockfile of a known version", "let the package manager write it again");
        lockfile.read = not_read();
        return Reading { lockfile, complaints };
    };
    if let Some(at) = found.broken {
        let rest = text.get(at..).unwrap_or("");
        let conflict = rest.trim_start().starts_with("<<<<<<<") || rest.trim_start().starts_with(">>>>>>>");
        let message = match conflict {
            true => "the lockfile holds a merge conflict: what follows is not read",
            false => "the lockfile is broken here: what follows is not read",
        };
        complain(at, message, "let the package manager write it again");
        lockfile.read = not_read();
    }
    if found.graph.nodes.len() >= MOST_PACKAGES {
        complain(0, "the lockfile holds more packages than are read", "split the project");
        lockfile.read = not_read();
    }
    lockfile.format = found.format.into();
    lockfile.packages = found.graph.packages(source.id);
    // What is missing from a lockfile that was not read whole may stand in the rest.
    if lockfile.read.value().is_some() {
        lockfile.drift = found.drift;
    }
    Reading { lockfile, complaints }
}

/// Where packages stand by their keys.
type Index<'a> = HashMap<Cow<'a, str>, usize>;

/// The headings under which manifests and lockfiles have dependencies.
const HEADINGS: [(&str, DependencyKind); 4] = [
    ("dependencies", DependencyKind::Production),
    ("optionalDependencies", DependencyKind::Optional),
    ("peerDependencies", DependencyKind::Peer),
    ("devDependencies", DependencyKind::Development),
];

/// The names and ranges under each heading of an entry.
fn asked<'j, 'a>(
    entry: &'j Json<'a>,
) -> impl Iterator<Item = (DependencyKind, &'j Cow<'a, str>, &'j Json<'a>)> {
    HEADINGS.into_iter().flat_map(move |(heading, kind)| {
        let members = entry.get(heading).map_or(&[][..], Json::members);
        members.iter().map(move |member| (kind, &member.key, &member.value))
    })
}

/// Where a manifest asks for something that the lockfile was not made for.
fn drift_of(
    manifest: Option<&Manifest>,
    locked: impl Fn(&str, &str) -> Option<Option<Arc<str>>>,
) -> Vec<Drift> {
    let requests = manifest.into_iter().flat_map(|manifest| &manifest.requests);
    requests
        .filter(|request| request.kind != DependencyKind::Peer)
        .filter_map(|request| {
            let locked = locked(&request.name, &request.wanted)?;
            Some(Drift {
                name: request.name.clone(),
                wanted: Some(request.wanted.clone()),
                locked,
                at: request.at,
            })
        })
        .collect()
}
