//! Shared memory of the host is open.

use plimsoll_posture::{Posture, Service};

use crate::namespace::{self, Namespace};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "host-ipc-namespace",
    title: "service shares the host's IPC namespace",
    page: include_str!("host_ipc_namespace.md"),
    severity: Severity::High,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["CL-0010", "CIS-5.17", "KICS: Shared Host IPC Namespace"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let namespace = Namespace {
        key: "ipc",
        fact: |service| &service.ipc_mode,
        label: "reads and writes the host's shared memory",
        shares: "shares the host's IPC namespace",
        fix: "remove `ipc: host`; set `shm_size` if more shared memory is wanted",
        risk: "a program that shares memory with processes of the host fails",
    };
    namespace::judge(service, posture, &namespace)
}
