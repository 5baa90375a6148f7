//! The client's own Upgrade and Connection passed on.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "client-upgrade-passed-on",
    title: "client's own Connection header is passed on with Upgrade",
    page: include_str!("client_upgrade_passed_on.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::UpgradePassedOn, |_, remark| {
        let name = service.name();
        let message = format!("proxy `{name}` passes any upgrade that a client asks for");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "h2c goes through as well as WebSocket",
            message,
            "set `Connection` from a map that knows `websocket` only",
        )
    })
}
