//! Packages that come from a host which is no registry of the project.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_posture::{Dependencies, LockedPackage, Lockfile, Origin, Plane, Posture};

use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "package-from-foreign-host",
    title: "packages come from a host that is no registry of the project",
    page: include_str!("package_from_foreign_host.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::App(check),
};

/// The registries of npm and Yarn by the labels of their names: lockfiles name them whatever registry is configured.
const PUBLIC: [[&str; 3]; 2] = [["registry", "npmjs", "org"], ["registry", "yarnpkg", "com"]];
/// Hosts of one lockfile that are told one by one.
const MOST: usize = 5;
/// Packages that are named as places, beside the first.
const NAMED: usize = 2;

fn check(app: &Dependencies, _: &Posture, _: &Settings) -> Verdict {
    let mut seen = None;
    let mut findings = Vec::new();
    for lockfile in &app.lockfiles {
        let hosts = hosts(lockfile);
        if hosts.is_empty() {
            continue;
        }
        seen = Some(lockfile.place());
        let configured: BTreeSet<&str> = app.registry.registries.iter().map(|one| &*one.host).collect();
        let all: usize = hosts.values().map(Vec::len).sum();
        let foreign = hosts.iter().filter(|(host, packages)| {
            let usual = packages.len() * 2 > all;
            !usual && !configured.contains(**host) && !is_public(host)
        });
        findings
            .extend(foreign.take(MOST).filter_map(|(host, packages)| finding(app, lockfile, host, packages)));
    }
    let Some(seen) = seen else { return Verdict::NotApplicable("no lockfile names the hosts of packages") };
    Verdict::from_findings(findings, Verdict::Pass(Evidence { at: Some(seen), plane: Plane::Declared }))
}

fn is_public(host: &str) -> bool {
    PUBLIC.iter().any(|labels| host.split('.').eq(labels.iter().copied()))
}

/// The packages of each host, by HTTPS: an open line is another matter.
fn hosts(lockfile: &Lockfile) -> BTreeMap<&str, Vec<&LockedPackage>> {
    let mut hosts: BTreeMap<&str, Vec<&LockedPackage>> = BTreeMap::new();
    for package in &lockfile.packages {
        if let Origin::Host(host) = &package.origin {
            hosts.entry(host).or_default().push(package);
        }
    }
    hosts
}

fn finding(
    app: &Dependencies,
    lockfile: &Lockfile,
    host: &str,
    packages: &[&LockedPackage],
) -> Option<Finding> {
    let (first, others) = packages.split_first()?;
    // Whoever writes an address means it.
    let request = app.requests.iter().find(|request| {
        request.wanted.starts_with("https://")
            && packages.iter().any(|package| package.is_direct() && package.name == request.name)
    });
    let what = match packages.len() {
        1 => format!("`{}`", first.name),
        count => format!("{count} packages"),
    };
    let fix = match request {
        Some(_) => "take the package from a registry, or keep its archive in the project",
        None => {
            "let the package manager write the lockfile again from the project's registry; if the host is one, name it in .npmrc"
        }
    };
    let mut finding = Finding::place(
        first.place(),
        Plane::Declared,
        format!("from {host}"),
        format!("`{}` takes {what} from `{host}`, which is no registry of the project", lockfile.name),
        fix,
    );
    for package in others.iter().take(NAMED) {
        finding = finding.near(package.place(), format!("from {host}"));
    }
    if let Some(request) = request {
        finding = finding.near(request.place(), "the address is asked for here");
    }
    let meant = request.is_some() && packages.len() == 1;
    Some(finding.rated(if meant { Severity::Low } else { Severity::Medium }))
}
