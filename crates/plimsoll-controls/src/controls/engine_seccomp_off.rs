//! The daemon filters no system calls by default.

use plimsoll_posture::{Host, Posture, SeccompProfile};

use crate::engine_setting::{self, Words};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "engine-seccomp-off",
    title: "engine filters no system calls by default",
    page: include_str!("engine_seccomp_off.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-2.17"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    let words = Words {
        key: "seccomp-profile",
        label: "every container that says nothing is unfiltered",
        message: "containers run without a seccomp profile unless they name one",
        fix: &engine_setting::write(r#""seccomp-profile": "builtin""#),
    };
    engine_setting::judge(
        host,
        &host.daemon.seccomp,
        |profile| *profile == SeccompProfile::Unconfined,
        &words,
    )
}
