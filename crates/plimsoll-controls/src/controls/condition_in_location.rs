//! An `if` in a location that does more than answer.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "condition-in-location",
    title: "condition inside a path changes more than the answer",
    page: include_str!("condition_in_location.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: if_is_evil"],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::ConditionInRoute, |_, remark| {
        let name = service.name();
        let about = &remark.about;
        let message = format!("proxy `{name}` uses `{about}` inside an `if`");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "not safe inside `if`",
            message,
            "use a map, or a location of its own",
        )
    })
}
