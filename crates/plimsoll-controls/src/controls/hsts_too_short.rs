//! HSTS for less than half a year.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::{by_remark, fix_for};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "hsts-too-short",
    title: "browsers remember HTTPS for too short a time",
    page: include_str!("hsts_too_short.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: hsts_header"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::ShortHsts, |proxy, remark| {
        let name = service.name();
        let about = &remark.about;
        let message = format!("proxy `{name}` lets browsers forget HTTPS within half a year");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            format!("{about}"),
            message,
            fix_for(
                proxy,
                "write `max-age=31536000`",
                "write `max-age=31536000`",
                "set `stsSeconds` to 31536000",
            ),
        )
    })
}
