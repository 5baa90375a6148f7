//! Secrets that stand as the default of an interpolated variable.

use plimsoll_posture::{Place, Posture, Service};

use crate::sightings::{asked, in_service, says};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "secret-in-default",
    title: "default of a variable is a secret",
    page: include_str!("secret_in_default.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CL-0020", "CL-0021"],
    covered_by: &["secret-in-default"],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    in_service(
        service,
        Place::InterpolationDefault,
        |sighting| {
            format!("the default of `{}` in service `{}` {}", sighting.name, service.name(), says(sighting))
        },
        |sighting| format!("write `${{{0}:?set {0}}}`: without a value nothing starts", sighting.name),
        |sighting| Some(asked(sighting, &sighting.name)),
    )
}
