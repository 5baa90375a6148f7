//! Responses that tell the server's version.

use plimsoll_posture::{Change, Level, Posture, ProxySoftware, RemarkKind, Service};

use crate::proxy::{by_remark, is_reached};
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "server-version-told",
    title: "responses tell the server's version",
    page: include_str!("server_version_told.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: version_disclosure"],
    covered_by: &[],
    standing: Standing::Baseline,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    if service.proxy.is_some() && !is_reached(service) {
        return Verdict::NotApplicable("nobody outside reaches it");
    }
    by_remark(service, RemarkKind::VersionTold, |proxy, remark| {
        let name = service.name();
        let message = format!("proxy `{name}` tells its version in every response");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "`server_tokens` is on by default",
            message,
            "set `server_tokens off`",
        )
        .remedied_by((proxy.software == ProxySoftware::Nginx).then(|| {
            let text = "server_tokens off".to_owned();
            Remedy::safe(
                vec![Change::Directive { at: remark.at.at.clone(), level: Level::Beside, text }],
                "only the `Server` header and error pages get shorter",
            )
        }))
    })
}
