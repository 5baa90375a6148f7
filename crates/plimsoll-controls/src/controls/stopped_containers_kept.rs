//! Containers that ended and can be started again.

use plimsoll_posture::{Host, Known, Plane, Posture};

use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "stopped-containers-kept",
    title: "stopped containers are kept",
    page: include_str!("stopped_containers_kept.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-6.2"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    let containers = match &host.containers {
        Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
        Known::Value(containers) => containers,
    };
    let ended: Vec<_> = containers
        .iter()
        .filter(|container| matches!(&*container.status, "exited" | "dead" | "created"))
        .collect();
    let Some(first) = ended.first() else {
        let at = containers.first().map(|container| container.at.clone());
        return Verdict::Pass(Evidence { at, plane: Plane::Running });
    };
    let named: Vec<String> = ended.iter().take(4).map(|container| format!("`{}`", container.name)).collect();
    let more = match ended.len().saturating_sub(4) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Verdict::fail(Finding::place(
        first.at.clone(),
        Plane::Running,
        "not running",
        format!("containers that do not run are kept: {}{more}", named.join(", ")),
        "`docker container prune`, which removes what they wrote too",
    ))
}
