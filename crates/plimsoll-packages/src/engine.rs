//! The programs that an engine is made of among the advisories of Go's modules: all of them are written in Go.
//!
//! A distribution mends without raising the number, so that its builds stay unknown. Docker 29 and later are built from a module whose
//! versions are not the engine's; the two releases that its advisories name are listed here. Deliberately absent: programs of other
//! languages (crun, conmon, docker-init), about which these advisories say nothing, and when a release line ends (`plimsoll-lens`).

use std::sync::Arc;

use plimsoll_posture::{Component, Host, Known, ModuleHit, Reason};

use crate::database::{Database, Part};
use crate::go;
use crate::semver::Version;

/// The module of Docker 29 and later.
const MOBY: &str = "github.com/moby/moby/v2";
/// Releases of Docker, and the version of the module that they were built from, oldest first.
const RELEASES: [(&str, &str); 2] = [("29.3.1", "v2.0.0-beta.8"), ("29.5.1", "v2.0.0-beta.14")];

/// Says of each part of an engine which advisories hit it.
pub fn judge(host: &mut Host, database: &Database) {
    if database.part(Part::Go).is_empty() {
        return;
    }
    for part in &mut host.engine.components {
        if let Some(advisories) = of(part, database) {
            part.advisories = advisories;
        }
    }
}

/// `None` for a program that is no module of Go.
fn of(part: &Component, database: &Database) -> Option<Known<Vec<ModuleHit>>> {
    if !matches!(&*part.name, "docker" | "containerd" | "runc" | "buildkit" | "podman") {
        return None;
    }
    if let Some(distribution) = &part.patched_by {
        let build = format!("{}'s build of {}", distribution, part.name);
        return Some(Known::Unknown(Reason::NoAdvisories(build.into())));
    }
    let version = match &part.version.value {
        Known::Value(version) => version.trim_start_matches('v').to_owned(),
        Known::Unknown(reason) => return Some(Known::Unknown(reason.clone())),
    };
    let Some(parsed) = Version::parse(&version) else {
        return Some(Known::Unknown(Reason::NotUnderstood(version.into())));
    };
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok()).unwrap_or(0);
    let modules: &[&str] = match (&*part.name, major) {
        ("docker", 29..) => return Some(moby(database, &part.version.value, &parsed)),
        ("docker", _) => &["github.com/docker/docker", "github.com/moby/moby"],
        ("containerd", 2..) => &["github.com/containerd/containerd/v2"],
        ("containerd", _) => &["github.com/containerd/containerd"],
        ("runc", _) => &["github.com/opencontainers/runc"],
        ("buildkit", _) => &["github.com/moby/buildkit"],
        ("podman", 0..=2) => &["github.com/containers/podman", "github.com/containers/podman/v2"],
        ("podman", 3) => &["github.com/containers/podman/v3"],
        ("podman", 4) => &["github.com/containers/podman/v4"],
        ("podman", 5) => &["github.com/containers/podman/v5"],
        _ => &["github.com/containers/podman/v6"],
    };
    let mut hits: Vec<ModuleHit> = Vec::new();
    // A leading `v` keeps what follows a hyphen: `1.0.0-rc95` is a version of runc.
    for hit in modules.iter().filter_map(|module| go::of(database, module, &format!("v{version}"))) {
        add(&mut hits, hit);
    }
    Some(Known::Value(hits))
}

/// A module under two names has most of its advisories twice.
fn add(hits: &mut Vec<ModuleHit>, mut hit: ModuleHit) {
    let told: Vec<Arc<str>> =
        hits.iter().flat_map(|hit| &hit.advisories).flat_map(|known| known.aliases.iter().cloned()).collect();
    hit.advisories.retain(|advisory| !advisory.aliases.iter().any(|alias| told.contains(alias)));
    if !hit.advisories.is_empty() {
        hits.push(hit);
    }
}

fn moby(database: &Database, version: &Known<Arc<str>>, parsed: &Version<'_>) -> Known<Vec<ModuleHit>> {
    let reached = |release: &str| Version::parse(release).is_some_and(|release| *parsed >= release);
    let built = RELEASES.iter().rev().find(|(release, _)| reached(release));
    let Some(mut hit) = go::of(database, MOBY, built.map_or("v2.0.0-beta.0", |(_, module)| module)) else {
        return Known::Value(Vec::new());
    };
    if built.is_some_and(|built| Some(built) == RELEASES.last()) {
        // Of a fault that was mended in a release that is not listed nobody knows whether this one has it.
        return Known::Unknown(Reason::NoAdvisories("Docker 29".into()));
    }
    if let Some(version) = version.value() {
        hit.version = version.clone();
    }
    let release = |module: &Arc<str>| {
        RELEASES.iter().find(|(_, own)| **own == **module).map(|(release, _)| Arc::from(*release))
    };
    hit.mended = hit.mended.as_ref().and_then(release);
    Known::Value(vec![hit])
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_posture::{Claim, Layer, Plane, Provenance};
    use plimsoll_text::{SourceKind, Sources, Span};

    fn ids(name: &str, version: &str, patched_by: Option<&str>) -> Known<Vec<String>> {
        let mut sources = Sources::new();
        let at = Provenance::new("host", Span::whole(sources.add_text("a", SourceKind::Other, "")), "");
        let version =
            Claim { value: Known::Value(version.into()), layer: Layer::Engine, plane: Plane::Running, at };
        let unknown = || Reason::NoAdvisories(name.into());
        let part = Component {
            name: name.into(),
            version,
            advisories: Known::Unknown(unknown()),
            patched_by: patched_by.map(Arc::from),
            line: Known::Unknown(unknown()),
        };
        let known = of(&part, Database::embedded()).unwrap_or(part.advisories);
        known.map(|hits| {
            let all = hits.iter().flat_map(|hit| &hit.advisories);
            all.map(|advisory| advisory.aliases.first().unwrap_or(&advisory.id).to_string()).collect()
        })
    }

    fn hit(name: &str, version: &str, id: &str) -> bool {
        ids(name, version, None).value().is_some_and(|ids| ids.iter().any(|own| own == id))
    }

    /// First mended versions as the projects' own advisories name them.
    #[test]
    fn releases_are_hit_up_to_the_one_that_mends() {
        for (name, hit_by, mended, id) in [
            ("runc", "1.1.11", "1.1.12", "CVE-2024-21626"),
            ("runc", "1.3.2", "1.3.3", "CVE-2025-31133"),
            ("runc", "1.0.0-rc94", "1.0.0-rc95", "CVE-2021-30465"),
            ("docker", "28.3.2", "28.3.3", "CVE-2025-54388"),
            ("docker", "27.1.0", "27.1.1", "CVE-2024-41110"),
            ("docker", "29.3.0", "29.3.1", "CVE-2026-34040"),
            ("docker", "29.4.0", "29.5.1", "CVE-2026-41567"),
            ("containerd", "1.7.26", "1.7.27", "CVE-2024-40635"),
            ("containerd", "v2.0.3", "v2.0.4", "CVE-2024-40635"),
            ("podman", "5.5.1", "5.5.2", "CVE-2025-6032"),
        ] {
            assert!(hit(name, hit_by, id), "{name} {hit_by} {id}");
            assert!(!hit(name, mended, id), "{name} {mended} {id}");
        }
        assert_eq!(ids("docker", "29.7.2", None), Known::Value(Vec::new()));
        // One advisory under the names of two modules is one.
        let all = ids("docker", "20.10.8", None);
        let all = all.value().unwrap();
        assert_eq!(all.iter().filter(|id| *id == "CVE-2021-41091").count(), 1);
    }

    #[test]
    fn what_others_build_or_write_is_not_known() {
        assert!(ids("runc", "1.1.5+ds1", Some("Debian")).reason().is_some());
        assert!(ids("crun", "1.14.4", None).reason().is_some());
        assert!(ids("runc", "master", None).reason().is_some());
    }
}
