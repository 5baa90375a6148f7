//! A referer check that an empty referer passes.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "empty-referer-accepted",
    title: "referer check is passed without a referer",
    page: include_str!("empty_referer_accepted.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: valid_referers"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::RefererOptional, |_, remark| {
        let name = service.name();
        let message = format!("proxy `{name}` takes a missing Referer for a valid one");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "requests without the header pass",
            message,
            "remove `none`, and do not rely on the header",
        )
    })
}
