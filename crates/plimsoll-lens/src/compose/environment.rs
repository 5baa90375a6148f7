//! The variables that interpolation sees: the caller's, then those of the env files, then what an including project has.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_posture::Sensitive;

use super::interpolate::Found;
use crate::World;

/// The name under which Compose offers the project's name.
const PROJECT_NAME: &str = "COMPOSE_PROJECT_NAME";

/// Variables by precedence.
#[derive(Clone)]
pub(super) struct Environment<'w> {
    world: &'w dyn World,
    set: BTreeMap<Arc<str>, Found>,
    project: Option<Arc<str>>,
}

impl<'w> Environment<'w> {
    pub(super) fn new(world: &'w dyn World) -> Self {
        Self { world, set: BTreeMap::new(), project: None }
    }

    /// The value that counts.
    pub(super) fn find(&self, name: &str) -> Option<Found> {
        if name == PROJECT_NAME
            && let Some(project) = &self.project
        {
            return Some(Found { value: Sensitive::new(project.clone()), at: None });
        }
        self.world
            .variable(name)
            .map(|value| Found { value: Sensitive::new(value), at: None })
            .or_else(|| self.set.get(name).cloned())
    }

    /// Adds variables; what is set already stays.
    pub(super) fn add(&mut self, variables: BTreeMap<Arc<str>, Found>) {
        for (name, found) in variables {
            self.set.entry(name).or_insert(found);
        }
    }

    pub(super) fn name_project(&mut self, name: &str) {
        self.project = Some(name.into());
    }
}
