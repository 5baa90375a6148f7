//! From a scenario to a trial: what it is, where its files lie, and which Compose starts it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use plimsoll_lens::compose::ProjectFiles;
use plimsoll_report::ScenarioKind;

use super::image::Image;
use super::project::Project;
use super::watch::Observation;
use super::yard::Yard;
use super::{Case, Trouble, above, program, texts};
use crate::discover::{Plan, overlay_of};
use crate::fix::{Outcome, parts};
use crate::paths;
use crate::scenario::{self, Surroundings};

/// A project that can be tried with other texts.
pub(super) trait Trial {
    /// The directory that it lies in, relative to the root: nothing outside of it concerns it.
    fn base(&self) -> &str;

    /// Builds, starts and watches it; `reference` is what was seen before any change.
    fn run(
        &self,
        yard: &Yard,
        texts: &BTreeMap<String, String>,
        reference: Option<&Observation>,
    ) -> Result<Observation, Trouble>;
}

/// How long a Compose may take to say which it is.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the Compose plugin lies: the user's, then the system's.
const PLUGINS: &[&str] = &[
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
];

/// A Compose of version 2 or later: the one that the user names, the plugin, or a program of its own on the way.
pub(super) fn compose_program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("PLIMSOLL_DOCKER_COMPOSE").filter(|named| !named.is_empty()) {
        return Some(PathBuf::from(named));
    }
    let own = std::env::var_os("HOME").map(|home| Path::new(&home).join(".docker/cli-plugins"));
    let way = std::env::var_os("PATH").unwrap_or_default();
    let folders = own.into_iter().chain(PLUGINS.iter().map(PathBuf::from)).chain(std::env::split_paths(&way));
    folders
        .map(|folder| folder.join("docker-compose"))
        .filter(|path| path.is_file())
        .find(|path| is_current(path))
}

/// The first Compose was another program, and understood other files.
fn is_current(path: &Path) -> bool {
    let never = Arc::new(AtomicBool::new(false));
    let ran =
        program::run(Command::new(path).args(["version", "--short"]), Instant::now() + PATIENCE, &never);
    let version = ran.map(|ran| ran.stdout).unwrap_or_default();
    let major =
        version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    major.is_some_and(|major| major >= 2)
}

/// The trial of a scenario.
pub(super) fn trial<'c>(
    case: &'c Case<'c>,
    name: &str,
    outcome: &Outcome,
    compose: Option<&'c Path>,
) -> Result<Box<dyn Trial + 'c>, Trouble> {
    let missing = || Trouble::Cannot("it is not among what was found".to_owned());
    let all = parts(case.plan, case.before);
    let (part, scenario) = all.into_iter().find(|(_, scenario)| scenario.name == name).ok_or_else(missing)?;
    let args = &case.wishes.build_args;
    let surroundings = Surroundings::new(args.clone());
    if scenario.kind != ScenarioKind::Compose {
        let assembled = scenario::of_dockerfile(case.world, name, None, &surroundings);
        let context = assembled
            .posture
            .recipes
            .first()
            .and_then(|recipe| assembled.posture.contexts.get(recipe.context?.0))
            .map_or_else(|| paths::parent(name), |context| context.path.to_string());
        return Ok(Box::new(Image::new((case.root, name, &context), args, &case.asked.smoke, compose)?));
    }
    let mut project = files(&part, name).ok_or_else(missing)?;
    if case.wishes.compose.overlay {
        project.overlay = overlay_of(&project.files);
    }
    let assembled = scenario::of_project(case.world, &project, None, &surroundings);
    let mut folders: Vec<String> = vec![project.directory.clone()];
    folders.extend(project.files.iter().chain(&project.env_files).map(|file| paths::parent(file)));
    for service in &assembled.posture.services {
        let Some(build) = &service.build else { continue };
        if let Some(context) = build.context.value().filter(|context| !context.contains("://")) {
            folders.push(context.to_string());
        }
        folders.extend(service.env_files.values().map(|(file, _)| paths::parent(file)));
    }
    folders.extend(assembled.dockerfiles().filter(|name| !name.starts_with('<')).map(paths::parent));
    let base = above(folders.iter().map(String::as_str))?;
    Ok(Box::new(Project {
        root: case.root,
        project,
        base,
        smokes: &case.asked.smoke,
        compose,
        changed: texts(&outcome.made.iter().collect::<Vec<_>>()),
        shell: case.shell,
        turn: std::cell::Cell::default(),
        under_test: std::cell::RefCell::default(),
    }))
}

/// The files of a scenario: a project's, or one file on top of those of its directory when its name says so.
fn files(part: &Plan, name: &str) -> Option<ProjectFiles> {
    if let Some(project) = part.projects.first() {
        return Some(project.clone());
    }
    let loose = part.loose.first()?;
    let alone = || ProjectFiles {
        files: vec![loose.path.clone()],
        directory: paths::parent(&loose.path),
        ..ProjectFiles::default()
    };
    let stacked = loose.base.clone().filter(|_| name != loose.path);
    Some(stacked.map_or_else(alone, |mut base| {
        base.files.push(loose.path.clone());
        base
    }))
}
