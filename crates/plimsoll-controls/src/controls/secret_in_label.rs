//! Secrets in labels and annotations.

use plimsoll_posture::{Place, Posture, Service};

use crate::sightings::{in_service_and_image, says, whose};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "secret-in-label",
    title: "label holds a secret",
    page: include_str!("secret_in_label.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    in_service_and_image(
        service,
        posture,
        Place::Label,
        |sighting| format!("label `{}` of {} {}", sighting.name, whose(service), says(sighting)),
        |sighting| {
            match &*sighting.kind {
                "password-hash" | "htpasswd" => {
                    "keep the users in a file that is mounted as a secret: Traefik reads it with \
                 `basicauth.usersfile`"
                }
                _ => "remove it from the label; give it to the program that needs it as a mounted secret",
            }
            .to_owned()
        },
    )
}
