//! The container's own file system can be written.

use plimsoll_posture::{Posture, Service, Setting};

use crate::deciding::{by_claim, unset};
use crate::remedy::give;
use crate::service_account::is_told_the_account;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "writable-root-filesystem",
    title: "root file system is writable",
    page: include_str!("writable_root_filesystem.md"),
    severity: Severity::Low,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["CL-0007", "CIS-5.13"],
    covered_by: &["published-and-root-and-writable"],
    standing: Standing::Baseline,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_claim(&service.readonly_rootfs, |on, claim| {
        if *on {
            return None;
        }
        let message = format!("service `{}` has a writable root file system", service.name());
        let finding = if claim.is_assumed() {
            unset(service, "read_only", message, format!("add `read_only: true`{}", scratch(service)))
        } else {
            let fix = format!("set `read_only: true`{}", scratch(service));
            Finding::at(claim, "set to false here", message, fix)
        };
        Some(finding.remedied_by(remedy(service)))
    })
}

/// A read-only root file system, with memory on the paths that are known to be written. None for an image that is told
/// the account to hand over to: it writes that account into its own `/etc/passwd` when it starts.
pub(super) fn remedy(service: &Service) -> Option<Remedy> {
    if is_told_the_account(service) {
        return None;
    }
    let mut changes = vec![give(service, Setting::ReadOnly(true))];
    changes.extend(free(service).map(|path| give(service, Setting::Tmpfs(path.into()))));
    Some(Remedy::risky(changes, "a program that writes to another path of its file system fails there"))
}

/// Paths that official images write to beside their volumes, as their documentation for read-only use says.
const WRITES: &[(&str, &[&str])] = &[
    ("drupal", &["/run", "/tmp"]),
    ("httpd", &["/usr/local/apache2/logs"]),
    ("joomla", &["/run", "/tmp"]),
    ("mariadb", &["/run/mysqld", "/tmp"]),
    ("mysql", &["/run/mysqld", "/tmp"]),
    ("nextcloud", &["/run", "/tmp"]),
    ("nginx", &["/run", "/var/cache/nginx"]),
    ("postgres", &["/run/postgresql", "/tmp"]),
    ("wordpress", &["/run", "/tmp"]),
];

/// The tmpfs entries that go with it, without those where something is mounted already: Compose refuses two.
fn scratch(service: &Service) -> String {
    let free: Vec<&str> = free(service).collect();
    if free.is_empty() { String::new() } else { format!(" and `tmpfs: [{}]`", free.join(", ")) }
}

fn free(service: &Service) -> impl Iterator<Item = &'static str> {
    let image = service.image.value().map(|image| image.name());
    let paths = WRITES
        .iter()
        .find(|(name, _)| image.as_deref() == Some(name))
        .map_or(&["/tmp"][..], |(_, paths)| paths);
    let taken =
        |path: &str| service.mounts.values().any(|(mount, _)| mount.target.trim_end_matches('/') == path);
    paths.iter().copied().filter(move |path| !taken(path))
}
