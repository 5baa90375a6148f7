//! Secrets written into the environment of a service.

use plimsoll_posture::{Place, Posture, Service};

use crate::sightings::{elsewhere, in_service, moved, says};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "secret-in-environment",
    title: "secret stands in the environment of a service",
    page: include_str!("secret_in_environment.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CL-0020", "CIS-4.10", "CIS-DI-0010"],
    covered_by: &["secret-in-environment"],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    in_service(
        service,
        Place::Environment,
        |sighting| {
            format!(
                "`{}` in the environment of service `{}` {}",
                sighting.name,
                service.name(),
                says(sighting)
            )
        },
        |sighting| elsewhere(service, &sighting.name),
        |sighting| moved(service, sighting),
    )
}
