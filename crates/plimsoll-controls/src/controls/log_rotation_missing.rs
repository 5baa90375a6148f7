//! Logs grow until the disk is full.

use plimsoll_posture::{Posture, Service, Setting};

use crate::deciding::{by_claim, unset_here};
use crate::remedy::give;
use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, engine_logging,
};

pub(super) static CONTROL: Control = Control {
    id: "log-rotation-missing",
    title: "logs are never rotated",
    page: include_str!("log_rotation_missing.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Baseline,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    if service.logging.value().is_some_and(|logging| logging.driver.as_deref() == Some("none")) {
        return Verdict::NotApplicable("logs are switched off");
    }
    // What says nothing, or no driver, gets what the daemon is set to.
    let silent = service.logging.value().is_some_and(|own| own.driver.is_none() && own.options.is_empty());
    if let Some(host) = posture.host.as_ref().filter(|_| silent)
        && let engine_logging::Default::Bounded(claim) = engine_logging::of(host)
    {
        return Verdict::pass(claim);
    }
    by_claim(&service.logging, |logging, claim| {
        if engine_logging::is_bounded(logging) {
            return None;
        }
        let message = format!("the log of service `{}` grows without end", service.name());
        let finding = match (claim.is_assumed(), &logging.driver) {
            (true, _) => unset_here(
                service,
                "logging",
                message,
                r#"add `logging: {driver: json-file, options: {max-size: "10m", max-file: "3"}}`"#,
            ),
            (false, None) => Finding::at(
                claim,
                "no `max-size`",
                message,
                r#"add `driver: json-file` and `options: {max-size: "10m", max-file: "3"}`"#,
            ),
            (false, Some(_)) => Finding::at(
                claim,
                "no `max-size`",
                message,
                r#"add `max-size: "10m"` and `max-file: "3"` to its `options`"#,
            ),
        };
        let change = vec![give(service, Setting::LogRotation("10m".into(), 3))];
        Some(finding.remedied(match &logging.driver {
            Some(_) => {
                Remedy::safe(change, "the program notices nothing; the oldest lines go when the log is full")
            }
            None => Remedy::risky(
                change,
                "where the engine is set to another log driver, the log stays on the host from now on",
            ),
        }))
    })
}
