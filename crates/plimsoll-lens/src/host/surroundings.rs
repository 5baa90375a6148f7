//! The captured tables about the machine around the engine: who is in the group of the socket, what lies on which disk, what the audit
//! daemon watches, and what the kernel offers.

use std::sync::Arc;

use plimsoll_posture::{Claim, Host, Known, Layer, Plane, Reason};
use plimsoll_text::Source;

use super::entry::running;
use super::table::{self, Line};

/// `host/groups`: lines of the group file (`docker:x:998:alice,bob`), and `carol(1001) has docker(998) as primary group`.
pub(super) fn groups(host: &mut Host, source: &Source) {
    let mut members: Vec<Claim<Arc<str>>> = Vec::new();
    let mut add = |name: &str, line: &Line<'_>| {
        let name = name.trim();
        if !name.is_empty() && !members.iter().any(|own| own.value.value().is_some_and(|own| **own == *name))
        {
            members.push(running(Known::Value(name.into()), line.at("host/groups")));
        }
    };
    for line in table::lines(source) {
        if line.text.starts_with("? ") {
            host.docker_group = Known::Unknown(Reason::MissingSource("/etc/group".into()));
            return;
        }
        match line.text.split_once(" has ") {
            Some((account, _)) => add(account.split_once('(').map_or(account, |(name, _)| name), &line),
            None => {
                let listed = line.text.rsplit(':').next().unwrap_or("");
                listed.split(',').for_each(|name| add(name, &line));
            }
        }
    }
    host.docker_group = Known::Value(members);
}

/// `host/mounts`: `PATH DEVICE TYPE SOURCE`, the number of the device as `stat` has it: `/var/lib/docker 254:1 ext4 /dev/vda1`.
///
/// Docker mounts its data onto themselves: a mount there tells nothing, the device does.
pub(super) fn mounts(host: &mut Host, source: &Source) {
    let root = host.daemon.data_root.value().cloned();
    let mut found = (None, None);
    for line in table::lines(source) {
        let mut fields = line.text.rsplitn(4, ' ');
        let (Some(disk), Some(_), Some(device), Some(path)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        if path == "/" {
            found.0 = Some((device, disk));
        } else if root.as_deref().is_none_or(|root| root.trim_end_matches('/') == path) {
            found.1 = Some((device, disk, line));
        }
    }
    if let (Some(top), Some((device, disk, line))) = found {
        // Subvolumes of one disk have numbers of their own.
        let same_disk = disk == top.1 && disk.starts_with('/');
        let own = device != top.0 && !same_disk;
        host.machine.own_partition.push(running(Known::Value(own), line.at("host/mounts")));
    }
}

/// `host/audit`: `FILE: RULE`, the rules as auditctl takes them (`-w PATH`, `-F path=PATH`, `-F dir=PATH`).
pub(super) fn audit(host: &mut Host, source: &Source) {
    let mut watched = Vec::new();
    for line in table::lines(source) {
        if let Some(path) = line.text.strip_prefix("? ") {
            host.audited = Known::Unknown(Reason::MissingSource(path.into()));
            return;
        }
        let Some((_, rule)) = line.split(": ") else { continue };
        let words = rule.words();
        let mut paths: Vec<Arc<str>> = Vec::new();
        let mut never = false;
        let mut words = words.iter().map(|word| &*word.text);
        while let Some(word) = words.next() {
            match word {
                "-w" => paths.extend(words.next().map(Arc::from)),
                "-F" => {
                    let field = words.next().unwrap_or("");
                    let path = field.strip_prefix("path=").or_else(|| field.strip_prefix("dir="));
                    paths.extend(path.map(Arc::from));
                }
                "-a" | "-A" => {
                    never |= words
                        .next()
                        .is_some_and(|list| list.split(',').any(|part| part == "never" || part == "exclude"));
                }
                _ => match word.strip_prefix("-w") {
                    Some(path) if path.starts_with('/') => paths.push(path.into()),
                    _ => {}
                },
            }
        }
        if never {
            continue;
        }
        let at = line.at("host/audit");
        // Rules that are written down; whether they were loaded only the kernel knows.
        watched.extend(paths.into_iter().map(|path| Claim {
            value: Known::Value(path),
            layer: Layer::Engine,
            plane: Plane::Declared,
            at: at.clone(),
        }));
    }
    host.audited = Known::Value(watched);
}

/// `host/machine`: `key: value`.
pub(super) fn machine(host: &mut Host, source: &Source) {
    let mut limit: Option<(bool, Line<'_>)> = None;
    let machine = &mut host.machine;
    for line in table::lines(source) {
        let Some((key, value)) = line.text.split_once(": ") else { continue };
        let value = value.trim();
        let at = || line.at(format!("host/machine: {key}"));
        let word = || running(Known::Value(Arc::from(value)), at());
        match key {
            // The engine runs on the kernel that it names.
            "kernel" if machine.kernel.claims().is_empty() => machine.kernel.push(word()),
            "os" if machine.operating_system.claims().is_empty() => machine.operating_system.push(word()),
            "cgroup" if machine.cgroup_version.claims().is_empty() => {
                if let Ok(version) = value.parse() {
                    machine.cgroup_version.push(running(Known::Value(version), at()));
                }
            }
            "lsm" => {
                let has = |name: &str| running(Known::Value(value.split(',').any(|own| own == name)), at());
                // Whether containers are confined is for the engine to say, whether the kernel could is written here.
                if machine.apparmor.claims().is_empty() {
                    machine.apparmor.push(has("apparmor"));
                }
                machine.selinux.push(has("selinux"));
            }
            "max_user_namespaces" | "unprivileged_userns_clone" => {
                let off = value == "0";
                if limit.is_none_or(|(before, _)| off && !before) {
                    limit = Some((off, line));
                }
            }
            "apparmor_restrict_unprivileged_userns" if value == "1" => limit = Some((true, line)),
            _ => {}
        }
    }
    if let Some((off, line)) = limit {
        machine.user_namespaces.push(running(Known::Value(!off), line.at("host/machine")));
    }
}
