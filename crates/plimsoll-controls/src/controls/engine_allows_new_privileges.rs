//! Setuid programs work in every container that says nothing.

use plimsoll_posture::{Host, Posture};

use crate::engine_setting::{self, Words};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "engine-allows-new-privileges",
    title: "engine lets containers gain privileges by default",
    page: include_str!("engine_allows_new_privileges.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-2.14"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    let words = Words {
        key: "no-new-privileges",
        label: "switched off here",
        message: "containers may gain privileges through setuid programs unless they forbid it",
        fix: &engine_setting::write(r#""no-new-privileges": true"#),
    };
    engine_setting::judge(host, &host.daemon.no_new_privileges, |on| !on, &words)
}
