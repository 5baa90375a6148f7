//! Questions of the benchmark that are narrower than a control, or that a control answers otherwise for a reason.

use plimsoll_posture::{Host, Known, Posture, Reach, Reason, RestartPolicy, Service};

use crate::deciding::by_claim;
use crate::{Finding, Verdict, engine_setting};

/// 2.6: of the drivers only `aufs` is asked about.
pub(super) fn aufs(host: &Host) -> Verdict {
    if host.daemon.storage_driver.effective().is_none() {
        return engine_setting::not_told();
    }
    by_claim(&host.daemon.storage_driver, |driver, claim| {
        (&**driver == "aufs").then(|| {
            Finding::at(
                claim,
                "aufs",
                "the engine stores images with `aufs`",
                engine_setting::write(r#""storage-driver": "overlay2""#),
            )
        })
    })
}

/// 2.11: only `devicemapper` has a base size.
pub(super) fn base_size(host: &Host) -> Verdict {
    let Some(claim) = host.daemon.storage_driver.effective() else { return engine_setting::not_told() };
    match &claim.value {
        Known::Unknown(reason) => Verdict::Unknown(reason.clone()),
        Known::Value(driver) if &**driver != "devicemapper" => {
            Verdict::NotApplicable("only the driver devicemapper has one")
        }
        Known::Value(_) => Verdict::Unknown(Reason::NeedsEngine(
            "docker info --format '{{.DriverStatus}}' (Base Device Size)",
        )),
    }
}

/// 2.13: logs that leave the host. Rotation, which the control asks for, is another matter.
pub(super) fn remote_logging(host: &Host) -> Verdict {
    let Some(claim) = host.daemon.logging.effective() else { return engine_setting::not_told() };
    let logging = match &claim.value {
        Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
        Known::Value(_) if claim.is_assumed() && !engine_setting::seen(host) => {
            return engine_setting::not_told();
        }
        Known::Value(logging) => logging,
    };
    match logging.driver.as_deref().unwrap_or("json-file") {
        driver @ ("json-file" | "local" | "none") => Verdict::fail(Finding::at(
            claim,
            "they stay on the host",
            format!("logs stay on the host: the driver is `{driver}`"),
            engine_setting::write(r#""log-driver": "journald""#),
        )),
        "journald" => Verdict::Unknown(Reason::NeedsEngine("whether journald sends on what it is given")),
        _ => Verdict::pass(claim),
    }
}

/// 5.9: what a person has to judge.
pub(super) fn open_ports(service: &Service) -> Option<Finding> {
    let ports: Vec<String> = service.published.values().map(|(port, _)| format!("`{}`", port.text)).collect();
    let (_, first) = service.published.values().next()?;
    Some(Finding::at(first, "", format!("`{}` publishes {}", service.name(), ports.join(", ")), ""))
}

/// 5.14: every port, also those that are meant for everybody.
pub(super) fn bound_ports(service: &Service, posture: &Posture) -> Verdict {
    if service.published.is_empty() {
        return Verdict::NotApplicable("no port is published");
    }
    let mut findings = Vec::new();
    let mut doubt = service.published.unknown().cloned();
    let mut bound = None;
    for (port, claim) in service.published.values() {
        match crate::default_address::reach(port, service, posture) {
            Known::Value(Reach::AllInterfaces) => findings.push(Finding::at(
                claim,
                "every interface",
                format!("`{}` publishes `{}` on every interface", service.name(), port.text),
                "put an address before the port",
            )),
            Known::Value(_) => bound = bound.or(Some(claim)),
            Known::Unknown(reason) => doubt = doubt.or(Some(reason)),
        }
    }
    let passed = || bound.map_or_else(Verdict::absent, Verdict::pass);
    Verdict::from_findings(findings, doubt.map_or_else(passed, Verdict::Unknown))
}

/// 5.15: `on-failure` with at most five tries, or none. The control asks for another thing: that a service comes back.
pub(super) fn limited_restarts(service: &Service, _: &Posture) -> Verdict {
    let Some(claim) = service.restart.effective() else { return Verdict::absent() };
    let wrong = match &claim.value {
        Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
        Known::Value(RestartPolicy::Never) => None,
        Known::Value(RestartPolicy::OnFailure(Some(1..=5))) => None,
        Known::Value(RestartPolicy::Always) => Some("`always`"),
        Known::Value(RestartPolicy::UnlessStopped) => Some("`unless-stopped`"),
        Known::Value(RestartPolicy::OnFailure(_)) => Some("`on-failure` with more than five tries"),
        Known::Value(RestartPolicy::Other(text)) => {
            return Verdict::Unknown(Reason::NotUnderstood(text.clone()));
        }
    };
    match wrong {
        None => Verdict::pass(claim),
        Some(policy) => Verdict::fail(Finding::at(
            claim,
            "without an end",
            format!("`{}` is restarted without an end: {policy}", service.name()),
            "`restart: on-failure:5`, unless it has to come back at any price",
        )),
    }
}
