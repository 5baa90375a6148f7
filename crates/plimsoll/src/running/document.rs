//! The documents of a host: what each is, and what they come to together.

use std::sync::Arc;

use plimsoll_lens::{World, image_config, inspect};
use plimsoll_packages::database::Database;
use plimsoll_posture::{Deviation, HeldImage, Host, ImageReference};
use plimsoll_report::Input;
use plimsoll_text::{Source, SourceKind, Sources};

use super::skipped;
use crate::scenario::Assembled;

/// The largest record that is read, in bytes: ten thousand containers.
const MAX_RECORD: u64 = 128 * 1024 * 1024;
/// How much of a file tells whether it is a record.
const MAX_PROBE: u64 = 8 * 1024 * 1024;

/// What a document tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Containers, as `docker inspect` prints them.
    Containers,
}

/// A document of a host.
#[derive(Debug)]
pub(crate) struct Document {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) role: Role,
}

/// Whether a file is a record of an engine.
pub(crate) fn is_record(world: &dyn World, path: &str) -> bool {
    path.ends_with(".json") && world.read_up_to(path, MAX_PROBE).is_ok_and(|bytes| role(&bytes).is_some())
}

fn role(bytes: &[u8]) -> Option<Role> {
    inspect::is_record(&String::from_utf8_lossy(bytes)).then_some(Role::Containers)
}

impl Document {
    pub(super) fn new(name: impl Into<String>, bytes: Vec<u8>) -> Option<Self> {
        Some(Self { name: name.into(), role: role(&bytes)?, bytes })
    }

    /// Reads a record.
    pub(super) fn read(world: &dyn World, path: &str) -> Result<Self, Input> {
        let told = |why: String| skipped(path, why);
        let bytes = world.read_up_to(path, MAX_RECORD).map_err(|error| told(error.to_string()))?;
        let document = Self::new(path, bytes).ok_or_else(|| told("is no record of an engine".to_owned()))?;
        if document.role == Role::Containers && document.containers().containers.is_empty() {
            return Err(told("holds no container".to_owned()));
        }
        Ok(document)
    }

    pub(super) fn containers(&self) -> inspect::Reading {
        self.add_containers(&mut Sources::new())
    }

    pub(super) fn add_containers(&self, sources: &mut Sources) -> inspect::Reading {
        inspect::read(self.add(sources))
    }

    /// What the API sends is one line; laid out over several, a finding shows what it speaks of.
    fn add<'a>(&self, sources: &'a mut Sources) -> &'a Source {
        let one_line = !self.bytes.trim_ascii().contains(&b'\n');
        let id = match one_line {
            true => image_config::add(sources, &self.name, &self.bytes),
            false => sources.add(&self.name, SourceKind::Other, &self.bytes),
        };
        sources.get(id)
    }
}

/// What the documents say of the host.
pub(super) fn host(documents: &[Document], assembled: &mut Assembled, database: &Database, judged: bool) {
    let _ = (documents, assembled, database, judged);
}

/// The image that a container was made of.
pub(super) fn image_of<'a>(container: &inspect::Container, host: Option<&'a Host>) -> Option<&'a HeldImage> {
    host?.images.value()?.iter().find(|image| image.id == container.image_id)
}

/// The tag that a container was made from names another image now, or none.
pub(super) fn moved_tag(container: &inspect::Container, host: Option<&Host>) -> Option<Deviation> {
    let images = host?.images.value()?;
    let claim = container.service.image.on(plimsoll_posture::Plane::Running)?;
    let reference = claim.value.value()?;
    if reference.digest.is_some() || container.image_id.is_empty() {
        return None;
    }
    let tagged = reference.tagged();
    let names = |tag: &Arc<str>| ImageReference::parse(tag).is_some_and(|tag| tag.tagged() == tagged);
    let now = images.iter().find(|image| image.tags.iter().any(names))?;
    (now.id != container.image_id).then(|| Deviation {
        setting: "image".to_owned(),
        declared: format!("`{tagged}`, which names {} now", short(&now.id)),
        running: short(&container.image_id),
        declared_at: Some(now.at.clone()),
        running_at: claim.at.clone(),
    })
}

/// Twelve digits of an id, as the engine shows it.
fn short(id: &str) -> String {
    let digits = id.strip_prefix("sha256:").unwrap_or(id);
    digits.get(..12).unwrap_or(digits).to_owned()
}
