//! A datastore on the network by which the outside comes in.

use plimsoll_posture::{Attachment, Claim, Posture, Reason, Service};

use crate::datastore::{first_published, has_other_way_out, is_datastore, is_internal};
use crate::network_split;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "flat-network",
    title: "datastore shares its network with a published service",
    page: include_str!("flat_network.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    if !is_datastore(service) {
        return Verdict::NotApplicable("it is no datastore");
    }
    let mut reason = service.networks.unknown().cloned();
    let mut findings = Vec::new();
    for (attachment, claim) in service.networks.values() {
        let network = &*attachment.network;
        let published: Vec<&Service> = posture
            .members(network)
            .filter(|other| {
                !is_datastore(other)
                    && first_published(other).is_some()
                    && !has_other_way_out(other, network, posture)
            })
            .collect();
        if published.is_empty() {
            continue;
        }
        match posture.network(network).map(is_internal) {
            Some(Some(true)) => {}
            Some(None) => {
                let unknown = posture.network(network).and_then(|network| network.internal.effective());
                reason = reason.or_else(|| unknown.and_then(|claim| claim.value.reason().cloned()));
            }
            Some(Some(false)) => findings.push(
                finding(service, attachment, claim, &published)
                    .remedied_by(network_split::remedy(service, attachment, claim, posture)),
            ),
            None => {
                reason = reason.or_else(|| Some(Reason::MissingSource(format!("network {network}").into())))
            }
        }
    }
    Verdict::from_findings(findings, reason.map_or_else(Verdict::absent, Verdict::Unknown))
}

fn finding(
    service: &Service,
    attachment: &Attachment,
    claim: &Claim<Attachment>,
    published: &[&Service],
) -> Finding {
    let (name, network) = (service.name(), &attachment.network);
    let others: Vec<String> = published.iter().map(|other| format!("`{}`", other.name())).collect();
    let label = if claim.is_assumed() {
        "no `networks`: it is on `default` with all others".to_owned()
    } else {
        format!("the network of {}", others.join(", "))
    };
    // The file was read; that it names no network is declared.
    let mut finding = Finding::place(
        claim.at.clone(),
        plimsoll_posture::Plane::Declared,
        label,
        format!(
            "datastore `{name}` shares network `{network}` with {}, which {} ports",
            others.join(", "),
            if others.len() == 1 { "publishes" } else { "publish" }
        ),
        format!(
            "declare `networks: {{front: {{}}, back: {{internal: true}}}}`; `{name}` joins only `back`, what needs it both, what is published `front`"
        ),
    );
    for other in published {
        if let Some(port) = first_published(other) {
            finding = finding.near(port.at.clone(), format!("`{}` is published here", other.name()));
        }
    }
    finding
}
