//! Credentials of `docker login`: what `config.json` itself holds.
//!
//! Deliberately absent: `credsStore` and `credHelpers`. They name programs, and a scanner runs none on the word of a file.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::RegistryError;

/// No file of credentials is larger.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// A user and a password. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    user: String,
    password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

impl Credentials {
    /// What is sent in `Authorization`.
    pub(crate) fn basic(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.user, self.password)))
    }
}

/// Credentials by registry.
#[derive(Debug, Clone, Default)]
pub struct Keychain {
    known: BTreeMap<String, Credentials>,
    /// The helper of each registry; that of all others has no name.
    helpers: BTreeMap<String, String>,
}

impl Keychain {
    /// From `config.json`: in `DOCKER_CONFIG`, else in `.docker` below `HOME`. A file that is not there is no fault.
    ///
    /// # Errors
    /// [`RegistryError::Credentials`] when it is there and cannot be read.
    pub fn find(variable: impl Fn(&str) -> Option<String>) -> Result<Self, RegistryError> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let folder = set("DOCKER_CONFIG").map(std::path::PathBuf::from);
        let folder = folder.or_else(|| Some(Path::new(&set("HOME")?).join(".docker")));
        let Some(path) = folder.map(|folder| folder.join("config.json")) else { return Ok(Self::default()) };
        let fault = |why: String| RegistryError::Credentials { path: path.display().to_string(), why };
        let mut bytes = Vec::new();
        match std::fs::File::open(&path) {
            Ok(file) => {
                file.take(MAX_FILE).read_to_end(&mut bytes).map_err(|error| fault(error.to_string()))?;
                Self::parse(&bytes).ok_or_else(|| fault("it is no JSON".to_owned()))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(fault(error.to_string())),
        }
    }

    /// From the text of `config.json`; `None` when it is no JSON.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let file: Value = serde_json::from_slice(text).ok()?;
        let entries = |key: &str| file.get(key).and_then(Value::as_object).into_iter().flatten();
        let mut keychain = Self::default();
        for (registry, entry) in entries("auths") {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
            let whole = text("auth").and_then(|auth| STANDARD.decode(auth).ok());
            let whole = whole.and_then(|bytes| String::from_utf8(bytes).ok());
            let pair = match whole.as_deref().and_then(|whole| whole.split_once(':')) {
                Some((user, password)) => Some((user.to_owned(), password.trim_end_matches('\0').to_owned())),
                None => text("username").zip(text("password")).map(|(a, b)| (a.to_owned(), b.to_owned())),
            };
            if let Some((user, password)) =
                pair.filter(|(user, password)| !user.is_empty() && !password.is_empty())
            {
                keychain.known.insert(host(registry), Credentials { user, password });
            }
        }
        for (registry, helper) in entries("credHelpers") {
            keychain.helpers.insert(host(registry), helper.as_str().unwrap_or_default().to_owned());
        }
        if let Some(store) = file.get("credsStore").and_then(Value::as_str).filter(|store| !store.is_empty())
        {
            keychain.helpers.insert(String::new(), store.to_owned());
        }
        Some(keychain)
    }

    /// The credentials for a registry.
    #[must_use]
    pub fn of(&self, registry: &str) -> Option<&Credentials> {
        self.known.get(registry)
    }

    /// The helper that keeps the credentials for a registry, which is not run.
    #[must_use]
    pub fn helper(&self, registry: &str) -> Option<&str> {
        self.helpers.get(registry).or_else(|| self.helpers.get("")).map(String::as_str)
    }
}

/// `https://index.docker.io/v1/` is what `docker login` calls docker.io.
fn host(written: &str) -> String {
    let rest = written.split_once("://").map_or(written, |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or(rest);
    match host {
        "index.docker.io" | "registry-1.docker.io" => "docker.io".to_owned(),
        host => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_found_by_host_and_never_shown() {
        // `me:canary` and `you:can:ary`.
        let text = br#"{"auths":{"https://index.docker.io/v1/":{"auth":"bWU6Y2FuYXJ5"},
            "ghcr.io":{"auth":"eW91OmNhbjphcnk="},"plain.example":{"username":"a","password":"b"},
            "empty.example":{},"broken.example":{"auth":"!"}},
            "credHelpers":{"gcr.io":"gcloud"},"credsStore":"desktop"}"#;
        let keychain = Keychain::parse(text).unwrap();
        assert_eq!(keychain.of("docker.io").unwrap().basic(), "Basic bWU6Y2FuYXJ5");
        assert_eq!(keychain.of("ghcr.io").unwrap().password, "can:ary");
        assert!(keychain.of("plain.example").is_some());
        assert!(keychain.of("empty.example").is_none() && keychain.of("broken.example").is_none());
        assert_eq!(
            (keychain.helper("gcr.io"), keychain.helper("quay.io")),
            (Some("gcloud"), Some("desktop"))
        );
        assert!(!format!("{keychain:?}").contains("canary"));
        assert!(Keychain::parse(b"not JSON").is_none());
        assert!(Keychain::parse(b"[]").is_some());
    }
}
