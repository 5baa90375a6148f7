//! Published ports go through a program.

use plimsoll_posture::{Host, Posture};

use crate::engine_setting::{self, Words};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "userland-proxy-used",
    title: "published ports go through a userland proxy",
    page: include_str!("userland_proxy_used.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-2.16"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    if host.daemon.rootless.value() == Some(&true) {
        return Verdict::NotApplicable("a rootless engine needs it for published ports");
    }
    let words = Words {
        key: "userland-proxy",
        label: "a process for each published port",
        message: "each published port has a proxy process that runs as root",
        fix: &engine_setting::write(r#""userland-proxy": false"#),
    };
    engine_setting::judge(host, &host.daemon.userland_proxy, |on| *on, &words)
}
