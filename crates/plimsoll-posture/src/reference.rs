//! Image references: `registry/repository:tag@digest` (distribution/reference).

use std::fmt;
use std::sync::Arc;

use crate::Pin;

/// A reference as it was written, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageReference {
    /// As written.
    pub text: Arc<str>,
    /// Registry host with port; `docker.io` when none is written.
    pub registry: Arc<str>,
    /// Repository without registry; `library/` is not shown: `node`, `bitnami/redis`.
    pub repository: Arc<str>,
    /// The tag, when written.
    pub tag: Option<Arc<str>>,
    /// `sha256:…`, when written.
    pub digest: Option<Arc<str>>,
}

impl ImageReference {
    /// Whether the engine would take the reference: the repository is in lower case, and it and the tag hold only the
    /// characters of the grammar. `BASEIMAGE` and `debian:%%TAG%%` are places in a template and name no image.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let repository = self
            .repository
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'/'));
        let tag = self.tag.as_deref().is_none_or(|tag| {
            tag.len() <= 128
                && !tag.starts_with(['.', '-'])
                && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
        });
        repository && tag
    }

    /// Takes a reference apart. Accepts whatever has a repository; `None` for an empty text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        // A colon after the last slash starts the tag; one before it belongs to the registry's port.
        let slash = rest.rfind('/').map_or(0, |at| at + 1);
        let (name, tag) = match rest[slash..].find(':') {
            Some(colon) => (&rest[..slash + colon], Some(&rest[slash + colon + 1..])),
            None => (rest, None),
        };
        let (registry, repository) = match name.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host, path),
            _ => ("docker.io", name),
        };
        let registry = if registry == "index.docker.io" { "docker.io" } else { registry };
        let repository = if registry == "docker.io" {
            repository.strip_prefix("library/").unwrap_or(repository)
        } else {
            repository
        };
        if repository.is_empty() {
            return None;
        }
        Some(Self {
            text: text.into(),
            registry: registry.into(),
            repository: repository.into(),
            tag: tag.filter(|tag| !tag.is_empty()).map(Into::into),
            digest: digest.map(Into::into),
        })
    }

    /// `node`, `bitnami/redis`, `ghcr.io/a/b`: without tag and digest.
    #[must_use]
    pub fn name(&self) -> String {
        if &*self.registry == "docker.io" {
            self.repository.to_string()
        } else {
            format!("{}/{}", self.registry, self.repository)
        }
    }

    /// Name and tag, `latest` where none is written: the same for every way to write it.
    #[must_use]
    pub fn tagged(&self) -> String {
        format!("{}:{}", self.name(), self.tag.as_deref().unwrap_or("latest"))
    }

    /// What the reference names: one build, a version, or whatever is newest.
    #[must_use]
    pub fn pin(&self) -> Pin {
        if self.digest.is_some() {
            return Pin::Digest;
        }
        let Some(tag) = self.tag.as_deref() else { return Pin::Missing };
        let first = tag.split('-').next().unwrap_or(tag).to_ascii_lowercase();
        let word = first.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let numbered = |part: &str| match first.as_str() {
            // `release-9.11`: the word is no channel but says what the number is.
            "release" => part.starts_with(|c: char| c.is_ascii_digit()),
            _ => is_full_version(part),
        };
        let floating = FLOATING.contains(&first.as_str()) && !tag.split('-').skip(1).any(numbered)
            // `node:alpine3.20` fixes the distribution and leaves the runtime open.
            || matches!(word, "alpine") && &*self.repository != "alpine"
            || !tag.contains(|c: char| c.is_ascii_digit()) && !CODENAMES.contains(&first.as_str());
        if floating { Pin::Floating } else { Pin::Version }
    }
}

/// `v0.35.5`, `1.2.3`, `20240131`, `2024`: behind the name of a channel it fixes one build of it. Two numbers do not: in
/// `lts-22.04` they are the distribution's.
fn is_full_version(part: &str) -> bool {
    let number = part.strip_prefix('v').unwrap_or(part);
    let numbers: Vec<&str> = number.split('.').collect();
    let starts = |part: &&str| part.starts_with(|c: char| c.is_ascii_digit());
    numbers.iter().all(starts)
        && (numbers.len() >= 3 || part.starts_with('v') || number.len() >= 4 && numbers.len() == 1)
}

/// First components of tags that move from version to version.
const FLOATING: &[&str] = &[
    "latest",
    "stable",
    "lts",
    "current",
    "edge",
    "main",
    "master",
    "dev",
    "devel",
    "develop",
    "development",
    "nightly",
    "rolling",
    "mainline",
    "unstable",
    "testing",
    "sid",
    "slim",
    "release",
    "canary",
    "next",
    "beta",
    "alpha",
    "snapshot",
    "prod",
    "production",
];

/// Release code names of Debian and Ubuntu, and those of the long-term lines of Node: the name is the version.
const CODENAMES: &[&str] = &[
    "wheezy", "jessie", "stretch", "buster", "bullseye", "bookworm", "trixie", "forky", "precise", "trusty",
    "xenial", "bionic", "focal", "jammy", "kinetic", "lunar", "mantic", "noble", "oracular", "plucky",
    "questing", "resolute", "argon", "boron", "carbon", "dubnium", "erbium", "fermium", "gallium",
    "hydrogen", "iron", "jod", "krypton",
];

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_tags_and_digests_are_told_apart() {
        let parse = |text| ImageReference::parse(text).unwrap();
        let plain = parse("node");
        assert_eq!((&*plain.registry, &*plain.repository, plain.tag.as_deref()), ("docker.io", "node", None));
        let full = parse("localhost:5000/a/b:1.2@sha256:00");
        assert_eq!((&*full.registry, &*full.repository), ("localhost:5000", "a/b"));
        assert_eq!((full.tag.as_deref(), full.digest.as_deref()), (Some("1.2"), Some("sha256:00")));
        assert_eq!(&*parse("docker.io/library/node:22").repository, "node");
        assert_eq!(&*parse("bitnami/redis:7").repository, "bitnami/redis");
        assert_eq!(ImageReference::parse("  "), None);
    }

    #[test]
    fn a_place_in_a_template_is_no_reference() {
        // The grammar of distribution/reference: path components in lower case, tags of [\w.-].
        let valid = |text| ImageReference::parse(text).unwrap().is_valid();
        for text in ["node", "a.io:5000/b_c/d-e.f:1_2-3.4", "localhost/x", "r.io/x:V1@sha256:00"] {
            assert!(valid(text), "{text}");
        }
        for text in ["BASEIMAGE", "debian:%%TAG%%", "{{image}}", "x:-1", "docker.io/Node"] {
            assert!(!valid(text), "{text}");
        }
    }

    #[test]
    fn a_tag_is_a_pin_only_when_it_names_a_version() {
        let pin = |text| ImageReference::parse(text).unwrap().pin();
        assert_eq!(pin("node"), Pin::Missing);
        for text in
            ["node:latest", "node:lts-alpine3.20", "node:alpine", "node:alpine3.20", "x/y:main", "php:apache"]
        {
            assert_eq!(pin(text), Pin::Floating, "{text}");
        }
        for text in [
            "node:22",
            "node:22-alpine",
            "debian:bookworm-slim",
            "node:boron-alpine",
            "alpine:3.20",
            "x:v1",
            "x:sha-4f1c",
        ] {
            assert_eq!(pin(text), Pin::Version, "{text}");
        }
        // The channel's name stands before a version, or before a distribution's.
        for text in ["x/y:stable-v0.35.5", "x/y:latest-1.2.3", "rust:nightly-2024-01-31", "x/y:release-9.11"]
        {
            assert_eq!(pin(text), Pin::Version, "{text}");
        }
        for text in [
            "x/y:release",
            "x/y:release-noble",
            "x/y:latest-22.04",
            "nginx:stable-alpine3.19",
            "jenkins:lts-jdk17",
            "node:current-slim",
        ] {
            assert_eq!(pin(text), Pin::Floating, "{text}");
        }
        assert_eq!(pin("node:latest@sha256:00"), Pin::Digest);
    }
}
