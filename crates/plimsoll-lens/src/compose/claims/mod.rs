//! From the merged compose model to posture claims.
//!
//! Every claim is of layer Compose and plane Declared and points at the bytes that say it. Values that an override,
//! `extends` or `include` replaced are claimed first, so that a fact shows what lost.
//! Deliberately absent: reading and merging files (`load`), what images add (`plimsoll_posture::join_image`), judging.

mod build;
mod field;
mod isolation;
mod network;
mod process;
mod resource;
mod sighting;
mod storage;

pub(crate) use sighting::{carrier, hashes};

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_posture::{
    Claim, Complaint, ImageReference, Known, Layer, Network, Project, Provenance, Service, Subject,
    SubjectKind, Volume,
};
use plimsoll_text::Sources;

use super::Loaded;
use crate::world::clean;
use field::Field;
use sighting::Search;

/// Everything a compose project declares.
#[derive(Debug, Clone, Default)]
pub struct Claims {
    /// Services in the order of the model.
    pub services: Vec<Service>,
    /// Networks; `default` last where it is only implied.
    pub networks: Vec<Network>,
    /// Named volumes.
    pub volumes: Vec<Volume>,
    /// The project itself.
    pub project: Project,
    /// Values that Compose or the engine refuses, beyond what loading found.
    pub complaints: Vec<Complaint>,
}

/// The variable that switched Docker Content Trust on.
const CONTENT_TRUST: &str = "DOCKER_CONTENT_TRUST";

/// Reads the claims of a loaded project. `root_path` is the absolute path of the scanned root.
#[must_use]
pub fn claims(loaded: &Loaded, sources: &Sources, root_path: &str) -> Claims {
    let root = root_path.trim_end_matches('/');
    let project = match clean(&loaded.directory).as_str() {
        "." => root.to_owned(),
        absolute if loaded.directory.starts_with('/') => format!("/{absolute}"),
        directory => format!("{root}/{directory}"),
    };
    let place = storage::Place { root, project, sources };
    let model = Field { node: &loaded.model, route: String::new() };
    let mut claims = Claims { volumes: storage::volumes(&model, &place), ..Claims::default() };

    let mut fields = Vec::new();
    for (entry, node) in loaded
        .model
        .get("services")
        .and_then(|node| node.as_map())
        .into_iter()
        .flat_map(|map| map.entries.iter().map(|entry| (entry, &entry.value)))
    {
        let field = Field::new(node, format!("services.{}", entry.key));
        let mut service =
            Service::new(Subject::new(SubjectKind::Service, entry.key.clone(), entry.key_at), true);
        read_service(&mut service, &field, &place, &mut claims);
        let mut search = Search::new(sources, &loaded.variables);
        search.service(&field);
        service.sightings = search.found;
        claims.services.push(service);
        fields.push(field);
    }
    storage::expand_volumes_from(&mut claims.services, &fields);
    resource::jobs(&mut claims.services, &fields);
    claims.networks = network::networks(&model, &claims.services);
    claims.project = project_claims(loaded, sources, &model, &claims.services);
    claims
}

fn read_service(service: &mut Service, field: &Field<'_>, place: &storage::Place<'_>, claims: &mut Claims) {
    service.profiles = field
        .child("profiles")
        .map(|list| list.items())
        .unwrap_or_default()
        .iter()
        .filter_map(Field::known_text)
        .collect();
    if let Some(image) = field.child("image") {
        image.stack(&mut service.image, |node| {
            field::text(node).and_then(|text| {
                ImageReference::parse(&text).map_or_else(|| field::not_understood(&text), Known::Value)
            })
        });
    }
    if let Some(policy) = field.child("pull_policy") {
        policy.stack(&mut service.pull_policy, field::text);
    }
    service.build = build::read(field);
    process::read(service, field);
    isolation::read(service, field, &mut claims.complaints);
    resource::read(service, field);
    storage::read(service, field, place, &claims.volumes);
    network::read(service, field, place.sources);
}

fn project_claims(loaded: &Loaded, sources: &Sources, model: &Field<'_>, services: &[Service]) -> Project {
    let told: Vec<_> = services
        .iter()
        .flat_map(|service| service.sightings.iter().map(|sighting| sighting.at.at.span))
        .collect();
    let mut search = Search::new(sources, &loaded.variables);
    search.contents(model);
    search.variables(&told);
    let declared = |span, route: &str| Provenance::new("compose", span, route);
    Project {
        name: model.child("name").and_then(|name| name.known_text()),
        version: loaded.version.as_ref().map(|(text, span)| {
            Claim::declared(Known::Value(Arc::clone(text)), Layer::Compose, declared(*span, "version"))
        }),
        refusals: Vec::new(),
        unknown_keys: loaded.unknown_keys.clone(),
        sightings: search.found,
        tracking: BTreeMap::new(),
        content_trust: loaded
            .variables
            .iter()
            .filter(|variable| &*variable.name == CONTENT_TRUST)
            .map(|variable| {
                // The docker client takes every value that Go does not read as false for true.
                let off = ["", "0", "f", "F", "false", "FALSE", "False"].contains(&variable.value.expose());
                Claim::declared(Known::Value(!off), Layer::Compose, declared(variable.at, CONTENT_TRUST))
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests;
