//! Passwords inside URLs that a service is given.

use plimsoll_posture::{Place, Posture, Service};

use crate::sightings::{asked, in_service, is_variable, says};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "secret-in-url",
    title: "URL with a password is given to a service",
    page: include_str!("secret_in_url.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CL-0021"],
    covered_by: &["secret-in-url"],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    in_service(
        service,
        Place::Url,
        |sighting| format!("`{}` of service `{}` {}", sighting.name, service.name(), says(sighting)),
        |sighting| {
            let name = &sighting.name;
            if is_variable(name) {
                format!(
                    "put the password into a variable without a default, `${{{name}_PASSWORD:?set it}}`, \
                     or give the whole URL from outside: `{name}: ${{{name}:?set {name}}}`"
                )
            } else {
                "put the password into a variable without a default, `${PASSWORD:?set it}`".to_owned()
            }
        },
        |sighting| {
            let name = &sighting.name;
            let variable = if is_variable(name) { format!("{name}_PASSWORD") } else { "PASSWORD".to_owned() };
            Some(asked(sighting, &variable))
        },
    )
}
