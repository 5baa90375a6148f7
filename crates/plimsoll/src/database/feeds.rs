//! The public feeds: where each is, and below which path a mirror has it.
//!
//! Only feeds of advisories are named here. Deliberately absent: registries of packages, which would learn what somebody uses.

use std::collections::BTreeMap;

use clap::ValueEnum;
use plimsoll_packages::database::{Database, Part};

/// A feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Feed {
    /// Advisories of npm, as OSV records.
    Npm,
    /// Advisories of Go, as OSV records.
    Go,
    /// Debian's security tracker.
    Debian,
    /// Alpine's security database, release by release.
    Alpine,
    /// The index of Node.js.
    Node,
    /// CISA's known exploited vulnerabilities.
    Kev,
}

/// Releases of Alpine that are fetched beside those that the data names: the ones with support.
const ALPINE: [&str; 4] = ["3.20", "3.21", "3.22", "3.23"];

impl Feed {
    pub(super) const ALL: [Self; 6] =
        [Self::Npm, Self::Go, Self::Debian, Self::Alpine, Self::Node, Self::Kev];

    /// The part that it makes.
    pub(super) fn part(self) -> Part {
        match self {
            Self::Npm => Part::Npm,
            Self::Go => Part::Go,
            Self::Debian => Part::Debian,
            Self::Alpine => Part::Alpine,
            Self::Node => Part::Node,
            Self::Kev => Part::Kev,
        }
    }

    /// The key of `[database]` that says where it is.
    fn key(self) -> &'static str {
        match self {
            Self::Npm | Self::Go => "osv-base",
            Self::Debian => "debian-base",
            Self::Alpine => "alpine-base",
            Self::Node => "node-base",
            Self::Kev => "kev-base",
        }
    }

    /// Where its publisher has it.
    fn base(self) -> &'static str {
        match self {
            Self::Npm | Self::Go => "https://osv-vulnerabilities.storage.googleapis.com",
            Self::Debian => "https://security-tracker.debian.org",
            Self::Alpine => "https://secdb.alpinelinux.org",
            Self::Node => "https://raw.githubusercontent.com/nodejs/security-wg/main",
            Self::Kev => "https://www.cisa.gov/sites/default/files/feeds",
        }
    }
}

/// The keys of `[database]` that hold addresses.
pub(crate) const BASES: [&str; 6] =
    ["base", "osv-base", "debian-base", "alpine-base", "node-base", "kev-base"];

/// One thing to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) feed: Feed,
    /// What it is called in the store and in output.
    pub(super) name: String,
    /// Its path below the base.
    pub(super) path: String,
    pub(super) url: String,
}

/// What is fetched, from where the configuration says or from the publishers.
pub(super) fn documents(
    only: &[Feed],
    bases: &BTreeMap<String, String>,
    releases: &[String],
    database: &Database,
) -> Vec<Document> {
    let mut documents = Vec::new();
    let feeds = Feed::ALL.into_iter().filter(|feed| only.is_empty() || only.contains(feed));
    for feed in feeds {
        let base = bases.get(feed.key()).or_else(|| bases.get("base")).map_or(feed.base(), String::as_str);
        let mut add = |name: String, path: String| {
            let url = format!("{}/{path}", base.trim_end_matches('/'));
            documents.push(Document { feed, name, path, url });
        };
        match feed {
            Feed::Npm => add("npm".to_owned(), "npm/all.zip".to_owned()),
            Feed::Go => add("go".to_owned(), "Go/all.zip".to_owned()),
            Feed::Debian => add("debian".to_owned(), "tracker/data/json".to_owned()),
            Feed::Node => add("node".to_owned(), "vuln/core/index.json".to_owned()),
            Feed::Kev => add("kev".to_owned(), "known_exploited_vulnerabilities.json".to_owned()),
            Feed::Alpine => {
                for release in alpine(releases, database) {
                    for repository in ["main", "community"] {
                        add(
                            format!("alpine-{release}-{repository}"),
                            format!("v{release}/{repository}.json"),
                        );
                    }
                }
            }
        }
    }
    documents
}

/// The releases of Alpine with support, those that were imported, and those that are asked for.
fn alpine(asked: &[String], database: &Database) -> Vec<String> {
    let mut releases: Vec<(u32, u32)> = Vec::new();
    let number = |text: &str| -> Option<(u32, u32)> {
        let (major, minor) = text.trim_start_matches('v').split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    };
    releases.extend(ALPINE.iter().filter_map(|release| number(release)));
    releases.extend(asked.iter().filter_map(|release| number(release)));
    let least = releases.iter().min().copied();
    let known = database.part(Part::Alpine).rows().filter_map(|row| row.split('\t').next());
    let known = known.filter(|key| !key.contains('/')).filter_map(number);
    releases.extend(known.filter(|release| least.is_some_and(|least| *release > least)));
    releases.sort_unstable();
    releases.dedup();
    releases.into_iter().map(|(major, minor)| format!("{major}.{minor}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_has_every_feed_below_one_address() {
        let bases = [("base", "https://m.example/f/"), ("kev-base", "https://k.example")];
        let bases = bases.into_iter().map(|(key, url)| (key.to_owned(), url.to_owned())).collect();
        let all = documents(&[], &bases, &["3.24".to_owned()], Database::embedded());
        let urls: Vec<&str> = all.iter().map(|document| document.url.as_str()).collect();
        assert!(urls.contains(&"https://m.example/f/npm/all.zip"));
        assert!(urls.contains(&"https://m.example/f/v3.24/community.json"));
        assert!(urls.contains(&"https://k.example/known_exploited_vulnerabilities.json"));
        let own = documents(&[Feed::Debian], &BTreeMap::new(), &[], Database::embedded());
        assert_eq!(own.len(), 1);
        assert!(own[0].url.starts_with("https://security-tracker.debian.org/"));
    }
}
