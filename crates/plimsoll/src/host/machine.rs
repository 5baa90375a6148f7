//! `host/machine`, `host/mounts` and `host/audit`: kernel and operating system, the disks under `/` and the engine's data, and the rules
//! of the audit daemon.

use super::tree::{Found, Tree};

const MAX_RULES: usize = 4096;

pub(super) fn table(tree: &Tree) -> Option<Vec<String>> {
    let mut lines = Vec::new();
    let mut say = |key: &str, value: Option<String>| {
        lines.extend(value.map(|value| format!("{key}: {value}")));
    };
    say("kernel", tree.line("/proc/sys/kernel/osrelease"));
    let release = tree.text("/etc/os-release").or_else(|| tree.text("/usr/lib/os-release"));
    let name = release.as_deref().and_then(|text| {
        let value = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
        Some(value.trim().trim_matches(['"', '\'']).to_owned())
    });
    say("os", name);
    say("lsm", tree.line("/sys/kernel/security/lsm"));
    let is_there = |path: &str| matches!(tree.find(path), Found::Here(_));
    let cgroup = if is_there("/sys/fs/cgroup/cgroup.controllers") {
        Some("2")
    } else {
        is_there("/sys/fs/cgroup/memory").then_some("1")
    };
    say("cgroup", cgroup.map(str::to_owned));
    say("max_user_namespaces", tree.line("/proc/sys/user/max_user_namespaces"));
    for name in ["unprivileged_userns_clone", "apparmor_restrict_unprivileged_userns"] {
        say(name, tree.line(&format!("/proc/sys/kernel/{name}")));
    }
    (!lines.is_empty()).then_some(lines)
}

/// The devices of `/` and of the engine's data, as `stat` tells them; type and source from the table of mounts.
pub(super) fn mounts(tree: &Tree, data_root: Option<String>) -> Option<Vec<String>> {
    let data_root = data_root.unwrap_or_else(|| "/var/lib/docker".to_owned());
    let table =
        tree.text("/proc/1/mountinfo").or_else(|| tree.text("/proc/self/mountinfo")).unwrap_or_default();
    let line = |path: &str| {
        let device = device(tree, path)?;
        let (kind, source) = mounted(&table, &device).unwrap_or(("?", "?"));
        Some(format!("{path} {device} {kind} {source}"))
    };
    let lines: Vec<String> = ["/", data_root.trim_end_matches('/')].into_iter().filter_map(line).collect();
    (lines.len() == 2).then_some(lines)
}

#[cfg(unix)]
fn device(tree: &Tree, path: &str) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let Found::Here(metadata) = tree.find(path) else { return None };
    let device = metadata.dev();
    // How Linux packs the two numbers into one.
    let major = (device >> 8) & 0xfff | (device >> 32) & !0xfff;
    let minor = device & 0xff | (device >> 12) & !0xff;
    Some(format!("{major}:{minor}"))
}

#[cfg(not(unix))]
fn device(_: &Tree, _: &str) -> Option<String> {
    None
}

/// Type and source of a device: `36 35 98:0 / /mnt rw master:1 - ext3 /dev/root rw`.
fn mounted<'t>(table: &'t str, device: &str) -> Option<(&'t str, &'t str)> {
    let line = table.lines().find(|line| line.split(' ').nth(2) == Some(device))?;
    let (_, rest) = line.split_once(" - ")?;
    let mut fields = rest.split(' ');
    Some((fields.next()?, fields.next()?))
}

pub(super) fn audit(tree: &Tree) -> Option<Vec<String>> {
    let directory = "/etc/audit/rules.d";
    let names = tree.names(directory).into_iter().filter(|name| name.ends_with(".rules"));
    let paths = names.map(|name| format!("{directory}/{name}"));
    let mut lines = Vec::new();
    for path in std::iter::once("/etc/audit/audit.rules".to_owned()).chain(paths) {
        match tree.read(&path) {
            Ok(Some(bytes)) => {
                let text = String::from_utf8_lossy(&bytes);
                let rules = text.lines().map(str::trim).filter(|line| line.starts_with('-'));
                lines.extend(rules.map(|rule| format!("{path}: {rule}")));
            }
            Ok(None) => {}
            Err(_) => lines.push(format!("? {path}")),
        }
    }
    // A directory that may not be listed hides what is in it.
    if matches!(tree.find("/etc/audit/audit.rules"), Found::Hidden) {
        lines.push("? /etc/audit".to_owned());
    }
    lines.truncate(MAX_RULES);
    // A root without /etc is no host's.
    matches!(tree.find("/etc"), Found::Here(_)).then_some(lines)
}
