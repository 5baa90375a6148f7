//! The program comes from a directory of the host instead of the image.

use plimsoll_posture::{Claim, Known, Mount, MountKind, Plane, Posture, Service};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "source-code-mounted",
    title: "program comes from a directory of the host",
    page: include_str!("source_code_mounted.md"),
    severity: Severity::Low,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    let home = service.workdir.value().map(|path| path.trim_end_matches('/')).filter(|path| !path.is_empty());
    let mut findings = Vec::new();
    let mut open = service.mounts.unknown().cloned();
    for (mount, claim) in service.mounts.values() {
        if mount.kind != MountKind::Bind || !hides_code(mount, home) {
            continue;
        }
        match &mount.source {
            Known::Unknown(reason) => open = open.or_else(|| Some(reason.clone())),
            Known::Value(_) if mount.inside_project => {
                findings.push(finding(service, mount, claim, home.is_none()))
            }
            Known::Value(_) => {}
        }
    }
    Verdict::from_findings(findings, open.map_or_else(Verdict::absent, Verdict::Unknown))
}

/// Where nobody said in which directory the program is, a usual name is a guess, and is told as one.
fn finding(service: &Service, mount: &Mount, claim: &Claim<Mount>, guessed: bool) -> Finding {
    let fix = if service.build.is_some() {
        "move this mount to an override file that production does not use"
    } else {
        "build an image that holds the code, and move this mount to an override file"
    };
    let (name, target) = (service.name(), &mount.target);
    let message = if guessed {
        format!("service `{name}` most likely runs the code that is mounted on `{target}`")
    } else {
        format!("service `{name}` runs the code that is mounted on `{target}`")
    };
    let mut finding = Finding::at(claim, "a directory of the project", message, fix);
    if guessed {
        finding.plane = Plane::Assumed;
    }
    finding
}

/// Where images keep their program when they do not say so themselves.
const HOMES: &[&str] = &[
    "/app",
    "/code",
    "/home/node/app",
    "/opt/app",
    "/src",
    "/srv/app",
    "/usr/src/app",
    "/usr/app",
    "/var/www/app",
    "/workspace",
];

/// Names of directories that hold code and not data.
const CODE: &[&str] = &["src", "lib", "app", "server", "dist", "build", "api", "backend", "routes"];

/// Whether a mount lies over the working directory, over a directory above it, or over the code below it.
fn hides_code(mount: &Mount, home: Option<&str>) -> bool {
    let target = mount.target.trim_end_matches('/');
    let code =
        |home: &str| below(target, home).is_some_and(|inside| inside.is_empty() || CODE.contains(&inside));
    match home {
        Some(home) => code(home) || !target.is_empty() && below(home, target).is_some(),
        // A directory above a place that is only likely may hold anything.
        None => HOMES.iter().any(|home| code(home)),
    }
}

/// The part of `path` below `directory`; empty for the directory itself.
fn below<'a>(path: &'a str, directory: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(directory)?;
    if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }
}
