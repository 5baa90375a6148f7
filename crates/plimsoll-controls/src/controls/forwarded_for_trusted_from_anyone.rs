//! Forwarded addresses believed whoever sends them.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "forwarded-for-trusted-from-anyone",
    title: "forwarded client address is believed from anybody",
    page: include_str!("forwarded_for_trusted_from_anyone.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: real_ip"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::EverybodyForwards, |_, remark| {
        let name = service.name();
        let about = &remark.about;
        let message = format!("proxy `{name}` believes X-Forwarded-For from anybody");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            format!("{about}: the whole internet"),
            message,
            "trust the addresses of the proxies in front only",
        )
    })
}
