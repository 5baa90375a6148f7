//! A port below 1024 on an account that is not root.

use plimsoll_posture::{Known, Posture, Service};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "privileged-port-exposed",
    title: "service without root listens on a port below 1024",
    page: include_str!("privileged_port_exposed.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DH009"],
    covered_by: &[],
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
