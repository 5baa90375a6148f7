//! What the containers of projects have written and use: a fix makes limits and lists of paths of it.
//!
//! Deliberately absent: what is made of it (the remedies of controls), and any judgement of the containers themselves.

use plimsoll_engine::Lookout;
use plimsoll_lens::World;
use plimsoll_lens::compose::ProjectFiles;
use plimsoll_posture::{Memory, Observed, Written};

use super::{Observation, Role, owner};
use crate::scenario::Assembled;

/// No more containers are asked: each costs the engine a look at its files.
const MAX_CONTAINERS: usize = 200;
/// A file of the project and its directory have to be called as the container tells: others of the same name are not taken.
const ALIKE: usize = 2;

/// Asks an engine about every container that Compose made for a service. What it does not say is not known.
pub(super) fn ask(lookout: &Lookout, observation: &mut Observation) {
    let documents = observation.documents.iter().enumerate();
    let mut asked = 0;
    for (index, document) in documents.filter(|(_, document)| document.role == Role::Containers) {
        for (at, container) in document.containers().containers.iter().enumerate() {
            let made = container.origin.as_ref().is_some_and(|origin| !origin.one_off);
            if !made || asked == MAX_CONTAINERS {
                continue;
            }
            asked += 1;
            let mounts: Vec<&str> =
                container.service.mounts.values().map(|(mount, _)| &*mount.target).collect();
            let mut observed = Observed::default();
            // One that was never started has had no chance to write.
            if &*container.status != "created"
                && let Ok(changes) = lookout.changes(&container.id)
            {
                let changes = changes.iter().map(|change| (change.path.as_str(), change.kind == 1));
                observed.written = Some(Written::of(changes, &mounts));
            }
            if &*container.status == "running"
                && let Ok(Some(stats)) = lookout.stats(&container.id)
            {
                let peak = stats.memory_peak().map(|bytes| Memory { bytes, peak: true });
                let now = || stats.memory().map(|bytes| Memory { bytes, peak: false });
                observed.memory = peak.or_else(now);
                observed.pids = stats.pids();
            }
            observation.observed.entry((index, at)).or_default().join(observed);
        }
    }
}

/// Tells the services of a project what was observed of their containers.
pub(super) fn tell(
    observation: &Observation,
    own: &[(usize, usize)],
    (world, files): (&dyn World, &ProjectFiles),
    assembled: &mut Assembled,
) {
    let root = world.root_path();
    for container in &observation.origins {
        let place = (container.document, container.at);
        let Some(origin) = container.origin.as_ref().filter(|_| own.contains(&place)) else { continue };
        if owner::likeness(&root, files, origin) < ALIKE {
            continue;
        }
        let mut services = assembled.posture.services.iter_mut();
        if let Some(observed) = observation.observed.get(&place)
            && let Some(service) = services.find(|service| *service.name() == *origin.service)
        {
            service.observed.get_or_insert_default().join(observed.clone());
        }
    }
}
