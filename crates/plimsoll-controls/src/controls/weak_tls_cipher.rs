//! Ciphers without strength.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "weak-tls-cipher",
    title: "ciphers without strength are accepted",
    page: include_str!("weak_tls_cipher.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: weak_ssl_tls"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::WeakCiphers, |_, remark| {
        let name = service.name();
        let about = &remark.about;
        let message = format!("proxy `{name}` accepts {about} ciphers");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            format!("{about}"),
            message,
            "use the intermediate list of Mozilla's generator",
        )
    })
}
