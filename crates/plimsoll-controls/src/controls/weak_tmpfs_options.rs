//! A memory file system from which programs may be run.

use plimsoll_posture::{Change, MountKind, Posture, Service};

use crate::deciding::by_items;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "weak-tmpfs-options",
    title: "tmpfs allows programs or devices",
    page: include_str!("weak_tmpfs_options.md"),
    severity: Severity::Low,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["CL-0022"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_items(&service.mounts, |mount, claim| {
        if mount.kind != MountKind::Tmpfs {
            return None;
        }
        let weak = weak(mount.options.as_deref()?);
        if weak.is_empty() {
            return None;
        }
        let remedy = Remedy::risky(
            vec![Change::MountOptions {
                at: claim.at.clone(),
                with: Vec::new(),
                without: weak.iter().map(|word| (*word).into()).collect(),
            }],
            "a program that is started from there, or a device that is made there, fails",
        );
        let weak = weak.join(", ");
        Some(
            Finding::at(
                claim,
                format!("`{weak}` undoes the engine's default"),
                format!("the tmpfs `{}` of service `{}` allows `{weak}`", mount.target, service.name()),
                format!("delete `{weak}`; `noexec,nosuid,nodev` is the default"),
            )
            .remedied(remedy),
        )
    })
}

/// The options that hold after all and that the engine's default (`noexec,nosuid,nodev`) would deny.
fn weak(options: &str) -> Vec<&'static str> {
    ["exec", "suid", "dev"]
        .into_iter()
        .filter(|option| {
            let denied = format!("no{option}");
            let last = options.split(',').map(str::trim).rfind(|word| word == option || *word == denied);
            last == Some(*option)
        })
        .collect()
}
