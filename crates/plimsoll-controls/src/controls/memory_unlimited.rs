//! The service may take all memory of the host.

use std::borrow::Cow;

use plimsoll_posture::{Posture, Service, Setting};

use crate::deciding::by_claim;
use crate::limit::{Limit, is_large, memory_for};
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
    let (short, deployed, observed) = match (memory_for(service), is_large(service)) {
        (Some((most, words)), _) => (format!("{most}m").into(), format!("{most}M").into(), Some(words)),
        (None, true) => ("4g".into(), "4G".into(), None),
        (None, false) => ("512m".into(), "512M".into(), None),
    };
    let short: Cow<'_, str> = short;
    let limit = Limit {
        setting: Setting::Memory(short.as_ref().into()),
        short: ("mem_limit", short),
        deployed: ("memory", deployed),
        risk: match observed {
            Some(_) => "a program that needs more is ended by the kernel",
            None => "a program that needs more is ended by the kernel: set what it needs at its peak",
        },
        observed,
    };
    by_claim(&service.memory_bytes, |bytes, claim| {
        let message = || format!("service `{}` may take all memory of the host", service.name());
        (*bytes == 0).then(|| limit.finding(service, claim, message()))
    })
}
