//! Containers end with the daemon.

use plimsoll_posture::{Host, Posture};

use crate::engine_setting::{self, Words};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "live-restore-off",
    title: "containers stop when the engine restarts",
    page: include_str!("live_restore_off.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-2.15"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    if host.swarm.active.value() == Some(&true) {
        return Verdict::NotApplicable("an engine of a swarm cannot have it");
    }
    let words = Words {
        key: "live-restore",
        label: "off",
        message: "every container stops when the engine is restarted or updated",
        fix: &engine_setting::write(r#""live-restore": true"#),
    };
    engine_setting::judge(host, &host.daemon.live_restore, |on| !on, &words)
}
