//! Everything that a scan asks an engine for, as the JSON that it sends: evidence is kept in the words of who gave it.
//!
//! Lists are lists of whole objects, as `docker inspect` prints them. Deliberately absent: what any of it means.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::line::{Line, called, named};
use crate::round::Round;
use crate::{ContainerSummary, EngineError};

/// The most containers that are inspected.
const MAX_CONTAINERS: usize = 10_000;
/// The largest object, in bytes.
const MAX_OBJECT: usize = 16 * 1024 * 1024;
/// The largest document.
const MAX_DOCUMENT: usize = 256 * 1024 * 1024;
/// How often an answer is waited for in vain: an engine can hang on one container and answer for all others.
const MAX_WAITS: usize = 3;

/// What an engine can be asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// `GET /version`.
    Version,
    /// `GET /info`.
    Info,
    /// All containers, running and not: a list of what `GET /containers/{id}/json` says of each.
    Containers,
    /// `GET /images/json`: the images that have a name or are used by no other.
    Images,
    /// The images that containers are made of: a list of what `GET /images/{id}/json` says of each.
    ImagesInUse,
    /// `GET /networks`.
    Networks,
    /// `GET /volumes`: an object with the list and warnings.
    Volumes,
    /// `GET /plugins`.
    Plugins,
    /// `GET /swarm`, of a manager.
    Swarm,
}

impl Part {
    /// All of them, in the order in which they are asked for.
    pub const ALL: [Self; 9] = [
        Self::Version,
        Self::Info,
        Self::Containers,
        Self::Images,
        Self::ImagesInUse,
        Self::Networks,
        Self::Volumes,
        Self::Plugins,
        Self::Swarm,
    ];

    /// The document's name: `engine/containers`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Version => "engine/version",
            Self::Info => "engine/info",
            Self::Containers => "engine/containers",
            Self::Images => "engine/images",
            Self::ImagesInUse => "engine/images-in-use",
            Self::Networks => "engine/networks",
            Self::Volumes => "engine/volumes",
            Self::Plugins => "engine/plugins",
            Self::Swarm => "engine/swarm",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Version => "/version",
            Self::Info => "/info",
            Self::Containers => "/containers/json?all=1",
            Self::Images | Self::ImagesInUse => "/images/json",
            Self::Networks => "/networks",
            Self::Volumes => "/volumes",
            Self::Plugins => "/plugins",
            Self::Swarm => "/swarm",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What an engine said of one part.
#[derive(Debug, Clone)]
pub struct Document {
    /// Of what.
    pub part: Part,
    /// JSON: one value, as it was sent.
    pub text: String,
}

/// What could not be had, and why.
#[derive(Debug)]
pub struct Gap {
    /// Of what.
    pub part: Part,
    /// The id of the one container or image that is missing; nothing when it is the whole part.
    pub object: Option<String>,
    /// Why.
    pub why: EngineError,
}

/// What an engine said.
#[derive(Debug, Default)]
pub struct Survey {
    /// In the order of [`Part::ALL`]; a part that an engine does not have is missing and no gap.
    pub documents: Vec<Document>,
    /// What is missing.
    pub gaps: Vec<Gap>,
}

/// The one thing of `/info` that decides what else is asked.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Told {
    swarm: Option<SwarmState>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct SwarmState {
    control_available: Option<bool>,
}

impl Survey {
    /// A part's JSON.
    #[must_use]
    pub fn text(&self, part: Part) -> Option<&str> {
        self.documents.iter().find(|document| document.part == part).map(|document| document.text.as_str())
    }

    pub(crate) fn take(line: &Line, parts: &[Part]) -> Self {
        let wanted: BTreeSet<Part> = parts.iter().copied().collect();
        let mut asking = Asking { round: Round::new(line), survey: Self::default(), waits: 0 };
        asking.run(&wanted);
        asking.survey
    }
}

struct Asking<'l> {
    round: Round<'l>,
    survey: Survey,
    /// How often an answer did not come.
    waits: usize,
}

impl Asking<'_> {
    fn run(&mut self, wanted: &BTreeSet<Part>) {
        for part in [Part::Version, Part::Info] {
            if wanted.contains(&part) {
                self.whole(part);
            }
        }
        if wanted.contains(&Part::Containers) || wanted.contains(&Part::ImagesInUse) {
            self.containers(wanted);
        }
        for part in [Part::Images, Part::Networks, Part::Volumes, Part::Plugins] {
            if wanted.contains(&part) {
                self.whole(part);
            }
        }
        if wanted.contains(&Part::Swarm) && self.is_manager() {
            self.whole(Part::Swarm);
        }
        self.survey.documents.sort_by_key(|document| document.part);
    }

    /// A worker's engine knows nothing of the swarm. Without `/info` the engine is asked and may say no.
    fn is_manager(&self) -> bool {
        let Some(info) = self.survey.text(Part::Info) else { return true };
        let told: Told = serde_json::from_str(info).unwrap_or_default();
        told.swarm.and_then(|swarm| swarm.control_available).unwrap_or(false)
    }

    fn whole(&mut self, part: Part) {
        match self.fetch(part.path(), MAX_OBJECT.saturating_mul(4)) {
            Ok(text) => self.survey.documents.push(Document { part, text }),
            // Podman has neither plugins nor a swarm and says so in one of these ways.
            Err(EngineError::Refused { status: 404 | 406 | 501 | 503, .. })
                if matches!(part, Part::Plugins | Part::Swarm) => {}
            Err(why) => self.gap(part, None, why),
        }
    }

    fn containers(&mut self, wanted: &BTreeSet<Part>) {
        let both = [Part::Containers, Part::ImagesInUse].into_iter().filter(|part| wanted.contains(part));
        let list: Vec<ContainerSummary> = match self.list(Part::Containers.path()) {
            Ok(list) => list,
            Err(why) => {
                let part = both.min().unwrap_or(Part::Containers);
                return self.gap(part, None, why);
            }
        };
        if wanted.contains(&Part::Containers) {
            let mut ids: Vec<&str> = list.iter().map(|container| container.id.as_str()).collect();
            if ids.len() > MAX_CONTAINERS {
                let what = format!("there are {}, and {MAX_CONTAINERS} are looked at", ids.len());
                let why = EngineError::Unusable { call: "GET /containers/json".to_owned(), what };
                self.gap(Part::Containers, None, why);
                ids.truncate(MAX_CONTAINERS);
            }
            self.each(Part::Containers, "containers", &ids);
        }
        if wanted.contains(&Part::ImagesInUse) {
            let ids: BTreeSet<&str> = list.iter().map(|container| container.image_id.as_str()).collect();
            let ids: Vec<&str> = ids.into_iter().filter(|id| !id.is_empty()).take(MAX_CONTAINERS).collect();
            self.each(Part::ImagesInUse, "images", &ids);
        }
    }

    /// A list of whole objects. One that is gone by now is no gap.
    fn each(&mut self, part: Part, kind: &str, ids: &[&str]) {
        let mut text = String::from("[");
        for id in ids {
            let path = named(id).map(|id| format!("/{kind}/{id}/json"));
            match path.and_then(|path| self.fetch(&path, MAX_OBJECT)) {
                Ok(object) if text.len() + object.len() < MAX_DOCUMENT => {
                    if text.len() > 1 {
                        text.push(',');
                    }
                    text.push_str(object.trim());
                }
                Ok(_) => {
                    let what = format!("all of them are larger than {} MiB", MAX_DOCUMENT >> 20);
                    self.gap(part, None, EngineError::Unusable { call: format!("GET /{kind}"), what });
                    break;
                }
                Err(error) if error.is_missing() => {}
                Err(why) => {
                    self.gap(part, Some((*id).to_owned()), why);
                    if self.is_silent() {
                        let why = EngineError::NotAsked(format!("GET /{kind}"));
                        self.gap(part, None, why);
                        break;
                    }
                }
            }
        }
        text.push(']');
        self.survey.documents.push(Document { part, text });
    }

    fn list<T: DeserializeOwned>(&mut self, path: &str) -> Result<Vec<T>, EngineError> {
        let text = self.fetch(path, MAX_OBJECT.saturating_mul(4))?;
        // Nothing is `null` for some.
        let list: Option<Vec<T>> = serde_json::from_str(&text).map_err(|_| strange(path))?;
        Ok(list.unwrap_or_default())
    }

    /// JSON, as it came.
    fn fetch(&mut self, path: &str, most: usize) -> Result<String, EngineError> {
        if self.is_silent() {
            return Err(EngineError::NotAsked(called("GET", path)));
        }
        let bytes = self.round.get(path, most).inspect_err(|error| {
            self.waits += match error {
                EngineError::Refused { .. } | EngineError::Unusable { .. } => 0,
                EngineError::Slow { .. } | EngineError::Broken { .. } => 1,
                _ => MAX_WAITS,
            };
        })?;
        let text = String::from_utf8(bytes).map_err(|_| strange(path))?;
        serde_json::from_str::<IgnoredAny>(&text).map_err(|_| strange(path))?;
        Ok(text)
    }

    fn is_silent(&self) -> bool {
        self.waits >= MAX_WAITS
    }

    fn gap(&mut self, part: Part, object: Option<String>, why: EngineError) {
        self.survey.gaps.push(Gap { part, object, why });
    }
}

fn strange(path: &str) -> EngineError {
    EngineError::Unusable {
        call: called("GET", path),
        what: "it is no JSON of the documented shape".to_owned(),
    }
}
