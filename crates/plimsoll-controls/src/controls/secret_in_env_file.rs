//! Secrets in env files of the project.

use plimsoll_posture::{Place, Posture, SecretSighting};

use crate::sightings::{label, says};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "secret-in-env-file",
    title: "env file holds a secret",
    page: include_str!("secret_in_env_file.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CL-0020", "CL-0021"],
    covered_by: &["env-file-in-git"],
    standing: Standing::Ordinary,
    scope: Scope::Project(check),
};

/// A variable of an env file may reach several services and is told once, at its line.
fn check(posture: &Posture, _: &Settings) -> Verdict {
    let mut told: Vec<(&SecretSighting, Vec<&str>)> = Vec::new();
    let of_services = posture
        .services
        .iter()
        .flat_map(|service| service.sightings.iter().map(move |sighting| (sighting, Some(service.name()))));
    let of_project = posture.project.sightings.iter().map(|sighting| (sighting, None));
    for (sighting, service) in of_services.chain(of_project) {
        if sighting.place != Place::EnvFile {
            continue;
        }
        match told.iter_mut().find(|(other, _)| other.at.at.span.overlaps(sighting.at.at.span)) {
            Some((_, services)) => services.extend(service),
            None => told.push((sighting, service.into_iter().collect())),
        }
    }
    told.sort_by_key(|(sighting, _)| sighting.at.at.span);
    let findings = told.into_iter().map(|(sighting, services)| finding(sighting, &services)).collect();
    Verdict::from_findings(findings, Verdict::absent())
}

fn finding(sighting: &SecretSighting, services: &[&str]) -> Finding {
    let name = &sighting.name;
    let used = match services {
        [] => String::new(),
        [one] => format!(", used by service `{one}`,"),
        [first, rest @ ..] => format!(", used by service `{first}` and {} more,", rest.len()),
    };
    Finding::at(
        &sighting.at,
        label(sighting),
        format!("`{name}`{used} {}", says(sighting)),
        "keep the file out of git and of the image (.gitignore, .dockerignore) and readable by its owner only, or mount \
         the value with `secrets:`",
    )
}
