//! A port below 1024: on an account that is not root, or as a reason to stay root.

use plimsoll_posture::{Known, Layer, Posture, Role, Service};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "privileged-port-exposed",
    title: "program listens on a port below 1024",
    page: include_str!("privileged_port_exposed.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DH009"],
    covered_by: &["ssh-server-in-image"],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    let mut low = service
        .exposed
        .values()
        .filter(|(port, claim)| port.ports.first < 1024 && !claim.is_assumed())
        .peekable();
    if low.peek().is_none() {
        return match service.exposed.unknown() {
            Some(reason) => Verdict::Unknown(reason.clone()),
            None => Verdict::NotApplicable("no port below 1024 is declared"),
        };
    }
    match service.kernel.uid.effective().map(|claim| (&claim.value, claim)) {
        // A program on a language runtime that nobody has given a user yet: the port is what it would need root for.
        Some((Known::Value(0), uid)) if uid.layer < Layer::Image && is_own(service) => Verdict::Fail(
            low.map(|(port, claim)| {
                let to = port.ports.first + 8000;
                Finding::at(
                    claim,
                    "keeps it from going without root",
                    format!("`{}` listens on port {} as root", service.name(), port.ports),
                    format!("listen on a port above 1023, say {to}, so that the program can run without root"),
                )
                .near(uid.at.clone(), "root, because no user is set")
            })
            .collect(),
        ),
        Some((Known::Value(0), claim)) => Verdict::pass(claim),
        Some((Known::Unknown(reason), _)) => Verdict::Unknown(reason.clone()),
        Some((Known::Value(_), uid)) => Verdict::Fail(
            low.map(|(port, claim)| {
                let from = port.ports.first;
                let to = from + 8000;
                Finding::at(
                    claim,
                    "needs Docker 20.10 or newer",
                    format!("`{}` listens on port {} without being root", service.name(), port.ports),
                    format!("listen on a port above 1023, say {to}, and map it where it is published: `{from}:{to}`"),
                )
                .near(uid.at.clone(), "not root")
            })
            .collect(),
        ),
        None => Verdict::NotApplicable("the user is not known"),
    }
}

/// Whether the program is the project's own and no server that somebody else has packed.
fn is_own(service: &Service) -> bool {
    service.knowledge.role == Some(Role::Runtime) && (service.build.is_some() || !service.runtime)
}
