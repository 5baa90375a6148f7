//! Capabilities with which a container owns the host.

use plimsoll_posture::{Posture, Service};

use crate::capability_risk::{Risk, judge};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "capability-grants-host-takeover",
    title: "added capability is as good as root on the host",
    page: include_str!("capability_grants_host_takeover.md"),
    severity: Severity::Critical,
    foothold: Foothold::Root,
    since: "0.1.0",
    peers: &["CL-0024", "CIS-5.4", "KICS: Container Capabilities Unrestricted"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    judge(service, Risk::HostTakeover)
}
