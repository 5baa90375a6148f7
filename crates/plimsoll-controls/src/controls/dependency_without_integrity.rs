//! Packages of a lockfile whose content nothing pins.

use plimsoll_posture::{Dependencies, LockedPackage, Lockfile, Plane, Posture};

use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "dependency-without-integrity",
    title: "lockfile pins a package without a checksum",
    page: include_str!("dependency_without_integrity.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::App(check),
};

/// How many packages are named as places.
const NAMED: usize = 3;

fn check(app: &Dependencies, _: &Posture, _: &Settings) -> Verdict {
    let with_packages = app.lockfiles.iter().filter(|lockfile| !lockfile.packages.is_empty());
    let mut findings = Vec::new();
    let mut seen = None;
    for lockfile in with_packages {
        seen = Some(lockfile.place());
        let bare: Vec<&LockedPackage> =
            lockfile.packages.iter().filter(|package| package.integrity == Some(false)).collect();
        findings.extend(finding(lockfile, &bare));
    }
    let Some(seen) = seen else { return Verdict::NotApplicable("no lockfile pins a package") };
    Verdict::from_findings(findings, Verdict::Pass(Evidence { at: Some(seen), plane: Plane::Declared }))
}

fn finding(lockfile: &Lockfile, bare: &[&LockedPackage]) -> Option<Finding> {
    let (first, others) = bare.split_first()?;
    let checkable = lockfile.packages.iter().filter(|package| package.integrity.is_some()).count();
    let mut finding = Finding::place(
        first.place(),
        Plane::Declared,
        "no checksum",
        format!("`{}` has no checksum for {} of {checkable} packages", lockfile.name, bare.len()),
        format!("delete `node_modules` and `{}`, install again and commit what that writes", lockfile.name),
    );
    for package in others.iter().take(NAMED) {
        finding = finding.near(package.place(), "no checksum");
    }
    Some(finding)
}
