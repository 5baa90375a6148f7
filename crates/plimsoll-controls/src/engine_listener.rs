//! Where the daemon takes orders from over the network, and whether it asks who gives them.

use plimsoll_posture::{DaemonListener, Host, Known, Plane, Reason};

use crate::{Evidence, Finding, Verdict, engine_setting};

/// What is asked of an address that others can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    /// Neither encryption nor certificates.
    Open,
    /// Encryption without a look at who the client is.
    Encrypted,
    /// A client has to show a certificate.
    Verified,
}

/// Judges every address of the network.
pub(crate) fn judge(
    host: &Host,
    finding: impl Fn(&DaemonListener, &str, Guard) -> Option<Finding>,
) -> Verdict {
    let mut findings = Vec::new();
    let mut doubt = None;
    let mut guarded = None;
    for listener in &host.listeners {
        let address = match &listener.address.value {
            Known::Value(address) => address,
            Known::Unknown(reason) => {
                doubt.get_or_insert_with(|| reason.clone());
                continue;
            }
        };
        if !is_network(address) {
            continue;
        }
        match guard(listener) {
            Ok(guard) => match finding(listener, address, guard) {
                Some(finding) => findings.push(finding),
                None => guarded = guarded.or(Some(listener)),
            },
            Err(reason) => {
                doubt.get_or_insert(reason);
            }
        }
    }
    if !findings.is_empty() {
        return Verdict::Fail(findings);
    }
    if let Some(reason) = doubt {
        return Verdict::Unknown(reason);
    }
    match guarded {
        Some(listener) => Verdict::pass(&listener.address),
        // A socket of the machine says nothing of others that nobody looked for.
        None if engine_setting::seen(host) => match host.listeners.first() {
            Some(listener) => Verdict::pass(&listener.address),
            None => {
                let at = host.daemon.command_line.clone();
                Verdict::Pass(Evidence { at, plane: Plane::Running })
            }
        },
        None => Verdict::Unknown(Reason::NeedsEngine(
            "ps -o args= -C dockerd; grep hosts /etc/docker/daemon.json; ss -ltnp | grep dockerd",
        )),
    }
}

fn guard(listener: &DaemonListener) -> Result<Guard, Reason> {
    match (&listener.verifies, &listener.tls) {
        (Known::Value(true), _) => Ok(Guard::Verified),
        (Known::Value(false), Known::Value(true)) => Ok(Guard::Encrypted),
        (Known::Value(false), Known::Value(false)) => Ok(Guard::Open),
        (Known::Unknown(reason), _) | (_, Known::Unknown(reason)) => Err(reason.clone()),
    }
}

fn is_network(address: &str) -> bool {
    let scheme = address.split_once("://").map_or("tcp", |(scheme, _)| scheme);
    matches!(scheme, "tcp" | "http" | "https")
}

/// Whether only programs of the same machine reach it.
pub(crate) fn is_loopback(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.starts_with("127.") || rest.starts_with("localhost") || rest.starts_with("[::1]")
}

/// Words for the caret line: whether the socket was seen.
pub(crate) fn label(listener: &DaemonListener) -> &'static str {
    match &listener.confirmed {
        Known::Value(true) => "written here, and a socket listens there",
        Known::Value(false) => "written here; no socket listens there now",
        Known::Unknown(_) => "it listens here",
    }
}
