//! A published port leads to a port of the container that the program does not listen on.

use plimsoll_posture::{Posture, Protocol, Service};

use crate::datastore::publishes;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, deciding, listening};

pub(super) static CONTROL: Control = Control {
    id: "published-port-unheard",
    title: "published port leads to one that the program does not listen on",
    page: include_str!("published_port_unheard.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    if !publishes(service) {
        return Verdict::NotApplicable("no port is published");
    }
    let Some(named) = listening::of(service).filter(|named| !named.is_empty()) else {
        return Verdict::NotApplicable("nothing says on which port the program listens");
    };
    let ports = || {
        service.published.values().filter_map(|(port, claim)| Some((port, *port.container.value()?, claim)))
    };
    // One published port that PORT names: the others may be whatever the program has beside it.
    let served = named.variable.is_some_and(|(own, _)| ports().any(|(_, range, _)| range.contains(own)));
    let mut findings = Vec::new();
    for (port, range, claim) in ports() {
        if port.protocol != Protocol::Tcp || range.first != range.last {
            continue;
        }
        let number = range.first;
        let exposed = named.exposes(number);
        let fits = match named.variable {
            Some((own, _)) if own == number => true,
            // PORT says another port than EXPOSE: the program follows PORT.
            Some(_) => served && exposed || named.mentions(number),
            None => exposed || named.mentions(number),
        };
        if fits {
            continue;
        }
        let told = match named.variable {
            Some((own, _)) => own.to_string(),
            None => named.told(),
        };
        let mut finding = Finding::at(
            claim,
            format!("leads to port {number}"),
            format!(
                "service `{}` publishes port {number} of the container, and the program listens on {told}",
                service.name()
            ),
            format!("publish the port that the program listens on, {told}, or make it listen on {number}"),
        );
        if let Some((own, at)) = named.variable {
            finding = finding.near(at.clone(), format!("PORT is {own}"));
        }
        if let Some((ports, at)) = named.exposed.first() {
            finding = finding.with(at, format!("exposes {}", ports.ports));
        }
        findings.push(finding);
    }
    let open = service.published.values().find_map(|(port, _)| port.container.reason().cloned());
    let nothing = open.map_or_else(Verdict::absent, Verdict::Unknown);
    Verdict::from_findings(findings, deciding::or_unknown(&service.published, nothing))
}
