//! What the CIS Docker Benchmark asks of a swarm, section 7: each question by its number.

use plimsoll_posture::{Host, Known, Reason};

use crate::deciding::by_claim;
use crate::{Evidence, Finding, Verdict};

/// The answer where there is no swarm, if that is known.
pub(crate) fn unless_active(host: &Host, verdict: impl FnOnce() -> Verdict) -> Verdict {
    let Some(claim) = host.swarm.active.effective() else {
        return Verdict::Unknown(Reason::NeedsEngine("docker info --format '{{json .}}'"));
    };
    match &claim.value {
        Known::Unknown(reason) => Verdict::Unknown(reason.clone()),
        Known::Value(false) => Verdict::NotApplicable("the engine is in no swarm"),
        Known::Value(true) => verdict(),
    }
}

const INSPECT: Reason = Reason::NeedsEngine("docker swarm inspect, on a manager");

fn told<T>(
    fact: &plimsoll_posture::Fact<T>,
    fails: impl FnOnce(&T, &plimsoll_posture::Claim<T>) -> Option<Finding>,
) -> Verdict {
    match fact.effective() {
        None => Verdict::Unknown(INSPECT),
        Some(_) => by_claim(fact, fails),
    }
}

/// 7.1: as many managers as survive the loss of some, and no more than are needed.
pub(crate) fn managers(host: &Host) -> Verdict {
    unless_active(host, || {
        told(&host.swarm.managers, |count, claim| {
            let wrong = match count {
                0 | 1 => return None,
                count if count % 2 == 0 => "an even number: it survives no more losses than one fewer",
                count if *count > 7 => "more than seven: each is another way to own the swarm",
                _ => return None,
            };
            Some(Finding::at(
                claim,
                wrong,
                format!("the swarm has {count} managers"),
                "`docker node demote` all but 1, 3, 5 or 7",
            ))
        })
    })
}

/// 7.2: an address of its own for the traffic of the swarm.
pub(crate) fn listen(host: &Host) -> Verdict {
    unless_active(host, || {
        told(&host.swarm.listen, |address, claim| {
            let everywhere = address.is_empty()
                || address.starts_with("0.0.0.0")
                || address.starts_with("[::]")
                || address.starts_with("::");
            everywhere.then(|| {
                Finding::at(
                    claim,
                    "every interface",
                    "the swarm waits for other nodes on every interface",
                    "join again with `--listen-addr ADDRESS:2377` of the network that the nodes share",
                )
            })
        })
    })
}

/// 7.3: encrypted networks between hosts.
pub(crate) fn encryption(host: &Host) -> Verdict {
    unless_active(host, || {
        let networks = match &host.networks {
            Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
            Known::Value(networks) => networks,
        };
        // The network `ingress` is the swarm's own.
        let overlay = || networks.iter().filter(|network| &*network.driver == "overlay");
        let findings = overlay()
            .filter(|network| !network.encrypted && &*network.name != "ingress")
            .map(|network| {
                Finding::place(
                    network.at.clone(),
                    plimsoll_posture::Plane::Running,
                    "not encrypted",
                    format!("the overlay network `{}` sends between hosts without encryption", network.name),
                    format!(
                        "make it again: `docker network create -d overlay --opt encrypted {}`",
                        network.name
                    ),
                )
            })
            .collect();
        let at = overlay().next().map(|network| network.at.clone());
        Verdict::from_findings(
            findings,
            Verdict::Pass(Evidence { at, plane: plimsoll_posture::Plane::Running }),
        )
    })
}

/// 7.5: managers that are locked after a restart.
pub(crate) fn autolock(host: &Host) -> Verdict {
    unless_active(host, || {
        told(&host.swarm.autolock, |on, claim| {
            (!on).then(|| {
                Finding::at(
                    claim,
                    "the keys lie on the disk of every manager",
                    "managers of the swarm start without being unlocked",
                    "`docker swarm update --autolock=true`, and keep the key that it prints elsewhere",
                )
            })
        })
    })
}

/// 7.7: certificates of nodes that expire soon. Ninety days is the engine's own default.
pub(crate) fn certificates(host: &Host) -> Verdict {
    const MOST: u64 = 90 * 24 * 3600;
    unless_active(host, || {
        told(&host.swarm.certificate_seconds, |seconds, claim| {
            (*seconds > MOST).then(|| {
                let days = seconds / (24 * 3600);
                Finding::at(
                    claim,
                    "longer than 90 days",
                    format!("certificates of nodes hold for {days} days"),
                    "`docker swarm update --cert-expiry 2160h`",
                )
            })
        })
    })
}
