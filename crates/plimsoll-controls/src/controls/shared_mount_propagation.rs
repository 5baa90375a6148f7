//! Mounts made in the container appear on the host.

use plimsoll_posture::{Change, Posture, Service};

use crate::deciding::by_items;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "shared-mount-propagation",
    title: "mounts made in the container appear on the host",
    page: include_str!("shared_mount_propagation.md"),
    severity: Severity::Low,
    foothold: Foothold::Root,
    since: "0.1.0",
    peers: &["CL-0017", "CIS-5.20", "KICS: Volume Mounted In Multiple Containers"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_items(&service.mounts, |mount, claim| {
        let propagation =
            mount.propagation.as_deref().filter(|word| matches!(*word, "shared" | "rshared"))?;
        Some(
            Finding::at(
                claim,
                format!("`{propagation}`: both sides see each other's mounts"),
                format!(
                    "service `{}` shares the mounts under `{}` with the host",
                    service.name(),
                    mount.target
                ),
                format!("delete `{propagation}`; `rslave` is enough to see the host's mounts"),
            )
            .remedied(Remedy::risky(
                vec![Change::MountOptions {
                    at: claim.at.clone(),
                    with: Vec::new(),
                    without: vec![propagation.into()],
                }],
                "mounts that come later are not seen on the other side",
            )),
        )
    })
}
