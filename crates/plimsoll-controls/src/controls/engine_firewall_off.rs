//! The daemon leaves the firewall alone.

use plimsoll_posture::{Host, Posture};

use crate::engine_setting::{self, Words};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "engine-firewall-off",
    title: "engine does not set firewall rules",
    page: include_str!("engine_firewall_off.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-2.4"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    let words = Words {
        key: "iptables",
        label: "no rule is set",
        message: "the engine sets no firewall rules: nothing keeps its networks apart",
        fix: &engine_setting::write(r#""iptables": true"#),
    };
    engine_setting::judge(host, &host.daemon.iptables, |on| !on, &words)
}
