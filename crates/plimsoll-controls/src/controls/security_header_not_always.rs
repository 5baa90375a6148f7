//! Security headers that error responses lack.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "security-header-not-always",
    title: "security header is missing from error responses",
    page: include_str!("security_header_not_always.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: add_header_always"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::HeaderNotAlways, |_, remark| {
        let name = service.name();
        let about = &remark.about;
        let message = format!("proxy `{name}` sends `{about}` with successful responses only");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "no `always`",
            message,
            "add `always` at the end",
        )
    })
}
