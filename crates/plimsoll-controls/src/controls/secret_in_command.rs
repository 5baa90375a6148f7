//! Secrets among the arguments of what a service runs.

use plimsoll_posture::{Place, Posture, Service};

use crate::sightings::{in_service, is_variable, says};
use crate::{Control, Scope, Settings, Severity, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "secret-in-command",
    title: "command line holds a secret",
    page: include_str!("secret_in_command.md"),
    severity: Severity::High,
    since: "0.1.0",
    peers: &["CL-0020"],
    baseline: false,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    in_service(
        service,
        Place::Command,
        |sighting| {
            if &*sighting.name == "command" {
                return format!("the command line of service `{}` {}", service.name(), says(sighting));
            }
            format!(
                "`{}` on the command line of service `{}` {}",
                sighting.name,
                service.name(),
                says(sighting)
            )
        },
        |sighting| {
            let name = if is_variable(&sighting.name) {
                sighting.name.to_ascii_uppercase()
            } else {
                "PASSWORD".to_owned()
            };
            format!(
                "mount it with `secrets:` and let the program or a wrapper read the file; `$${name}` in a shell form keeps it out of this file"
            )
        },
    )
}
