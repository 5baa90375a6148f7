//! TLS below 1.2.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::{by_remark, fix_for};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "weak-tls-protocol",
    title: "TLS below version 1.2 is accepted",
    page: include_str!("weak_tls_protocol.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: weak_ssl_tls"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::OldTls, |proxy, remark| {
        let name = service.name();
        let about = &remark.about;
        let message = format!("proxy `{name}` accepts {about}");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            format!("{about}"),
            message,
            fix_for(
                proxy,
                "allow only `TLSv1.2 TLSv1.3`",
                "allow only `TLSv1.2 TLSv1.3`",
                "set `minVersion: VersionTLS12`",
            ),
        )
    })
}
