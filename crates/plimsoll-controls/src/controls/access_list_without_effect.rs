//! An address list that lets everybody through.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "access-list-without-effect",
    title: "address list lets everybody through",
    page: include_str!("access_list_without_effect.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: allow_without_deny", "gixy: return_bypasses_allow_deny"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::AccessListIdle, |_, remark| {
        let name = service.name();
        let about = &remark.about;
        let message = format!("proxy `{name}` has an address list that lets everybody through");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            format!("{about}"),
            message,
            "add `deny all`, and answer with a location that does not `return`",
        )
    })
}
