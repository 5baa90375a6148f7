//! A proxy that routes every container.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::{by_remark, fix_for};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "every-container-routed",
    title: "every container is routed unless it says no",
    page: include_str!("every_container_routed.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::EverybodyRouted, |proxy, remark| {
        let name = service.name();
        let message = format!("proxy `{name}` gives every container a route from outside");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "`exposedByDefault` is on unless it is switched off",
            message,
            fix_for(
                proxy,
                "switch it off",
                "switch it off",
                "set `exposedByDefault` to false and label what is meant to be reached",
            ),
        )
    })
}
