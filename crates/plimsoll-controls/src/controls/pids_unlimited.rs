//! The service may start processes without end.

use plimsoll_posture::{Posture, Service, Setting};

use crate::deciding::by_claim;
use crate::limit::{Limit, is_large, pids_for};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "pids-unlimited",
    title: "number of processes is not limited",
    page: include_str!("pids_unlimited.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-5.29", "KICS: Pids Limit Not Set"],
    covered_by: &[],
    standing: Standing::Baseline,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    let (most, observed) = match (pids_for(service), is_large(service)) {
        (Some((most, words)), _) => (most, Some(words)),
        (None, true) => (2000, None),
        (None, false) => (200, None),
    };
    let limit = Limit {
        short: ("pids_limit", most.to_string().into()),
        deployed: ("pids", most.to_string().into()),
        setting: Setting::Pids(most),
        risk: "a program with more threads and processes cannot start another one",
        observed,
    };
    by_claim(&service.pids_limit, |count, claim| {
        let message = || format!("service `{}` may start processes without end", service.name());
        (*count <= 0).then(|| limit.finding(service, claim, message()))
    })
}
