//! A proxy that does not log requests.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::{by_remark, fix_for};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "proxy-access-log-off",
    title: "requests are not logged",
    page: include_str!("proxy_access_log_off.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Baseline,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::LogOff, |proxy, remark| {
        let name = service.name();
        let message = format!("proxy `{name}` does not log requests");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "no access log",
            message,
            fix_for(
                proxy,
                "remove `access_log off`, or move it to the health check's location",
                "remove `access_log off`, or move it to the health check's location",
                "add `--accesslog=true`",
            ),
        )
    })
}
