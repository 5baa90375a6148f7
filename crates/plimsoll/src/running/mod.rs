//! What an engine said of a host, asked now or recorded before: its documents, the containers that belong to the projects of a run,
//! and a scenario for the host and all other containers.
//!
//! Deliberately absent: what a document means (`plimsoll-lens`, `inspect` and `host`), and what is wrong with it.

mod document;
mod live;
mod owner;
mod process;
mod project;
mod usage;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use plimsoll_lens::compose::ProjectFiles;
use plimsoll_lens::host::Role;
use plimsoll_lens::{World, images, inspect};
use plimsoll_posture::{Complaint, ImageConfig, Known, Observed, Provenance, Seen, Service, join_image};
use plimsoll_report::{Input, InputStatus, ScenarioKind};

pub(crate) use self::document::{Document, is_record};
pub(crate) use self::live::{address, advise, observe, warning};
use self::owner::{Owner, Owners};
pub(crate) use self::project::join;
use crate::scenario::{Assembled, Surroundings, finish};
use crate::{archives, paths};

/// What is known of one host.
#[derive(Debug)]
pub struct Observation {
    /// Where it comes from: the directory of the records, or `engine`.
    name: String,
    documents: Vec<Document>,
    /// For whom each container was made, by document and place in it.
    origins: Vec<Container>,
    /// What could not be asked.
    unread: Vec<Input>,
    /// What the containers did until now, by document and place in it.
    observed: BTreeMap<(usize, usize), Observed>,
    /// Whether it is asked for what containers need, and not judged: files are mended, and their containers go on to be what
    /// they were made.
    advice: bool,
}

/// A container, without what is said of it.
#[derive(Debug)]
struct Container {
    document: usize,
    at: usize,
    origin: Option<inspect::Origin>,
}

/// An observation within one run: which containers belong to which of its projects.
#[derive(Debug)]
pub(crate) struct Joined {
    observation: Arc<Observation>,
    owners: Mutex<Owners>,
}

/// Reads records of hosts. Those of one directory are of one host.
pub(crate) fn read(
    world: &dyn World,
    recorded: &[String],
    skipped: &mut Vec<Input>,
) -> Vec<Arc<Observation>> {
    let mut hosts: Vec<(String, Vec<Document>)> = Vec::new();
    for path in recorded {
        match Document::read(world, path) {
            Ok(document) => {
                let directory = paths::parent(path);
                match hosts.iter_mut().find(|(own, _)| *own == directory) {
                    Some((_, documents)) => documents.push(document),
                    None => hosts.push((directory, vec![document])),
                }
            }
            Err(input) => skipped.push(input),
        }
    }
    let named = |(directory, documents): (String, Vec<Document>)| {
        // One record is its own name.
        let name = match documents.as_slice() {
            [only] => only.name.clone(),
            _ => directory,
        };
        Arc::new(Observation::new(name, documents, Vec::new()))
    };
    hosts.into_iter().map(named).collect()
}

impl Observation {
    fn new(name: String, documents: Vec<Document>, unread: Vec<Input>) -> Self {
        let mut origins = Vec::new();
        for (document, read) in
            documents.iter().enumerate().filter(|(_, document)| document.role == Role::Containers)
        {
            let containers = read.containers().containers.into_iter().enumerate();
            origins.extend(containers.map(|(at, container)| Container {
                document,
                at,
                origin: container.origin,
            }));
        }
        Self { name, documents, origins, unread, observed: BTreeMap::new(), advice: false }
    }

    /// Whether it only tells what containers need.
    pub(crate) fn is_advice(&self) -> bool {
        self.advice
    }

    /// Where it comes from.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Joined {
    pub(crate) fn new(observation: Arc<Observation>) -> Self {
        let owners = Mutex::new(Owners::new(observation.origins.len()));
        Self { observation, owners }
    }

    pub(crate) fn name(&self) -> &str {
        self.observation.name()
    }

    /// Finds the containers of these projects, before any of them is read for judging.
    pub(crate) fn settle(&self, world: &dyn World, projects: &[ProjectFiles]) {
        if self.observation.origins.iter().any(|container| container.origin.is_some()) {
            self.owners().settle(world, projects, &self.observation.origins);
        }
    }

    fn owners(&self) -> std::sync::MutexGuard<'_, Owners> {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The host, and the containers that no project of this run has; nothing where there is neither.
    pub(crate) fn scenario(&self, surroundings: &Surroundings) -> Option<Assembled> {
        let Observation { name, documents, origins, unread, observed, advice } = &*self.observation;
        if *advice {
            return None;
        }
        let owners = self.owners();
        let free = |document: usize, at: usize| {
            let mut found = origins.iter().zip(owners.iter());
            found.find(|(one, _)| (one.document, one.at) == (document, at)).map(|(_, owner)| owner)
        };
        let mut assembled = Assembled::new(name.clone(), ScenarioKind::Engine);
        assembled.unread.extend(unread.iter().cloned());
        let added = document::read_host(documents, &mut assembled, true);
        if let Some(host) = &assembled.posture.host {
            assembled.posture.networks = document::networks(host).collect();
        }
        for (index, &(role, id)) in added.iter().enumerate() {
            if role != Role::Containers {
                continue;
            }
            let reading = inspect::read(assembled.sources.get(id));
            assembled.complaints.extend(reading.complaints);
            for (at, mut container) in reading.containers.into_iter().enumerate() {
                document::daemon_decides(&mut container, assembled.posture.host.as_ref());
                match free(index, at) {
                    Some(Owner::Project(_)) => continue,
                    Some(Owner::Several(files)) => {
                        assembled.complaints.push(ambiguous(&container.service, files));
                    }
                    _ => {}
                }
                let deviations = document::moved_tag(&container, assembled.posture.host.as_ref());
                let mut service = container.service;
                service.seen.push(Seen {
                    name: service.subject.name.clone(),
                    status: container.status,
                    image_id: container.image_id,
                    created: container.created,
                    at: Provenance::new(inspect::LENS, service.subject.anchor, service.subject.name.clone()),
                    orphan: None,
                    edited: None,
                    deviations: deviations.into_iter().collect(),
                });
                service.observed = observed.get(&(index, at)).cloned();
                look_up(&mut service);
                assembled.posture.services.push(service);
            }
        }
        let judged = assembled.posture.host.as_ref().is_some_and(|host| host.judged);
        if assembled.posture.services.is_empty() && !judged {
            return None;
        }
        archives::join(surroundings, &mut assembled);
        finish(&mut assembled, &surroundings.database);
        Some(assembled)
    }
}

/// What is known of the image that a container was made of. What the image says is on the container, or was taken off it: only
/// what nobody writes on a container is added, and the entrypoint, if it is still the image's.
fn look_up(service: &mut Service) {
    if let Some(claim) = service.image.effective()
        && let Known::Value(reference) = &claim.value
    {
        let at = Provenance::new("images", claim.at.span, claim.at.route.clone());
        let mut chain = images::look_up(reference, &at);
        let entrypoint = std::mem::take(&mut chain.config.entrypoint);
        chain.config = ImageConfig::default();
        if service.entrypoint.value() == entrypoint.value() {
            chain.config.entrypoint = entrypoint;
        } else {
            chain.steps_down = None;
        }
        join_image(service, &chain);
    }
}

fn ambiguous(container: &Service, files: &[String]) -> Complaint {
    Complaint {
        kind: plimsoll_posture::ComplaintKind::Doubtful,
        code: "ambiguous-container",
        at: container.subject.anchor,
        message: format!(
            "container `{}` may be of {}: the projects have one name, and the path that the container names leads to none of \
             them more than to another",
            container.name(),
            files.join(" or of ")
        ),
        cure: Some("scan one of them, or give each a `name:` of its own".to_owned()),
    }
}

/// An input that could not be read.
fn skipped(name: &str, why: String) -> Input {
    Input { name: name.to_owned(), lens: "engine", status: InputStatus::Skipped(why) }
}
