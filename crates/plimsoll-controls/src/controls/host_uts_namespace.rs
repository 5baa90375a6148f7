//! The host's name can be changed.

use plimsoll_posture::{Posture, Service};

use crate::namespace::{self, Namespace};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "host-uts-namespace",
    title: "service shares the host's UTS namespace",
    page: include_str!("host_uts_namespace.md"),
    severity: Severity::Low,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["CL-0010", "CIS-5.21"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let namespace = Namespace {
        key: "uts",
        fact: |service| &service.uts_mode,
        label: "with SYS_ADMIN it renames the host",
        shares: "shares the host's UTS namespace",
        fix: "remove `uts: host`; set `hostname` if a name is wanted",
        risk: "a program that reads or sets the name of the host sees its own only",
    };
    namespace::judge(service, posture, &namespace)
}
