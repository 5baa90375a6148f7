//! A hook runs with more rights than the service.

use plimsoll_posture::{Hook, Known, Posture, Service};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "lifecycle-hook-privileged",
    title: "lifecycle hook runs with more rights than the service",
    page: include_str!("lifecycle_hook_privileged.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    if service.hooks.is_empty() {
        return Verdict::NotApplicable("it has no lifecycle hooks");
    }
    let mut findings = Vec::new();
    let mut open = None;
    for claim in &service.hooks {
        let hook = match &claim.value {
            Known::Value(hook) => hook,
            Known::Unknown(reason) => {
                open = open.or_else(|| Some(reason.clone()));
                continue;
            }
        };
        let message =
            |how: &str| format!("the `{}` hook of service `{}` runs {how}", hook.event, service.name());
        if hook.privileged == Known::Value(true) {
            findings.push(Finding::at(
                claim,
                "all capabilities and devices",
                message("privileged"),
                "delete `privileged` from the hook",
            ));
        } else if is_root(hook) && service.kernel.uid.value() != Some(&0) {
            findings.push(Finding::at(
                claim,
                "uid 0, unlike the service",
                message("as root"),
                "delete `user` from the hook, and prepare files in the image instead",
            ));
        } else if let Known::Unknown(reason) = &hook.privileged {
            open = open.or_else(|| Some(reason.clone()));
        }
    }
    Verdict::from_findings(findings, open.map_or_else(Verdict::absent, Verdict::Unknown))
}

fn is_root(hook: &Hook) -> bool {
    hook.user.as_ref().is_some_and(|user| user.is_root() == Some(true))
}
