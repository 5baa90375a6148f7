//! A dashboard without a guard.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "proxy-dashboard-open",
    title: "dashboard of the proxy is open",
    page: include_str!("proxy_dashboard_open.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::DashboardOpen, |_, remark| {
        let name = service.name();
        let about = &remark.about;
        let message = format!("proxy `{name}` shows its dashboard without asking who is there");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            format!("{about} without a password"),
            message,
            "remove `api.insecure` and route `api@internal` through a `basicAuth` middleware",
        )
    })
}
