//! The service may take all CPU time of the host.

use plimsoll_posture::{Known, Posture, Service, Setting};

use crate::deciding::by_claim;
use crate::limit::Limit;
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "cpu-unlimited",
    title: "CPU time is not limited",
    page: include_str!("cpu_unlimited.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CL-0026", "CIS-5.12", "KICS: Cpus Not Limited"],
    covered_by: &[],
    standing: Standing::Baseline,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    let bound = service.cpu_bound_otherwise.effective();
    if let Some(claim) = bound.filter(|claim| claim.value == Known::Value(true)) {
        return Verdict::pass(claim);
    }
    let limit = Limit {
        short: ("cpus", "1.0".into()),
        deployed: ("cpus", "\"1.0\"".into()),
        setting: Setting::Cpus("1.0".into()),
        risk: "a program that uses more than one CPU is slower",
        observed: None,
    };
    let verdict = by_claim(&service.cpus, |cpus, claim| {
        let message = || format!("service `{}` may take all CPU time of the host", service.name());
        let none = cpus.trim().parse().is_ok_and(|number: f64| number <= 0.0);
        none.then(|| limit.finding(service, claim, message()))
    });
    match (verdict, bound.and_then(|claim| claim.value.reason())) {
        (Verdict::Fail(_), Some(reason)) => Verdict::Unknown(reason.clone()),
        (verdict, _) => verdict,
    }
}
