//! Port 443 without TLS.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::{by_remark, fix_for};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "plaintext-on-tls-port",
    title: "port 443 is listened on without TLS",
    page: include_str!("plaintext_on_tls_port.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::PlainOnTlsPort, |proxy, remark| {
        let name = service.name();
        let message = format!("proxy `{name}` listens on port 443 without TLS");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "no TLS on it",
            message,
            fix_for(proxy, "add `ssl` and a certificate", "write the name without `http://`", "add `tls`"),
        )
    })
}
