//! Archives of images: what they hold, joined with the services that run it, or a scenario of its own.
//!
//! An archive is read once, whatever it is joined with. Deliberately absent: the reading (`plimsoll-packages`), the configuration
//! (`plimsoll-lens`), and any judgement.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use plimsoll_lens::{World, image_config, images};
use plimsoll_packages::archive::{self, Choice, Directory, Handle, Reading, SavedImage};
use plimsoll_packages::database::Database;
use plimsoll_packages::image::{self, LayerPlace};
use plimsoll_packages::service;
use plimsoll_posture::{
    BuiltImage, Complaint, ComplaintKind, Ecosystem, ImageChain, ImageReference, Known, Lineage, Posture,
    Provenance, Reason, ReleaseLine, Runtime, SecretSighting, Service, Subject, SubjectKind, Trust,
    join_image, raise_image,
};
use plimsoll_report::{Input, InputStatus, ScenarioKind};
use plimsoll_text::{Sources, Span};
use plimsoll_trust::{Attached, Key};

use crate::layer_secrets::Eyes;
use crate::layer_steps;
use crate::paths;
use crate::scenario::{Assembled, Surroundings, finish};

/// Enough to tell a tar.
const HEAD: usize = 512;

/// Whether a file is an archive, by its first bytes.
#[must_use]
pub fn is_archive(world: &dyn World, path: &str) -> bool {
    let Ok(handle) = world.open(path) else { return false };
    let mut head = Vec::with_capacity(HEAD);
    handle.take(HEAD as u64).read_to_end(&mut head).is_ok() && archive::looks_like_archive(&head)
}

/// Whether a directory is an OCI layout.
#[must_use]
pub fn is_layout(world: &dyn World, path: &str) -> bool {
    world.kind(&paths::join(path, "oci-layout")).is_some()
        && world.kind(&paths::join(path, "index.json")).is_some()
}

/// An archive that was read.
#[derive(Debug)]
pub struct Archive {
    path: String,
    reading: Reading,
    /// Which of its images some service runs.
    taken: Vec<AtomicBool>,
    /// The keys that signatures are verified with.
    keys: Arc<[Key]>,
    /// Under which digests registries have its image: `ghcr.io/acme/api@sha256:…`.
    pub(crate) repository_digests: Vec<String>,
}

struct Layout<'w>(&'w dyn World, &'w str);

impl Directory for Layout<'_> {
    fn open(&self, path: &str) -> io::Result<Box<dyn Handle>> {
        Ok(Box::new(self.0.open(&paths::join(self.1, path))?))
    }
}

/// Reads an archive.
///
/// # Errors
/// An input that says why it was not read.
pub fn read(
    world: &dyn World,
    path: &str,
    platform: Option<&str>,
    keys: &Arc<[Key]>,
) -> Result<Archive, Input> {
    let choice = Choice { platform: platform.map(str::to_owned) };
    let layout = Layout(world, path);
    let open = || -> io::Result<Box<dyn Handle>> { Ok(Box::new(world.open(path)?)) };
    let input = match is_layout(world, path) {
        true => archive::Input::Directory(&layout),
        false => archive::Input::File(&open),
    };
    match archive::read(input, &choice, &Eyes) {
        Ok(reading) => Archive::new(path, reading, keys.clone()).map_err(|why| skipped(path, why)),
        Err(error) => Err(skipped(path, error.to_string())),
    }
}

fn skipped(name: &str, reason: String) -> Input {
    Input { name: name.to_owned(), lens: image_config::LENS, status: InputStatus::Skipped(reason) }
}

impl Archive {
    /// An archive that was read, under the name or the path that it was asked for by.
    ///
    /// # Errors
    /// Why there is no image in it.
    pub(crate) fn new(path: &str, reading: Reading, keys: Arc<[Key]>) -> Result<Self, String> {
        if reading.images.is_empty() {
            let left_out = reading.left_out.first().map(|(what, why)| format!("{what}: {why}"));
            let why = reading.faults.first().cloned().or(left_out);
            return Err(why.unwrap_or_else(|| "holds no image".to_owned()));
        }
        let taken = reading.images.iter().map(|_| AtomicBool::new(false)).collect();
        Ok(Self { path: path.to_owned(), reading, taken, keys, repository_digests: Vec::new() })
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The images that no service runs, as a scenario of their own; nothing when there are none.
    #[must_use]
    pub fn scenario(&self, database: &Database) -> Option<Assembled> {
        let mut assembled = Assembled::new(self.path.clone(), ScenarioKind::Image);
        for (at, saved) in self.reading.images.iter().enumerate() {
            if self.taken.get(at).is_some_and(|taken| taken.load(Ordering::Relaxed)) {
                continue;
            }
            let name = self.name_of(at, saved);
            let mut told = self.tell(at, saved, &name, None, &mut assembled.sources, database);
            let mut service = Service::new(told.subject, false);
            join_image(&mut service, &told.chain);
            service.sightings.append(&mut told.commands);
            assembled.posture.services.push(service);
            assembled.posture.built.push(told.built);
            assembled.complaints.append(&mut told.complaints);
        }
        if assembled.posture.built.is_empty() {
            return None;
        }
        let left_out = &self.reading.left_out;
        assembled.unread.extend(
            left_out.iter().map(|(what, why)| skipped(&format!("{} ({what})", self.path), why.clone())),
        );
        finish(&mut assembled, database);
        Some(assembled)
    }

    /// What an image is called: its first name, else the archive's.
    fn name_of(&self, at: usize, saved: &SavedImage) -> String {
        match (saved.names.first(), self.reading.images.len()) {
            (Some(name), _) => name.clone(),
            (None, 1) => self.path.clone(),
            (None, _) => format!("{}#{}", self.path, at + 1),
        }
    }

    /// What speaks for an image.
    fn trust(&self, saved: &SavedImage, chain: &ImageChain) -> Trust {
        let attached: Vec<Attached<'_>> = saved
            .attached
            .iter()
            .map(|one| Attached { about: &one.about, manifest: &one.manifest, blobs: &one.blobs })
            .collect();
        let found = plimsoll_trust::examine(&attached, &saved.digests, &self.keys);
        let label = |key: &str| {
            let claim = chain.config.labels.get(key)?.effective()?;
            Some((bare(claim.value.value()?.expose()).into(), claim.at.clone()))
        };
        let mut digests: Vec<Arc<str>> = Vec::new();
        for digest in self.repository_digests.iter().filter(|_| self.reading.images.len() == 1) {
            digests.push(digest.as_str().into());
        }
        let named = |own: &str| self.repository_digests.iter().any(|digest| digest.ends_with(own));
        digests.extend(saved.digests.iter().filter(|own| !named(own)).map(|own| own.as_str().into()));
        let what = format!(
            "signatures of {}: neither an engine nor an archive of `docker save` keeps any",
            self.path
        );
        Trust {
            digests,
            searched: match self.reading.layout {
                true => Known::Value(()),
                false => Known::Unknown(Reason::MissingSource(what.into())),
            },
            keys: self.keys.len(),
            signatures: found.signatures,
            attestations: found.attestations,
            lineage: Lineage {
                source: label("org.opencontainers.image.source"),
                revision: label("org.opencontainers.image.revision"),
                base_name: label("org.opencontainers.image.base.name"),
                base_digest: label("org.opencontainers.image.base.digest"),
            },
        }
    }

    fn tell(
        &self,
        at: usize,
        saved: &SavedImage,
        name: &str,
        service: Option<&Arc<str>>,
        sources: &mut Sources,
        database: &Database,
    ) -> Told {
        let document = match self.reading.images.len() {
            1 => format!("{}#config.json", self.path),
            _ => format!("{}#{}/config.json", self.path, at + 1),
        };
        let source = image_config::add(sources, &document, &saved.config);
        let config = image_config::read(sources.get(source));
        let whole = Span::whole(source);
        let mut subject = Subject::new(SubjectKind::Image, name, whole);
        subject.service = service.cloned();
        let places: Vec<LayerPlace> = config
            .layers
            .iter()
            .map(|(at, instruction)| LayerPlace { at: at.clone(), instruction: instruction.clone() })
            .collect();
        let platform = saved.platform.clone().filter(|_| config.platform.is_empty());
        let platform = platform.unwrap_or_else(|| config.platform.clone());
        let (mut built, accounts) = image::built(saved, subject.clone(), &platform, &places);
        built.sightings = config.sightings;
        let mut chain = config.chain;
        built.runtimes = runtimes(saved, name, &chain, database);
        built.trust = self.trust(saved, &chain);
        let whole_image = built.layers.iter().all(|layer| layer.read.value().is_some());
        chain.knowledge.accounts_complete = whole_image && !accounts.is_empty();
        chain.knowledge.accounts = accounts;
        chain.knowledge.distribution = built.system.as_ref().map(|system| system.id.clone());
        let mut complaints = config.complaints;
        let mut complain = |kind, code, at, message: String, cure: Option<&str>| {
            complaints.push(Complaint { kind, code, at, message, cure: cure.map(str::to_owned) });
        };
        for fault in &self.reading.faults {
            complain(ComplaintKind::Invalid, "archive-damaged", whole, fault.clone(), None);
        }
        for (layer, fault) in &saved.faults {
            let (at, message) = match layer {
                Some(layer) => (
                    built.layer_place(*layer).span,
                    format!("layer {} of {}: {fault}", layer + 1, saved.layers.len()),
                ),
                None => (whole, fault.clone()),
            };
            complain(
                ComplaintKind::Invalid,
                "image-damaged",
                at,
                message,
                Some("build or save the image again"),
            );
        }
        for unread in &built.unread {
            let what =
                if &**unread == "rpm-bdb" { "in Berkeley DB (`Packages`)" } else { "`Packages.db` (ndb)" };
            let message =
                format!("packages of rpm are not listed: plimsoll does not read its database {what}");
            let cure = "list them in a container of the image: rpm -qa";
            complain(ComplaintKind::Skipped, "rpm-not-read", whole, message, Some(cure));
        }
        let of_rpm = built.packages.iter().filter(|package| package.ecosystem == Ecosystem::Rpm).count();
        if of_rpm > 0 {
            let message = format!(
                "{of_rpm} packages of rpm are listed and not judged: no advisories for them are carried"
            );
            let cure = "ask the distribution in a container of the image: dnf updateinfo list --security";
            complain(ComplaintKind::Skipped, "rpm-not-judged", whole, message, Some(cure));
        }
        Told { subject, chain, built, commands: config.commands, complaints }
    }
}

/// Servers whose version the environment tells and whose program is in a layer.
fn runtimes(
    saved: &SavedImage,
    name: &str,
    chain: &ImageChain,
    database: &Database,
) -> Vec<(Provenance, Runtime)> {
    let has = |program: &str| {
        saved.layers.iter().any(|layer| {
            let mut paths = layer.items.iter();
            paths.any(|(path, _)| path.rsplit('/').next() == Some(program))
        })
    };
    let variables = chain.config.env.effective();
    let found = variables.filter_map(|(variable, claim)| {
        let value = claim.value.value()?.expose();
        Some((claim.at.clone(), service::in_environment(database, name, variable, value, &has)?))
    });
    found.collect()
}

/// An address without the user that may stand in it and without query; any other text as it is.
fn bare(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

/// What one image says.
struct Told {
    subject: Subject,
    chain: ImageChain,
    built: BuiltImage,
    commands: Vec<SecretSighting>,
    complaints: Vec<Complaint>,
}

/// Ids, with or without the name of their digest.
fn same_id(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim_start_matches("sha256:"), other.trim_start_matches("sha256:"));
    one.len() == 64 && one == other
}

/// Joins every service with the image that it runs, if an archive has it: by the name it gives or, without one, by the name
/// that Compose gives to what it builds.
pub(crate) fn join(surroundings: &Surroundings, assembled: &mut Assembled) {
    for archive in &surroundings.archives {
        for (at, saved) in archive.reading.images.iter().enumerate() {
            let names: Vec<ImageReference> =
                saved.names.iter().filter_map(|name| ImageReference::parse(name)).collect();
            let runs = |service: &Service| {
                // A container runs the image of that id, whatever has its name by now.
                if service.subject.kind == SubjectKind::Container {
                    return service.seen.iter().any(|seen| same_id(&seen.image_id, &saved.id));
                }
                let own = own_names(service, &assembled.posture);
                own.iter().any(|own| names.iter().any(|name| same(own, name)))
            };
            let users: Vec<usize> = (0..assembled.posture.services.len())
                .filter(|&at| assembled.posture.services.get(at).is_some_and(runs))
                .collect();
            let Some(first) = users.first().and_then(|&at| assembled.posture.services.get(at)) else {
                continue;
            };
            let owner = first.subject.name.clone();
            let only = (users.len() == 1).then_some(&owner);
            if let Some(taken) = archive.taken.get(at) {
                taken.store(true, Ordering::Relaxed);
            }
            let name = archive.name_of(at, saved);
            let mut told =
                archive.tell(at, saved, &name, only, &mut assembled.sources, &surroundings.database);
            for user in users {
                let Some(service) = assembled.posture.services.get_mut(user) else { continue };
                raise_image(service, &told.chain);
                // What the service replaces is not run.
                let replaced =
                    service.command.effective().is_some_and(|claim| claim.at.lens != image_config::LENS);
                if !replaced {
                    service.sightings.extend(told.commands.iter().cloned());
                }
            }
            let build = assembled.posture.services.iter().find(|service| service.subject.name == owner);
            let stage = build.and_then(|service| service.build.as_ref()?.stage);
            let recipe =
                stage.and_then(|stage| Some((assembled.posture.recipes.get(stage.recipe.0)?, stage)));
            if let Some((recipe, stage)) = recipe {
                layer_steps::join(&mut told.built, recipe, stage.stage, &assembled.sources);
            }
            assembled.posture.built.push(told.built);
            assembled.complaints.append(&mut told.complaints);
        }
    }
}

/// The release lines of what an image holds.
pub(crate) fn lines(image: &BuiltImage) -> Vec<ReleaseLine> {
    let system = image.system.as_ref().and_then(|system| {
        let by_code = system.codename.as_ref().and_then(|code| images::system_line(&system.id, code));
        by_code.or_else(|| images::system_line(&system.id, &system.version))
    });
    let runtimes = image.installed.runtimes.iter();
    let mut lines: Vec<ReleaseLine> = system.into_iter().collect();
    for line in runtimes.filter_map(|runtime| images::node_line(&runtime.build.version)) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// The names that a service's image may have.
fn own_names(service: &Service, posture: &Posture) -> Vec<ImageReference> {
    if let Some(claim) = service.image.effective() {
        return match &claim.value {
            Known::Value(reference) => vec![reference.clone()],
            Known::Unknown(_) => Vec::new(),
        };
    }
    if service.build.is_none() {
        return Vec::new();
    }
    let Some(project) = &posture.project.name else { return Vec::new() };
    // Compose 2 joins them with a dash, Compose 1 did with an underscore.
    let joined = ["-", "_"].map(|mark| format!("{project}{mark}{}", service.name()));
    joined.iter().filter_map(|name| ImageReference::parse(name)).collect()
}

fn same(a: &ImageReference, b: &ImageReference) -> bool {
    let tag = |reference: &ImageReference| reference.tag.clone().unwrap_or_else(|| "latest".into());
    a.registry == b.registry && a.repository == b.repository && tag(a) == tag(b)
}
