//! The service leaves no log.

use plimsoll_posture::{Posture, Service, Setting};

use crate::deciding::by_claim;
use crate::remedy::give;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "logging-disabled",
    title: "service leaves no log",
    page: include_str!("logging_disabled.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CL-0014"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_claim(&service.logging, |logging, claim| {
        (logging.driver.as_deref() == Some("none")).then(|| {
            Finding::at(
                claim,
                "everything it prints is thrown away",
                format!("service `{}` leaves no log", service.name()),
                "delete `driver: none`, and bound the log with `max-size`",
            )
            .remedied(Remedy::risky(
                vec![give(service, Setting::LogRotation("10m".into(), 3))],
                "what it prints is kept on the host: up to 30 MB, whatever stands in it",
            ))
        })
    })
}
