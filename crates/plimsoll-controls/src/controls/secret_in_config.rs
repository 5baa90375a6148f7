//! Secrets in the contents of configs.

use plimsoll_posture::{Place, Posture};

use crate::sightings::{label, says};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "secret-in-config",
    title: "content of a config holds a secret",
    page: include_str!("secret_in_config.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Project(check),
};

fn check(posture: &Posture, _: &Settings) -> Verdict {
    let findings = posture.project.sightings.iter().filter(|sighting| sighting.place == Place::ConfigContent);
    let findings = findings
        .map(|sighting| {
            Finding::at(
                &sighting.at,
                label(sighting),
                format!("the content of config `{}` {}", sighting.name, says(sighting)),
                "move the whole file to `secrets:` and mount it from there, or leave the value out and \
                 read it from a secret",
            )
        })
        .collect();
    Verdict::from_findings(findings, Verdict::absent())
}
