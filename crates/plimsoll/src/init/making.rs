//! How what runs is made: build commands, the directory they make, Next and Prisma.
//!
//! Deliberately absent: the lines of the Dockerfile that say so.

use plimsoll_lens::World;
use serde_json::Value;

use super::package_manager::Locked;
use super::start::Start;
use super::typescript;
use crate::paths;

/// How a Next application is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Standalone,
    Whole,
}

/// Prisma's schema and configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prisma {
    /// Files and directories that generating needs, relative to the package.
    pub(super) files: Vec<String>,
    /// Variables of the environment that the schema names.
    pub(super) variables: Vec<String>,
    /// Whether installing generates already.
    pub(super) by_itself: bool,
}

pub(super) fn next(world: &dyn World, directory: &str) -> Next {
    let configs = ["next.config.js", "next.config.mjs", "next.config.ts", "next.config.cjs"];
    let text =
        configs.iter().find_map(|name| world.read(&paths::join(directory, name)).ok()).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let standalone =
        ["output: 'standalone'", "output: \"standalone\"", "output:'standalone'", "output:\"standalone\""];
    if standalone.iter().any(|said| text.contains(said)) { Next::Standalone } else { Next::Whole }
}

/// In a workspace a standalone build keeps the directories above the application.
pub(super) fn server_of_next(directory: &str) -> String {
    if directory == "." { "server.js".to_owned() } else { format!("{directory}/server.js") }
}

/// The directory of what the build makes, when the start is in it.
pub(super) fn compiled(start: &Start, output: Option<&str>) -> Option<String> {
    let top = start.file.as_deref().and_then(|file| file.split_once('/')).map(|(top, _)| top);
    let made = top.filter(|top| matches!(*top, "dist" | "build" | "out" | "output" | ".output"));
    let own = output.filter(|output| {
        start
            .file
            .as_deref()
            .is_some_and(|file| file.strip_prefix(output).is_some_and(|rest| rest.starts_with('/')))
    });
    own.or(made).map(str::to_owned)
}

/// What the build commands follow from.
pub(super) struct Building<'b> {
    pub(super) locked: &'b Locked,
    pub(super) script: Option<&'b str>,
    pub(super) compiled: Option<&'b str>,
    pub(super) compiler: Option<&'b typescript::Compiler>,
    pub(super) typescript: bool,
    pub(super) is_nest: bool,
    pub(super) next: bool,
    pub(super) place: String,
    pub(super) started: Option<&'b str>,
}

pub(super) fn build_commands(asked: &Building<'_>) -> Result<Vec<String>, String> {
    let manager = &asked.locked.manager;
    if asked.script.is_some() {
        return Ok(vec![manager.run("build")]);
    }
    if asked.next {
        return Ok(vec![manager.execute("next build")]);
    }
    if asked.compiled.is_none() {
        return Ok(Vec::new());
    }
    if asked.is_nest {
        return Ok(vec![manager.execute("nest build")]);
    }
    match asked.compiler {
        Some(compiler) if asked.typescript => {
            Ok(vec![manager.execute(&format!("tsc -p {}", compiler.project))])
        }
        _ => Err(format!(
            "{}: `{}` is started and nothing makes it: add a script `build`",
            asked.place,
            asked.started.unwrap_or_default()
        )),
    }
}

pub(super) fn prisma(
    world: &dyn World,
    directory: &str,
    manifest: &Value,
    notes: &mut Vec<String>,
) -> Option<Prisma> {
    let there = |name: &str| world.kind(&paths::join(directory, name)).is_some();
    let named = manifest.get("prisma").and_then(|prisma| prisma.get("schema")?.as_str());
    let mut files = Vec::new();
    match named.map(|schema| schema.trim_start_matches("./")) {
        Some(schema) => files.push(schema.to_owned()),
        None => {
            files.extend(["prisma", "schema.prisma"].into_iter().find(|name| there(name)).map(str::to_owned))
        }
    }
    files.extend(
        ["prisma.config.ts", "prisma.config.js", "prisma.config.mjs"]
            .into_iter()
            .find(|name| there(name))
            .map(str::to_owned),
    );
    if files.is_empty() {
        notes.push("Prisma is a dependency and no schema was found in prisma/: say in package.json (\"prisma\": { \"schema\": … }) where it is".to_owned());
        return None;
    }
    let schema = ["prisma/schema.prisma", "schema.prisma"].into_iter().chain(named);
    let text =
        schema.filter_map(|path| world.read(&paths::join(directory, path)).ok()).next().unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let settings = text.lines().map(str::trim);
    if settings.clone().any(|line| line.starts_with("binaryTargets")) {
        notes.push("prisma/schema.prisma names binaryTargets: `native` is right for this image, which is the same for building and running".to_owned());
    }
    if settings.clone().any(|line| line.starts_with("url") && line.contains("file:")) {
        notes.push(
            "Prisma's database is a file: give its directory a volume, and DATABASE_URL the path in it"
                .to_owned(),
        );
    }
    let scripts = manifest.get("scripts");
    let by_itself = ["postinstall", "prepare", "install", "build", "prebuild"].iter().any(|name| {
        let text = scripts.and_then(|scripts| scripts.get(name)?.as_str());
        text.is_some_and(|text| text.contains("prisma generate"))
    });
    let named = text.split("env(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let variables = named.map(str::to_owned).collect();
    Some(Prisma { files, variables, by_itself })
}

pub(super) fn approves(world: &dyn World, root: &Value) -> bool {
    let workspace = world.read("pnpm-workspace.yaml").unwrap_or_default();
    let text = String::from_utf8_lossy(&workspace);
    let keys = ["onlyBuiltDependencies", "allowBuilds", "dangerouslyAllowAllBuilds"];
    keys.iter().any(|key| text.contains(key))
        || root.get("pnpm").is_some_and(|pnpm| keys.iter().any(|key| pnpm.get(key).is_some()))
}

/// The directory that the build of a library makes: what its `main`, `exports` or `types` begin with.
pub(super) fn output_of(manifest: &Value) -> Option<String> {
    let exported = manifest.get("exports").map(first_text);
    let named = ["main", "module", "types"]
        .into_iter()
        .find_map(|key| manifest.get(key)?.as_str().map(str::to_owned));
    let file = exported.flatten().or(named)?;
    let (top, _) = file.trim_start_matches("./").split_once('/')?;
    (top != "src").then(|| top.to_owned())
}

fn first_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Object(map) => map.values().find_map(first_text),
        _ => None,
    }
}
