//! The half of the client that changes things: builds, starts, stops, removes.
//!
//! Deliberately absent: pulling and pushing, and any decision about what may be removed.

use std::io::{self, Read, Write};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::line::{Line, Parcel, Request, encoded, named};
use crate::{Address, BuildOrder, EngineError, Labels, Lookout, Output, Patience, Stop};

/// The most that a build may print, in bytes.
const MAX_BUILD: u64 = 256 * 1024 * 1024;
/// Of each stream of a command.
const MAX_OUTPUT: usize = 1024 * 1024;

/// Works on an engine.
#[derive(Debug, Clone)]
pub struct Workshop {
    lookout: Lookout,
}

/// What a command in a container came to.
#[derive(Debug, Clone)]
pub struct Executed {
    /// What it ended with.
    pub code: i64,
    /// What it printed.
    pub output: Output,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Made {
    id: String,
}

/// A line of what a build prints.
#[derive(Deserialize)]
struct BuildLine {
    #[serde(default)]
    stream: Option<String>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    aux: Option<Aux>,
}

#[derive(Deserialize)]
struct Aux {
    #[serde(rename = "ID", default)]
    id: Option<String>,
}

impl Workshop {
    /// Connects and agrees on a version.
    ///
    /// # Errors
    /// As [`Lookout::open`].
    pub fn open(address: &Address, patience: Patience, stop: Option<Stop>) -> Result<Self, EngineError> {
        Lookout::patient(address, patience, stop).map(|lookout| Self { lookout })
    }

    /// The half that only asks.
    #[must_use]
    pub fn lookout(&self) -> &Lookout {
        &self.lookout
    }

    fn line(&self) -> &Line {
        &self.lookout.line
    }

    fn post(&self, path: String) -> Result<(), EngineError> {
        self.line().order(Request {
            method: "POST",
            path,
            parcel: Parcel::Nothing,
            work: false,
            lingers: false,
        })
    }

    fn delete(&self, path: String) -> Result<(), EngineError> {
        self.line().order(Request {
            method: "DELETE",
            path,
            parcel: Parcel::Nothing,
            work: false,
            lingers: false,
        })
    }

    fn make(&self, path: String, body: &Value) -> Result<String, EngineError> {
        let request =
            Request { method: "POST", path, parcel: Parcel::Json(body), work: false, lingers: false };
        self.line().ask::<Made>(request).map(|made| made.id)
    }

    /// Builds an image from a tar archive that `context` writes, and returns its id. `layers` gets the short id of every
    /// image that the builder names on its way, also when it fails.
    ///
    /// # Errors
    /// [`EngineError::Build`] in the builder's words; [`EngineError::Sending`] when the context cannot be read.
    pub fn build(
        &self,
        order: &BuildOrder,
        context: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
        layers: &mut Vec<String>,
    ) -> Result<String, EngineError> {
        let path = format!("/build{}", order.query());
        let parcel = Parcel::Stream(context, "application/x-tar");
        let answer = self.line().send(Request { method: "POST", path, parcel, work: true, lingers: true })?;
        let read = self.line().read("building", true, answer, |body| built(body, layers));
        self.line().heed()?;
        let (image, error) = read?;
        match (image, error) {
            (_, Some(error)) => Err(EngineError::Build(error)),
            (Some(image), None) => Ok(image),
            (None, None) => Err(EngineError::Unusable {
                call: "building".to_owned(),
                what: "it names no image at the end".to_owned(),
            }),
        }
    }

    /// Makes a container of the API's `ContainerConfig` with `HostConfig` and `NetworkingConfig`; its id.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn create(&self, name: &str, config: &Value) -> Result<String, EngineError> {
        self.make(format!("/containers/create?name={}", encoded(&named(name)?)), config)
    }

    /// Starts a container.
    ///
    /// # Errors
    /// [`EngineError`]; a program that cannot be started is one the engine refuses.
    pub fn start(&self, id: &str) -> Result<(), EngineError> {
        self.post(format!("/containers/{}/start", named(id)?))
    }

    /// Asks a container to end, and ends it after so many seconds.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn stop(&self, id: &str, seconds: u32) -> Result<(), EngineError> {
        let path = format!("/containers/{}/stop?t={seconds}", named(id)?);
        self.line().order(Request {
            method: "POST",
            path,
            parcel: Parcel::Nothing,
            work: true,
            lingers: false,
        })
    }

    /// Waits for a container's end: what it ended with.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn wait(&self, id: &str) -> Result<i64, EngineError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Ended {
            status_code: i64,
        }
        let path = format!("/containers/{}/wait", named(id)?);
        let request = Request { method: "POST", path, parcel: Parcel::Nothing, work: true, lingers: false };
        self.line().ask::<Ended>(request).map(|ended| ended.status_code)
    }

    /// Runs a command in a running container.
    ///
    /// # Errors
    /// [`EngineError`]; a program that is not there ends with 126 or 127 or is refused.
    pub fn execute(&self, id: &str, command: &[String]) -> Result<Executed, EngineError> {
        let body = json!({ "Cmd": command, "AttachStdout": true, "AttachStderr": true });
        let own = self.make(format!("/containers/{}/exec", named(id)?), &body)?;
        let body = json!({ "Detach": false, "Tty": false });
        let path = format!("/exec/{}/start", named(&own)?);
        let answer = self.line().send(Request {
            method: "POST",
            path,
            parcel: Parcel::Json(&body),
            work: false,
            lingers: false,
        })?;
        let output = self.line().read("running a command in a container", false, answer, |body| {
            Output::read(body, false, MAX_OUTPUT)
        })?;
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Ended {
            #[serde(default)]
            exit_code: Option<i64>,
        }
        let ended: Ended = self.line().get(&format!("/exec/{own}/json"))?;
        Ok(Executed { code: ended.exit_code.unwrap_or(-1), output })
    }

    /// Removes a container, also a running one, with its anonymous volumes.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn remove_container(&self, id: &str) -> Result<(), EngineError> {
        self.delete(format!("/containers/{}?force=1&v=1", named(id)?))
    }

    /// Makes a bridge network; an internal one leads nowhere else.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn create_network(&self, name: &str, internal: bool, labels: &Labels) -> Result<String, EngineError> {
        let body = json!({
            "Name": name, "CheckDuplicate": true, "Driver": "bridge", "Internal": internal, "Labels": labels,
        });
        self.make("/networks/create".to_owned(), &body)
    }

    /// Removes a network.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn remove_network(&self, id: &str) -> Result<(), EngineError> {
        self.delete(format!("/networks/{}", named(id)?))
    }

    /// Removes a volume.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn remove_volume(&self, name: &str) -> Result<(), EngineError> {
        self.delete(format!("/volumes/{}", named(name)?))
    }

    /// Gives an image another name.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn tag(&self, image: &str, repository: &str, tag: &str) -> Result<(), EngineError> {
        let (repository, tag) = (encoded(&named(repository)?), encoded(&named(tag)?));
        self.post(format!("/images/{}/tag?repo={repository}&tag={tag}", named(image)?))
    }

    /// Takes a name from an image, or removes the image when it has no other. Images below it stay.
    ///
    /// # Errors
    /// [`EngineError`]; a container or another image that uses it is a refusal.
    pub fn remove_image(&self, name: &str) -> Result<(), EngineError> {
        self.delete(format!("/images/{}?noprune=1", named(name)?))
    }
}

/// The image that was built, or the error.
fn built(body: &mut dyn Read, layers: &mut Vec<String>) -> io::Result<(Option<String>, Option<String>)> {
    let (mut image, mut error, mut said) = (None, None, String::new());
    for line in serde_json::Deserializer::from_reader(body.take(MAX_BUILD)).into_iter::<BuildLine>() {
        let line = line.map_err(|fault| match fault.is_io() {
            true => io::Error::from(fault),
            false => io::Error::new(io::ErrorKind::InvalidData, "what it prints is no JSON"),
        })?;
        if let Some(text) = line.stream {
            let id = text.trim().strip_prefix("---> ").filter(|id| is_short_id(id));
            layers.extend(id.map(str::to_owned));
            if !text.trim().is_empty() {
                said = text;
            }
        }
        image = line.aux.and_then(|aux| aux.id).or(image);
        error = error.or(line.error);
    }
    // An error tells what went wrong, and the last line often why.
    let error = error.map(|error: String| match said.trim() {
        "" => error,
        said if error.contains(said) || said.starts_with("--->") || said.starts_with("Removing") => error,
        said => format!("{error} ({said})"),
    });
    Ok((image, error))
}

fn is_short_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_names_its_layers_and_its_end() {
        let text = r#"{"stream":"Step 1/2 : FROM a"}
{"stream":" ---\u003e 526b86563dc8\n"}{"stream":" ---\u003e Running in c2b474c9ad1a\n"}
{"stream":" ---\u003e f47ff54bf608\n"}{"aux":{"ID":"sha256:4a"}}"#;
        let mut layers = Vec::new();
        assert_eq!(built(&mut text.as_bytes(), &mut layers).unwrap(), (Some("sha256:4a".to_owned()), None));
        assert_eq!(layers, ["526b86563dc8", "f47ff54bf608"]);
        let text = r#"{"stream":" ---\u003e 526b86563dc8\n"}{"stream":"npm ERR! no lockfile\n"}{"errorDetail":{"code":1},"error":"returned 1"}"#;
        let mut layers = Vec::new();
        let (image, error) = built(&mut text.as_bytes(), &mut layers).unwrap();
        assert_eq!((image, error.as_deref()), (None, Some("returned 1 (npm ERR! no lockfile)")));
        assert_eq!(layers.len(), 1);
        assert!(built(&mut &b"{\"stream\":"[..], &mut Vec::new()).is_err());
        assert!(built(&mut &b"<html>"[..], &mut Vec::new()).is_err());
    }
}
