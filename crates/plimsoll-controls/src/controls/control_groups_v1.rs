//! Limits of the old kind.

use plimsoll_posture::{Host, Posture};

use crate::deciding::by_claim;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, engine_setting};

pub(super) static CONTROL: Control = Control {
    id: "control-groups-v1",
    title: "host uses the first version of control groups",
    page: include_str!("control_groups_v1.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    if host.machine.cgroup_version.effective().is_none() {
        return engine_setting::not_told();
    }
    by_claim(&host.machine.cgroup_version, |version, claim| {
        (*version < 2).then(|| {
            Finding::at(
                claim,
                "version 1",
                "the host uses control groups of version 1: no limits without root, and a known way out of privileged containers",
                "boot with `systemd.unified_cgroup_hierarchy=1`",
            )
        })
    })
}
