//! What an engine says of its containers (`docker inspect`, `GET /containers/{id}/json`): the claims of each on the plane Running.
//!
//! A container as it was created is complete in itself: what it says holds whatever its image and its project say. A field that
//! an engine leaves out (they differ between 20.10, 29 and Podman) makes no claim.
//! Sources: Engine API v1.41 to v1.52, `ContainerInspect`; moby `daemon/config` for what an empty value stands for.
//! Deliberately absent: asking the engine, images (their configuration is a document of its own), and joining containers with projects.

mod isolation;
mod network;
mod process;
mod resource;
mod sighting;
mod storage;

use std::collections::HashMap;
use std::sync::Arc;

use plimsoll_posture::{
    Claim, Complaint, ComplaintKind, Fact, Known, Layer, NamespaceMode, Plane, Provenance, Service, Subject,
    SubjectKind,
};
use plimsoll_text::{Source, SourceId, Span};

use crate::json::{self, Json, Value};

/// What claims of this lens are marked with.
pub const LENS: &str = "inspect";
/// No list of a container is longer.
const MAX_ITEMS: usize = 4096;
/// No host runs more.
const MAX_CONTAINERS: usize = 10_000;

/// What a document of an engine says.
#[derive(Debug, Default)]
pub struct Reading {
    /// Its containers, in its order.
    pub containers: Vec<Container>,
    /// What could not be read.
    pub complaints: Vec<Complaint>,
}

/// One container.
#[derive(Debug, Clone)]
pub struct Container {
    /// Everything that was said of it; the subject is its name, the anchor its `Name`.
    pub service: Service,
    /// The engine's id of it.
    pub id: Arc<str>,
    /// The id of its image: `sha256:…`.
    pub image_id: Arc<str>,
    /// `running`, `exited`, `created`; empty when it is not said.
    pub status: Arc<str>,
    /// `Created`, as the engine writes it.
    pub created: Option<Arc<str>>,
    /// The number of its first process on the host, while it runs.
    pub pid: Option<u32>,
    /// The project and the service that Compose made it for.
    pub origin: Option<Origin>,
    /// What it leaves to the daemon.
    pub left: Left,
}

/// Options of a container that the daemon's own settings decide as long as the container does not name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Left {
    /// `no-new-privileges`.
    pub no_new_privileges: bool,
    /// `seccomp`.
    pub seccomp: bool,
}

/// What Compose writes on a container (its labels `com.docker.compose.*`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// `project`.
    pub project: Arc<str>,
    /// `service`.
    pub service: Arc<str>,
    /// `project.config_files`: absolute paths.
    pub files: Vec<Arc<str>>,
    /// `project.working_dir`: an absolute path.
    pub directory: Option<Arc<str>>,
    /// `oneoff`: made by `compose run`, not by `up`.
    pub one_off: bool,
}

/// Whether a text is a record of containers rather than any other JSON.
#[must_use]
pub fn is_record(text: &str) -> bool {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    start.starts_with(['[', '{']) && text.contains("\"HostConfig\"") && text.contains("\"Mounts\"")
}

/// Reads the list that `docker inspect` prints, or one container.
#[must_use]
pub fn read(source: &Source) -> Reading {
    let (value, complaints) = json::read(source);
    let mut reading = Reading { containers: Vec::new(), complaints };
    let Some(value) = value else { return reading };
    let list = match &value.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(&value),
    };
    let mut strange = 0;
    for item in list.iter().take(MAX_CONTAINERS) {
        match container(source.id, item) {
            Some(container) => reading.containers.push(container),
            None => strange += 1,
        }
    }
    name_neighbours(&mut reading.containers);
    if strange > 0 {
        reading.complaints.push(Complaint {
            kind: ComplaintKind::Skipped,
            code: "no-container",
            at: Span::whole(source.id),
            message: format!("{strange} of {} entries are no containers (no HostConfig)", list.len()),
            cure: Some("record them with: docker inspect $(docker ps -aq)".into()),
        });
    }
    reading
}

/// A container that is in the namespace of another names it by its id: a reader knows it by its name.
fn name_neighbours(containers: &mut [Container]) {
    let names: HashMap<Arc<str>, Arc<str>> = containers
        .iter()
        .map(|container| (container.id.clone(), container.service.subject.name.clone()))
        .collect();
    for Container { service, .. } in containers {
        for fact in [&mut service.network_mode, &mut service.pid_mode, &mut service.ipc_mode] {
            let Some(claim) = fact.on(Plane::Running) else { continue };
            if let Some(NamespaceMode::Container(id)) = claim.value.value()
                && let Some(name) = names.get(id)
            {
                let named = claim.map(|_| Known::Value(NamespaceMode::Container(name.clone())));
                *fact = Fact::of(named);
            }
        }
    }
}

fn container(source: SourceId, document: &Json) -> Option<Container> {
    let host = document.get("HostConfig").filter(|host| matches!(host.value, Value::Map(_)))?;
    let id = text(document, "Id").cloned().unwrap_or_else(|| "".into());
    let named = document.get("Name").filter(|name| name.text().is_some_and(|name| name.len() > 1));
    let name: Arc<str> = match named.and_then(Json::text) {
        Some(name) => name.trim_start_matches('/').into(),
        None => id.get(..12).unwrap_or(&id).into(),
    };
    let start = document.at.start as usize;
    let anchor = named.map_or_else(|| Span::new(source, start, start + 1), |name| name.at);
    let part = |parent: &str, key: &str| document.get(parent).and_then(|parent| parent.get(key));
    let view = View { document, host, config: document.get("Config"), name: &name };
    let mut service = Service::new(Subject::new(SubjectKind::Container, name.clone(), anchor), true);
    process::read(&mut service, &view);
    let left = isolation::read(&mut service, &view);
    storage::read(&mut service, &view);
    network::read(&mut service, &view);
    resource::read(&mut service, &view);
    sighting::read(&mut service, &view);
    Some(Container {
        left,
        origin: origin(&service),
        created: text(document, "Created").cloned(),
        pid: pid(part("State", "Pid")),
        service,
        id,
        image_id: text(document, "Image").cloned().unwrap_or_else(|| "".into()),
        status: part("State", "Status").and_then(Json::text).cloned().unwrap_or_else(|| "".into()),
    })
}

fn pid(json: Option<&Json>) -> Option<u32> {
    match &json?.value {
        Value::Number(number) => number.parse().ok().filter(|pid| *pid > 0),
        _ => None,
    }
}

fn origin(service: &Service) -> Option<Origin> {
    let label = |key: &str| {
        let fact = service.labels.get(&format!("com.docker.compose.{key}"))?;
        Some(Arc::from(fact.value()?.expose()))
    };
    let files: Option<Arc<str>> = label("project.config_files");
    // A container has the labels of its image too, and what Compose builds bears the project's and the service's name: one that
    // somebody made of such an image by hand is no container of the service.
    let marks = ["container-number", "config-hash", "project.config_files", "project.working_dir"];
    if !marks.iter().any(|mark| label(mark).is_some()) {
        return None;
    }
    Some(Origin {
        project: label("project")?,
        service: label("service")?,
        files: files.iter().flat_map(|files| files.split(',')).map(Arc::from).collect(),
        directory: label("project.working_dir"),
        one_off: label("oneoff").is_some_and(|text: Arc<str>| text.eq_ignore_ascii_case("true")),
    })
}

/// The parts of a container's document.
struct View<'a> {
    document: &'a Json,
    host: &'a Json,
    config: Option<&'a Json>,
    name: &'a str,
}

impl<'a> View<'a> {
    fn host(&self, key: &'static str) -> Option<Entry<'a>> {
        Entry::of(self.host.get(key), format!("{}: HostConfig.{key}", self.name))
    }

    fn config(&self, key: &'static str) -> Option<Entry<'a>> {
        Entry::of(self.config?.get(key), format!("{}: Config.{key}", self.name))
    }

    fn own(&self, key: &'static str) -> Option<Entry<'a>> {
        Entry::of(self.document.get(key), format!("{}: {key}", self.name))
    }
}

/// A value that says something, and what it is called.
#[derive(Debug, Clone)]
struct Entry<'a> {
    json: &'a Json,
    route: Arc<str>,
}

impl<'a> Entry<'a> {
    fn of(json: Option<&'a Json>, route: impl Into<Arc<str>>) -> Option<Self> {
        json.filter(|json| json.value != Value::Null).map(|json| Self { json, route: route.into() })
    }

    fn claim<T>(&self, value: T) -> Claim<T> {
        self.known(Known::Value(value))
    }

    fn known<T>(&self, value: Known<T>) -> Claim<T> {
        let at = Provenance::new(LENS, self.json.at, self.route.clone());
        Claim { value, layer: Layer::Container, plane: Plane::Running, at }
    }

    fn text(&self) -> Option<&'a Arc<str>> {
        self.json.text()
    }

    fn flag(&self) -> Option<bool> {
        match self.json.value {
            Value::Bool(flag) => Some(flag),
            _ => None,
        }
    }

    fn number(&self) -> Option<i64> {
        match &self.json.value {
            Value::Number(number) => number.parse().ok(),
            _ => None,
        }
    }

    fn items(&self) -> impl Iterator<Item = Entry<'a>> + use<'a> {
        let list: &'a [Json] = match &self.json.value {
            Value::List(items) => items,
            _ => &[],
        };
        let route = self.route.clone();
        list.iter().take(MAX_ITEMS).map(move |json| Entry { json, route: route.clone() })
    }

    fn members(&self) -> impl Iterator<Item = (&'a Arc<str>, Entry<'a>)> + use<'a> {
        let route = self.route.clone();
        self.json
            .members()
            .iter()
            .take(MAX_ITEMS)
            .map(move |member| (&member.key, Entry { json: &member.value, route: route.clone() }))
    }

    fn get(&self, key: &str) -> Option<Entry<'a>> {
        Self::of(self.json.get(key), format!("{}.{key}", self.route))
    }
}

fn text<'a>(json: &'a Json, key: &str) -> Option<&'a Arc<str>> {
    json.get(key).and_then(Json::text)
}
