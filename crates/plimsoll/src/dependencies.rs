//! What the application of a directory depends on: opens the manifest, the lockfiles and their neighbours, and has the
//! packages looked up among the advisories.
//!
//! Deliberately absent: what the files mean (`plimsoll-packages`).

use std::collections::HashSet;

use plimsoll_lens::{EntryKind, World, git, images};
use plimsoll_packages::database::Database;
use plimsoll_packages::manifest::Manifest;
use plimsoll_packages::{audit, credentials, go, lockfile, lookalike, manifest, runtime, service, settings};
use plimsoll_posture::{
    Complaint, ComplaintKind, Dependencies, Known, Lockfile, Lookalike, NodeRequest, Origin, Posture,
    Runtime, StageBase, Subject, SubjectKind,
};
use plimsoll_text::{SourceId, SourceKind, Sources, Span};

use crate::paths;
use crate::read_lockfiles::{Document, ReadLockfile, ReadLockfiles};

/// The largest lockfile that is read, in bytes: those of large projects are larger than any other input.
const MAX_LOCKFILE: u64 = 64 * 1024 * 1024;

/// Reads what a directory says about dependencies; `None` where it says nothing.
pub(crate) fn read(
    world: &dyn World,
    sources: &mut Sources,
    posture: &mut Posture,
    directory: &str,
    database: &Database,
    known: &ReadLockfiles,
) -> Option<Vec<Complaint>> {
    let beside = |name: &str| paths::join(directory, name);
    let is_file = |name: &str| world.kind(&beside(name)) == Some(EntryKind::File);
    let names: Vec<&str> = lockfile::NAMES.iter().copied().filter(|name| is_file(name)).collect();
    let own = open(world, sources, &beside("package.json"));
    let (anchor, path) = match (&own, names.first()) {
        (Some((id, _)), _) => (*id, beside("package.json")),
        (None, Some(name)) => (add(world, sources, &beside(name))?, beside(name)),
        (None, None) => return None,
    };
    let mut dependencies = Dependencies {
        subject: Subject::new(SubjectKind::App, path, Span::whole(anchor)),
        directory: directory.into(),
        name: own.as_ref().and_then(|(_, manifest)| manifest.name.clone()),
        version: own.as_ref().and_then(|(_, manifest)| manifest.version.clone()),
        requests: own.as_ref().map(|(_, manifest)| manifest.requests.clone()).unwrap_or_default(),
        lockfiles: Vec::new(),
        masked: own.iter().flat_map(|(id, _)| credentials(sources.get(*id))).collect(),
        registry: own.as_ref().map(|(_, manifest)| manifest.settings.clone()).unwrap_or_default(),
        lookalikes: Vec::new(),
        node: Vec::new(),
    };
    let mut complaints = Vec::new();
    let shrinkwrapped = names.contains(&"npm-shrinkwrap.json");
    for name in names {
        // npm does not look at the one where it has the other.
        if shrinkwrapped && name == "package-lock.json" {
            continue;
        }
        complaints.extend(lock(world, sources, &mut dependencies, name, database, known));
    }
    dependencies.node = node_requests(world, sources, directory, own.as_ref().map(|(_, manifest)| manifest));
    for name in settings::NAMES.iter().copied().filter(|name| is_file(name)) {
        let path = beside(name);
        let Some(id) = add(world, sources, &path) else { continue };
        let said = settings::read(sources.get(id));
        dependencies.masked.extend(credentials(sources.get(id)));
        if !said.credentials.is_empty() {
            let repository = git::Repository::around(world, directory);
            let tracking = repository.and_then(|repository| repository.tracking(world, &path));
            posture.project.tracking.extend(tracking.map(|tracking| (id, tracking)));
        }
        dependencies.registry.merge(said);
    }
    told_once(&mut dependencies);
    posture.dependencies.push(dependencies);
    Some(complaints)
}

/// The document of a path, opened unless it was.
fn add(world: &dyn World, sources: &mut Sources, path: &str) -> Option<SourceId> {
    if let Some(known) = sources.find(path) {
        return Some(known.id);
    }
    let bytes = world.read_up_to(path, MAX_LOCKFILE).ok()?;
    Some(sources.add(path, SourceKind::Manifest, &bytes))
}

fn open(world: &dyn World, sources: &mut Sources, path: &str) -> Option<(SourceId, Manifest)> {
    if world.kind(path) != Some(EntryKind::File) {
        return None;
    }
    let id = add(world, sources, path)?;
    Some((id, manifest::read(sources.get(id))))
}

fn lock(
    world: &dyn World,
    sources: &mut Sources,
    dependencies: &mut Dependencies,
    name: &str,
    database: &Database,
    known: &ReadLockfiles,
) -> Vec<Complaint> {
    let directory = dependencies.directory.to_string();
    let path = paths::join(&directory, name);
    let Some(id) = add(world, sources, &path) else {
        return vec![Complaint {
            kind: ComplaintKind::Skipped,
            code: "lockfile-not-read",
            at: dependencies.subject.anchor,
            message: format!("{path} cannot be read, or is larger than {} MiB", MAX_LOCKFILE >> 20),
            cure: None,
        }];
    };
    let document = Document { source: id, text: sources.get(id).text.clone() };
    let before = known
        .of(&path)
        .and_then(|before| before.again(&document, database, &mut |path| document_of(world, sources, path)));
    let read = match before {
        Some(before) => before,
        None => {
            let read = read_lockfile(world, sources, &directory, document, database);
            known.keep(path, read.clone());
            read
        }
    };
    dependencies.masked.extend(read.masked);
    dependencies.lookalikes.extend(read.lookalikes);
    dependencies.lockfiles.push(read.lockfile);
    read.complaints
}

/// A manifest as a document; `None` where there is none.
fn document_of(world: &dyn World, sources: &mut Sources, path: &str) -> Option<Document> {
    if world.kind(path) != Some(EntryKind::File) {
        return None;
    }
    let source = add(world, sources, path)?;
    Some(Document { source, text: sources.get(source).text.clone() })
}

fn read_lockfile(
    world: &dyn World,
    sources: &mut Sources,
    directory: &str,
    document: Document,
    database: &Database,
) -> ReadLockfile {
    // The text is shared, so that manifests of parts of the project can be opened meanwhile.
    let source = sources.get(document.source).clone();
    let mut manifests: Vec<(String, Option<Document>)> = Vec::new();
    let mut of = |part: &str| {
        let path = paths::join(directory, &paths::join(part, "package.json"));
        let found = document_of(world, sources, &path);
        let manifest = found.as_ref().map(|found| manifest::read(sources.get(found.source)));
        manifests.push((path, found));
        manifest
    };
    let mut reading = lockfile::read(&source, &mut of);
    audit(&mut reading.lockfile, database);
    ReadLockfile {
        document,
        manifests,
        database: database.clone(),
        complaints: reading.complaints,
        masked: credentials(&source),
        lookalikes: lookalikes(&reading.lockfile),
        lockfile: reading.lockfile,
    }
}

/// The names among the packages that are taken easily for another's, each once.
fn lookalikes(lockfile: &Lockfile) -> Vec<Lookalike> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for package in &lockfile.packages {
        // What lies in the project has its name from the project.
        if package.origin == Origin::File || !seen.insert(&*package.name) {
            continue;
        }
        if let Some((like, how)) = lookalike::of(&package.name) {
            let by = package.parent().and_then(|at| lockfile.packages.get(at)).map(|by| by.name.clone());
            found.push(Lookalike { name: package.name.clone(), like, how, at: package.at, by });
        }
    }
    found
}

/// Adds the names of requests that are taken easily for another's, and leaves each name once: where it is asked for.
fn told_once(dependencies: &mut Dependencies) {
    // An alias names the package that it stands for.
    let own = |wanted: &str| {
        ["file:", "link:", "workspace:", "portal:", "npm:", "."].iter().any(|start| wanted.starts_with(start))
    };
    let of_lockfiles = std::mem::take(&mut dependencies.lookalikes);
    // A part of the project is asked for by its name alone, and no lockfile has it from elsewhere.
    let fetched = |name: &str| {
        dependencies.lockfiles.is_empty() || of_lockfiles.iter().any(|lookalike| &*lookalike.name == name)
    };
    let mut found: Vec<Lookalike> = Vec::new();
    for request in dependencies.requests.iter().filter(|request| !own(&request.wanted)) {
        if let Some((like, how)) = lookalike::of(&request.name)
            && fetched(&request.name)
        {
            found.push(Lookalike { name: request.name.clone(), like, how, at: request.at, by: None });
        }
    }
    found.extend(of_lockfiles);
    let mut seen = HashSet::new();
    found.retain(|lookalike| seen.insert(lookalike.name.clone()));
    dependencies.lookalikes = found;
}

/// What says which Node.js is meant, the manifest first.
fn node_requests(
    world: &dyn World,
    sources: &mut Sources,
    directory: &str,
    manifest: Option<&Manifest>,
) -> Vec<NodeRequest> {
    let day = images::data_date();
    let mut requests = Vec::new();
    let engine = manifest.and_then(|manifest| manifest.engine.as_ref());
    requests.extend(engine.map(|said| runtime::request("engines.node", &said.value, said.at, day)));
    let volta = manifest.and_then(|manifest| manifest.volta.as_ref());
    requests.extend(volta.map(|said| runtime::request("volta.node", &said.value, said.at, day)));
    for name in [".nvmrc", ".node-version"] {
        let path = paths::join(directory, name);
        if world.kind(&path) != Some(EntryKind::File) {
            continue;
        }
        let Some(id) = add(world, sources, &path) else { continue };
        let text = &sources.get(id).text;
        let Some(line) = text.lines().find(|line| !line.trim().is_empty()) else { continue };
        let start = text.find(line).unwrap_or(0);
        let wanted = line.split('#').next().unwrap_or("").trim();
        let at = Span::new(id, start, start + line.trim_end().len());
        requests.push(runtime::request(name, wanted, at, day));
    }
    requests
}

/// Ties applications to the one service that is built from their directory, and looks up the runtimes and servers whose exact
/// build an image's tag tells, and what Go programs of built images hold.
pub(crate) fn join(posture: &mut Posture, database: &Database) {
    for at in 0..posture.dependencies.len() {
        let Some(directory) = posture.dependencies.get(at).map(|app| app.directory.clone()) else { continue };
        let mut services = posture.recipes.iter().filter(|recipe| {
            let context = recipe.context.and_then(|id| posture.contexts.get(id.0));
            context.is_some_and(|context| context.path == directory)
        });
        let only = match (services.next(), services.next()) {
            (Some(recipe), None) => recipe.subject.service.clone(),
            _ => None,
        };
        if let Some(app) = posture.dependencies.get_mut(at) {
            app.subject.service = only;
        }
    }
    let services = posture.services.iter().filter(|service| service.build.is_none());
    let run = services.filter_map(|service| service.image.value());
    let bases =
        posture.recipes.iter().flat_map(|recipe| &recipe.stages).filter_map(|stage| match &stage.base {
            StageBase::Image(Known::Value(reference)) => Some(reference),
            _ => None,
        });
    let mut runtimes: Vec<Runtime> = Vec::new();
    for reference in run.chain(bases) {
        if runtimes.iter().all(|known| known.image != reference.text) {
            runtimes.extend(service::named(database, reference));
        }
    }
    posture.runtimes = runtimes;
    for image in &mut posture.built {
        go::judge(image, database);
    }
}
