//! Containers are moved out of the usual control group.

use plimsoll_posture::{Host, Posture};

use crate::deciding::by_claim;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, engine_setting};

pub(super) static CONTROL: Control = Control {
    id: "engine-cgroup-parent",
    title: "engine puts containers below a control group of its own",
    page: include_str!("engine_cgroup_parent.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-2.10"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    match host.daemon.cgroup_parent.effective() {
        None => engine_setting::default_holds(host),
        Some(_) => by_claim(&host.daemon.cgroup_parent, |parent, claim| {
            (!parent.is_empty()).then(|| {
                Finding::at(
                    claim,
                    "not the default",
                    format!("containers run below the control group `{parent}` and share its limits"),
                    "remove `cgroup-parent` from /etc/docker/daemon.json unless its limits are meant, then systemctl restart docker",
                )
            })
        }),
    }
}
