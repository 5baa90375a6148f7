//! Contexts of the `docker` command: names for engines, in `contexts/meta/*/meta.json` below its configuration.
//!
//! Deliberately absent: contexts of Kubernetes, and writing.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::address::shown;
use crate::{Address, EngineError};

/// No file of a configuration is larger.
const MAX_FILE: u64 = 4 * 1024 * 1024;
/// Nobody has more.
const MAX_CONTEXTS: usize = 1000;

/// A configuration.
pub(crate) struct Contexts<'f> {
    folder: &'f Path,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    #[serde(default)]
    current_context: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Meta {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    endpoints: Endpoints,
}

#[derive(Deserialize, Default)]
struct Endpoints {
    #[serde(default)]
    docker: Option<Endpoint>,
}

#[derive(Deserialize)]
struct Endpoint {
    #[serde(rename = "Host", default)]
    host: Option<String>,
    #[serde(rename = "SkipTLSVerify", default)]
    unverified: bool,
}

impl<'f> Contexts<'f> {
    pub(crate) fn new(folder: &'f Path) -> Self {
        Self { folder }
    }

    /// The one that `docker context use` chose.
    pub(crate) fn current(&self) -> Option<String> {
        let configuration: Configuration = json(&self.folder.join("config.json"))?;
        configuration.current_context.filter(|name| !name.is_empty())
    }

    /// Where a context's engine is.
    pub(crate) fn address(&self, name: &str) -> Result<Address, EngineError> {
        let fault = |why: String| EngineError::Context { name: shown(name), why };
        let nowhere = || fault(format!("there is no context `{}` in {}", shown(name), self.folder.display()));
        let (id, endpoint) = self.endpoint(name).ok_or_else(nowhere)?;
        let host = endpoint.host.filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| fault("it names no engine".to_owned()))?;
        let papers = self.folder.join("contexts/tls").join(id).join("docker");
        let secure = papers.is_dir();
        if endpoint.unverified && (secure || host.starts_with("tcp://")) {
            return Err(fault(
                "it asks for TLS without verifying who answers, which is not done here".to_owned(),
            ));
        }
        Address::parse(&host, secure.then_some(papers.as_path()))
    }

    /// The folder of a context is the digest of its name; the name is in it too.
    fn endpoint(&self, name: &str) -> Option<(PathBuf, Endpoint)> {
        let entries = std::fs::read_dir(self.folder.join("contexts/meta")).ok()?;
        entries.take(MAX_CONTEXTS).filter_map(Result::ok).find_map(|entry| {
            let meta: Meta = json(&entry.path().join("meta.json"))?;
            let endpoint = meta.endpoints.docker.filter(|_| meta.name.as_deref() == Some(name))?;
            Some((PathBuf::from(entry.file_name()), endpoint))
        })
    }
}

fn json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(MAX_FILE).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}
