//! What of the engine the audit daemon should watch: what the CIS Docker Benchmark asks, 1.1.3 to 1.1.18.

use plimsoll_posture::{FileRole, Host, Known};

use crate::{Evidence, Verdict};

/// The paths by the number of their item. Where one of several is enough, distributions differ.
pub(crate) static WATCHED: &[(&str, &[&str])] = &[
    ("CIS-1.1.3", &["/usr/bin/dockerd", "/usr/sbin/dockerd"]),
    ("CIS-1.1.4", &["/run/containerd"]),
    ("CIS-1.1.5", &["/var/lib/docker"]),
    ("CIS-1.1.6", &["/etc/docker"]),
    (
        "CIS-1.1.7",
        &[
            "/lib/systemd/system/docker.service",
            "/usr/lib/systemd/system/docker.service",
            "/etc/systemd/system/docker.service",
        ],
    ),
    ("CIS-1.1.8", &["/run/containerd/containerd.sock"]),
    (
        "CIS-1.1.9",
        &[
            "/run/docker.sock",
            "/var/run/docker.sock",
            "/lib/systemd/system/docker.socket",
            "/usr/lib/systemd/system/docker.socket",
        ],
    ),
    ("CIS-1.1.10", &["/etc/default/docker"]),
    ("CIS-1.1.11", &["/etc/docker/daemon.json"]),
    ("CIS-1.1.12", &["/etc/containerd/config.toml"]),
    ("CIS-1.1.13", &["/etc/sysconfig/docker"]),
    ("CIS-1.1.14", &["/usr/bin/containerd"]),
    ("CIS-1.1.15", &["/usr/bin/containerd-shim"]),
    ("CIS-1.1.16", &["/usr/bin/containerd-shim-runc-v1"]),
    ("CIS-1.1.17", &["/usr/bin/containerd-shim-runc-v2"]),
    ("CIS-1.1.18", &["/usr/bin/runc", "/usr/sbin/runc"]),
];

/// Whether one of the paths is watched, itself or with a directory above it.
pub(crate) fn is_watched(host: &Host, paths: &[&str]) -> Verdict {
    if is_absent(host, paths) {
        return Verdict::NotApplicable("the host has no such file");
    }
    let rules = match &host.audited {
        Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
        Known::Value(rules) => rules,
    };
    let by = rules.iter().find(|rule| {
        rule.value.value().is_some_and(|watched| paths.iter().any(|path| is_within(path, watched)))
    });
    match by {
        Some(rule) => Verdict::Pass(Evidence { at: Some(rule.at.clone()), plane: rule.plane }),
        None => Verdict::fail(crate::Finding::place(
            plimsoll_posture::Provenance::absent(host.subject.anchor),
            plimsoll_posture::Plane::Running,
            "no rule watches it",
            format!("no audit rule watches `{}`", paths.first().unwrap_or(&"")),
            format!("add `-w {} -p rwxa -k docker` to the audit rules", paths.first().unwrap_or(&"")),
        )),
    }
}

/// Whether the host was looked at and has none of these files; of programs nobody looks.
fn is_absent(host: &Host, paths: &[&str]) -> bool {
    let role = match paths.first() {
        Some(&"/etc/docker") => FileRole::ConfigDirectory,
        Some(&"/etc/docker/daemon.json") => FileRole::DaemonJson,
        Some(&"/etc/default/docker") => FileRole::Defaults,
        Some(&"/etc/sysconfig/docker") => FileRole::Sysconfig,
        Some(&"/run/containerd/containerd.sock") => FileRole::ContainerdSocket,
        _ => return false,
    };
    !host.files.is_empty() && host.files.iter().all(|file| file.role != role)
}

fn is_within(path: &str, watched: &str) -> bool {
    let watched = watched.trim_end_matches('/');
    path.strip_prefix(watched).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        && !watched.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_for_a_directory_watches_what_lies_in_it() {
        assert!(is_within("/etc/docker/daemon.json", "/etc/docker"));
        assert!(is_within("/etc/docker", "/etc/docker/"));
        assert!(!is_within("/etc/docker2", "/etc/docker"));
        assert!(!is_within("/etc/docker", "/etc/docker/daemon.json"));
        assert!(!is_within("/etc/docker", "/"));
    }
}
