//! The service may start processes without end.

use plimsoll_posture::{Posture, Service};

use crate::deciding::by_claim;
use crate::limit::Limit;
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
    let limit = Limit { short: ("pids_limit", "200"), deployed: ("pids", "200") };
    by_claim(&service.pids_limit, |count, claim| {
        let message = || format!("service `{}` may start processes without end", service.name());
        (*count <= 0).then(|| limit.finding(service, claim, message()))
    })
}
