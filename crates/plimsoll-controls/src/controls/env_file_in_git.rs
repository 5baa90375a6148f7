//! Env files with secrets that git keeps, or that nothing keeps out of it.

use plimsoll_posture::{Place, Posture, Reason, SecretSighting, Tracking};

use crate::sightings::label;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "env-file-in-git",
    title: "env file with a secret gets into git",
    page: include_str!("env_file_in_git.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CL-0020"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Project(check),
};

fn check(posture: &Posture, _: &Settings) -> Verdict {
    let of_services = posture.services.iter().flat_map(|service| &service.sightings);
    let mut secrets: Vec<&SecretSighting> = of_services
        .chain(&posture.project.sightings)
        .filter(|sighting| sighting.place == Place::EnvFile)
        .collect();
    secrets.sort_by_key(|sighting| sighting.at.at.span);
    secrets.dedup_by_key(|sighting| sighting.at.at.span);
    if secrets.is_empty() {
        return Verdict::NotApplicable("no env file holds a secret");
    }
    let mut findings = Vec::new();
    let mut unknown = false;
    for secret in secrets {
        match posture.project.tracking.get(&secret.at.at.span.source) {
            Some(Tracking::Ignored) => {}
            Some(tracking) => findings.push(finding(secret, *tracking)),
            None => unknown = true,
        }
    }
    let otherwise = if unknown {
        Verdict::Unknown(Reason::MissingSource(".git/index".into()))
    } else {
        Verdict::absent()
    };
    Verdict::from_findings(findings, otherwise)
}

fn finding(secret: &SecretSighting, tracking: Tracking) -> Finding {
    let name = &secret.name;
    let (message, fix) = if tracking == Tracking::Tracked {
        (
            format!("`{name}` stands in an env file that is in git"),
            "change the secret, take the file out of git (`git rm --cached`) and name it in .gitignore",
        )
    } else {
        (
            format!("`{name}` stands in an env file that nothing keeps out of git"),
            "name the file in .gitignore",
        )
    };
    Finding::at(&secret.at, label(secret), message, fix)
}
