//! The files for a project: where each goes, what it says, and what is there already.
//!
//! Pure over a `World`: deliberately absent are the disk and the words for the user.

use plimsoll_lens::World;

use super::project::{Project, Wishes, is_file};
use super::workspace::{self, Member};
use super::{ci, compose, dockerfile, ignore, project};
use crate::paths;

/// A file to be written, relative to the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// What is planned for a project.
#[derive(Debug)]
pub struct Plan {
    /// The files.
    pub files: Vec<File>,
    /// What they are for, in a line.
    pub summary: String,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// Names under which Compose finds a project, the one it prefers first.
const COMPOSE: &[&str] = &["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/// Plans the files of the package in `directory`, of which the world's root is the project or its workspace.
///
/// # Errors
/// A message with place, cause and cure.
pub fn plan(world: &dyn World, directory: &str, port: Option<u16>) -> Result<Plan, String> {
    let root = project::manifest_value(world, ".");
    let patterns = workspace::patterns(world, &root);
    let members = patterns.as_ref().map(|patterns| workspace::members(world, patterns)).unwrap_or_default();
    let directory = match (&patterns, directory) {
        (Some(_), ".") => chosen(&root, &members)?,
        (_, directory) => directory.to_owned(),
    };
    let found = project::read(world, &directory, &members, Wishes { port })?;
    let npmrc = is_file(world, ".npmrc");
    let recipe = paths::join(&directory, "Dockerfile");
    let stack = COMPOSE.iter().copied().find(|name| is_file(world, name)).unwrap_or(COMPOSE[0]);
    let dependencies = dependencies(world, &directory);
    let mut notes = found.notes.clone();
    if npmrc {
        notes.push(
            "the build gets .npmrc as a secret: with Compose by itself, otherwise by `docker build --secret id=npmrc,src=.npmrc`; \
             a variable in it has to be written out there"
                .to_owned(),
        );
    }
    let files = vec![
        File { path: recipe.clone(), text: dockerfile::write(&found, npmrc) },
        File { path: stack.to_owned(), text: compose::write(&found, &recipe, &dependencies, npmrc) },
        File { path: ".dockerignore".to_owned(), text: ignore::write(&found) },
    ];
    Ok(Plan { files, summary: summary(&found), notes })
}

/// The job for a host; paths are from the repository's top.
#[must_use]
pub(super) fn job(host: ci::Host, directory: &str, dockerfile: &str, npmrc: bool) -> File {
    File { path: host.file().to_owned(), text: ci::write(host, directory, dockerfile, npmrc) }
}

/// The package that is meant when the root of a workspace is named: the only one that is started.
fn chosen(root: &serde_json::Value, members: &[Member]) -> Result<String, String> {
    let starts = |manifest: &serde_json::Value| {
        ["start", "start:prod"]
            .iter()
            .any(|name| manifest.get("scripts").is_some_and(|scripts| scripts.get(name).is_some()))
    };
    let started: Vec<&Member> = members.iter().filter(|member| starts(&member.manifest)).collect();
    let own = root.get("scripts").and_then(|scripts| scripts.get("start")?.as_str());
    let own = own.is_some_and(|script| script.trim_start().starts_with("node "));
    match started.as_slice() {
        _ if own => Ok(".".to_owned()),
        [one] => Ok(one.path.clone()),
        [] => Err(format!(
            "package.json: this is a workspace of {} packages, and none has a script `start`: add one (`\"start\": \"node FILE\"`) to \
             the package that runs, and name its directory: `plimsoll init packages/NAME`",
            members.len()
        )),
        several => {
            let names: Vec<String> =
                several.iter().map(|member| format!("`plimsoll init {}`", member.path)).collect();
            Err(format!(
                "package.json: this is a workspace, and {} of its packages are started: say which is meant: {}",
                several.len(),
                names.join(", ")
            ))
        }
    }
}

fn dependencies(world: &dyn World, directory: &str) -> Vec<String> {
    let manifest = project::manifest_value(world, directory);
    let list = manifest.get("dependencies").and_then(serde_json::Value::as_object);
    list.into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

fn summary(found: &Project) -> String {
    let manager = match &found.locked.manager {
        super::package_manager::PackageManager::Npm => "npm".to_owned(),
        super::package_manager::PackageManager::Pnpm { version } => format!("pnpm {version}"),
        super::package_manager::PackageManager::Classic { version } => format!("Yarn {version}"),
        super::package_manager::PackageManager::Berry { version, pnp, .. } => {
            format!("Yarn {version}{}", if *pnp { " (Plug'n'Play)" } else { "" })
        }
        super::package_manager::PackageManager::Bun { version } => format!("Bun {version}"),
    };
    let mut parts = vec![
        format!("Node {}", found.release.version),
        manager,
        format!("`{}`", found.start.command.join(" ")),
    ];
    parts.extend(found.port.map(|port| format!("port {port}")));
    parts.extend(found.health.as_ref().map(|path| format!("health at {path}")));
    format!("{}: {}", found.name, parts.join(", "))
}
