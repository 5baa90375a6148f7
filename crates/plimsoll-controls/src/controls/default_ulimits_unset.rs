//! Containers inherit the daemon's own limits.

use plimsoll_posture::{Host, Posture};

use crate::deciding::or_unknown;
use crate::engine_setting::{self, Words};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "default-ulimits-unset",
    title: "engine sets no default ulimits",
    page: include_str!("default_ulimits_unset.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-2.8"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    match host.daemon.default_ulimits.items().next() {
        Some(claim) => or_unknown(&host.daemon.default_ulimits, Verdict::pass(claim)),
        None => engine_setting::unset(
            host,
            &Words {
                key: "default-ulimits",
                label: "",
                message: "containers have the daemon's own limits on open files, which are none",
                fix: &engine_setting::write(
                    r#""default-ulimits": {"nofile": {"Name": "nofile", "Soft": 65536, "Hard": 65536}}"#,
                ),
            },
        ),
    }
}
