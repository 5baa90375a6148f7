//! The decoded path of a request in a header.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "decoded-path-in-header",
    title: "decoded path of the request is written into a header",
    page: include_str!("decoded_path_in_header.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: http_splitting"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::DecodedPathInHeader, |_, remark| {
        let name = service.name();
        let about = &remark.about;
        let message = format!("proxy `{name}` writes the decoded path of a request into a header");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            format!("`{about}` may hold line ends"),
            message,
            "use `$request_uri`, which stays encoded",
        )
    })
}
