//! A service that stays down after a crash.

use plimsoll_posture::{Known, Posture, Reason, RestartPolicy, Role, Service, Setting};

use crate::deciding::unset;
use crate::remedy::give;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "restart-policy-missing",
    title: "service stays down after a crash",
    page: include_str!("restart_policy_missing.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-5.15", "KICS: Restart Policy On Failure Not Set To 5"],
    covered_by: &[],
    standing: Standing::Baseline,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    if service.job.value() == Some(&true) {
        return Verdict::NotApplicable("it is a job that ends by design");
    }
    let Some(claim) = service.restart.effective() else { return Verdict::absent() };
    let message = || format!("service `{}` stays down after a crash", service.name());
    match &claim.value {
        Known::Unknown(reason) => Verdict::Unknown(reason.clone()),
        Known::Value(RestartPolicy::Other(text)) => Verdict::Unknown(Reason::NotUnderstood(text.clone())),
        Known::Value(RestartPolicy::Never) if claim.is_assumed() => Verdict::fail(
            unset(
                service,
                "restart",
                message(),
                "add `restart: unless-stopped`, or `restart: \"no\"` for a job",
            )
            .remedied(remedy(service)),
        ),
        // A job publishes nothing; who publishes a port wants to be there.
        Known::Value(RestartPolicy::Never) if service.published.is_empty() => {
            Verdict::NotApplicable("its file says that it is not to be restarted")
        }
        Known::Value(RestartPolicy::Never) => Verdict::fail(
            Finding::at(
                claim,
                "it publishes a port and is not restarted",
                message(),
                "set `restart: unless-stopped` or `on-failure:5`",
            )
            .remedied(remedy(service)),
        ),
        Known::Value(_) => Verdict::pass(claim),
    }
}

/// What answers others wants to be there always; of the rest nobody knows whether it ends by design.
fn remedy(service: &Service) -> Remedy {
    let serves = !service.published.is_empty()
        || matches!(service.knowledge.role, Some(Role::Datastore | Role::Proxy | Role::Administration));
    let (policy, why) = if serves {
        ("unless-stopped", "it is started again after every end, also after one that was meant")
    } else {
        ("on-failure:5", "it is started again when it fails, up to five times: a job that fails runs again")
    };
    Remedy::risky(vec![give(service, Setting::Restart(policy.into()))], why)
}
