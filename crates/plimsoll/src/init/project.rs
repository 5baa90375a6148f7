//! Everything about a project that its files depend on, read from the project and nothing else.
//!
//! Deliberately absent: the files, and guesses: what cannot be told is refused with what to do, or told.

use plimsoll_lens::{EntryKind, World, app};
use plimsoll_posture::App;
use plimsoll_text::{SourceKind, Sources};
use serde_json::Value;

use super::making::{
    Building, Next, Prisma, approves, build_commands, compiled, next, prisma, server_of_next,
};
use super::native::{self, Native};
use super::package_manager::{self, Locked, PackageManager};
use super::release::{self, Pinned, Release};
use super::remarks::{host, lockfile_notes, place, serving_notes, start_notes, writes};
use super::start::{self, Given, Start};
use super::tree::{self, Kept};
use super::workspace::{self, Member};
use super::{lifecycle, typescript};
use crate::paths;

/// A project.
#[derive(Debug)]
pub(super) struct Project {
    /// The name of the service.
    pub(super) name: String,
    /// The package's directory; `.` where it is the root.
    pub(super) directory: String,
    /// The package's own name, as managers select it.
    pub(super) package: String,
    pub(super) release: Release,
    pub(super) locked: Locked,
    pub(super) start: Start,
    /// Commands that make what is started.
    pub(super) build: Vec<String>,
    /// The directory that the build makes, relative to the package.
    pub(super) compiled: Option<String>,
    /// What else runs: files and directories of the package.
    pub(super) kept: Kept,
    pub(super) lifecycle: lifecycle::Needs,
    pub(super) prisma: Option<Prisma>,
    pub(super) native: Vec<Native>,
    pub(super) next: Option<Next>,
    pub(super) module: bool,
    pub(super) port: Option<u16>,
    /// The variable that sets the port.
    pub(super) port_variable: Option<String>,
    /// The variable that must be set for others to reach it, with its value.
    pub(super) host: Option<(String, &'static str)>,
    /// A path that answers for the health.
    pub(super) health: Option<String>,
    /// Directories that the program writes to, relative to the package.
    pub(super) writes: Vec<String>,
    /// Variables that the program reads, beside those that the files set.
    pub(super) variables: Vec<String>,
    /// The workspace: packages that this one needs, itself last; empty for a project of one package.
    pub(super) workspace: Vec<Member>,
    /// All packages of the workspace by path, for their manifests; empty for a project of one package.
    pub(super) members: Vec<String>,
    /// Settings beside the lockfile that are there.
    pub(super) settings: Vec<&'static str>,
    /// Whether production needs packages.
    pub(super) packages: bool,
    /// What the user should know, the gravest first.
    pub(super) notes: Vec<String>,
}

/// What a user may say.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wishes {
    pub(super) port: Option<u16>,
}

/// Files and directories beside the lockfile that installing may need.
const SETTINGS: &[&str] = &[
    ".yarnrc.yml",
    ".yarn/releases",
    ".yarn/plugins",
    ".yarn/patches",
    "pnpm-workspace.yaml",
    "patches",
    "next.config.js",
    "next.config.mjs",
    "next.config.ts",
    "next.config.cjs",
];

/// Reads the package in `directory` of the world. `workspace` is what the root's patterns name.
pub(super) fn read(
    world: &dyn World,
    directory: &str,
    members: &[Member],
    wishes: Wishes,
) -> Result<Project, String> {
    let mut sources = Sources::new();
    let manifest = manifest(world, directory, &mut sources)?;
    let root: Value = if directory == "." { manifest.clone() } else { manifest_value(world, ".") };
    let Some((app, _)) = app::read(world, &mut sources, directory) else {
        return Err(format!("{}: is not there", paths::join(directory, "package.json")));
    };
    let mut notes = Vec::new();
    let locked = package_manager::read(world, &root);
    lockfile_notes(&locked, &mut notes)?;
    let version = pinned(world, directory, &manifest);
    let engines = manifest.get("engines").or_else(|| root.get("engines"));
    let release =
        release::choose(version.as_ref(), engines.and_then(|engines| engines.get("node")?.as_str()));
    notes.extend(release.warning.clone());

    let has = |kind: &str, name: &str| manifest.get(kind).is_some_and(|list| list.get(name).is_some());
    let runs = |name: &str| has("dependencies", name) || has("optionalDependencies", name);
    let script = |name: &str| manifest.get("scripts").and_then(|scripts| scripts.get(name)?.as_str());
    let compiler = typescript::read(world, directory);
    let is_nest = runs("@nestjs/core");
    let output = compiler.as_ref().and_then(|compiler| compiler.output.clone());
    let output =
        script("build").and_then(typescript::option).or(output).or(is_nest.then(|| "dist".to_owned()));

    let next = (runs("next") || has("devDependencies", "next")).then(|| next(world, directory));
    let given = Given { manifest: &manifest, compiled: output.as_deref(), has: &runs };
    let started = match start::start(&given) {
        _ if next == Some(Next::Standalone) => {
            Some(Start { command: vec!["node".to_owned(), server_of_next(directory)], ..Start::default() })
        }
        Ok(Some(start)) => Some(start),
        Ok(None) if next.is_some() => Some(Start {
            command: ["node", "node_modules/next/dist/bin/next", "start"].map(str::to_owned).to_vec(),
            ..Start::default()
        }),
        Ok(None) => None,
        Err(refused) => {
            return Err(format!(
                "{}, script `{}`: {}",
                manifest_place(&app, &sources, &refused.script),
                refused.script,
                refused.why
            ));
        }
    };
    let Some(mut start) = started.or_else(|| found_entry(&app, directory)) else {
        return Err(format!(
            "{}: nothing says how the program starts: add a script, `\"start\": \"node FILE\"`, with the file that starts it",
            paths::join(directory, "package.json")
        ));
    };
    let compiled = compiled(&start, output.as_deref());
    let build = build_commands(&Building {
        locked: &locked,
        script: script("build"),
        compiled: compiled.as_deref(),
        compiler: compiler.as_ref(),
        typescript: has("devDependencies", "typescript") || runs("typescript"),
        is_nest,
        next: next.is_some(),
        place: paths::join(directory, "package.json"),
        started: start.file.as_deref(),
    })?;

    let prisma = (runs("@prisma/client") || has("devDependencies", "prisma"))
        .then(|| prisma(world, directory, &manifest, &mut notes))
        .flatten();
    let names = app.dependencies.iter().chain(&app.dev_dependencies).map(|name| &**name);
    let mut native = native::among(names);
    if native.is_empty() && lifecycle::lockfile_compiles(world, &locked) {
        native = vec![Native { name: "a package of the lockfile", build: &[], run: &[] }];
    }
    if prisma.is_some() && !start.before.iter().any(|command| command.contains("migrate")) {
        notes.push(
            "migrations are no part of the start: run `prisma migrate deploy` once before each release"
                .to_owned(),
        );
    }
    let lifecycle = lifecycle::needs(&manifest, if directory == "." { None } else { Some(&root) }, &app);
    for name in native::BROWSERS.iter().filter(|name| runs(name)) {
        notes.push(format!(
            "{name} drives a browser, which the image does not have: connect to one in a container of its own"
        ));
    }
    if let (PackageManager::Pnpm { version }, Some(first)) = (&locked.manager, native.first())
        && !version.starts_with(['6', '7', '8', '9'])
        && !approves(world, &root)
    {
        notes.push(format!(
            "pnpm {version} runs no build scripts of packages unless they are approved, and {} may need its own: \
             `pnpm approve-builds`",
            first.name
        ));
    }

    let reached: Vec<String> = sources
        .iter()
        .filter(|source| source.kind == SourceKind::Other)
        .map(|source| source.name.to_string())
        .collect();
    let writes = writes(&app, directory, compiled.as_deref(), next, &mut notes);
    let kept = tree::kept(&tree::Asked {
        world,
        directory,
        reached: &reached,
        compiled: match next {
            // Next builds all of its own code.
            Some(_) => Some(".next"),
            None => compiled
                .as_deref()
                .filter(|top| start.file.as_deref().is_none_or(|file| file.starts_with(*top))),
        },
        started: start.file.as_deref(),
        writes: &writes,
    });
    notes.extend(start_notes(&start));
    let port = wishes.port.or(start.port).or_else(|| app.port()).or(next.map(|_| 3000));
    let listening = app.listens.first();
    let port_variable = match (start.port, listening, next) {
        (Some(_), ..) => None,
        (None, Some(listening), _) => listening.variable.as_deref().map(str::to_owned),
        (None, None, next) => next.map(|_| "PORT".to_owned()),
    };
    let host = host(&app, &sources, next, &mut notes);
    if start.port.is_none() {
        start.port = port;
    }
    let health = app.health.first().map(|endpoint| endpoint.value.to_string()).filter(|_| port.is_some());
    serving_notes(&app, &sources, port, health.as_deref(), &mut notes);
    let ours = ["NODE_ENV", "NODE_OPTIONS", "TZ", "HOSTNAME", "PWD", "HOME", "PATH", "CI"];
    let said = prisma.iter().flat_map(|prisma| prisma.variables.iter().cloned());
    let mut named: Vec<String> = app.variables.iter().map(|name| name.to_string()).chain(said).collect();
    named.sort();
    named.dedup();
    let variables = named.into_iter().filter(|name| {
        !ours.contains(&name.as_str())
            && port_variable.as_ref() != Some(name)
            && host.as_ref().is_none_or(|(host, _)| host != name)
            && !start.variables.iter().any(|(own, _)| own == name)
    });
    let packages = ["dependencies", "optionalDependencies"]
        .iter()
        .any(|kind| manifest.get(kind).and_then(Value::as_object).is_some_and(|list| !list.is_empty()));
    let settings = SETTINGS.iter().copied().filter(|name| world.kind(name).is_some()).collect();
    let needed = if directory == "." { Vec::new() } else { workspace::needed(members, directory) };
    Ok(Project {
        name: service_name(&manifest, world, directory),
        directory: directory.to_owned(),
        package: manifest.get("name").and_then(Value::as_str).unwrap_or(directory).to_owned(),
        variables: variables.collect(),
        module: manifest.get("type").and_then(Value::as_str) == Some("module"),
        workspace: needed.into_iter().cloned().collect(),
        members: if directory == "." {
            Vec::new()
        } else {
            members.iter().map(|member| member.path.clone()).collect()
        },
        settings,
        packages,
        release,
        locked,
        start,
        build,
        compiled,
        kept,
        lifecycle,
        prisma,
        native,
        next,
        port,
        port_variable,
        host,
        health,
        writes,
        notes,
    })
}

/// The manifest, or what is wrong with it and where.
fn manifest(world: &dyn World, directory: &str, sources: &mut Sources) -> Result<Value, String> {
    let path = paths::join(directory, "package.json");
    let bytes = world.read(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            format!("{path} is not there: init is for Node projects; go to the one you mean, or make one with `npm init`")
        }
        _ => format!("{path}: {error}"),
    })?;
    let text = String::from_utf8_lossy(&bytes);
    match serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) {
        Ok(value) if value.is_object() => Ok(value),
        Ok(_) => Err(format!("{path}:1: is no manifest: an object `{{ … }}` is expected")),
        Err(error) => {
            // The lens says it in the words of every other command.
            let told = app::read(world, sources, directory);
            let complaint = told.and_then(|(_, complaints)| complaints.into_iter().next());
            let (line, what) = match complaint {
                Some(complaint) => {
                    let source = sources.get(complaint.at.source);
                    (source.place(complaint.at.start as usize).line, complaint.message)
                }
                None => (error.line(), "not JSON".to_owned()),
            };
            Err(format!("{path}:{line}: {what}: npm refuses the file too; correct it and run again"))
        }
    }
}

/// A manifest that was looked at already.
pub(super) fn manifest_value(world: &dyn World, directory: &str) -> Value {
    let bytes = world.read(&paths::join(directory, "package.json")).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or(Value::Null)
}

fn manifest_place(app: &App, sources: &Sources, script: &str) -> String {
    let span =
        app.scripts.iter().find(|(name, ..)| **name == *script).map_or(app.manifest, |(.., span)| *span);
    place(sources, span)
}

fn pinned(world: &dyn World, directory: &str, manifest: &Value) -> Option<Pinned> {
    let places = if directory == "." { vec!["."] } else { vec![directory, "."] };
    for place in places {
        for name in [".nvmrc", ".node-version"] {
            let path = paths::join(place, name);
            let Ok(bytes) = world.read(&path) else { continue };
            let text = String::from_utf8_lossy(&bytes);
            let version = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
            if let Some(version) = version {
                return Some(Pinned { file: path, version: version.to_owned() });
            }
        }
    }
    let volta = manifest.get("volta").and_then(|volta| volta.get("node")?.as_str())?;
    Some(Pinned { file: "\"volta\"".to_owned(), version: volta.to_owned() })
}

/// Without a script, the file that the lens found: only where it runs as it is.
fn found_entry(app: &App, directory: &str) -> Option<Start> {
    let entry = app.entry.as_deref()?;
    let inside = if directory == "." { entry } else { entry.strip_prefix(directory)?.strip_prefix('/')? };
    let runs = [".js", ".mjs", ".cjs"].iter().any(|end| inside.ends_with(end)) && !app.listens.is_empty();
    runs.then(|| Start {
        command: vec!["node".to_owned(), inside.to_owned()],
        file: Some(inside.to_owned()),
        ..Start::default()
    })
}

fn service_name(manifest: &Value, world: &dyn World, directory: &str) -> String {
    let own = manifest
        .get("name")
        .and_then(Value::as_str)
        .map(|name| name.rsplit('/').next().unwrap_or(name).to_owned());
    let folder = if directory == "." { world.root_name() } else { paths::name(directory).to_owned() };
    let name = own.unwrap_or(folder).to_ascii_lowercase();
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let name = name.trim_matches('-').to_owned();
    if name.is_empty() { "api".to_owned() } else { name }
}

/// Whether a file is there.
pub(super) fn is_file(world: &dyn World, path: &str) -> bool {
    world.kind(path) == Some(EntryKind::File)
}
