//! A request that decides to which host it is forwarded.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "upstream-chosen-by-request",
    title: "request decides where it is forwarded",
    page: include_str!("upstream_chosen_by_request.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: ssrf"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::UpstreamFromRequest, |_, remark| {
        let name = service.name();
        let message = format!("proxy `{name}` forwards to a host that the request names");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "whoever sends the request writes this",
            message,
            "forward to fixed names, or choose among them with a map",
        )
    })
}
