//! Secrets among the arguments of what a service runs.

use plimsoll_posture::{Place, Posture, Service};

use crate::sightings::{in_service_and_image, is_variable, says, whose};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "secret-in-command",
    title: "command line holds a secret",
    page: include_str!("secret_in_command.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CL-0020"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    in_service_and_image(
        service,
        posture,
        Place::Command,
        |sighting| {
            if is_whole(&sighting.name) {
                return format!("the command line of {} {}", whose(service), says(sighting));
            }
            format!("`{}` on the command line of {} {}", sighting.name, whose(service), says(sighting))
        },
        |sighting| {
            let name = if is_variable(&sighting.name) && !is_whole(&sighting.name) {
                sighting.name.to_ascii_uppercase()
            } else {
                "PASSWORD".to_owned()
            };
            // Compose takes `$$` for a dollar; a Dockerfile leaves a command as it is.
            let dollar = if sighting.stage.is_some() { "$" } else { "$$" };
            format!(
                "mount it with `secrets:` and let the program or a wrapper read the file; `{dollar}{name}` in a \
                 shell form keeps it out of this file"
            )
        },
    )
}

/// Whether the secret stands in a command without a name of its own.
fn is_whole(name: &str) -> bool {
    matches!(name, "command" | "CMD" | "ENTRYPOINT" | "HEALTHCHECK")
}
