//! A network behind the published services that leads outward all the same.

use plimsoll_posture::{Change, Network, Plane, Posture, Provenance, Service};

use crate::datastore::{first_published, has_other_way_out, is_datastore, is_internal};
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "network-not-internal",
    title: "network of a datastore is not internal",
    page: include_str!("network_not_internal.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Project(check),
};

fn check(posture: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    let mut reason = None;
    let mut judged = false;
    for network in posture.networks.iter().filter(|network| !network.external && is_bridge(network)) {
        let members: Vec<&Service> = posture.members(&network.name).collect();
        // On a network that nobody wrote, a datastore by itself is no design to judge.
        let alone = network.implicit && members.len() < 2;
        if alone || !members.iter().any(|member| is_datastore(member)) {
            continue;
        }
        judged = true;
        if !could_be_internal(network, &members, posture) {
            continue;
        }
        match is_internal(network) {
            Some(true) => {}
            Some(false) => findings.push(finding(network, &members)),
            None => {
                let claim = network.internal.effective();
                reason = reason.or_else(|| claim.and_then(|claim| claim.value.reason().cloned()));
            }
        }
    }
    if !judged {
        return Verdict::NotApplicable("no network of the project has a datastore");
    }
    Verdict::from_findings(findings, reason.map_or_else(Verdict::absent, Verdict::Unknown))
}

fn is_bridge(network: &Network) -> bool {
    network.driver.as_deref().is_none_or(|driver| matches!(driver, "bridge" | "overlay"))
}

/// Nobody on it needs it to get out: every member is a datastore or has another way; or the project made it for
/// services of which none is published.
fn could_be_internal(network: &Network, members: &[&Service], posture: &Posture) -> bool {
    let published = |member: &&Service| first_published(member).is_some();
    let elsewhere = |member: &&Service| has_other_way_out(member, &network.name, posture);
    let all_have_another =
        members.iter().all(|member| elsewhere(member) || is_datastore(member) && !published(member));
    all_have_another || !network.implicit && !members.iter().any(published)
}

fn finding(network: &Network, members: &[&Service]) -> Finding {
    let name = &network.name;
    let claim = network.internal.effective().filter(|claim| !claim.is_assumed());
    let at = claim.map_or_else(|| Provenance::absent(network.subject.anchor), |claim| claim.at.clone());
    let stores: Vec<String> = members
        .iter()
        .filter(|member| is_datastore(member))
        .map(|member| format!("`{}`", member.name()))
        .collect();
    let fix = if network.implicit {
        "put the datastore on a network with `internal: true`".to_owned()
    } else {
        format!("add `internal: true` to network `{name}`")
    };
    Finding::place(
        at,
        Plane::Declared,
        "leads outward",
        format!("network `{name}` of {} is not internal", stores.join(", ")),
        fix,
    )
    .remedied_by((!network.implicit).then(|| {
        Remedy::risky(
            vec![Change::Network { anchor: network.subject.anchor, name: name.clone(), internal: true }],
            "services that have no other network do not reach the outside any more",
        )
    }))
}
