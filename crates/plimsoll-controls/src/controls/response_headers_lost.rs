//! Security headers that an inner level replaces.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "response-headers-lost",
    title: "security headers of an outer level are not sent",
    page: include_str!("response_headers_lost.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: add_header_redefinition"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::HeadersLost, |_, remark| {
        let name = service.name();
        let about = &remark.about;
        let message = format!("proxy `{name}` does not send {about} where other headers are added");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "an `add_header` here replaces all from further out",
            message,
            "repeat the headers here, or include them from one file",
        )
    })
}
