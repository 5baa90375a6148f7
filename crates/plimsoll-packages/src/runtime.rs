//! Node.js itself: the advisories that hit an exact build, the next one of its line without them, and which lines are
//! still supported.
//!
//! Meant are the builds of the project itself, which the official images hold. A distribution's own build carries fixes that
//! its number does not tell.

use std::sync::Arc;

use plimsoll_posture::{Advisory, Completeness, NodeRequest, Runtime};
use plimsoll_text::Span;

use crate::advisory;
use crate::database::{Database, Part};
use crate::semver::{Range, Version};

static LINES: &str = include_str!("../data/node-lines.tsv");

/// `id aliases rating flags vulnerable patched`.
fn rows(database: &Database) -> impl Iterator<Item = [&str; 6]> {
    database.part(Part::Node).rows().filter_map(|line| {
        let mut fields = line.split('\t');
        let mut row = [""; 6];
        for field in &mut row {
            *field = fields.next()?;
        }
        Some(row)
    })
}

fn is_hit([.., vulnerable, patched]: &[&str; 6], version: &Version<'_>) -> bool {
    let inside = |range: &str| Range::parse(range).is_some_and(|range| range.satisfies(version));
    inside(vulnerable) && (patched.is_empty() || !inside(patched))
}

/// What is known about an exact build; `image` is how it is named. `None` for what is no version.
#[must_use]
pub fn node(database: &Database, image: &str, version: &str) -> Option<Runtime> {
    let parsed = Version::parse(version)?;
    let mut advisories: Vec<Advisory> = Vec::new();
    for row in rows(database).filter(|row| is_hit(row, &parsed)) {
        let [id, alias, rating, flags, ..] = row;
        if advisories.iter().any(|known| *known.id == *id) {
            continue;
        }
        advisories.push(Advisory {
            id: id.into(),
            aliases: (!alias.is_empty()).then(|| alias.into()).into_iter().collect(),
            rating: advisory::rating(rating),
            exploited: flags.contains('k') || [id, alias].iter().any(|id| database.is_exploited(id)),
            malicious: false,
            fixed: None,
            completeness: Completeness::Confirmed,
            accepted: None,
        });
    }
    advisory::sort(&mut advisories);
    Some(Runtime {
        image: image.into(),
        product: "Node.js",
        version: version.into(),
        advisories,
        mended: mended(database, &parsed).map(|version| version.to_string().into()),
        date: database.part(Part::Node).newest().into(),
    })
}

/// The smallest later version of the same line that no advisory hits: one that some range names.
fn mended<'t>(database: &'t Database, version: &Version<'_>) -> Option<Version<'t>> {
    let named = rows(database).flat_map(|[.., vulnerable, patched]| {
        [vulnerable, patched].into_iter().flat_map(|range| {
            range
                .split(|c: char| !c.is_ascii_digit() && c != '.')
                .filter(|word| word.matches('.').count() == 2)
        })
    });
    let candidates = named
        .filter_map(Version::parse)
        .filter(|candidate| candidate.major() == version.major() && candidate > version);
    let mut candidates: Vec<Version<'t>> = candidates.collect();
    candidates.sort();
    candidates.dedup();
    candidates.into_iter().find(|candidate| !rows(database).any(|row| is_hit(&row, candidate)))
}

/// A release line: its number, first day, last day and code name.
struct Line {
    major: u32,
    start: &'static str,
    end: &'static str,
    name: &'static str,
}

fn lines() -> impl DoubleEndedIterator<Item = Line> {
    LINES.lines().filter_map(|line| {
        let mut fields = line.split('\t');
        Some(Line {
            major: fields.next()?.parse().ok()?,
            start: fields.next()?,
            end: fields.next()?,
            name: fields.next()?,
        })
    })
}

/// What a statement about Node.js asks for, judged on a day.
#[must_use]
pub fn request(said_by: &'static str, wanted: &str, at: Span, day: &str) -> NodeRequest {
    let allowed: Vec<Line> =
        lines().filter(|line| line.start <= day && allows(wanted.trim(), line)).collect();
    let supported = allowed.iter().rev().find(|line| line.end > day).map(|line| line.major);
    let last = allowed.iter().map(|line| line.end).max();
    NodeRequest {
        said_by,
        wanted: wanted.trim().into(),
        majors: allowed.iter().map(|line| line.major).collect(),
        supported,
        ended: last.filter(|_| supported.is_none()).map(Arc::from),
        at,
    }
}

fn allows(wanted: &str, line: &Line) -> bool {
    if let Some(name) = wanted.strip_prefix("lts/") {
        return name.eq_ignore_ascii_case(line.name) && !line.name.is_empty();
    }
    let Some(range) = Range::parse(wanted) else { return false };
    // A bound may lie anywhere in a line: its ends and the versions that the text names are tried.
    let tried = |text: &str| Version::parse(text).is_some_and(|version| range.satisfies(&version));
    let named = wanted.split(|c: char| !c.is_ascii_digit() && c != '.');
    let mut named =
        named.filter_map(Version::parse).filter(|version| version.major() == u128::from(line.major));
    tried(&format!("{}.0.0", line.major))
        || tried(&format!("{}.999.999", line.major))
        || named.any(|version| range.satisfies(&version))
}

#[cfg(test)]
mod tests {
    use plimsoll_text::{SourceKind, Sources};

    use super::*;

    #[test]
    fn every_range_can_be_read() {
        for [.., vulnerable, patched] in rows(Database::embedded()) {
            assert!(Range::parse(vulnerable).is_some(), "{vulnerable}");
            assert!(Range::parse(patched).is_some(), "{patched}");
        }
    }

    /// The releases of 2024-02-14 (20.11.1) and after, and those of July 2026, are in the announcements of the project.
    #[test]
    fn a_build_is_hit_until_its_line_is_mended() {
        let node = |image: &str, version: &str| node(Database::embedded(), image, version);
        let old = node("node:20.11.0", "20.11.0").unwrap();
        let ids: Vec<&str> = old.advisories.iter().map(|advisory| &*advisory.id).collect();
        for id in ["CVE-2024-21892", "CVE-2024-22019", "CVE-2024-27983"] {
            assert!(ids.contains(&id), "{id} of {ids:?}");
        }
        assert!(!ids.contains(&"CVE-2023-44487"), "mended in 20.8.1");
        let current = node("node:24", "24.18.1").unwrap();
        assert_eq!(current.advisories, []);
        assert_eq!(node("", "24.0.0").unwrap().mended.as_deref(), Some("24.18.1"));
        assert_eq!(node("", "22.22.0").unwrap().mended.as_deref(), Some("22.23.2"));
        assert!(node("", "latest").is_none());
    }

    #[test]
    fn a_request_allows_lines() {
        let mut sources = Sources::new();
        let at = Span::whole(sources.add_text("a", SourceKind::Manifest, ""));
        let majors = |wanted: &str| {
            let request = request("engines.node", wanted, at, "2026-11-22");
            (request.majors, request.supported, request.ended)
        };
        assert_eq!(majors("^20.11.0 || 22"), (vec![20, 22], Some(22), None));
        assert_eq!(majors("lts/iron\n"), (vec![20], None, Some("2026-04-30".into())));
        assert_eq!(majors(">=26"), (vec![26], Some(26), None));
        assert_eq!(majors("14.x").2.as_deref(), Some("2023-04-30"));
        assert_eq!(majors("lts/*"), (vec![], None, None));
    }
}
