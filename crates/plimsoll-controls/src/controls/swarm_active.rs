//! A swarm opens ports and shares secrets.

use plimsoll_posture::{Host, Posture};

use crate::deciding::by_claim;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, engine_setting};

pub(super) static CONTROL: Control = Control {
    id: "swarm-active",
    title: "engine is part of a swarm",
    page: include_str!("swarm_active.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-5.1"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    if host.swarm.active.effective().is_none() {
        return engine_setting::not_told();
    }
    by_claim(&host.swarm.active, |on, claim| {
        on.then(|| {
            Finding::at(
                claim,
                "in a swarm",
                "the engine is part of a swarm: it listens on 2377, 7946 and 4789 for other nodes",
                "`docker swarm leave` where no service needs it",
            )
        })
    })
}
