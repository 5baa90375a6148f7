//! Secrets passed to a build as arguments.

use plimsoll_posture::{Place, Posture, Service};

use crate::sightings::{build_mount, in_service, says};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict, build_secret};

pub(super) static CONTROL: Control = Control {
    id: "secret-in-build-args",
    title: "secret is passed as a build argument",
    page: include_str!("secret_in_build_args.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CL-0020", "CIS-4.10"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let stage = service.build.as_ref().and_then(|build| build.stage);
    let recipe = stage.and_then(|stage| posture.stage(stage)).map(|(recipe, _)| recipe);
    in_service(
        service,
        Place::BuildArg,
        |sighting| {
            format!("build argument `{}` of service `{}` {}", sighting.name, service.name(), says(sighting))
        },
        |sighting| format!("name it under `build.secrets` and {}", build_mount(&sighting.name)),
        // A variable would only hide it: the value stays in the history of the image.
        |sighting| build_secret::remedy(recipe?, posture, &sighting.name, true),
    )
}
