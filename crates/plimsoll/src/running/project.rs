//! The containers of a project, joined with its services.

use std::sync::Arc;

use plimsoll_lens::compose::ProjectFiles;
use plimsoll_lens::{World, inspect};
use plimsoll_posture::{Deviation, Observed, Provenance, Seen, observe};

use super::document;
use super::owner::{self, Owner};
use super::{Joined, look_up, usage};
use crate::date::Date;
use crate::scenario::Assembled;

/// Joins the containers of a project with its services, and tells the project of the host it runs on.
pub(crate) fn join(
    observations: &[Joined],
    world: &dyn World,
    files: &ProjectFiles,
    assembled: &mut Assembled,
) {
    let key = owner::key(files);
    for joined in observations {
        let observation = &joined.observation;
        let own: Vec<(usize, usize)> = observation
            .origins
            .iter()
            .zip(joined.owners().iter())
            .filter(|(_, owner)| matches!(owner, Owner::Project(own) if *own == key))
            .map(|(container, _)| (container.document, container.at))
            .collect();
        if own.is_empty() {
            continue;
        }
        if observation.advice {
            usage::tell(observation, &own, (world, files), assembled);
            continue;
        }
        let added = document::read_host(&observation.documents, assembled, false);
        for (index, &(_, id)) in added.iter().enumerate() {
            if !own.iter().any(|(document, _)| *document == index) {
                continue;
            }
            let reading = inspect::read(assembled.sources.get(id));
            assembled.complaints.extend(reading.complaints);
            for (at, mut container) in reading.containers.into_iter().enumerate() {
                document::daemon_decides(&mut container, assembled.posture.host.as_ref());
                if own.contains(&(index, at)) {
                    let observed = observation.observed.get(&(index, at)).cloned();
                    one(container, observed, (world, files), assembled);
                }
            }
        }
    }
}

fn one(
    container: inspect::Container,
    observed: Option<Observed>,
    (world, files): (&dyn World, &ProjectFiles),
    assembled: &mut Assembled,
) {
    let Some(origin) = &container.origin else { return };
    let made = container.created.as_deref().and_then(Date::seconds);
    let newer = |path: &str| {
        let modified = world.modified(path)?;
        (modified > made?).then_some(modified)
    };
    let edited = files.files.iter().find(|file| newer(file).is_some()).map(|file| Arc::from(file.as_str()));
    let found = assembled.posture.services.iter().position(|service| *service.name() == *origin.service);
    let Some(at) = found else {
        let mut service = container.service;
        service.observed = observed;
        let anchor = service.subject.anchor;
        service.seen.push(Seen {
            name: service.subject.name.clone(),
            status: container.status,
            image_id: container.image_id,
            created: container.created,
            at: Provenance::new(inspect::LENS, anchor, service.subject.name.clone()),
            orphan: Some(origin.service.clone()),
            edited,
            deviations: Vec::new(),
        });
        look_up(&mut service);
        assembled.posture.services.push(service);
        return;
    };
    let image = document::moved_tag(&container, assembled.posture.host.as_ref())
        .or_else(|| outdated(&container, at, world, assembled));
    let Some(service) = assembled.posture.services.get_mut(at) else { return };
    let mut seen = observe(service, &container.service, container.status.clone());
    seen.image_id.clone_from(&container.image_id);
    seen.created.clone_from(&container.created);
    seen.edited = edited;
    seen.deviations.extend(image);
    service.seen.push(seen);
    if let Some(observed) = observed {
        service.observed.get_or_insert_default().join(observed);
    }
}

/// The image was built before the Dockerfile became what it is.
fn outdated(
    container: &inspect::Container,
    at: usize,
    world: &dyn World,
    assembled: &Assembled,
) -> Option<Deviation> {
    let service = assembled.posture.services.get(at)?;
    let build = service.build.as_ref()?;
    let (recipe, _) = assembled.posture.stage(build.stage?)?;
    let image = document::image_of(container, assembled.posture.host.as_ref())?;
    let path = &assembled.sources.get(recipe.source).name;
    let (built, written) = (image.created?, world.modified(path)?);
    (built < written).then(|| Deviation {
        setting: "image".to_owned(),
        declared: format!("{path} of {}", Date::stamp(written)),
        running: format!("built before, on {}", Date::stamp(built)),
        declared_at: Some(Provenance::new("dockerfile", recipe.subject.anchor, path.clone())),
        running_at: image.at.clone(),
    })
}
