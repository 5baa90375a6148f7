//! A rate limit that counts by what the client writes.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::{by_remark, fix_for};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "rate-limit-key-spoofable",
    title: "rate limit counts by a header that clients choose",
    page: include_str!("rate_limit_key_spoofable.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: limit_req_key"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::LimitBySpoofableKey, |proxy, remark| {
        let name = service.name();
        let about = &remark.about;
        let message = format!("proxy `{name}` limits requests by `{about}`, which clients choose");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "a new value is a new client",
            message,
            fix_for(
                proxy,
                "count by the address: `$binary_remote_addr`",
                "count by the address: `$binary_remote_addr`",
                "count by the address: `ipStrategy`",
            ),
        )
    })
}
