//! The half of the client that only asks. Nothing here can change an engine: every call is a `GET`.

use std::io::{self, Read};

use serde::Deserialize;
use serde_json::Value;

use crate::line::{Line, Parcel, Request, encoded, named};
use crate::order::labelled;
use crate::{
    Address, ApiVersion, ContainerState, ContainerSummary, EngineError, FileChange, ImageDetail,
    ImageSummary, Labels, NetworkSummary, Output, Part, Patience, Stats, Stop, Survey, VersionReply,
    VolumeSummary,
};

/// Looks at an engine.
#[derive(Debug, Clone)]
pub struct Lookout {
    pub(crate) line: Line,
}

impl Lookout {
    /// Connects and agrees on a version.
    ///
    /// # Errors
    /// [`EngineError`]: no engine, no permission, no engine at that address, one that is too old or too new.
    pub fn open(address: &Address) -> Result<Self, EngineError> {
        Self::patient(address, Patience::default(), None)
    }

    /// With limits of one's own, and something that stops every call.
    ///
    /// # Errors
    /// As [`Lookout::open`].
    pub fn patient(address: &Address, patience: Patience, stop: Option<Stop>) -> Result<Self, EngineError> {
        Line::open(address, patience, stop).map(|line| Self { line })
    }

    /// What the engine says about itself.
    #[must_use]
    pub fn about(&self) -> &VersionReply {
        &self.line.reply
    }

    /// The API version that is spoken.
    #[must_use]
    pub fn api(&self) -> ApiVersion {
        self.line.version()
    }

    /// Everything that these parts of an engine say, as it says it. A part that cannot be had is a gap.
    #[must_use]
    pub fn survey(&self, parts: &[Part]) -> Survey {
        Survey::take(&self.line, parts)
    }

    /// `GET /info`, whole.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn info(&self) -> Result<Value, EngineError> {
        self.line.get("/info")
    }

    /// All images that have a name or are used by no other; with `layers` also those between.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn images(&self, layers: bool) -> Result<Vec<ImageSummary>, EngineError> {
        self.line.get(if layers { "/images/json?all=1" } else { "/images/json" })
    }

    /// Images with these labels.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn images_labelled(&self, labels: &Labels) -> Result<Vec<ImageSummary>, EngineError> {
        self.line.get(&format!("/images/json?all=1&filters={}", labelled(labels)))
    }

    /// An image by name, digest or id; `None` when the engine does not have it.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn image(&self, name: &str) -> Result<Option<ImageDetail>, EngineError> {
        absent(self.line.get(&format!("/images/{}/json", named(name)?)))
    }

    /// An image, whole.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn image_whole(&self, name: &str) -> Result<Option<Value>, EngineError> {
        absent(self.line.get(&format!("/images/{}/json", named(name)?)))
    }

    /// The archive of an image, as `docker save` writes it: read by the caller while it comes; `None` when the engine does not
    /// have the image. Takes as long as [`Patience::work`] allows.
    ///
    /// # Errors
    /// [`EngineError`]; also for what the caller could not read.
    pub fn export<T>(
        &self,
        name: &str,
        read: impl FnOnce(&mut dyn Read) -> io::Result<T>,
    ) -> Result<Option<T>, EngineError> {
        let path = format!("/images/{}/get", named(name)?);
        let request = Request { method: "GET", path, parcel: Parcel::Nothing, work: true, lingers: false };
        let Some(answer) = absent(self.line.send(request))? else { return Ok(None) };
        self.line.read("exporting an image", true, answer, read).map(Some)
    }

    /// Containers, with `all` those too that do not run; with labels only those that have them.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn containers(&self, all: bool, labels: &Labels) -> Result<Vec<ContainerSummary>, EngineError> {
        self.line.get(&format!("/containers/json?all={}&filters={}", u8::from(all), labelled(labels)))
    }

    /// A container, whole.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn container(&self, id: &str) -> Result<Option<Value>, EngineError> {
        absent(self.line.get(&format!("/containers/{}/json", named(id)?)))
    }

    /// How a container fares; `None` when it is gone.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn state(&self, id: &str) -> Result<Option<ContainerState>, EngineError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Whole {
            #[serde(default)]
            state: ContainerState,
            #[serde(default)]
            restart_count: u64,
        }
        let whole: Option<Whole> = absent(self.line.get(&format!("/containers/{}/json", named(id)?)))?;
        Ok(whole.map(|Whole { mut state, restart_count }| {
            state.restarts = restart_count;
            state
        }))
    }

    /// What was written over the image, sorted.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn changes(&self, id: &str) -> Result<Vec<FileChange>, EngineError> {
        // Nothing changed is `null`.
        let changes: Option<Vec<FileChange>> =
            self.line.get(&format!("/containers/{}/changes", named(id)?))?;
        let mut changes = changes.unwrap_or_default();
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(changes)
    }

    /// What a container uses of memory and processes; `None` when it is gone. An engine before 20.10 measures for two seconds.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn stats(&self, id: &str) -> Result<Option<Stats>, EngineError> {
        absent(self.line.get(&format!("/containers/{}/stats?stream=false&one-shot=true", named(id)?)))
    }

    /// The processes of a running container as the engine's `ps` prints them: `Titles` and `Processes`; `None` when it is
    /// gone or does not run.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn top(&self, id: &str) -> Result<Option<Value>, EngineError> {
        match absent(self.line.get(&format!("/containers/{}/top", named(id)?))) {
            // "is not running": 409, and 500 of some.
            Err(EngineError::Refused { status: 409 | 500, message, .. })
                if message.contains("not running") =>
            {
                Ok(None)
            }
            result => result,
        }
    }

    /// What a container printed, of each stream the first `most` bytes. `terminal` as its configuration says.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn logs(&self, id: &str, terminal: bool, most: usize) -> Result<Output, EngineError> {
        let path = format!("/containers/{}/logs?stdout=1&stderr=1", named(id)?);
        let answer = self.line.fetch(&path)?;
        self.line
            .read("reading what a container prints", false, answer, |body| Output::read(body, terminal, most))
    }

    /// Networks with these labels.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn networks(&self, labels: &Labels) -> Result<Vec<NetworkSummary>, EngineError> {
        self.line.get(&format!("/networks?filters={}", labelled(labels)))
    }

    /// A network, whole.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn network(&self, name: &str) -> Result<Option<Value>, EngineError> {
        absent(self.line.get(&format!("/networks/{}", encoded(&named(name)?))))
    }

    /// Volumes with these labels.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn volumes(&self, labels: &Labels) -> Result<Vec<VolumeSummary>, EngineError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct All {
            #[serde(default)]
            volumes: Option<Vec<VolumeSummary>>,
        }
        let all: All = self.line.get(&format!("/volumes?filters={}", labelled(labels)))?;
        Ok(all.volumes.unwrap_or_default())
    }
}

/// That there is no such thing is an answer here.
fn absent<T>(result: Result<T, EngineError>) -> Result<Option<T>, EngineError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}
