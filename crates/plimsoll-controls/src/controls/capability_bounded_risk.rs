//! Capabilities that need one more mistake to leave the container.

use plimsoll_posture::{Posture, Service};

use crate::capability_risk::{Risk, judge};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "capability-bounded-risk",
    title: "added capability makes a break-in worse",
    page: include_str!("capability_bounded_risk.md"),
    severity: Severity::Medium,
    foothold: Foothold::Root,
    since: "0.1.0",
    peers: &["CL-0027", "CL-0029", "CIS-5.4", "KICS: Container Capabilities Unrestricted"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    judge(service, Risk::Bounded)
}
