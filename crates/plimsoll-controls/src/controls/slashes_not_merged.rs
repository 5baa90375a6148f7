//! Repeated slashes that stay in the path.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "slashes-not-merged",
    title: "repeated slashes in paths are kept",
    page: include_str!("slashes_not_merged.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::SlashesKept, |_, remark| {
        let name = service.name();
        let message = format!("proxy `{name}` keeps repeated slashes in paths");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "`//admin` is not `/admin` here",
            message,
            "remove `merge_slashes off`",
        )
    })
}
