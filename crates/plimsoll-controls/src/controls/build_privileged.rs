//! The build may do what only the host should.

use plimsoll_posture::{Build, Posture, Service};

use crate::deciding::{both, by_claim, by_items};
use crate::remedy::withdraw;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "build-privileged",
    title: "image is built with privileges of the host",
    page: include_str!("build_privileged.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    match &service.build {
        None => Verdict::NotApplicable("nothing is built"),
        Some(build) => judge(service.name(), build),
    }
}

fn judge(name: &str, build: &Build) -> Verdict {
    let privileged = by_claim(&build.privileged, |on, claim| {
        on.then(|| {
            Finding::at(
                claim,
                "every RUN step may do what root on the host may",
                format!("the build of service `{name}` is privileged"),
                "delete `privileged` from `build`",
            )
            .remedied(Remedy::risky(vec![withdraw(claim)], "a build step that needs the privilege fails"))
        })
    });
    let entitled = by_items(&build.entitlements, |entitlement, claim| {
        let gives = match &**entitlement {
            "security.insecure" => "every RUN step may ask for all privileges",
            "network.host" => "every RUN step may ask for the host's network",
            "device" => "every RUN step may ask for devices of the host",
            _ => return None,
        };
        Some(
            Finding::at(
                claim,
                gives,
                format!("the build of service `{name}` is entitled to `{entitlement}`"),
                format!("delete `{entitlement}` from `build.entitlements`"),
            )
            .remedied(Remedy::risky(vec![withdraw(claim)], "a build step that needs it fails")),
        )
    });
    let network = by_claim(&build.network, |network, claim| {
        (&**network == "host").then(|| {
            Finding::at(
                claim,
                "every RUN step reaches what listens on the host's 127.0.0.1",
                format!("the build of service `{name}` uses the host's network"),
                "delete `network: host` from `build`",
            )
            .remedied(Remedy::risky(vec![withdraw(claim)], "a build step that needs it fails"))
        })
    });
    both(privileged, both(entitled, network))
}
