//! Whoever may speak to the daemon may do everything.

use plimsoll_posture::{Host, Plane, Posture};

use crate::deciding::or_unknown;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, engine_setting};

pub(super) static CONTROL: Control = Control {
    id: "engine-access-undivided",
    title: "no plugin decides who may order what",
    page: include_str!("engine_access_undivided.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-2.12"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    if let Some(claim) = host.daemon.authorization.items().next() {
        return or_unknown(&host.daemon.authorization, Verdict::pass(claim));
    }
    match engine_setting::told(host) {
        Some(at) => Verdict::fail(Finding::place(
            at,
            Plane::Running,
            "no plugin for authorisation",
            "whoever may speak to the engine may order everything",
            "keep its socket to root; where several must share it, name a plugin in `authorization-plugins`",
        )),
        None => engine_setting::not_told(),
    }
}
