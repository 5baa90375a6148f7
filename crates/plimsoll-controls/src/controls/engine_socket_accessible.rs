//! Others than root and its group may use the socket.

use plimsoll_posture::{FileAccess, GuardedFile, Host, Posture};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, guarded_file};

pub(super) static CONTROL: Control = Control {
    id: "engine-socket-accessible",
    title: "accounts that should not may order the engine",
    page: include_str!("engine_socket_accessible.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-3.15", "CIS-3.16", "CIS-3.23", "CIS-3.24"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    guarded_file::judge(
        host,
        guarded_file::is_socket,
        finding,
        "stat -c '%a %U:%G %n' /run/docker.sock /run/containerd/containerd.sock",
    )
}

fn finding(file: &GuardedFile, access: &FileAccess) -> Option<Finding> {
    let bound = guarded_file::bound(file.role);
    let path = &file.path;
    let (message, fix) = match (guarded_file::strange_owner(file, access), guarded_file::excess(file, access))
    {
        (None, None) => return None,
        (Some(owner), _) => (
            format!("`{path}` belongs to `{owner}`, who may order the engine as root could"),
            format!(
                "`chown root:{} {path}`, and set the group of the socket's unit accordingly",
                bound.group
            ),
        ),
        (None, Some(excess)) => (
            format!("`{path}` has mode {:o}: {}", access.mode, guarded_file::told(excess)),
            format!("`chmod {} {path}`, and set `SocketMode=0660` in its unit", bound.mode),
        ),
    };
    Some(Finding::at(&file.access, "an order to it is an order of root", message, fix))
}
