//! Timeouts towards clients that are off or very long.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::{by_remark, fix_for};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "client-timeout-too-long",
    title: "slow clients keep their connections",
    page: include_str!("client_timeout_too_long.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::LongClientTimeout, |proxy, remark| {
        let name = service.name();
        let about = &remark.about;
        let message = format!("proxy `{name}` waits too long for slow clients");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            format!("{about}"),
            message,
            fix_for(proxy, "remove the directive: a minute is the default", "write `30s`", "write `60s`"),
        )
    })
}
