//! An upstream whose certificate nobody checks.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::{by_remark, fix_for};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "upstream-certificate-unchecked",
    title: "certificate of an upstream is not checked",
    page: include_str!("upstream_certificate_unchecked.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: proxy_ssl_verify"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::UpstreamUnchecked, |proxy, remark| {
        let name = service.name();
        let about = &remark.about;
        let message = format!("proxy `{name}` does not check the certificate of {about}");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "encrypted, to whoever answers",
            message,
            fix_for(
                proxy,
                "set `proxy_ssl_verify on` and `proxy_ssl_trusted_certificate`",
                "remove `tls_insecure_skip_verify` and give `tls_trust_pool`",
                "remove `insecureSkipVerify` and give `rootCAs`",
            ),
        )
    })
}
