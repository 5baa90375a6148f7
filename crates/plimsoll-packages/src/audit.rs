//! Looks the packages of a lockfile up among the advisories, and finds the version that mends them.

use std::collections::HashMap;

use plimsoll_posture::{Coverage, DependencyKind, Hit, LockedPackage, Lockfile, Mend, Origin};

use crate::advisory;
use crate::database::{Database, Part};
use crate::semver::{Range, Version};

/// Fills in what hits the packages, and what they were judged by.
pub fn audit(lockfile: &mut Lockfile, database: &Database) {
    let table = database.part(Part::Npm);
    let mut places: HashMap<(&str, &str), Vec<usize>> = HashMap::with_capacity(lockfile.packages.len());
    let mut order: Vec<(&str, &str)> = Vec::new();
    for (at, package) in lockfile.packages.iter().enumerate() {
        // What lies in the project has its name from the project.
        if package.version.is_empty() || package.origin == Origin::File {
            continue;
        }
        let key = (&*package.name, &*package.version);
        let list = places.entry(key).or_default();
        if list.is_empty() {
            order.push(key);
        }
        list.push(at);
    }
    let mut coverage = Coverage {
        complete_to: table.complete_to().into(),
        newest: table.newest().into(),
        judged: order.len(),
        open: 0,
    };
    let mut hits = Vec::new();
    for key in order {
        let (name, version) = key;
        let Some(parsed) = Version::parse(version) else { continue };
        let mut open = false;
        let mut hit = false;
        for row in advisory::rows(database, name) {
            if row.hits(&parsed) {
                hit = true;
            } else {
                open |= row.may_lack_a_range();
            }
        }
        coverage.open += usize::from(open);
        if !hit {
            continue;
        }
        let mut packages = places.remove(&key).unwrap_or_default();
        packages.sort_by_key(|at| weight(lockfile.packages.get(*at)));
        let mended =
            mend(database, name, &parsed).map(|version| in_range(lockfile, &packages, &parsed, version));
        hits.push(Hit { packages, advisories: advisory::of(database, name, version), mended });
    }
    lockfile.hits = hits;
    lockfile.coverage = Some(coverage);
}

/// The weightiest reason first, and what the project asks for itself.
fn weight(package: Option<&LockedPackage>) -> (DependencyKind, bool) {
    package.map_or((DependencyKind::Development, true), |package| (package.kind, !package.is_direct()))
}

/// The smallest later version that no advisory of the package hits; a pre-release only for who has one already or where there
/// is nothing else.
pub(crate) fn mend<'t>(database: &'t Database, name: &str, version: &Version<'_>) -> Option<&'t str> {
    let rows: Vec<advisory::Row<'t>> = advisory::rows(database, name).collect();
    let fixed = rows.iter().flat_map(advisory::Row::fixed_versions);
    let mut candidates: Vec<(bool, Version<'t>, &'t str)> = fixed
        .filter_map(|fixed| Some((Version::parse(fixed)?, fixed)))
        .filter(|(candidate, _)| candidate > version)
        .map(|(candidate, fixed)| (candidate.is_prerelease() && !version.is_prerelease(), candidate, fixed))
        .collect();
    candidates.sort();
    candidates.dedup();
    // The first that is clean is the answer: most are never asked about.
    let clean = candidates.iter().find(|(_, candidate, _)| !rows.iter().any(|row| row.hits(candidate)));
    clean.map(|(.., fixed)| *fixed)
}

/// Whether those who ask for the package at its places take that version as well.
fn in_range(lockfile: &Lockfile, places: &[usize], now: &Version<'_>, mended: &str) -> Mend {
    let mut mend = Mend { version: mended.into(), breaking: false, in_range: Some(true), held_by: None };
    let Some(version) = Version::parse(mended) else { return mend };
    mend.breaking = now.breaks_towards(&version);
    let packages = places.iter().filter_map(|at| lockfile.packages.get(*at));
    for need in packages.flat_map(|package| &package.needs) {
        let wanted = need.wanted.as_deref().map(|wanted| wanted.strip_prefix("npm:").unwrap_or(wanted));
        match wanted.and_then(Range::parse) {
            Some(range) if range.satisfies(&version) => {}
            Some(_) => {
                mend.in_range = Some(false);
                mend.held_by = need.by;
                return mend;
            }
            None => mend.in_range = None,
        }
    }
    mend
}
