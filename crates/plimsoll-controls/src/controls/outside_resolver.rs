//! Names resolved by a server on the internet.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "outside-resolver",
    title: "names of upstreams are resolved on the internet",
    page: include_str!("outside_resolver.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: external_resolver"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::OutsideResolver, |_, remark| {
        let name = service.name();
        let about = &remark.about;
        let message = format!("proxy `{name}` asks {about} for the names of its upstreams");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "answers come over the open network",
            message,
            "write `resolver 127.0.0.11`, the engine's own",
        )
    })
}
