//! Images and logs can fill the partition of the system.

use plimsoll_posture::{Host, Posture, Reason};

use crate::deciding::by_claim;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "data-root-on-system-disk",
    title: "data of the engine lies on the partition of the system",
    page: include_str!("data_root_on_system_disk.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-1.1.1"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    if host.machine.own_partition.effective().is_none() {
        return Verdict::Unknown(Reason::NeedsEngine("stat -c '%d %n' / /var/lib/docker"));
    }
    by_claim(&host.machine.own_partition, |own, claim| {
        (!own).then(|| {
            let root = host.daemon.data_root.value().map_or("/var/lib/docker", |root| root);
            Finding::at(
                claim,
                "the same device",
                format!("`{root}` lies on the partition of the system: images and logs can fill it"),
                format!("mount a partition of its own at {root} while the engine is stopped"),
            )
        })
    })
}
