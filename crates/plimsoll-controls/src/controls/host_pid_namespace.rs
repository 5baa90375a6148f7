//! Every process of the host is visible.

use plimsoll_posture::{Posture, Service};

use crate::namespace::{self, Namespace};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "host-pid-namespace",
    title: "service shares the host's process namespace",
    page: include_str!("host_pid_namespace.md"),
    severity: Severity::High,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["CL-0010", "CIS-5.16", "KICS: Host Namespace is Shared"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let namespace = Namespace {
        key: "pid",
        fact: |service| &service.pid_mode,
        label: "sees and signals every process of the host",
        shares: "shares the host's process namespace",
        fix: "remove `pid: host`",
        risk: "a program that watches or signals processes of the host sees its own only",
    };
    namespace::judge(service, posture, &namespace)
}
