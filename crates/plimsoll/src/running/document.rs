//! The documents of a host: what each is, and what they come to together.

use std::sync::Arc;

use plimsoll_lens::host::{self, Documents, Role};
use plimsoll_lens::{World, image_config, inspect};
use plimsoll_posture::{
    Claim, Deviation, Fact, HeldImage, HeldNetwork, Host, ImageReference, Known, Layer, Network, Plane,
    SeccompProfile, Subject, SubjectKind,
};
use plimsoll_report::Input;
use plimsoll_text::{SourceId, SourceKind, Sources};

use super::skipped;
use crate::scenario::Assembled;

/// The largest record that is read, in bytes: ten thousand containers.
const MAX_RECORD: u64 = 128 * 1024 * 1024;
/// How much of a file tells whether it is a record.
const MAX_PROBE: u64 = 8 * 1024 * 1024;

/// A document of a host.
#[derive(Debug)]
pub(crate) struct Document {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) role: Role,
}

/// Whether a file is a record of an engine.
pub(crate) fn is_record(world: &dyn World, path: &str) -> bool {
    world.read_up_to(path, MAX_PROBE).is_ok_and(|bytes| host::recognise(&bytes).is_some())
}

impl Document {
    /// What was asked for goes by its name, and what somebody recorded by its shape.
    pub(super) fn new(name: impl Into<String>, bytes: Vec<u8>) -> Option<Self> {
        let name = name.into();
        let role = Role::of_name(&name).or_else(|| host::recognise(&bytes))?;
        Some(Self { name, role, bytes })
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

    /// Its containers; their places are of no use.
    pub(super) fn containers(&self) -> inspect::Reading {
        let mut sources = Sources::new();
        let id = sources.add(&self.name, SourceKind::Other, &self.bytes);
        inspect::read(sources.get(id))
    }

    /// What the API sends is one line; laid out over several, a finding shows what it speaks of.
    fn add(&self, sources: &mut Sources) -> SourceId {
        let start = self.bytes.trim_ascii_start().first();
        let one_line = matches!(start, Some(b'{' | b'[')) && !self.bytes.trim_ascii().contains(&b'\n');
        match one_line {
            true => image_config::add(sources, &self.name, &self.bytes),
            false => sources.add(&self.name, SourceKind::Other, &self.bytes),
        }
    }
}

/// Puts the documents among those of a scenario, reads the host out of them, and gives each its number.
pub(super) fn read_host(
    documents: &[Document],
    assembled: &mut Assembled,
    judged: bool,
) -> Vec<(Role, SourceId)> {
    let added: Vec<(Role, SourceId)> =
        documents.iter().map(|document| (document.role, document.add(&mut assembled.sources))).collect();
    let mut told = Documents::new();
    for (role, id) in &added {
        told.add(*role, assembled.sources.get(*id));
    }
    // What an engine keeps says nothing about the engine.
    let keeps = |role: Role| {
        matches!(role, Role::Containers | Role::Images | Role::Networks | Role::Volumes | Role::Plugins)
    };
    let judged = judged && documents.iter().any(|document| !keeps(document.role));
    if let Some((host, complaints)) = host::read(&told, judged) {
        assembled.posture.host = Some(host);
        assembled.complaints.extend(complaints);
    }
    added
}

/// The networks of an engine, as those of a project are.
pub(super) fn networks(host: &Host) -> impl Iterator<Item = Network> + '_ {
    host.networks.value().into_iter().flatten().map(|held| Network {
        subject: Subject::new(SubjectKind::Network, held.name.clone(), held.at.span),
        name: held.name.clone(),
        internal: running(Known::Value(held.internal), held),
        external: false,
        driver: Some(held.driver.clone()),
        icc: running(held.icc.clone(), held),
        implicit: false,
    })
}

fn running<T>(value: Known<T>, held: &HeldNetwork) -> Fact<T> {
    let mut fact = Fact::new();
    fact.push(Claim { value, layer: Layer::Container, plane: Plane::Running, at: held.at.clone() });
    fact
}

/// What the daemon decides for a container that leaves it to the daemon (moby, `daemon/container_operations.go` and `seccomp_linux.go`:
/// its own `no-new-privileges` and `seccomp-profile` hold unless the container names one).
pub(super) fn daemon_decides(container: &mut inspect::Container, host: Option<&Host>) {
    let Some(daemon) = host.map(|host| &host.daemon) else { return };
    let inspect::Container { service, left, .. } = container;
    if left.no_new_privileges
        && let Some(claim) =
            daemon.no_new_privileges.effective().filter(|claim| claim.value == Known::Value(true))
    {
        service.no_new_privileges.push(decided(claim));
    }
    if left.seccomp
        && let Some(claim) = daemon.seccomp.effective()
        && claim.value.value().is_some_and(|profile| *profile != SeccompProfile::Default)
    {
        service.seccomp.push(decided(claim));
    }
}

fn decided<T: Clone>(claim: &Claim<T>) -> Claim<T> {
    Claim { layer: Layer::Container, plane: Plane::Running, ..claim.clone() }
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
