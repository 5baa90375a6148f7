//! What the distributions know of their sources: the newest version that a release has, and the version that mended a weakness.
//!
//! The notation of both parts, Debian and Alpine, embedded or imported:
//!
//! - `release name to extent` for each release, keyed by every name it goes by (`bookworm`, `12`): the name that keys its sources, the day
//!   to which it is known (`YYYY-MM-DD` or `YYYY-MM`), and how much of it: `a` all, so that a source without a row has nothing known
//!   against it; `c` the sources that are common, `f` a few: of any other nothing is known.
//! - `release/source newest fixes`: the newest version of each pocket behind its letter, parted by `;` (`m` the release itself, `s` its
//!   security updates, `u` its other updates; empty where only fixes are known), and `version=id,id;…`, the versions that mended something.
//!   An id is a CVE without `CVE-` and with a letter for its rating (`2024-1234h`), or any other id as it stands. Version `0`: the release
//!   never had it. What nobody has mended yet has no version and is not listed.
//!
//! Deliberately absent: images, and how versions compare (`order`).

use std::cmp::Ordering;
use std::sync::Arc;

use plimsoll_posture::{Advisory, Completeness, Extent};

use crate::advisory;
use crate::database::{Database, Part, Table};
use crate::order;

/// A distribution of which something is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Debian itself: its derivatives have versions and fixes of their own.
    Debian,
    /// Alpine itself.
    Alpine,
}

impl Family {
    /// By `ID` of `os-release`.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        match id {
            "debian" => Some(Self::Debian),
            "alpine" => Some(Self::Alpine),
            _ => None,
        }
    }

    /// Its order of versions.
    #[must_use]
    pub fn compare(self, a: &str, b: &str) -> Ordering {
        match self {
            Self::Debian => order::dpkg(a, b),
            Self::Alpine => order::apk(a, b),
        }
    }

    fn table(self, database: &Database) -> &Table {
        database.part(match self {
            Self::Debian => Part::Debian,
            Self::Alpine => Part::Alpine,
        })
    }
}

/// One release of a distribution, as a database has it.
#[derive(Debug, Clone, Copy)]
pub struct Release<'t> {
    database: &'t Database,
    /// Whose release it is.
    pub family: Family,
    /// `bookworm`, `3.20`.
    pub name: &'t str,
    /// The day to which it is known.
    pub to: &'t str,
    /// How much of it is known.
    pub extent: Extent,
    /// Whether a source without a row has nothing known against it.
    pub lists_all: bool,
}

impl<'t> Release<'t> {
    /// The release of a code name or a number; `None` where nothing is known of it.
    #[must_use]
    pub fn find(database: &'t Database, family: Family, name: &str) -> Option<Self> {
        if name.is_empty() || name.contains('/') {
            return None;
        }
        let mut fields = family.table(database).block(name).lines().next()?.split('\t').skip(1);
        let (name, to, extent) = (fields.next()?, fields.next()?, fields.next()?);
        Some(Self {
            database,
            family,
            name,
            to,
            extent: if extent == "f" { Extent::Part } else { Extent::Whole },
            lists_all: extent == "a",
        })
    }

    /// What is known of a source.
    #[must_use]
    pub fn source(&self, source: &str) -> Option<Source<'t>> {
        let key = format!("{}/{source}", self.name);
        let mut fields = self.family.table(self.database).block(&key).lines().next()?.split('\t').skip(1);
        Some(Source { release: *self, newest: fields.next()?, fixes: fields.next()? })
    }
}

/// What is known of a source in one release.
#[derive(Debug, Clone, Copy)]
pub struct Source<'t> {
    release: Release<'t>,
    newest: &'t str,
    fixes: &'t str,
}

impl<'t> Source<'t> {
    /// The newest version of every pocket, with its letter.
    pub fn pockets(&self) -> impl Iterator<Item = (char, &'t str)> + use<'t> {
        self.newest.split(';').filter_map(|pocket| {
            let letter = pocket.chars().next()?;
            Some((letter, pocket.get(letter.len_utf8()..)?))
        })
    }

    /// The versions that mended something, with the ids.
    pub fn fixes(&self) -> impl Iterator<Item = (&'t str, &'t str)> + use<'t> {
        self.fixes.split(';').filter_map(|fix| fix.split_once('=')).filter(|(version, _)| *version != "0")
    }

    /// Every advisory that a version lacks, the worst first.
    #[must_use]
    pub fn lacking(&self, version: &str) -> Vec<Advisory> {
        let Release { database, family, .. } = self.release;
        let mut lacking: Vec<Advisory> = Vec::new();
        for (fixed, ids) in self.fixes().filter(|(fixed, _)| family.compare(version, fixed).is_lt()) {
            for id in ids.split(',').filter(|id| !id.is_empty()) {
                let own = advisory(database, id, fixed);
                // Of an advisory that needed two fixes the later one counts.
                match lacking.iter_mut().find(|known| known.id == own.id) {
                    None => lacking.push(own),
                    Some(known) => {
                        let later = |known: &str| family.compare(known, fixed).is_lt();
                        if known.fixed.as_deref().is_none_or(later) {
                            *known = own;
                        }
                    }
                }
            }
        }
        advisory::sort(&mut lacking);
        lacking
    }
}

/// `2024-1234h` or `XSA-207`.
fn advisory(database: &Database, mark: &str, fixed: &str) -> Advisory {
    let cve = mark.starts_with(|first: char| first.is_ascii_digit());
    let number = if cve { mark.trim_end_matches(|c: char| c.is_ascii_lowercase()) } else { mark };
    let id: Arc<str> = if cve { format!("CVE-{number}").into() } else { number.into() };
    Advisory {
        rating: advisory::rating(mark.get(number.len()..).unwrap_or("")),
        exploited: database.is_exploited(&id),
        id,
        aliases: Vec::new(),
        malicious: false,
        fixed: Some(fixed.into()),
        completeness: Completeness::Full,
        accepted: None,
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_posture::Rating;

    use super::*;

    #[test]
    fn every_source_of_a_table_is_found() {
        let database = Database::embedded();
        for family in [Family::Debian, Family::Alpine] {
            let (mut releases, mut sources) = (0, 0);
            for line in family.table(database).rows() {
                let fields: Vec<&str> = line.split('\t').collect();
                match fields[0].split_once('/') {
                    None => {
                        releases += 1;
                        let release = Release::find(database, family, fields[0]).unwrap();
                        assert_eq!((release.name, release.to), (fields[1], fields[2]));
                    }
                    Some((release, source)) => {
                        sources += 1;
                        let release = Release::find(database, family, release).unwrap();
                        let found = release.source(source).unwrap();
                        assert_eq!((found.newest, found.fixes), (fields[1], fields[2]));
                        for (version, ids) in found.fixes() {
                            assert!(!version.is_empty() && !ids.is_empty(), "{line}");
                        }
                    }
                }
            }
            assert!(releases >= 6 && sources > 1_600, "{releases} {sources}");
            let release =
                Release::find(database, family, if family == Family::Debian { "12" } else { "3.10" });
            let release = release.unwrap();
            assert!(release.source("").is_none() && release.source("no such source").is_none());
            assert!(Release::find(database, family, "").is_none());
            assert!(Release::find(database, family, "12/openssl").is_none());
        }
    }

    #[test]
    fn a_version_lacks_what_later_ones_mended() {
        let text = "\t\t\n1\tr\t2026-01-01\tc\nr\tr\t2026-01-01\tc\nr/a\tm2-1;s2-1+deb1u1\t0=2020-1;1-1=2021-1h;\
            2-1=2022-2,2021-44228c;3=2021-1h,XSA-1\n";
        let database = Database::default().with(Part::Debian, Table::imported(text.to_owned(), "a test"));
        let release = Release::find(&database, Family::Debian, "1").unwrap();
        assert_eq!((release.name, release.lists_all), ("r", false));
        let source = release.source("a").unwrap();
        assert_eq!(source.pockets().collect::<Vec<_>>(), [('m', "2-1"), ('s', "2-1+deb1u1")]);
        let told = |version: &str| -> Vec<(String, Rating, bool, String)> {
            let lacking = source.lacking(version).into_iter();
            lacking.map(|a| (a.id.to_string(), a.rating, a.exploited, a.fixed.unwrap().to_string())).collect()
        };
        let of =
            |id: &str, rating, exploited, fixed: &str| (id.to_owned(), rating, exploited, fixed.to_owned());
        let first = of("CVE-2021-44228", Rating::Critical, true, "2-1");
        let second = of("CVE-2021-1", Rating::High, false, "3");
        let third = of("CVE-2022-2", Rating::Unrated, false, "2-1");
        let last = of("XSA-1", Rating::Unrated, false, "3");
        assert_eq!(told("0.9"), [first.clone(), second.clone(), third.clone(), last.clone()]);
        assert_eq!(told("1-1"), [first, second.clone(), third, last.clone()]);
        assert_eq!(told("2-1"), [second, last]);
        assert_eq!(told("3"), []);
    }
}
