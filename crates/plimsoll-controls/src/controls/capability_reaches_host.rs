//! Capabilities over something that belongs to the whole host.

use plimsoll_posture::{Posture, Service};

use crate::capability_risk::{Risk, judge};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "capability-reaches-host",
    title: "added capability reaches out of the container",
    page: include_str!("capability_reaches_host.md"),
    severity: Severity::High,
    foothold: Foothold::Root,
    since: "0.1.0",
    peers: &["CL-0011", "CL-0028", "CL-0030", "CIS-5.4", "KICS: Container Capabilities Unrestricted"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    judge(service, Risk::ReachesHost)
}
