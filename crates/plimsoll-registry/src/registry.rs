//! One repository of one registry: manifests and blobs, with the token that it asks for.

use std::sync::{Mutex, PoisonError};

use plimsoll_fetch::{Fetcher, Reply};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Credentials, Keychain, Name, RegistryError};

/// What is taken for a manifest.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

/// A manifest may have 4 MiB (distribution specification, "Pushing Manifests").
const MAX_MANIFEST: u64 = 4 * 1024 * 1024;
/// The answer of a service for tokens.
const MAX_TOKEN: u64 = 1024 * 1024;

/// A repository.
#[derive(Debug)]
pub struct Registry<'a> {
    fetcher: &'a Fetcher,
    name: Name,
    credentials: Option<Credentials>,
    /// The helper that would know credentials.
    helper: Option<String>,
    /// What is sent in `Authorization` since the registry asked.
    pass: Mutex<Option<String>>,
}

/// A manifest as it was sent.
#[derive(Debug, Clone)]
pub(crate) struct Manifest {
    pub(crate) bytes: Vec<u8>,
    pub(crate) digest: String,
    pub(crate) kind: String,
    pub(crate) value: Value,
}

impl<'a> Registry<'a> {
    /// The repository of a name. Nothing is sent yet.
    #[must_use]
    pub fn new(fetcher: &'a Fetcher, name: Name, keychain: &Keychain) -> Self {
        let credentials = keychain.of(&name.registry).cloned();
        let helper = keychain.helper(&name.registry).map(str::to_owned);
        Self { fetcher, name, credentials, helper, pass: Mutex::new(None) }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// A manifest by tag or digest; `None` when there is none.
    pub(crate) fn manifest(&self, reference: &str) -> Result<Option<Manifest>, RegistryError> {
        let reply = self.get(&format!("manifests/{reference}"), MANIFESTS)?;
        if reply.status == 404 {
            return Ok(None);
        }
        let reply = self.good(reply)?;
        let kind = reply.header("content-type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_owned();
        let bytes = reply.bytes(MAX_MANIFEST)?;
        let digest = sha256(&bytes);
        if crate::name::is_digest(reference) && digest != reference {
            return Err(self.unusable(format!("the manifest {reference} is another one: {digest}")));
        }
        let value: Value = serde_json::from_slice(&bytes)
            .map_err(|_| self.unusable("what it has for a manifest is no JSON".to_owned()))?;
        let own = value.get("mediaType").and_then(Value::as_str).map(str::to_owned);
        Ok(Some(Manifest { bytes, digest, kind: own.unwrap_or(kind), value }))
    }

    /// A blob; its digest is checked by who reads it.
    pub(crate) fn blob(&self, digest: &str) -> Result<Option<Reply>, RegistryError> {
        let reply = self.get(&format!("blobs/{digest}"), "*/*")?;
        if reply.status == 404 {
            return Ok(None);
        }
        self.good(reply).map(Some)
    }

    /// Descriptors of what refers to a manifest: by the API, or by the tag that stands in for it.
    pub(crate) fn referrers(&self, digest: &str) -> Result<Vec<Value>, RegistryError> {
        let reply = self.get(&format!("referrers/{digest}"), MANIFESTS)?;
        let index: Value = if reply.status == 200 {
            let bytes = reply.bytes(MAX_MANIFEST)?;
            serde_json::from_slice(&bytes)
                .map_err(|_| self.unusable("its list of referrers is no JSON".to_owned()))?
        } else {
            drop(reply);
            self.manifest(&digest.replace(':', "-"))?.map(|manifest| manifest.value).unwrap_or_default()
        };
        let listed = index.get("manifests").and_then(Value::as_array);
        Ok(listed.cloned().unwrap_or_default())
    }

    fn get(&self, path: &str, accept: &str) -> Result<Reply, RegistryError> {
        let url = format!("{}{}/{path}", self.name.base(), self.name.repository);
        let pass = self.pass.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let reply = self.send(&url, accept, pass.as_deref())?;
        if reply.status != 401 {
            return Ok(reply);
        }
        let challenge: Vec<String> = reply.headers("www-authenticate").map(str::to_owned).collect();
        drop(reply);
        let pass = self.answer(&challenge)?;
        let reply = self.send(&url, accept, Some(&pass))?;
        if reply.status != 401 {
            *self.pass.lock().unwrap_or_else(PoisonError::into_inner) = Some(pass);
        }
        Ok(reply)
    }

    fn send(&self, url: &str, accept: &str, pass: Option<&str>) -> Result<Reply, RegistryError> {
        let mut headers = vec![("accept", accept)];
        headers.extend(pass.map(|pass| ("authorization", pass)));
        Ok(self.fetcher.get(url, &headers, 0)?)
    }

    /// What the registry wants to see: a token of the service that it names, or the credentials themselves.
    fn answer(&self, challenges: &[String]) -> Result<String, RegistryError> {
        let parsed: Vec<Challenge> = challenges.iter().filter_map(|text| Challenge::parse(text)).collect();
        let scheme = |wanted: &str| parsed.iter().find(|one| one.scheme.eq_ignore_ascii_case(wanted));
        if let Some(bearer) = scheme("bearer") {
            return self.token(bearer);
        }
        match (scheme("basic"), &self.credentials) {
            (Some(_), Some(credentials)) => Ok(credentials.basic()),
            _ => Err(self.denied(401)),
        }
    }

    fn token(&self, challenge: &Challenge) -> Result<String, RegistryError> {
        let realm = challenge
            .parameter("realm")
            .ok_or_else(|| self.unusable("it asks for a token and does not say who gives one".to_owned()))?;
        let service = plimsoll_fetch::Address::parse(realm)?;
        let own = plimsoll_fetch::Address::parse(&self.name.base())?;
        if service.is_loopback() && !own.is_loopback() {
            return Err(self.unusable("it sends to this machine for a token".to_owned()));
        }
        let mut url = realm.to_owned();
        let pull = format!("repository:{}:pull", self.name.repository);
        let parameters = [("service", challenge.parameter("service")), ("scope", Some(pull.as_str()))];
        for (key, value) in parameters {
            let Some(value) = value else { continue };
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&format!("{key}={}", encoded(value)));
        }
        let basic = self.credentials.as_ref().map(Credentials::basic);
        let mut headers = vec![("accept", "application/json")];
        headers.extend(basic.as_deref().map(|basic| ("authorization", basic)));
        let reply = self.fetcher.get(&url, &headers, 0)?;
        let status = reply.status;
        if status != 200 {
            return Err(self.denied(status));
        }
        let answer: Option<Value> = serde_json::from_slice(&reply.bytes(MAX_TOKEN)?).ok();
        let text = |key: &str| answer.as_ref()?.get(key)?.as_str().filter(|text| !text.is_empty());
        let token = text("token").or_else(|| text("access_token"));
        let usable = token.filter(|token| token.bytes().all(|byte| (b'!'..=b'~').contains(&byte)));
        usable
            .map(|token| format!("Bearer {token}"))
            .ok_or_else(|| self.unusable("the service for tokens sends none".to_owned()))
    }

    fn good(&self, reply: Reply) -> Result<Reply, RegistryError> {
        match reply.status {
            200 => Ok(reply),
            status @ (401 | 403) => Err(self.denied(status)),
            429 => Err(self.unusable(
                "too many requests: it wants to be asked later, or by somebody it knows".to_owned(),
            )),
            status => Err(self.unusable(format!("it answers {status}"))),
        }
    }

    fn denied(&self, status: u16) -> RegistryError {
        let registry = self.name.registry.clone();
        let why = match (&self.credentials, &self.helper) {
            (Some(_), _) => format!("it answers {status} to the credentials of `docker login`"),
            (None, Some(helper)) => format!(
                "it answers {status} to a stranger; the credentials are kept by the helper `{helper}`, which is not run: \
give a config.json with `auths` in DOCKER_CONFIG"
            ),
            (None, None) => {
                format!(
                    "it answers {status} to a stranger, and config.json of `docker login` knows no credentials for it"
                )
            }
        };
        RegistryError::Denied { registry, repository: self.name.repository.clone(), why }
    }

    pub(crate) fn unusable(&self, what: String) -> RegistryError {
        RegistryError::Unusable { registry: self.name.registry.clone(), what }
    }
}

/// `WWW-Authenticate` (RFC 9110, section 11.6.1): a scheme and parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Challenge {
    scheme: String,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    fn parse(text: &str) -> Option<Self> {
        let text = text.get(..text.len().min(8 * 1024))?.trim();
        let (scheme, mut rest) = text.split_once(' ').unwrap_or((text, ""));
        let mut parameters = Vec::new();
        while let Some((key, after)) = rest.split_once('=') {
            let key = key.trim_matches([' ', ',', '\t']).to_ascii_lowercase();
            let value = match after.strip_prefix('"') {
                Some(quoted) => {
                    let mut value = String::new();
                    let mut characters = quoted.char_indices();
                    let mut end = quoted.len();
                    while let Some((at, one)) = characters.next() {
                        match one {
                            '"' => {
                                end = at + 1;
                                break;
                            }
                            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
                            one => value.push(one),
                        }
                    }
                    rest = quoted.get(end..).unwrap_or_default();
                    value
                }
                None => {
                    let end = after.find(',').unwrap_or(after.len());
                    rest = after.get(end..).unwrap_or_default();
                    after.get(..end).unwrap_or_default().trim().to_owned()
                }
            };
            parameters.push((key, value));
        }
        (!scheme.is_empty()).then(|| Self { scheme: scheme.to_owned(), parameters })
    }

    fn parameter(&self, key: &str) -> Option<&str> {
        self.parameters.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str())
    }
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' | b'/' => {
                out.push(char::from(byte));
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_read_as_it_is_written_by_registries() {
        let text = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="a,b=\"c\"" , error=x"#;
        let challenge = Challenge::parse(text).unwrap();
        assert_eq!(challenge.scheme, "Bearer");
        assert_eq!(challenge.parameter("realm"), Some("https://auth.docker.io/token"));
        assert_eq!(challenge.parameter("service"), Some("registry.docker.io"));
        assert_eq!(challenge.parameter("scope"), Some("a,b=\"c\""));
        assert_eq!(challenge.parameter("error"), Some("x"));
        assert_eq!(Challenge::parse("Basic").unwrap().parameters, []);
        assert_eq!(Challenge::parse("Basic realm=x").unwrap().parameter("realm"), Some("x"));
        for odd in ["", "Bearer realm=\"", "Bearer =", "Bearer realm=\"\\", "Bearer ====", "é=\"é"] {
            let _ = Challenge::parse(odd);
        }
    }
}
