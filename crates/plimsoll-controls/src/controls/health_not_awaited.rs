//! A service starts before the service it needs is ready, although that one can be asked.

use plimsoll_posture::{Healthcheck, Known, Posture, Service, Setting};

use crate::remedy::give;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, deciding};

pub(super) static CONTROL: Control = Control {
    id: "health-not-awaited",
    title: "service does not wait until what it needs is healthy",
    page: include_str!("health_not_awaited.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    if service.depends_on.is_empty() {
        return Verdict::NotApplicable("it depends on no service");
    }
    let mut findings = Vec::new();
    let mut open = None;
    let mut waits = None;
    for (name, claim) in service.depends_on.values() {
        let Some(other) = posture.service(name) else { continue };
        let condition = service.depends_on_condition.get(name).and_then(|fact| fact.effective());
        match condition.map(|claim| &claim.value) {
            Some(Known::Value(condition)) if &**condition != "service_started" => {
                waits = waits.or(condition_claim(service, name));
                continue;
            }
            Some(Known::Unknown(reason)) => {
                open = open.or(Some(reason.clone()));
                continue;
            }
            _ => {}
        }
        let test = other
            .healthcheck
            .effective()
            .filter(|claim| matches!(claim.value, Known::Value(Healthcheck::Test(_))));
        let Some(test) = test else { continue };
        findings.push(
            Finding::at(
                claim,
                "waits for its start only",
                format!("service `{}` does not wait until `{name}` is healthy", service.name()),
                format!("write `depends_on: {{{name}: {{condition: service_healthy}}}}`"),
            )
            .with(test, format!("`{name}` can be asked"))
            .remedied(Remedy::risky(
                vec![give(service, Setting::Await(name.clone()))],
                format!("it does not start while the health check of `{name}` fails"),
            )),
        );
    }
    let nothing = match (open, waits) {
        (Some(reason), _) => Verdict::Unknown(reason),
        (None, Some(verdict)) => verdict,
        (None, None) => deciding::or_unknown(&service.depends_on, Verdict::absent()),
    };
    Verdict::from_findings(findings, nothing)
}

fn condition_claim(service: &Service, name: &str) -> Option<Verdict> {
    service.depends_on_condition.get(name)?.effective().map(Verdict::pass)
}
