//! Secrets in labels and annotations.

use plimsoll_posture::{Place, Posture, Service};

use crate::sightings::{in_service, says};
use crate::{Control, Scope, Settings, Severity, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "secret-in-label",
    title: "label holds a secret",
    page: include_str!("secret_in_label.md"),
    severity: Severity::Medium,
    since: "0.1.0",
    peers: &[],
    baseline: false,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    in_service(
        service,
        Place::Label,
        |sighting| format!("label `{}` of service `{}` {}", sighting.name, service.name(), says(sighting)),
        |sighting| {
            match &*sighting.kind {
            "password-hash" | "htpasswd" => {
                "keep the users in a file that is mounted as a secret: Traefik reads it with `basicauth.usersfile`"
            }
            _ => "remove it from the label; give it to the program that needs it as a mounted secret",
        }
        .to_owned()
        },
    )
}
