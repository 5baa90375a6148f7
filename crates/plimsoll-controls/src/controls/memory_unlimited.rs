//! The service may take all memory of the host.

use plimsoll_posture::{Posture, Service, Setting};

use crate::deciding::by_claim;
use crate::limit::{Limit, is_large};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "memory-unlimited",
    title: "memory is not limited",
    page: include_str!("memory_unlimited.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CL-0026", "CIS-5.11", "KICS: Memory Not Limited"],
    covered_by: &[],
    standing: Standing::Baseline,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    let (short, deployed) = if is_large(service) { ("4g", "4G") } else { ("512m", "512M") };
    let limit = Limit {
        short: ("mem_limit", short),
        deployed: ("memory", deployed),
        setting: Setting::Memory(short.into()),
        risk: "a program that needs more is ended by the kernel: set what it needs at its peak",
    };
    by_claim(&service.memory_bytes, |bytes, claim| {
        let message = || format!("service `{}` may take all memory of the host", service.name());
        (*bytes == 0).then(|| limit.finding(service, claim, message()))
    })
}
