//! The host's control groups are visible.

use plimsoll_posture::{Posture, Service};

use crate::namespace::{self, Namespace};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "host-cgroup-namespace",
    title: "service shares the host's cgroup namespace",
    page: include_str!("host_cgroup_namespace.md"),
    severity: Severity::Medium,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let version = posture.host.as_ref().and_then(|host| host.machine.cgroup_version.value());
    if version == Some(&1) {
        return Verdict::NotApplicable(
            "control groups of version 1 are not divided by default: told of the host",
        );
    }
    let namespace = Namespace {
        key: "cgroup",
        fact: |service| &service.cgroup_mode,
        label: "sees the host's control groups",
        shares: "shares the host's cgroup namespace",
        fix: "remove `cgroup: host`",
        risk: "a program that reads the control groups of the host sees its own only",
    };
    namespace::judge(service, posture, &namespace)
}
