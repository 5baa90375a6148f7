//! Images that somebody on the way may replace.

use plimsoll_posture::{Host, Posture};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, engine_setting};

pub(super) static CONTROL: Control = Control {
    id: "insecure-registry-trusted",
    title: "engine trusts a registry without TLS",
    page: include_str!("insecure_registry_trusted.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-2.5"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    engine_setting::none_of(host, &host.daemon.insecure_registries, |registry, claim| {
        Some(Finding::at(
            claim,
            "spoken to without a verified certificate",
            format!("the engine pulls from `{registry}` without verifying who answers"),
            format!(
                "remove `{registry}` from `insecure-registries` in /etc/docker/daemon.json, put the registry's authority into \
                 /etc/docker/certs.d/{registry}/ca.crt, then systemctl restart docker"
            ),
        ))
    })
}
