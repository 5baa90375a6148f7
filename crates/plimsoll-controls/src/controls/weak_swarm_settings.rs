//! A swarm with settings that help whoever gets in.

use plimsoll_posture::{Host, Posture};

use crate::deciding::both;
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict, swarm_setting};

pub(super) static CONTROL: Control = Control {
    id: "weak-swarm-settings",
    title: "swarm is set up weakly",
    page: include_str!("weak_swarm_settings.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-7.1", "CIS-7.2", "CIS-7.3", "CIS-7.5", "CIS-7.7"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    let questions = [
        swarm_setting::managers(host),
        swarm_setting::listen(host),
        swarm_setting::encryption(host),
        swarm_setting::autolock(host),
        swarm_setting::certificates(host),
    ];
    questions.into_iter().reduce(both).unwrap_or_else(Verdict::absent)
}
