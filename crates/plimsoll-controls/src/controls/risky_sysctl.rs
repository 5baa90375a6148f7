//! A kernel setting that weakens the network or belongs to the host.

use plimsoll_posture::{Known, Posture, Service};

use crate::remedy::withdraw;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "risky-sysctl",
    title: "kernel setting weakens the container or is the host's",
    page: include_str!("risky_sysctl.md"),
    severity: Severity::Low,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    let mut open = None;
    for (key, claim) in service.sysctls.effective() {
        let what = if is_hosts(key) {
            "belongs to the whole host: the engine refuses it, or every service gets it"
        } else if let Some((bad, what)) = weakening(key) {
            match &claim.value {
                Known::Unknown(reason) => {
                    open = open.or_else(|| Some(reason.clone()));
                    continue;
                }
                Known::Value(value) if bad(value.trim()) => what,
                Known::Value(_) => continue,
            }
        } else {
            continue;
        };
        let fix = match key.ends_with("forward") || key.ends_with("forwarding") {
            true => format!("delete `{key}` unless the service is a router or a VPN"),
            false => format!("delete `{key}`"),
        };
        let message = format!("service `{}` sets `{key}`", service.name());
        findings.push(Finding::at(claim, what, message, fix).remedied(Remedy::risky(
            vec![withdraw(claim)],
            "the kernel setting falls back to the engine's default",
        )));
    }
    Verdict::from_findings(findings, open.map_or_else(Verdict::absent, Verdict::Unknown))
}

/// Settings without a namespace. The exceptions are those that runc accepts (libcontainer/configs/validate).
fn is_hosts(key: &str) -> bool {
    let namespaced = key.starts_with("net.")
        || key.starts_with("fs.mqueue.")
        || key.starts_with("kernel.shm")
        || key.starts_with("kernel.msg")
        || matches!(key, "kernel.sem" | "kernel.domainname" | "kernel.hostname");
    !namespaced
        && ["kernel.", "vm.", "fs.", "dev.", "debug.", "user."].iter().any(|root| key.starts_with(root))
}

type Bad = fn(&str) -> bool;

/// Settings of the container's own network that weaken it, and the values that do.
fn weakening(key: &str) -> Option<(Bad, &'static str)> {
    let on: Bad = |value| value != "0";
    let off: Bad = |value| value == "0";
    let last = key.rsplit('.').next()?;
    Some(match (key, last) {
        ("net.ipv4.ip_forward", _) => (on, "the container routes packets between its networks"),
        ("net.ipv4.tcp_syncookies", _) => (off, "a flood of half-open connections stops the service"),
        ("net.ipv4.icmp_echo_ignore_broadcasts", _) => {
            (off, "it answers to broadcasts, and so amplifies attacks")
        }
        (_, "forwarding") if key.starts_with("net.ipv") => {
            (on, "the container routes packets between its networks")
        }
        (_, "route_localnet") => (on, "neighbours reach what listens on 127.0.0.1"),
        (_, "accept_redirects") => (on, "neighbours may redirect its traffic to themselves"),
        (_, "accept_source_route") => (on, "senders choose the way of packets past the firewall"),
        (_, "rp_filter") => (off, "packets with forged sender addresses are accepted"),
        _ => return None,
    })
}
