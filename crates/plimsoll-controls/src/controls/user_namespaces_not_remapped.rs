//! Root in a container is root outside.

use plimsoll_posture::{Host, Posture};

use crate::engine_setting::{self, Words};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "user-namespaces-not-remapped",
    title: "root in containers is root on the host",
    page: include_str!("user_namespaces_not_remapped.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-2.9"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    if host.daemon.rootless.value() == Some(&true) {
        return Verdict::NotApplicable("a rootless engine runs in a user namespace itself");
    }
    let words = Words {
        key: "userns-remap",
        label: "no user namespaces",
        message: "root in a container is root on the host: user namespaces are not remapped",
        fix: &engine_setting::write(r#""userns-remap": "default""#),
    };
    engine_setting::judge(host, &host.daemon.userns_remap, |on| !on, &words)
}
