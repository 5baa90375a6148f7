//! A lockfile that was not made for its manifest.

use plimsoll_posture::{Dependencies, Drift, Known, Plane, Posture};

use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "lockfile-out-of-sync",
    title: "lockfile does not fit its package.json",
    page: include_str!("lockfile_out_of_sync.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::App(check),
};

/// How many requests are named as places.
const NAMED: usize = 4;

fn check(app: &Dependencies, _: &Posture, _: &Settings) -> Verdict {
    if app.lockfiles.is_empty() || app.requests.is_empty() {
        return Verdict::NotApplicable("there is no lockfile with a package.json beside it");
    }
    let mut findings = Vec::new();
    for lockfile in &app.lockfiles {
        if let Known::Unknown(reason) = &lockfile.read {
            return Verdict::Unknown(reason.clone());
        }
        let Some((first, others)) = lockfile.drift.split_first() else { continue };
        let more = match others.len() {
            0 => String::new(),
            1 => ", and one more request does not fit".to_owned(),
            count => format!(", and {count} more requests do not fit"),
        };
        let mut finding = Finding::place(
            first.place(),
            Plane::Declared,
            told(first, &lockfile.name),
            format!("`{}` does not have what package.json asks for: `{}`{more}", lockfile.name, first.name),
            format!("run `{}` and commit `{}`", install(&lockfile.format), lockfile.name),
        );
        for drift in others.iter().take(NAMED) {
            finding = finding.near(drift.place(), told(drift, &lockfile.name));
        }
        findings.push(finding);
    }
    let at = app.lockfiles.first().map(plimsoll_posture::Lockfile::place);
    Verdict::from_findings(findings, Verdict::Pass(Evidence { at, plane: Plane::Declared }))
}

fn told(drift: &Drift, lockfile: &str) -> String {
    match &drift.locked {
        Some(locked) => format!("{lockfile} has {locked}"),
        None => format!("{lockfile} has none"),
    }
}

fn install(format: &str) -> &'static str {
    match format.split(' ').next().unwrap_or("") {
        "yarn" => "yarn install",
        "pnpm" => "pnpm install",
        "bun" => "bun install",
        "deno" => "deno install",
        _ => "npm install",
    }
}
