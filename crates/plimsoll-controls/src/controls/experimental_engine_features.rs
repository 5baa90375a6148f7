//! Features without a promise.

use plimsoll_posture::{Host, Posture};

use crate::engine_setting::{self, Words};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "experimental-engine-features",
    title: "engine runs with experimental features",
    page: include_str!("experimental_engine_features.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-2.18"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    let words = Words {
        key: "experimental",
        label: "switched on",
        message: "the engine runs with features that are not meant for production",
        fix: &engine_setting::write(r#""experimental": false"#),
    };
    engine_setting::judge(host, &host.daemon.experimental, |on| *on, &words)
}
