//! TLS that asks nobody who he is.

use plimsoll_posture::{Host, Posture};

use crate::engine_listener::{self, Guard};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, engine_setting};

pub(super) static CONTROL: Control = Control {
    id: "engine-clients-unverified",
    title: "engine accepts every client over TLS",
    page: include_str!("engine_clients_unverified.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-2.7"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    engine_listener::judge(host, |listener, address, guard| {
        (guard == Guard::Encrypted).then(|| {
            Finding::at(
                &listener.address,
                engine_listener::label(listener),
                format!("the engine encrypts at `{address}` and takes orders from every client"),
                engine_setting::write(r#""tlsverify": true, "tlscacert": "/etc/docker/ca.pem""#),
            )
        })
    })
}
