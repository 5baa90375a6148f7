//! Modules of Go programs among the advisories: which hit a program, and the version that mends them.
//!
//! A module is looked up by its path and version; Go itself, of which every program holds a part, is the module `stdlib`. Versions are
//! compared as semantic versions, which Go's are, pseudo-versions included. Deliberately absent: which functions of a module a
//! program calls (`govulncheck` reads that out of its sources), and ranges without an end.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_posture::{Advisory, BuiltImage, Completeness, Ecosystem, ModuleHit, Program};

use crate::advisory;
use crate::database::{Database, Part};
use crate::semver::Version;

/// The name of Go's own module.
pub const STANDARD_LIBRARY: &str = "stdlib";

/// Holds the modules of an image's programs against the advisories: one [`Program`] for each program.
pub fn judge(image: &mut BuiltImage, database: &Database) {
    if database.part(Part::Go).is_empty() {
        return;
    }
    let mut programs: BTreeMap<Arc<str>, Program> = BTreeMap::new();
    let packages = image.packages.iter().filter(|package| package.ecosystem == Ecosystem::Go);
    for package in packages {
        let program = programs.entry(package.path.clone()).or_insert_with(|| Program {
            path: package.path.clone(),
            layer: package.layer,
            at: package.at.clone(),
            modules: 0,
            hits: Vec::new(),
        });
        program.modules += 1;
        program.hits.extend(of(database, &package.name, &package.version));
    }
    image.programs = programs.into_values().collect();
}

/// What hits a module; nothing for one without advisories.
#[must_use]
pub fn of(database: &Database, module: &str, version: &str) -> Option<ModuleHit> {
    let text = comparable(version);
    let parsed = Version::parse(&text)?;
    let rows: Vec<Row<'_>> = rows(database, module).collect();
    let mut advisories: Vec<Advisory> = rows
        .iter()
        .filter(|row| row.hits(&parsed))
        .map(|row| {
            let names = || row.aliases.split(',').filter(|alias| !alias.is_empty());
            Advisory {
                id: row.id.into(),
                aliases: names().map(Arc::from).collect(),
                rating: advisory::rating(row.rating),
                exploited: row.flags.contains('k') || names().any(|alias| database.is_exploited(alias)),
                malicious: false,
                fixed: None,
                completeness: Completeness::Single,
                accepted: None,
            }
        })
        .collect();
    if advisories.is_empty() {
        return None;
    }
    advisory::sort(&mut advisories);
    let mut later: Vec<Version<'_>> = rows
        .iter()
        .flat_map(|row| advisory::ends(row.ranges))
        .filter_map(Version::parse)
        .filter(|end| *end > parsed && (!end.is_prerelease() || parsed.is_prerelease()))
        .collect();
    later.sort();
    later.dedup();
    let mended = later.into_iter().find(|end| !rows.iter().any(|row| row.hits(end)));
    let sign = if version.starts_with('v') { "v" } else { "" };
    Some(ModuleHit {
        module: module.into(),
        version: version.into(),
        advisories,
        mended: mended.map(|version| format!("{sign}{version}").into()),
    })
}

/// `1.21.0-rc.2` of Go's `1.21rc2`; what somebody added to a version of Go (`1.22.1-acme`) is left out.
fn comparable(version: &str) -> String {
    if version.starts_with('v') {
        return version.to_owned();
    }
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    let (numbers, rest) = version.split_at(end);
    for word in ["rc", "beta"] {
        if let Some(number) = rest.strip_prefix(word) {
            let zero = if numbers.matches('.').count() < 2 { ".0" } else { "" };
            return format!("{numbers}{zero}-{word}.{number}");
        }
    }
    numbers.to_owned()
}

/// `module id aliases rating flags ranges`, the ranges divided by `;`.
struct Row<'t> {
    id: &'t str,
    aliases: &'t str,
    rating: &'t str,
    flags: &'t str,
    ranges: &'t str,
}

impl<'t> Row<'t> {
    fn of(line: &'t str) -> Option<Self> {
        let mut fields = line.split('\t').skip(1);
        let mut next = || fields.next();
        Some(Self { id: next()?, aliases: next()?, rating: next()?, flags: next()?, ranges: next()? })
    }

    fn hits(&self, version: &Version<'_>) -> bool {
        advisory::within(self.ranges, version)
    }
}

fn rows<'t>(database: &'t Database, module: &str) -> impl Iterator<Item = Row<'t>> + use<'t> {
    database.part(Part::Go).block(module).lines().filter_map(Row::of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semver::Range;

    fn hit(module: &str, version: &str) -> Option<ModuleHit> {
        of(Database::embedded(), module, version)
    }

    fn is_hit_by(module: &str, version: &str, id: &str) -> bool {
        hit(module, version).is_some_and(|hit| {
            hit.advisories.iter().any(|known| known.aliases.iter().any(|alias| **alias == *id))
        })
    }

    #[test]
    fn every_row_can_be_read() {
        for line in Database::embedded().part(Part::Go).rows() {
            let row = Row::of(line).unwrap();
            for range in row.ranges.split(';') {
                assert!(Range::parse(range).is_some() && range.contains('<'), "{line}");
            }
        }
    }

    /// The announcements: CVE-2023-39325 (HTTP/2 rapid reset) is mended in Go 1.20.10 and 1.21.3 and in golang.org/x/net 0.17.0;
    /// CVE-2024-21626 in runc 1.1.12.
    #[test]
    fn modules_and_go_itself() {
        for (version, expected) in
            [("1.20.9", true), ("1.20.10", false), ("1.21.2", true), ("1.21.3", false), ("1.21rc2", true)]
        {
            assert_eq!(is_hit_by(STANDARD_LIBRARY, version, "CVE-2023-39325"), expected, "{version}");
        }
        assert!(is_hit_by("golang.org/x/net", "v0.16.0", "CVE-2023-39325"));
        assert!(!is_hit_by("golang.org/x/net", "v0.17.0", "CVE-2023-39325"));
        assert!(is_hit_by("golang.org/x/net", "v0.0.0-20210405180319-a5a99cb37ef4", "CVE-2023-39325"));
        assert!(is_hit_by("github.com/opencontainers/runc", "v1.1.11", "CVE-2024-21626"));
        assert!(!is_hit_by("github.com/opencontainers/runc", "v1.1.12", "CVE-2024-21626"));
        // The vendor's own ranges say 25.0.6 for this line, those of the module all before 25.0.6.
        assert!(is_hit_by("github.com/docker/docker", "v25.0.5+incompatible", "CVE-2024-41110"));
        assert!(hit("acme.example/none", "v1.0.0").is_none());
    }

    #[test]
    fn the_version_without_any() {
        let net = hit("golang.org/x/net", "v0.16.0").unwrap().mended.unwrap();
        assert!(net.starts_with("v0.") && hit("golang.org/x/net", &net).is_none(), "{net}");
        let go = hit(STANDARD_LIBRARY, "1.19.8").unwrap().mended.unwrap();
        assert!(go.starts_with("1.") && hit(STANDARD_LIBRARY, &go).is_none(), "{go}");
    }
}
