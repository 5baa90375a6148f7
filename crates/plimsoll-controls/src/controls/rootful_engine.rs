//! The daemon runs as root.

use plimsoll_posture::{Claim, Host, Posture};

use crate::engine_setting::{self, Words};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "rootful-engine",
    title: "engine runs as root",
    page: include_str!("rootful_engine.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-2.1"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    // How it was started, the engine alone tells.
    if host.daemon.rootless.effective().is_none_or(Claim::is_assumed) {
        return engine_setting::not_told();
    }
    let words = Words {
        key: "rootless",
        label: "not among the security options: it runs as root",
        message: "the engine runs as root: whoever breaks out of it owns the machine",
        fix: "install it without root: dockerd-rootless-setuptool.sh install",
    };
    engine_setting::judge(host, &host.daemon.rootless, |on| !on, &words)
}
