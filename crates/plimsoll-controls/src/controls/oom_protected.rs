//! The kernel is told to spare this service when memory runs out.

use plimsoll_posture::{Posture, Service};

use crate::deciding::{both, by_claim};
use crate::remedy::withdraw;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "oom-protected",
    title: "service is spared when memory runs out",
    page: include_str!("oom_protected.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    let message = || format!("service `{}` is spared when memory runs out", service.name());
    let disabled = by_claim(&service.oom_kill_disable, |on, claim| {
        on.then(|| {
            Finding::at(
                claim,
                "the kernel must not kill it",
                message(),
                "delete `oom_kill_disable`, and set a memory limit",
            )
            .remedied(Remedy::risky(vec![withdraw(claim)], "the kernel may end it when memory runs out"))
        })
    });
    let score = by_claim(&service.oom_score_adj, |score, claim| {
        (*score < 0).then(|| {
            Finding::at(
                claim,
                "the kernel kills others first",
                message(),
                "delete `oom_score_adj`, and set a memory limit",
            )
            .remedied(Remedy::risky(vec![withdraw(claim)], "the kernel may end it when memory runs out"))
        })
    });
    both(disabled, score)
}
