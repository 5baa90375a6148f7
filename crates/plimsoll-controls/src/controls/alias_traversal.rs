//! A path prefix without a slash that is replaced by a directory with one.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "alias-traversal",
    title: "path prefix lets requests climb out of the served directory",
    page: include_str!("alias_traversal.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: alias_traversal"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::AliasWithoutSlash, |_, remark| {
        let name = service.name();
        let about = &remark.about;
        let message = format!("proxy `{name}` serves `{about}` from a directory that requests can leave");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "no slash at its end, and one at the end of its directory",
            message,
            "end the path with a slash, as its directory does",
        )
    })
}
