//! The client's own Host header passed on.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "client-host-passed-on",
    title: "client's own Host header is passed on unchecked",
    page: include_str!("client_host_passed_on.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: host_spoofing"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::HostPassedOn, |_, remark| {
        let name = service.name();
        let message = format!("proxy `{name}` passes the client's own Host header on");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "as the client wrote it",
            message,
            "send `$host` instead",
        )
    })
}
