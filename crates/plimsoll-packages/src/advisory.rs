//! The advisories of npm that the program carries, and which of them hit a version.
//!
//! The table is read where it stands: names are searched, and only the rows of a package that is there are taken apart.
//! A version is hit by precedence, pre-releases included, as npm itself does it; an advisory is hit if any of its ranges is.

use std::sync::{Arc, LazyLock};

use plimsoll_posture::{Advisory, Completeness, Rating};

use crate::semver::{Range, Version};

static TABLE: &str = include_str!("../data/npm.tsv");

/// Where the rows of each package start: found once, when the first package is looked up.
static STARTS: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let mut starts = Vec::with_capacity(4_000);
    let mut last = "";
    let mut at = 0;
    for (number, line) in TABLE.split_inclusive('\n').enumerate() {
        let name = line.split('\t').next().unwrap_or("");
        if number > 0 && name != last {
            starts.push(u32::try_from(at).unwrap_or(u32::MAX));
            last = name;
        }
        at += line.len();
    }
    starts
});

/// The day to which every advisory is known, and that of the newest one.
#[must_use]
pub fn dates() -> (&'static str, &'static str) {
    TABLE.split('\n').next().and_then(|line| line.split_once('\t')).unwrap_or(("", ""))
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    id: &'static str,
    aliases: &'static str,
    rating: &'static str,
    completeness: &'static str,
    flags: &'static str,
    ranges: &'static str,
}

impl Row {
    fn of(line: &'static str) -> Option<Self> {
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
    fn ranges(&self) -> impl Iterator<Item = (&'static str, Option<&'static str>)> + use<> {
        self.ranges
            .split(';')
            .filter_map(|range| range.split_once('|'))
            .map(|(range, fixed)| (range, Some(fixed).filter(|fixed| !fixed.is_empty())))
    }

    pub(crate) fn hits(&self, version: &Version<'_>) -> bool {
        self.hit(version).is_some()
    }

    /// The range that a version is in.
    fn hit(&self, version: &Version<'_>) -> Option<Option<&'static str>> {
        self.ranges().find(|(range, _)| inside(range, version)).map(|(_, fixed)| fixed)
    }

    pub(crate) fn fixed_versions(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.ranges().filter_map(|(_, fixed)| fixed)
    }

    pub(crate) fn may_lack_a_range(&self) -> bool {
        self.completeness == "m"
    }

    fn ids(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.id).chain(self.aliases.split(',')).filter(|id| !id.is_empty())
    }

    /// As a fact about a version that it hits.
    fn advisory(&self, version: &Version<'_>) -> Advisory {
        Advisory {
            id: self.id.into(),
            aliases: self.ids().skip(1).map(Arc::from).collect(),
            rating: rating(self.rating),
            exploited: self.flags.contains('k'),
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

/// Comparators that all hold; `*` for everything. The plain ones, which nearly all are, are compared without a range.
fn inside(range: &str, version: &Version<'_>) -> bool {
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
pub(crate) fn rows(package: &str) -> impl Iterator<Item = Row> + Clone + use<> {
    let name = |start: u32| {
        let rest = TABLE.get(start as usize..).unwrap_or("");
        rest.split('\t').next().unwrap_or("")
    };
    let block = STARTS.binary_search_by(|start| name(*start).cmp(package)).ok().and_then(|at| {
        let start = *STARTS.get(at)? as usize;
        let end = STARTS.get(at + 1).map_or(TABLE.len(), |end| *end as usize);
        TABLE.get(start..end)
    });
    block.unwrap_or("").lines().filter_map(Row::of)
}

/// The advisories that hit a version of an npm package, the worst first. Those that share an id are one.
#[must_use]
pub fn of(package: &str, version: &str) -> Vec<Advisory> {
    let Some(version) = Version::parse(version) else { return Vec::new() };
    let mut found: Vec<Advisory> = Vec::new();
    for row in rows(package).filter(|row| row.hits(&version)) {
        let known = found.iter_mut().find(|known| {
            row.ids().any(|id| *known.id == *id || known.aliases.iter().any(|alias| **alias == *id))
        });
        match known {
            Some(known) => join(known, &row, &version),
            None => found.push(row.advisory(&version)),
        }
    }
    sort(&mut found);
    found
}

/// Two advisories of one fault: the worse rating, every name.
fn join(known: &mut Advisory, row: &Row, version: &Version<'_>) {
    let other = row.advisory(version);
    known.rating = known.rating.max(other.rating);
    known.exploited |= other.exploited;
    known.malicious |= other.malicious;
    known.completeness = known.completeness.max(other.completeness);
    if known.fixed.is_none() {
        known.fixed = other.fixed;
    }
    for id in row.ids() {
        if *known.id != *id && !known.aliases.iter().any(|alias| **alias == *id) {
            known.aliases.push(id.into());
        }
    }
}

/// Known to be exploited first, then malicious, then by rating; what is not rated between medium and low.
pub(crate) fn sort(advisories: &mut [Advisory]) {
    let weight = |rating: Rating| match rating {
        Rating::Critical => 5,
        Rating::High => 4,
        Rating::Medium => 3,
        Rating::Unrated => 2,
        Rating::Low => 1,
    };
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
    fn the_table_is_in_the_order_that_it_is_searched_in() {
        let names: Vec<&str> = TABLE.lines().skip(1).filter_map(|line| line.split('\t').next()).collect();
        assert!(names.is_sorted() && names.len() > 6_000);
        for name in [names[0], names[names.len() / 2], names[names.len() - 1], "lodash"] {
            assert!(rows(name).next().is_some(), "{name}");
        }
        assert_eq!(rows("").count() + rows("no such package").count() + rows("lodas").count(), 0);
    }

    #[test]
    fn every_range_can_be_read() {
        let tried = ["0.0.1", "1.2.3", "4.0.0-rc.1", "4.17.20", "19.0.0-next.3"]
            .map(|text| Version::parse(text).unwrap());
        for line in TABLE.lines().skip(1) {
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
