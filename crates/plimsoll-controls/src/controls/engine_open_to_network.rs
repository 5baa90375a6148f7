//! Whoever reaches a port is root.

use plimsoll_posture::{Host, Known, Posture};

use crate::engine_listener::{self, Guard};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "engine-open-to-network",
    title: "engine takes orders from the network without a certificate",
    page: include_str!("engine_open_to_network.md"),
    severity: Severity::Critical,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-2.7"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    engine_listener::judge(host, |listener, address, guard| {
        if guard != Guard::Open {
            return None;
        }
        let finding = Finding::at(
            &listener.address,
            engine_listener::label(listener),
            format!("the engine takes orders at `{address}` from everybody who reaches it"),
            format!(
                "remove `{address}` from `hosts` in /etc/docker/daemon.json and from the `-H` of dockerd, then systemctl restart docker; \
                 `docker context create --docker host=ssh://USER@HOST` reaches it through SSH"
            ),
        );
        // Who can already run a program on the machine has fewer steps to save.
        let near = engine_listener::is_loopback(address) || listener.confirmed == Known::Value(false);
        Some(if near { finding.rated(Severity::High) } else { finding })
    })
}
