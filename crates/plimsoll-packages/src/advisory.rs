//! The advisories of npm that the program carries, and which of them hit a version.
//!
//! The table is read where it stands: names are searched, and only the rows of a package that is there are taken apart.
//! A version is hit by precedence, pre-releases included, as npm itself does it; an advisory is hit if any of its ranges is.

use std::sync::Arc;

use plimsoll_posture::{Advisory, Completeness, Rating};

use crate::database::{Database, Part};
use crate::semver::{Range, Version};

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'t> {
    id: &'t str,
    aliases: &'t str,
    rating: &'t str,
    completeness: &'t str,
    flags: &'t str,
    ranges: &'t str,
}

impl<'t> Row<'t> {
    fn of(line: &'t str) -> Option<Self> {
        let mut fields = line.split('\t').skip(1);
        let mut next = || fields.next();
        Some(Self {
            id: next()?,
            aliases: next()?,
            rating: next()?,
            completeness: next()?,
            flags: next()?,
            ranges: next()?,
        })
    }

    /// Ranges with their first fixed versions.
    fn ranges(&self) -> impl Iterator<Item = (&'t str, Option<&'t str>)> + use<'t> {
        self.ranges
            .split(';')
            .filter_map(|range| range.split_once('|'))
            .map(|(range, fixed)| (range, Some(fixed).filter(|fixed| !fixed.is_empty())))
    }

    pub(crate) fn hits(&self, version: &Version<'_>) -> bool {
        self.hit(version).is_some()
    }

    /// The range that a version is in.
    fn hit(&self, version: &Version<'_>) -> Option<Option<&'t str>> {
        self.ranges().find(|(range, _)| inside(range, version)).map(|(_, fixed)| fixed)
    }

    pub(crate) fn fixed_versions(&self) -> impl Iterator<Item = &'t str> + use<'t> {
        self.ranges().filter_map(|(_, fixed)| fixed)
    }

    pub(crate) fn may_lack_a_range(&self) -> bool {
        self.completeness == "m"
    }

    fn ids(&self) -> impl Iterator<Item = &'t str> + use<'t> {
        std::iter::once(self.id).chain(self.aliases.split(',')).filter(|id| !id.is_empty())
    }

    /// As a fact about a version that it hits.
    fn advisory(&self, database: &Database, version: &Version<'_>) -> Advisory {
        Advisory {
            id: self.id.into(),
            aliases: self.ids().skip(1).map(Arc::from).collect(),
            rating: rating(self.rating),
            exploited: self.flags.contains('k') || self.ids().any(|id| database.is_exploited(id)),
            malicious: self.flags.contains('m'),
            fixed: self.hit(version).flatten().map(Into::into),
            completeness: match self.completeness {
                "f" => Completeness::Full,
                "c" => Completeness::Confirmed,
                "p" => Completeness::Product,
                "s" => Completeness::Single,
                _ => Completeness::MaybePartial,
            },
            accepted: None,
        }
    }
}

/// Whether a version is in one of several ranges.
pub(crate) fn within(ranges: &str, version: &Version<'_>) -> bool {
    ranges.split(';').any(|range| inside(range, version))
}

/// The versions at which ranges end, where the fault is gone.
pub(crate) fn ends(ranges: &str) -> impl Iterator<Item = &str> {
    ranges.split([';', ' ']).filter_map(|bound| bound.strip_prefix('<')).filter(|end| !end.starts_with('='))
}

/// Comparators that all hold; `*` for everything. The plain ones, which nearly all are, are compared without a range.
pub(crate) fn inside(range: &str, version: &Version<'_>) -> bool {
    if range == "*" {
        return true;
    }
    for bound in range.split(' ') {
        match holds(bound, version) {
            Some(true) => {}
            Some(false) => return false,
            None => return Range::parse(range).is_some_and(|range| range.holds(version)),
        }
    }
    true
}

/// One comparator with a whole version; `None` for anything else.
fn holds(bound: &str, version: &Version<'_>) -> Option<bool> {
    let text = bound.trim_start_matches(['<', '>', '=']);
    let sign = bound.get(..bound.len() - text.len())?;
    if text.bytes().take_while(|byte| !matches!(byte, b'-' | b'+')).filter(|byte| *byte == b'.').count() != 2
    {
        return None;
    }
    let order = version.cmp(&Version::parse(text)?);
    Some(match sign {
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        ">=" => order.is_ge(),
        "=" => order.is_eq(),
        _ => return None,
    })
}

pub(crate) fn rating(letter: &str) -> Rating {
    match letter {
        "c" => Rating::Critical,
        "h" => Rating::High,
        "m" => Rating::Medium,
        "l" => Rating::Low,
        _ => Rating::Unrated,
    }
}

/// The rows of a package.
pub(crate) fn rows<'t>(
    database: &'t Database,
    package: &str,
) -> impl Iterator<Item = Row<'t>> + Clone + use<'t> {
    database.part(Part::Npm).block(package).lines().filter_map(Row::of)
}

/// The advisories that hit a version of an npm package, the worst first. Those that share an id are one.
#[must_use]
pub fn of(database: &Database, package: &str, version: &str) -> Vec<Advisory> {
    let Some(version) = Version::parse(version) else { return Vec::new() };
    let mut found: Vec<Advisory> = Vec::new();
    for row in rows(database, package).filter(|row| row.hits(&version)) {
        let own = row.advisory(database, &version);
        let known = found.iter_mut().find(|known| {
            row.ids().any(|id| *known.id == *id || known.aliases.iter().any(|alias| **alias == *id))
        });
        match known {
            Some(known) => join(known, own),
            None => found.push(own),
        }
    }
    sort(&mut found);
    found
}

/// Two advisories of one fault: the worse rating, every name.
fn join(known: &mut Advisory, other: Advisory) {
    known.rating = known.rating.max(other.rating);
    known.exploited |= other.exploited;
    known.malicious |= other.malicious;
    known.completeness = known.completeness.max(other.completeness);
    if known.fixed.is_none() {
        known.fixed = other.fixed;
    }
    for id in std::iter::once(other.id).chain(other.aliases) {
        if known.id != id && !known.aliases.contains(&id) {
            known.aliases.push(id);
        }
    }
}

/// What is not rated comes between medium and low.
pub(crate) fn weight(rating: Rating) -> u8 {
    match rating {
        Rating::Critical => 5,
        Rating::High => 4,
        Rating::Medium => 3,
        Rating::Unrated => 2,
        Rating::Low => 1,
    }
}

/// Known to be exploited first, then malicious, then by rating; what is not rated between medium and low.
pub(crate) fn sort(advisories: &mut [Advisory]) {
    advisories.sort_by(|a, b| {
        (b.exploited, b.malicious, weight(b.rating))
            .cmp(&(a.exploited, a.malicious, weight(a.rating)))
            .then_with(|| a.id.cmp(&b.id))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_found_in_the_table() {
        let database = Database::embedded();
        let names: Vec<&str> =
            database.part(Part::Npm).rows().filter_map(|line| line.split('\t').next()).collect();
        assert!(names.len() > 6_000);
        for name in [names[0], names[names.len() / 2], names[names.len() - 1], "lodash"] {
            assert!(rows(database, name).next().is_some(), "{name}");
        }
        for name in ["", "no such package", "lodas"] {
            assert_eq!(rows(database, name).count(), 0, "{name}");
        }
    }

    #[test]
    fn every_range_can_be_read() {
        let tried = ["0.0.1", "1.2.3", "4.0.0-rc.1", "4.17.20", "19.0.0-next.3"]
            .map(|text| Version::parse(text).unwrap());
        for line in Database::embedded().part(Part::Npm).rows() {
            let row = Row::of(line).unwrap();
            for (range, _) in row.ranges().filter(|(range, _)| *range != "*") {
                let whole = Range::parse(range).unwrap();
                for version in &tried {
                    assert_eq!(inside(range, version), whole.holds(version), "{range} {version}");
                }
            }
            for (range, fixed) in row.ranges() {
                assert!(range == "*" || Range::parse(range).is_some(), "{line}");
                assert!(fixed.is_none_or(|fixed| Version::parse(fixed).is_some()), "{line}");
            }
        }
    }
}
