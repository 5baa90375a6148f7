//! The container's own file system can be written.

use std::collections::BTreeSet;
use std::sync::Arc;

use plimsoll_posture::{Posture, Service, Setting, Written};

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
    changes.extend(free(service).into_iter().map(|path| give(service, Setting::Tmpfs(path))));
    let why = match observed(service) {
        None => "a program that writes to another path of its file system fails there".to_owned(),
        Some(Written { among_files, .. }) if !among_files.is_empty() => format!(
            "observed: it writes {}, where the image has files that memory would hide: that fails, unless a volume is mounted",
            listed(among_files)
        ),
        Some(Written { scratch, .. }) if scratch.is_empty() => {
            "observed: its container has written nothing since it was made; what it writes later, outside `tmpfs`, fails"
                .to_owned()
        }
        Some(Written { scratch, .. }) => format!(
            "observed: its container has written below {} and nowhere else since it was made; what it writes elsewhere later \
             fails",
            listed(scratch)
        ),
    };
    Some(Remedy::risky(changes, why))
}

fn observed(service: &Service) -> Option<&Written> {
    service.observed.as_ref()?.written.as_ref()
}

/// How many paths are named; the rest is counted.
const NAMED: usize = 5;

fn listed(paths: &BTreeSet<Arc<str>>) -> String {
    let named: Vec<String> = paths.iter().take(NAMED).map(|path| format!("`{path}`")).collect();
    let more = match paths.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    named.join(", ") + &more
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
    let free = free(service);
    if free.is_empty() { String::new() } else { format!(" and `tmpfs: [{}]`", free.join(", ")) }
}

/// What an engine saw written, and what the image is known to write: what did not happen yet may happen.
fn free(service: &Service) -> Vec<Arc<str>> {
    let image = service.image.value().map(|image| image.name());
    let known = WRITES
        .iter()
        .find(|(name, _)| image.as_deref() == Some(name))
        .map_or(&["/tmp"][..], |(_, paths)| paths);
    let mut paths: BTreeSet<Arc<str>> = known.iter().map(|path| Arc::from(*path)).collect();
    paths.extend(observed(service).into_iter().flat_map(|written| written.scratch.iter().cloned()));
    let taken =
        |path: &str| service.mounts.values().any(|(mount, _)| mount.target.trim_end_matches('/') == path);
    let inside = |path: &str, outer: &str| path.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
    let outermost = |path: &Arc<str>| !paths.iter().any(|other| inside(path, other) && !taken(other));
    paths.iter().filter(|path| !taken(path) && outermost(path)).cloned().collect()
}
