//! An interface that changes the configuration, open to other containers.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "proxy-admin-open",
    title: "interface that changes the proxy's configuration is open",
    page: include_str!("proxy_admin_open.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::AdminOpen, |_, remark| {
        let name = service.name();
        let message = format!("proxy `{name}` lets everybody who reaches it change its configuration");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "on every interface, without a password",
            message,
            "write `admin off`, or leave it on localhost",
        )
    })
}
