//! What an engine said of its containers, recorded by `docker inspect`: joined with the services that they were made for, or a
//! scenario of their own.
//!
//! A container belongs to the service that its labels name, of the project that its labels name, read from files of the same
//! names. Deliberately absent: asking an engine, and what a container's document means (`plimsoll-lens`, `inspect`).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use plimsoll_lens::compose::ProjectFiles;
use plimsoll_lens::{World, image_config, images, inspect};
use plimsoll_packages::database::Database;
use plimsoll_posture::{Complaint, ComplaintKind, Known, Provenance, join_image, observe};
use plimsoll_report::{Input, InputStatus, ScenarioKind};
use plimsoll_text::{Source, SourceKind, Sources};

use crate::paths;
use crate::scenario::{Assembled, finish};

/// The largest record that is read, in bytes: ten thousand containers.
const MAX_RECORD: u64 = 128 * 1024 * 1024;
/// How much of a file tells whether it is a record.
const MAX_PROBE: u64 = 8 * 1024 * 1024;

/// One record.
#[derive(Debug)]
pub(crate) struct Recording {
    path: String,
    bytes: Vec<u8>,
    origins: Vec<Option<inspect::Origin>>,
    /// Which containers a project has.
    taken: Vec<AtomicBool>,
}

/// Whether a file is a record of containers.
pub(crate) fn is_recording(world: &dyn World, path: &str) -> bool {
    path.ends_with(".json")
        && world
            .read_up_to(path, MAX_PROBE)
            .is_ok_and(|bytes| inspect::is_record(&String::from_utf8_lossy(&bytes)))
}

/// Reads a record.
///
/// # Errors
/// An input that says why it was not read.
pub(crate) fn read(world: &dyn World, path: &str) -> Result<Recording, Input> {
    let skipped =
        |why: String| Input { name: path.to_owned(), lens: inspect::LENS, status: InputStatus::Skipped(why) };
    let bytes = world.read_up_to(path, MAX_RECORD).map_err(|error| skipped(error.to_string()))?;
    let mut sources = Sources::new();
    let reading = inspect::read(add(&mut sources, path, &bytes));
    if reading.containers.is_empty() {
        return Err(skipped("holds no container".to_owned()));
    }
    let origins: Vec<_> = reading.containers.into_iter().map(|container| container.origin).collect();
    let taken = origins.iter().map(|_| AtomicBool::new(false)).collect();
    Ok(Recording { path: path.to_owned(), bytes, origins, taken })
}

/// A record as a document. What the API sends is one line; laid out over several, a finding shows what it speaks of.
fn add<'a>(sources: &'a mut Sources, path: &str, bytes: &[u8]) -> &'a Source {
    let one_line = !bytes.trim_ascii().contains(&b'\n');
    let id = match one_line {
        true => image_config::add(sources, path, bytes),
        false => sources.add(path, SourceKind::Other, bytes),
    };
    sources.get(id)
}

impl Recording {
    /// Its path.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The containers that no project has, as a scenario of their own; nothing when there are none.
    pub(crate) fn scenario(&self, database: &Database) -> Option<Assembled> {
        if self.taken.iter().all(|taken| taken.load(Ordering::Relaxed)) {
            return None;
        }
        let mut assembled = Assembled::new(self.path.clone(), ScenarioKind::Engine);
        let reading = inspect::read(add(&mut assembled.sources, &self.path, &self.bytes));
        assembled.complaints.extend(reading.complaints);
        for (container, taken) in reading.containers.into_iter().zip(&self.taken) {
            if taken.load(Ordering::Relaxed) {
                continue;
            }
            let mut service = container.service;
            if let Some(claim) = service.image.effective()
                && let Known::Value(reference) = &claim.value
            {
                let at = Provenance::new("images", claim.at.span, claim.at.route.clone());
                let chain = images::look_up(reference, &at);
                join_image(&mut service, &chain);
            }
            assembled.posture.services.push(service);
        }
        finish(&mut assembled, database);
        Some(assembled)
    }

    fn belongs(&self, at: usize, name: &str, files: &ProjectFiles) -> bool {
        let Some(Some(origin)) = self.origins.get(at) else { return false };
        let same = |file: &Arc<str>| {
            let file = file.rsplit(['/', '\\']).next().unwrap_or(file);
            files.files.iter().any(|own| paths::name(own) == file)
        };
        *origin.project == *name
            && !origin.one_off
            && (origin.files.is_empty() || origin.files.iter().any(same))
    }
}

/// Joins the containers of a project with its services.
pub(crate) fn join(recordings: &[Recording], files: &ProjectFiles, assembled: &mut Assembled) {
    let Some(name) = assembled.posture.project.name.clone() else { return };
    for recording in recordings {
        let own: Vec<usize> =
            (0..recording.origins.len()).filter(|&at| recording.belongs(at, &name, files)).collect();
        if own.is_empty() {
            continue;
        }
        let reading = inspect::read(add(&mut assembled.sources, &recording.path, &recording.bytes));
        assembled.complaints.extend(reading.complaints);
        for at in own {
            let Some(container) = reading.containers.get(at) else { continue };
            let Some(origin) = &container.origin else { continue };
            if let Some(taken) = recording.taken.get(at) {
                taken.store(true, Ordering::Relaxed);
            }
            let services = &mut assembled.posture.services;
            match services.iter_mut().find(|service| service.subject.name == origin.service) {
                Some(service) => {
                    let seen = observe(service, &container.service, container.status.clone());
                    service.seen.push(seen);
                }
                None => assembled.complaints.push(Complaint {
                    kind: ComplaintKind::Doubtful,
                    code: "orphan-container",
                    at: container.service.subject.anchor,
                    message: format!(
                        "container `{}` was made for the service `{}`, which the project has no more",
                        container.service.name(),
                        origin.service
                    ),
                    cure: Some("docker compose up -d --remove-orphans".to_owned()),
                }),
            }
        }
    }
}
