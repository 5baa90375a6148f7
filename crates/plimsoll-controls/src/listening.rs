//! On which ports the program in a container says that it listens.
//!
//! Deliberately absent: what really listens. Nothing here is ever proof that a port is heard, only that somebody
//! named it.

use plimsoll_posture::{Claim, ExposedPort, Layer, Provenance, Role, Service};

/// What names the ports of a service.
pub(crate) struct Named<'a> {
    /// `PORT` as a number, with its place.
    pub(crate) variable: Option<(u16, &'a Provenance)>,
    /// `EXPOSE` of the project's own Dockerfile.
    pub(crate) exposed: Vec<(&'a ExposedPort, &'a Claim<ExposedPort>)>,
    service: &'a Service,
}

/// Reads what names the ports. `None` for a service whose image is not built here or whose base is a server of its
/// own: its ports are its maker's.
pub(crate) fn of(service: &Service) -> Option<Named<'_>> {
    let own = service.build.is_some() || !service.runtime;
    let server = !matches!(service.knowledge.role, None | Some(Role::Runtime | Role::Distribution));
    if !own || server {
        return None;
    }
    let variable = service.env.get("PORT").and_then(|fact| fact.effective()).and_then(|claim| {
        let port = claim.value.value()?.expose().trim().parse().ok().filter(|port| *port != 0)?;
        Some((port, &claim.at))
    });
    let exposed = service.exposed.values().filter(|(_, claim)| claim.layer <= Layer::Image).collect();
    Some(Named { variable, exposed, service })
}

impl Named<'_> {
    /// Whether anything says a port at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.variable.is_none() && self.exposed.is_empty()
    }

    /// Whether `EXPOSE` names the port.
    pub(crate) fn exposes(&self, port: u16) -> bool {
        self.exposed.iter().any(|(exposed, _)| exposed.ports.contains(port))
    }

    /// Whether the port is named in a variable other than `PORT`, in the command, or in an `expose` of the service.
    pub(crate) fn mentions(&self, port: u16) -> bool {
        let number = port.to_string();
        let in_text = |text: &str| text.split(|c: char| !c.is_ascii_digit()).any(|part| part == number);
        let service = self.service;
        let in_env = service.env.effective().any(|(name, claim)| {
            let telling = ["PORT", "ADDR", "LISTEN", "BIND", "URL"].iter().any(|part| name.contains(part));
            name != "PORT" && claim.value.value().map_or(telling, |value| in_text(value.expose()))
        });
        let in_command = [&service.entrypoint, &service.command]
            .into_iter()
            .any(|fact| fact.value().is_some_and(|line| line.arguments().any(in_text)));
        let in_expose = service
            .exposed
            .values()
            .any(|(exposed, claim)| claim.layer > Layer::Image && exposed.ports.contains(port));
        in_env || in_command || in_expose
    }

    /// The numbers that are named, for people.
    pub(crate) fn told(&self) -> String {
        let mut told: Vec<String> = Vec::new();
        if let Some((port, _)) = self.variable {
            told.push(port.to_string());
        }
        for (exposed, _) in &self.exposed {
            let text = exposed.ports.to_string();
            if !told.contains(&text) {
                told.push(text);
            }
        }
        told.join(", ")
    }
}
