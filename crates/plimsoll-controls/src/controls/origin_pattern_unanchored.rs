//! A pattern for origins that longer names meet.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "origin-pattern-unanchored",
    title: "pattern for the origin also fits foreign names",
    page: include_str!("origin_pattern_unanchored.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: origins"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::OriginUnanchored, |_, remark| {
        let name = service.name();
        let message = format!("proxy `{name}` compares the origin with a pattern that foreign names meet");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "no start or no end",
            message,
            "begin the pattern with `^https://` and end it with `$`",
        )
    })
}
