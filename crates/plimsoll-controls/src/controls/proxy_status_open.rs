//! A status page without a guard.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "proxy-status-open",
    title: "status page is open",
    page: include_str!("proxy_status_open.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: status_page_exposed"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::StatusOpen, |_, remark| {
        let name = service.name();
        let message = format!("proxy `{name}` shows its status page to everybody");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "no address list and no password",
            message,
            "allow the monitoring's address and deny all others",
        )
    })
}
