//! Names of images: which registry, which repository in it, which tag or digest (distribution/reference).

use crate::RegistryError;

/// A name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// As it was written.
    pub text: String,
    /// The registry as it is written: `docker.io`, `ghcr.io`, `localhost:5000`.
    pub registry: String,
    /// The repository as the registry calls it: `library/node`.
    pub repository: String,
    /// A tag or a digest.
    pub reference: String,
}

impl Name {
    /// Takes a name apart; what it does not say is `docker.io`, `library/` and `latest`.
    ///
    /// # Errors
    /// [`RegistryError::Name`].
    pub fn parse(text: &str) -> Result<Self, RegistryError> {
        let fault = || RegistryError::Name(text.chars().take(200).collect());
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let (host, path) = match rest.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host, path),
            _ => ("docker.io", rest),
        };
        let host = if host == "index.docker.io" { "docker.io" } else { host };
        let (repository, tag) = match path.rsplit_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (path, None),
        };
        let official = host == "docker.io" && !repository.contains('/');
        let repository = if official { format!("library/{repository}") } else { repository.to_owned() };
        let reference = digest.or(tag).unwrap_or("latest").to_owned();
        let good_host = host.starts_with(|one: char| one.is_ascii_alphanumeric() || one == '[')
            && !host.contains("..")
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte));
        let good_part = |part: &str| {
            part.starts_with(|one: char| one.is_ascii_lowercase() || one.is_ascii_digit())
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte))
        };
        let good_tag = |tag: &str| {
            tag.len() <= 128
                && tag.starts_with(|one: char| one.is_ascii_alphanumeric() || one == '_')
                && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        };
        let good = good_host
            && repository.len() <= 255
            && repository.split('/').all(good_part)
            && tag.is_none_or(good_tag)
            && digest.is_none_or(is_digest);
        match good {
            true => Ok(Self { text: text.to_owned(), registry: host.to_owned(), repository, reference }),
            false => Err(fault()),
        }
    }

    /// Where the API of the registry is. Plain HTTP is for this machine.
    #[must_use]
    pub fn base(&self) -> String {
        // The registry of docker.io has a name of its own.
        let host = if self.registry == "docker.io" { "registry-1.docker.io" } else { &self.registry };
        let bare = match host.rsplit_once(':') {
            Some((bare, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => bare,
            _ => host,
        };
        let bare = bare.trim_start_matches('[').trim_end_matches(']');
        let here = bare == "localhost"
            || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        format!("{}://{host}/v2/", if here { "http" } else { "https" })
    }

    /// Whether the name says exactly which build is meant.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        is_digest(&self.reference)
    }
}

/// The only kind of digest that is computed here.
pub(crate) fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_name_leaves_out_is_what_docker_takes() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (text, base, repository, reference) in [
            ("node", "https://registry-1.docker.io/v2/", "library/node", "latest"),
            ("index.docker.io/bitnami/redis:7", "https://registry-1.docker.io/v2/", "bitnami/redis", "7"),
            ("ghcr.io/acme/api:1.4", "https://ghcr.io/v2/", "acme/api", "1.4"),
            ("localhost:5000/api", "http://localhost:5000/v2/", "api", "latest"),
            ("127.0.0.1:5000/a/b:x", "http://127.0.0.1:5000/v2/", "a/b", "x"),
            ("registry.example.org:8443/api", "https://registry.example.org:8443/v2/", "api", "latest"),
            (&format!("ghcr.io/a/b:1@{digest}"), "https://ghcr.io/v2/", "a/b", &digest),
        ] {
            let name = Name::parse(text).unwrap();
            assert_eq!(
                (&*name.base(), &*name.repository, &*name.reference),
                (base, repository, reference),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "",
            "API",
            "a b",
            "../etc",
            "ghcr.io/a/../b",
            "ghcr.io/a?x=y",
            "ghcr.io/a#x",
            "ghcr.io/a:",
            "a@sha256:1",
            "user:pass@host.example/a",
            "ghcr.io//a",
            "ghcr.io/",
            "a:b:c",
        ] {
            assert!(Name::parse(text).is_err(), "{text}");
        }
    }
}
