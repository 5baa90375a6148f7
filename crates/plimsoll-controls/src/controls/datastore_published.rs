//! A datastore that can be reached from outside the project.

use plimsoll_posture::{Claim, Known, Posture, PublishedPort, Reach, Service};

use crate::datastore::{is_datastore, is_datastore_port, product, publishes};
use crate::remedy::withdraw;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "datastore-published",
    title: "datastore is published",
    page: include_str!("datastore_published.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CL-0005", "CIS-5.14"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    if !is_datastore(service) {
        return Verdict::NotApplicable("it is no datastore");
    }
    if !publishes(service) {
        return Verdict::absent();
    }
    let mut findings = Vec::new();
    let mut reason = service.published.unknown().cloned();
    for (port, claim) in service.published.values() {
        if !is_datastore_port(service, port) {
            continue;
        }
        match port.reach() {
            Known::Value(Reach::Loopback) => {}
            Known::Value(Reach::Address | Reach::AllInterfaces) => {
                findings.push(finding(service, port, claim))
            }
            Known::Unknown(why) => reason = reason.or(Some(why)),
        }
    }
    Verdict::from_findings(findings, reason.map_or_else(Verdict::absent, Verdict::Unknown))
}

fn finding(service: &Service, port: &PublishedPort, claim: &Claim<PublishedPort>) -> Finding {
    let name = service.name();
    let label = match product(port) {
        Some(product) => format!("{product} for everybody who reaches the host"),
        None => "open to everybody who reaches the host".to_owned(),
    };
    let inside = port.container.value().map(|container| format!("{name}:{}", container.first));
    let inside = inside.unwrap_or_else(|| name.to_owned());
    Finding::at(
        claim,
        label,
        match port.host {
            Known::Value(None) => format!("datastore `{name}` is published on a random port"),
            _ => format!("datastore `{name}` is published on `{}`", port.text),
        },
        format!(
            "delete this entry: other services reach it as `{inside}`; for tools on the host bind it to 127.0.0.1"
        ),
    )
.remedied(Remedy::risky(vec![withdraw(claim)], "tools on the host and other machines do not reach it any more; the services of the project do"))
}
