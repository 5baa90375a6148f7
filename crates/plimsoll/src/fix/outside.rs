//! Overlays: which one is laid over a scenario, and how it is used.
//!
//! Deliberately absent: what stands in them.

use plimsoll_lens::World;
use plimsoll_lens::compose::ProjectFiles;

use crate::discover::{ComposeOptions, Plan, Standing, overlay_of, settle};

/// How a project is run with its overlay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The project's directory, relative to the root.
    pub directory: String,
    /// The command that starts it.
    pub command: String,
    /// The line of `.env` after which every command of Compose does.
    pub variable: String,
}

/// The compose project of a plan for one scenario, with the overlay that belongs to it.
pub(super) fn project(world: &dyn World, part: &Plan, options: &ComposeOptions) -> Option<ProjectFiles> {
    let known = part.projects.first().cloned();
    let mut project = known.or_else(|| match settle(world, part.loose.first()?, options) {
        Standing::Project(project) => Some(project),
        Standing::Not(_) => None,
    })?;
    project.overlay = overlay_of(&project.files);
    project.overlay.is_some().then_some(project)
}

/// How it is used.
pub(super) fn usage(project: &ProjectFiles) -> Usage {
    let own = |file: &String| -> String {
        let inside = file.strip_prefix(&project.directory).and_then(|rest| rest.strip_prefix('/'));
        inside.unwrap_or(file).to_owned()
    };
    let files: Vec<String> = project.files.iter().chain(&project.overlay).map(own).collect();
    let arguments: Vec<String> = files.iter().map(|file| format!(" -f {}", quoted(file))).collect();
    Usage {
        directory: project.directory.clone(),
        command: format!("docker compose{} up -d", arguments.concat()),
        variable: format!("COMPOSE_FILE={}", files.join(":")),
    }
}

/// A word of a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
