//! A tag taken apart (`3.12-slim-bookworm`), and the tags that could stand in its place.

use plimsoll_posture::Flavour;

use super::lines::{self, Cycle};
use super::table::{Lean, Record};

/// What the words of a tag say.
#[derive(Debug, Clone, Default)]
pub(super) struct Tag<'a> {
    /// `3.12`, without a leading `v`.
    pub(super) version: Option<&'a str>,
    /// `fermium`, `lts`, `latest`: the first word, where it is neither version nor variant.
    pub(super) word: Option<&'a str>,
    /// `bookworm`, `jammy`.
    pub(super) release: Option<&'a str>,
    /// The distribution that the tag names, with its version where it names one.
    pub(super) distribution: Option<(&'static str, Option<&'a str>)>,
    pub(super) flavour: Option<Flavour>,
    /// `fpm`, `management`, `jdk`: words that choose a variant of the program.
    variants: Vec<&'a str>,
    /// A word that nobody here knows.
    strange: bool,
}

/// Words that choose a variant and stay when the version changes.
const VARIANTS: &[&str] = &["fpm", "apache", "cli", "zts", "management", "jdk", "jre", "curl", "scm"];

pub(super) fn parse(tag: Option<&str>) -> Tag<'_> {
    let mut parsed = Tag::default();
    // `java:openjdk-8-jre` is `java:8-jre`.
    let tag = tag.map_or("", |tag| tag.strip_prefix("openjdk-").unwrap_or(tag));
    let words: Vec<&str> = tag.split('-').filter(|word| !word.is_empty()).collect();
    for (index, &word) in words.iter().enumerate() {
        let bare = word.strip_prefix('v').or_else(|| word.strip_prefix("centos")).unwrap_or(word);
        let numeric = bare.starts_with(|c: char| c.is_ascii_digit());
        if let Some(version) = word.strip_prefix("alpine") {
            parsed.distribution = Some(("alpine", Some(version).filter(|version| !version.is_empty())));
            parsed.flavour = Some(Flavour::Alpine);
        } else if let Some((distribution, flavour)) = spoken(word) {
            parsed.distribution = distribution.map(|name| (name, None)).or(parsed.distribution);
            parsed.flavour = flavour.or(parsed.flavour);
            if distribution == Some("debian") {
                let number =
                    words.get(index + 1).copied().filter(|next| next.bytes().all(|b| b.is_ascii_digit()));
                parsed.distribution = Some(("debian", number));
            }
        } else if let Some(distribution) = release(word) {
            parsed.release = Some(word);
            parsed.distribution = Some((distribution, Some(word)));
        } else if index == 0 && numeric {
            parsed.version = Some(bare);
        } else if VARIANTS.contains(&word) {
            parsed.variants.push(word);
        } else if index == 0 {
            parsed.word = Some(word);
        } else {
            parsed.strange = true;
        }
    }
    parsed
}

/// Words that name a flavour or a distribution without a version.
fn spoken(word: &str) -> Option<(Option<&'static str>, Option<Flavour>)> {
    Some(match word {
        "slim" => (None, Some(Flavour::Slim)),
        "distroless" | "chiseled" => (None, Some(Flavour::Distroless)),
        "scratch" => (Some("scratch"), Some(Flavour::Scratch)),
        "debian" => (Some("debian"), None),
        "ubuntu" => (Some("ubuntu"), None),
        "ubi" | "ubi7" | "ubi8" | "ubi9" | "ubi10" => (Some("redhat"), None),
        "nanoserver" | "windowsservercore" => (Some("windows"), None),
        _ => return None,
    })
}

/// The distribution of a release's code name.
fn release(word: &str) -> Option<&'static str> {
    let named = word.bytes().all(|byte| byte.is_ascii_lowercase());
    ["debian", "ubuntu"].into_iter().find(|distribution| {
        named && lines::product(distribution).is_some_and(|product| product.of_code(word).is_some())
    })
}

impl Tag<'_> {
    /// The tag of a leaner image of the same version; `current` is the line for a tag without a version.
    pub(super) fn leaner(&self, record: &Record, current: Option<Cycle>) -> Option<String> {
        let heavy = !matches!(
            self.flavour,
            Some(Flavour::Slim | Flavour::Alpine | Flavour::Distroless | Flavour::Scratch)
        );
        let foreign = self.distribution.is_some_and(|(name, _)| Some(name) != record.distribution);
        let lean_by_itself = record.flavour.is_some_and(|flavour| flavour != Flavour::Full);
        if !heavy || foreign || lean_by_itself || self.strange {
            return None;
        }
        let distribution = record.names.contains(&"debian");
        let mut words = match (self.version, self.release) {
            (Some(version), _) => vec![version],
            (None, Some(_)) if distribution => Vec::new(),
            (None, _) => vec![current?.number],
        };
        match record.lean {
            Lean::No => return None,
            Lean::Slim if !self.variants.is_empty() => return None,
            // Debian and Node put the word last, the others before the release.
            Lean::Slim if distribution || record.names.contains(&"node") => {
                words.extend(self.release);
                words.push("slim");
            }
            Lean::Slim => {
                words.push("slim");
                words.extend(self.release);
            }
            Lean::Alpine if self.variants.contains(&"apache") => return None,
            Lean::Alpine => {
                words.extend(&self.variants);
                words.push("alpine");
            }
        }
        Some(words.join("-"))
    }

    /// The same variant in another release line, on the distribution's current release.
    pub(super) fn moved_to(&self, record: &Record, line: &str, code: Option<&str>) -> Option<String> {
        let windows = self.distribution.is_some_and(|(name, _)| name == "windows" || name == "redhat");
        if self.strange || windows || !record.line_tags {
            return None;
        }
        let mut words = vec![code.unwrap_or(line)];
        words.extend(&self.variants);
        match self.flavour {
            Some(Flavour::Slim) => words.push("slim"),
            Some(Flavour::Alpine) => words.push("alpine"),
            Some(Flavour::Distroless | Flavour::Scratch) => return None,
            _ => {}
        }
        Some(words.join("-"))
    }

    /// `jre` rather than `jdk`.
    pub(super) fn is_jre(&self) -> bool {
        self.variants.contains(&"jre")
    }
}
