//! Judges the packages of an image: those of the distribution by its own fixes, those of npm and Node.js by their advisories.
//!
//! What cannot be judged is said in the coverage: derivatives and releases without data, sources that the data does not know, packages of
//! other publishers. Deliberately absent: who finds the packages (`image`), and how bad anything is.

pub mod distribution;
mod publisher;
mod tools;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plimsoll_posture::{
    Advisory, BuiltImage, Ecosystem, Extent, Installed, InstalledCoverage, InstalledHit, InstalledRuntime,
    MissingUpdate, OperatingSystem, Package,
};

use crate::database::{Database, Part};
use crate::semver::Version;
use crate::{advisory, audit, runtime};
use distribution::{Family, Release};

/// Fills in what is known against the packages of an image.
pub fn judge(image: &mut BuiltImage, database: &Database) {
    let mut installed = Installed::default();
    for (ecosystem, name) in [(Ecosystem::Dpkg, "dpkg"), (Ecosystem::Apk, "apk")] {
        let packages = of(&image.packages, ecosystem);
        if !packages.is_empty() {
            sources(&packages, ecosystem, name, image.system.as_ref(), database, &mut installed);
        }
    }
    dependencies(&of(&image.packages, Ecosystem::Npm), database, &mut installed);
    runtimes(&of(&image.packages, Ecosystem::Node), database, &mut installed);
    image.installed = installed;
}

/// The packages of an ecosystem with their numbers.
fn of(packages: &[Package], ecosystem: Ecosystem) -> Vec<(usize, &Package)> {
    packages.iter().enumerate().filter(|(_, package)| package.ecosystem == ecosystem).collect()
}

/// `Debian 12`, `Alpine 3.20`, `ubuntu 22.04`.
fn named(system: &OperatingSystem) -> String {
    let name = match &*system.id {
        "debian" => "Debian",
        "alpine" => "Alpine",
        "ubuntu" => "Ubuntu",
        other => other,
    };
    let version =
        if system.version.is_empty() { system.codename.as_deref().unwrap_or("") } else { &system.version };
    format!("{name} {version}").trim_end().to_owned()
}

/// The release that an image is of, if it is of a distribution that uses this kind of packages and something is known of it.
fn release<'d>(
    system: &OperatingSystem,
    ecosystem: Ecosystem,
    database: &'d Database,
) -> Option<Release<'d>> {
    let family = Family::of(&system.id)?;
    match (family, ecosystem) {
        (Family::Debian, Ecosystem::Dpkg) => {
            let number = system.version.split('.').next().unwrap_or("");
            let codename = system.codename.as_deref().unwrap_or("");
            Release::find(database, family, codename).or_else(|| Release::find(database, family, number))
        }
        // `3.21.0_alpha20240923` is edge, which has no fixes of its own branch.
        (Family::Alpine, Ecosystem::Apk) if !system.version.contains('_') => {
            let mut numbers = system.version.split('.');
            let branch = format!("{}.{}", numbers.next()?, numbers.next()?);
            Release::find(database, family, &branch)
        }
        _ => None,
    }
}

fn sources(
    packages: &[(usize, &Package)],
    ecosystem: Ecosystem,
    plain: &str,
    system: Option<&OperatingSystem>,
    database: &Database,
    installed: &mut Installed,
) {
    let of: Arc<str> = system.map_or_else(|| plain.to_owned(), named).into();
    let mut coverage = InstalledCoverage {
        of,
        extent: Extent::Nothing,
        to: "".into(),
        judged: 0,
        unknown: Vec::new(),
        foreign: 0,
        open: 0,
    };
    let Some(release) = system.and_then(|system| release(system, ecosystem, database)) else {
        installed.coverage.push(coverage);
        return;
    };
    coverage.extent = release.extent;
    coverage.to = release.to.into();
    // What was built from one source, at one version, and came by one layer.
    let mut groups: BTreeMap<(&str, &str, Option<usize>), Vec<usize>> = BTreeMap::new();
    for (at, package) in packages {
        let source = package.source.as_ref();
        let name = source.map_or(&*package.name, |source| &source.name);
        let version = source.and_then(|source| source.version.as_deref()).unwrap_or(&package.version);
        let foreign = match ecosystem {
            Ecosystem::Dpkg => publisher::is_foreign_to_debian(package, version),
            _ => publisher::is_foreign(package),
        };
        if foreign {
            coverage.foreign += 1;
            continue;
        }
        groups.entry((name, version, package.layer)).or_default().push(*at);
    }
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let mut unknown: BTreeSet<&str> = BTreeSet::new();
    for ((name, version, layer), packages) in groups {
        let Some(source) = release.source(name) else {
            let list = if release.lists_all { &mut known } else { &mut unknown };
            list.insert(name);
            continue;
        };
        known.insert(name);
        let advisories = source.lacking(version);
        let family = release.family;
        let later = |other: &str| family.compare(version, other).is_lt();
        let newest = source
            .pockets()
            .map(|(_, newest)| newest)
            .chain(advisories.iter().filter_map(|advisory| advisory.fixed.as_deref()))
            .filter(|newest| later(newest))
            .max_by(|a, b| family.compare(a, b));
        let Some(newest) = newest else { continue };
        // Of the kernel an image has headers only, which nobody runs.
        let security = !advisories.is_empty()
            || (name != "linux" && source.pockets().any(|(pocket, newest)| pocket == 's' && later(newest)));
        installed.updates.push(MissingUpdate {
            source: name.into(),
            version: version.into(),
            packages,
            newest: newest.into(),
            security,
            advisories,
            layer,
        });
    }
    coverage.judged = known.len();
    coverage.unknown = unknown.into_iter().map(Arc::from).collect();
    installed.updates.sort_by_key(|update| std::cmp::Reverse((update.security, weight(&update.advisories))));
    installed.coverage.push(coverage);
}

/// What comes first: exploited, then the worst rating, then the number.
fn weight(advisories: &[Advisory]) -> (bool, u8, usize) {
    let worst = advisories.first();
    let rating = worst.map_or(0, |worst| advisory::weight(worst.rating));
    (worst.is_some_and(|worst| worst.exploited), rating, advisories.len())
}

fn dependencies(packages: &[(usize, &Package)], database: &Database, installed: &mut Installed) {
    if packages.is_empty() {
        return;
    }
    installed.tools = tools::left(packages.iter().map(|(_, package)| *package));
    let mut groups: BTreeMap<(&str, &str, Option<usize>), Vec<usize>> = BTreeMap::new();
    for (at, package) in packages {
        let tool = tools::directory(&package.path)
            .and_then(|(directory, _)| installed.tools.iter().position(|tool| *tool.directory == *directory));
        groups.entry((&package.name, &package.version, tool)).or_default().push(*at);
    }
    let mut judged: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut open: BTreeSet<(&str, &str)> = BTreeSet::new();
    for ((name, version, tool), packages) in groups {
        let Some(parsed) = Version::parse(version) else { continue };
        judged.insert((name, version));
        if advisory::rows(database, name).any(|row| row.may_lack_a_range() && !row.hits(&parsed)) {
            open.insert((name, version));
        }
        let advisories = advisory::of(database, name, version);
        if advisories.is_empty() {
            continue;
        }
        let mended = audit::mend(database, name, &parsed).map(|mended| {
            let breaking = Version::parse(mended).is_some_and(|mended| parsed.breaks_towards(&mended));
            (Arc::from(mended), breaking)
        });
        installed.hits.push(InstalledHit { packages, tool, advisories, mended });
    }
    installed.hits.sort_by_key(|hit| std::cmp::Reverse(weight(&hit.advisories)));
    let table = database.part(Part::Npm);
    installed.coverage.push(InstalledCoverage {
        of: "npm".into(),
        extent: if table.is_empty() { Extent::Nothing } else { Extent::Whole },
        to: table.complete_to().into(),
        judged: judged.len(),
        unknown: Vec::new(),
        foreign: 0,
        open: open.len(),
    });
}

fn runtimes(packages: &[(usize, &Package)], database: &Database, installed: &mut Installed) {
    // A program that the distribution built carries fixes that its number does not tell: the distribution's sources say.
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (at, package) in packages.iter().filter(|(_, package)| package.owner.is_none()) {
        if !seen.insert(&package.version) {
            continue;
        }
        if let Some(build) = runtime::node(database, &package.path, &package.version) {
            installed.runtimes.push(InstalledRuntime { package: *at, build });
        }
    }
    if !installed.runtimes.is_empty() {
        let table = database.part(Part::Node);
        installed.coverage.push(InstalledCoverage {
            of: "Node.js".into(),
            extent: if table.is_empty() { Extent::Nothing } else { Extent::Whole },
            to: table.newest().into(),
            judged: installed.runtimes.len(),
            unknown: Vec::new(),
            foreign: 0,
            open: 0,
        });
    }
}
