//! Ports as policies name them, and which of a service's ports a policy does not want.

use plimsoll_controls::{Evidence, Finding, Verdict};
use plimsoll_posture::{Known, Plane, PortRange, Protocol, Provenance, Reason, Service};

use crate::Side;

/// `22`, `8000-8999`, `53/udp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortPattern {
    ports: PortRange,
    protocol: Option<Protocol>,
}

impl PortPattern {
    /// Reads a port, a range, either with a protocol.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (ports, protocol) = match text.trim().split_once('/') {
            None => (text.trim(), None),
            Some((ports, "tcp")) => (ports, Some(Protocol::Tcp)),
            Some((ports, "udp")) => (ports, Some(Protocol::Udp)),
            Some((ports, "sctp")) => (ports, Some(Protocol::Sctp)),
            Some(_) => return None,
        };
        let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        (first <= last).then_some(Self { ports: PortRange { first, last }, protocol })
    }

    fn is_for(self, protocol: Protocol) -> bool {
        self.protocol.is_none_or(|own| own == protocol)
    }

    fn overlaps(self, ports: PortRange, protocol: Protocol) -> bool {
        self.is_for(protocol) && self.ports.first <= ports.last && ports.first <= self.ports.last
    }
}

impl std::fmt::Display for PortPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.protocol {
            Some(protocol) => write!(f, "{}/{}", self.ports, protocol.name()),
            None => write!(f, "{}", self.ports),
        }
    }
}

/// A port of a service and where it is said.
struct Sighting<'a> {
    verb: &'static str,
    /// `None` when the engine picks the port.
    ports: Option<PortRange>,
    protocol: Protocol,
    at: &'a Provenance,
    plane: Plane,
}

/// Judges the ports of a service: those in `allowed` when `is_list_of_allowed`, else those not in it.
pub(crate) fn judge(
    service: &Service,
    list: &[PortPattern],
    allowed: bool,
    side: Side,
    message: &str,
    fix: Option<&str>,
) -> Verdict {
    let mut unknown = None;
    let sightings = sightings(service, side, &mut unknown);
    let mut findings = Vec::new();
    for sighting in &sightings {
        let wrong = match (sighting.ports, allowed) {
            (None, allowed) => allowed,
            (Some(ports), false) => list.iter().any(|pattern| pattern.overlaps(ports, sighting.protocol)),
            (Some(ports), true) => !is_within(ports, sighting.protocol, list),
        };
        if !wrong {
            continue;
        }
        let (what, label) = match sighting.ports {
            Some(ports) => (format!("{ports}/{}", sighting.protocol.name()), format!("port {ports}")),
            None => ("a port that the engine picks".to_owned(), "no port of the host is named".to_owned()),
        };
        let detail = format!("service `{}` {} {what}", service.name(), sighting.verb);
        let advice = match allowed {
            true => "use a port that the policy lists",
            false => "use another port, or none",
        };
        findings.push(Finding::place(
            sighting.at.clone(),
            sighting.plane,
            label,
            format!("{message}: {detail}"),
            fix.unwrap_or(advice),
        ));
    }
    let otherwise = match unknown {
        Some(reason) => Verdict::Unknown(reason),
        None => Verdict::Pass(Evidence {
            at: sightings.first().map(|sighting| sighting.at.clone()),
            plane: Plane::Declared,
        }),
    };
    Verdict::from_findings(findings, otherwise)
}

fn sightings<'a>(service: &'a Service, side: Side, unknown: &mut Option<Reason>) -> Vec<Sighting<'a>> {
    let mut all = Vec::new();
    let mut note = |reason: &Reason| _ = unknown.get_or_insert_with(|| reason.clone());
    for claim in service.published.items() {
        let port = match &claim.value {
            Known::Value(port) => port,
            Known::Unknown(reason) => {
                note(reason);
                continue;
            }
        };
        let sighting = |verb, ports| Sighting {
            verb,
            ports,
            protocol: port.protocol,
            at: &claim.at,
            plane: claim.plane,
        };
        if side != Side::Exposed {
            match &port.host {
                Known::Value(ports) => all.push(sighting("publishes", *ports)),
                Known::Unknown(reason) => note(reason),
            }
        }
        if side != Side::Published {
            match &port.container {
                Known::Value(ports) => all.push(sighting("exposes", Some(*ports))),
                Known::Unknown(reason) => note(reason),
            }
        }
    }
    if side != Side::Published {
        for claim in service.exposed.items() {
            match &claim.value {
                Known::Value(port) => all.push(Sighting {
                    verb: "exposes",
                    ports: Some(port.ports),
                    protocol: port.protocol,
                    at: &claim.at,
                    plane: claim.plane,
                }),
                Known::Unknown(reason) => note(reason),
            }
        }
    }
    all
}

/// Whether every port of the range is in one of the patterns: the gaps are looked for from port to port.
fn is_within(ports: PortRange, protocol: Protocol, list: &[PortPattern]) -> bool {
    let mut next = u32::from(ports.first);
    while next <= u32::from(ports.last) {
        let reach = list
            .iter()
            .filter(|pattern| pattern.is_for(protocol))
            .filter(|pattern| u32::from(pattern.ports.first) <= next && next <= u32::from(pattern.ports.last))
            .map(|pattern| u32::from(pattern.ports.last))
            .max();
        match reach {
            Some(last) => next = last + 1,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_ranges_and_protocols_are_read() {
        let text = |text: &str| PortPattern::parse(text).map(|pattern| pattern.to_string());
        assert_eq!(text("22").as_deref(), Some("22"));
        assert_eq!(text("8000-8999/tcp").as_deref(), Some("8000-8999/tcp"));
        for wrong in ["", "x", "70000", "9-8", "53/icmp", "-1"] {
            assert_eq!(text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_range_may_be_covered_by_several() {
        let list: Vec<PortPattern> =
            ["80-81", "82", "84-65535/udp"].into_iter().filter_map(PortPattern::parse).collect();
        let within = |first, last| is_within(PortRange { first, last }, Protocol::Tcp, &list);
        assert!(within(80, 82) && within(81, 82));
        assert!(!within(80, 83) && !within(79, 80) && !within(84, 84), "84 is allowed for udp only");
        assert!(is_within(PortRange { first: 84, last: 65535 }, Protocol::Udp, &list));
    }
}
