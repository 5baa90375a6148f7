//! Which project of a run a container was made for.
//!
//! A container names its project, its service and the files it was made from, by absolute paths of the machine where `docker
//! compose up` ran. The name has to be the same; among projects of one name the one whose path ends most like the container's
//! wins, so that a copy elsewhere is found too. Where two end alike nobody is guessed.

use std::path::Path;

use plimsoll_lens::compose::{self, ProjectFiles};
use plimsoll_lens::{World, inspect};
use plimsoll_text::Sources;

use super::Container;
use crate::paths;

/// Whose a container is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    /// No project of this run.
    Nobody,
    /// The project with these files ([`key`]).
    Project(String),
    /// One of these, and nothing tells which.
    Several(Vec<String>),
}

/// The owners of all containers of an observation, in its order.
#[derive(Debug)]
pub(super) struct Owners(Vec<Owner>);

/// What a project is told apart by.
pub(super) fn key(project: &ProjectFiles) -> String {
    project.files.join(", ")
}

impl Owners {
    pub(super) fn new(count: usize) -> Self {
        Self(vec![Owner::Nobody; count])
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Owner> {
        self.0.iter()
    }

    pub(super) fn settle(&mut self, world: &dyn World, projects: &[ProjectFiles], containers: &[Container]) {
        let named: Vec<(&ProjectFiles, String)> =
            projects.iter().filter_map(|project| Some((project, name(world, project)?))).collect();
        for (container, owner) in containers.iter().zip(&mut self.0) {
            let Some(origin) = container.origin.as_ref().filter(|origin| !origin.one_off) else { continue };
            if *owner != Owner::Nobody {
                continue;
            }
            let likeness = |project: &ProjectFiles| likeness(&world.root_path(), project, origin);
            let candidates = named.iter().filter(|(_, name)| **name == *origin.project);
            let rated: Vec<(usize, &ProjectFiles)> =
                candidates.map(|(project, _)| (likeness(project), *project)).collect();
            let Some(best) = rated.iter().map(|(likeness, _)| *likeness).max() else { continue };
            let mut keys: Vec<String> = rated
                .iter()
                .filter(|(likeness, _)| *likeness == best)
                .map(|(_, project)| key(project))
                .collect();
            // A name alone proves nothing: `app` is many a project's.
            *owner = match keys.len() {
                1 if best > 0 => keys.pop().map_or(Owner::Nobody, Owner::Project),
                _ => Owner::Several(keys),
            };
        }
    }
}

fn name(world: &dyn World, project: &ProjectFiles) -> Option<String> {
    let mut sources = Sources::new();
    let loaded = compose::load(world, &mut sources, project);
    loaded.model.get("name").and_then(|name| name.text()).map(|name| name.to_string())
}

/// How many parts of a path are the same from its end, of a file or of the directory, whichever are more. A container that tells
/// neither is like every project of its name.
pub(super) fn likeness(root: &str, project: &ProjectFiles, origin: &inspect::Origin) -> usize {
    if origin.files.is_empty() && origin.directory.is_none() {
        return 1;
    }
    let own: Vec<String> = project.files.iter().map(|file| paths::join(root, file)).collect();
    let files = own.iter().flat_map(|own| origin.files.iter().map(move |file| same_end(own, file)));
    let directory =
        origin.directory.iter().map(|told| same_end(&paths::join(root, &project.directory), told));
    files.chain(directory).max().unwrap_or(0)
}

fn same_end(own: &str, told: &str) -> usize {
    let (own, told) = (Path::new(own).components().rev(), told.rsplit(['/', '\\']));
    own.zip(told).take_while(|(own, told)| own.as_os_str() == *told).count()
}
