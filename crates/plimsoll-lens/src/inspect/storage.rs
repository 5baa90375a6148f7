//! Mounts and devices.

use std::sync::Arc;

use plimsoll_posture::{Device, Known, Mount, MountKind, MountOrigin, Service};

use super::{Entry, View};
use crate::host_path;

pub(super) fn read(service: &mut Service, view: &View<'_>) {
    for entry in view.own("Mounts").iter().flat_map(Entry::items) {
        if let Some(mount) = mount(&entry) {
            service.mounts.push(entry.claim(mount));
        }
    }
    for (target, entry) in view.host("Tmpfs").iter().flat_map(Entry::members) {
        let options = entry.text().filter(|options| !options.is_empty()).cloned();
        service.mounts.push(entry.claim(Mount { options, ..plain(MountKind::Tmpfs, "", target) }));
    }
    for entry in view.host("Devices").iter().flat_map(Entry::items) {
        let word = |key| entry.get(key).and_then(|word| word.text().cloned());
        let Some(host_path) = word("PathOnHost") else { continue };
        service.devices.push(entry.claim(Device {
            container_path: word("PathInContainer").unwrap_or_else(|| host_path.clone()),
            permissions: word("CgroupPermissions").unwrap_or_else(|| "rwm".into()),
            host_path,
        }));
    }
    for entry in view.host("DeviceCgroupRules").iter().flat_map(Entry::items) {
        if let Some(rule) = entry.text() {
            service.device_cgroup_rules.push(entry.claim(rule.clone()));
        }
    }
}

fn plain(kind: MountKind, source: &str, target: &str) -> Mount {
    Mount {
        kind,
        source: Known::Value(source.into()),
        target: target.into(),
        writable: Known::Value(true),
        propagation: None,
        inside_project: false,
        device: None,
        origin: MountOrigin::Own,
        options: None,
    }
}

fn mount(entry: &Entry<'_>) -> Option<Mount> {
    let word = |key| entry.get(key).and_then(|word| word.text().cloned()).filter(|word| !word.is_empty());
    let target = word("Destination")?;
    let kind = match word("Type").as_deref() {
        Some("bind") => MountKind::Bind,
        Some("tmpfs") => MountKind::Tmpfs,
        Some("npipe") => MountKind::Npipe,
        Some("image") => MountKind::Image,
        Some("cluster") => MountKind::Cluster,
        _ => MountKind::Volume,
    };
    let source: Arc<str> = match kind {
        MountKind::Volume => word("Name").filter(|name| !is_anonymous(name)),
        MountKind::Bind => word("Source").map(|path| host_path::resolved(&path).into()),
        _ => word("Source"),
    }
    .unwrap_or_else(|| "".into());
    let mut mount = plain(kind, &source, &target);
    if let Some(writable) = entry.get("RW").and_then(|flag| flag.flag()) {
        mount.writable = Known::Value(writable);
    }
    // What a bind has when nobody says anything.
    mount.propagation = word("Propagation").filter(|propagation| &**propagation != "rprivate");
    Some(mount)
}

/// The name that an engine makes up.
fn is_anonymous(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}
