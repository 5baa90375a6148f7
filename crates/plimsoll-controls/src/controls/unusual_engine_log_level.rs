//! Too much in the log, or too little.

use plimsoll_posture::{Host, Posture};

use crate::deciding::both;
use crate::engine_setting::{self, Words};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "unusual-engine-log-level",
    title: "engine logs too much or too little",
    page: include_str!("unusual_engine_log_level.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-2.3"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    let debug = Words {
        key: "debug",
        label: "switched on",
        message: "the engine logs for debugging: everything that is sent to it, secrets of requests too",
        fix: &engine_setting::write(r#""debug": false"#),
    };
    let level = Words {
        key: "log-level",
        label: "not `info`",
        message: "the engine does not log at the level `info`: too much is written, or what matters is left out",
        fix: &engine_setting::write(r#""log-level": "info""#),
    };
    let debug = engine_setting::judge(host, &host.daemon.debug, |on| *on, &debug);
    let level = engine_setting::judge(host, &host.daemon.log_level, |level| &**level != "info", &level);
    both(debug, level)
}
