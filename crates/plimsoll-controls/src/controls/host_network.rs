//! No network of its own.

use plimsoll_posture::{Posture, Service};

use crate::namespace::{self, Namespace};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "host-network",
    title: "service shares the host's network",
    page: include_str!("host_network.md"),
    severity: Severity::High,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["CL-0008", "CIS-5.10", "KICS: Shared Host Network Namespace"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let namespace = Namespace {
        key: "network_mode",
        fact: |service| &service.network_mode,
        label: "every port it opens is open on the host, and it reaches what listens on 127.0.0.1",
        shares: "shares the host's network",
        fix: "remove `network_mode: host` and publish the ports it serves with `ports`",
        risk: "only what `ports` names is reached from outside, and 127.0.0.1 is the container itself",
    };
    namespace::judge(service, posture, &namespace)
}
