//! `host/files`: owner and mode of the files that guard a host.

use plimsoll_lens::host::Named;

use super::accounts::Accounts;
use super::tree::{Found, Tree};
use super::units;

/// The certificates of registries lie one directory below theirs; more depth is nobody's.
const MAX_DEPTH: usize = 3;
const MAX_CERTIFICATES: usize = 512;

pub(super) fn table(tree: &Tree, named: &Named, accounts: &Accounts) -> Option<Vec<String>> {
    let mut paths: Vec<String> = Vec::new();
    for unit in ["docker.service", "docker.socket"] {
        paths.extend(units::file(tree, unit));
    }
    paths.push("/etc/docker".to_owned());
    certificates(tree, "/etc/docker/certs.d", 0, &mut paths);
    paths.extend(named.certificates.iter().cloned());
    for socket in
        named.sockets.iter().map(String::as_str).chain(["/run/docker.sock", "/run/podman/podman.sock"])
    {
        paths.push(without_var(socket).to_owned());
    }
    for user in tree.names("/run/user") {
        paths.push(format!("/run/user/{user}/docker.sock"));
    }
    paths.push(named.daemon_json.clone());
    paths.extend(["/etc/default/docker", "/etc/sysconfig/docker"].map(str::to_owned));
    paths.extend(named.containerd.iter().map(|path| without_var(path).to_owned()));
    paths.extend(
        ["/run/containerd/containerd.sock", "/run/docker/containerd/containerd.sock"].map(str::to_owned),
    );
    let mut seen = std::collections::BTreeSet::new();
    let paths = paths.into_iter().filter(|path| seen.insert(path.clone()));
    Some(paths.filter_map(|path| line(tree, &path, accounts)).collect())
}

/// One place, whichever of its two names is written.
fn without_var(path: &str) -> &str {
    path.strip_prefix("/var").filter(|rest| rest.starts_with("/run/")).unwrap_or(path)
}

fn certificates(tree: &Tree, directory: &str, depth: usize, paths: &mut Vec<String>) {
    for name in tree.names(directory) {
        let path = format!("{directory}/{name}");
        match tree.find(&path) {
            Found::Here(metadata) if metadata.is_dir() => {
                if depth < MAX_DEPTH {
                    certificates(tree, &path, depth + 1, paths);
                }
            }
            Found::Here(metadata) if !metadata.is_file() => {}
            Found::Nothing => {}
            _ if paths.len() < MAX_CERTIFICATES => paths.push(path),
            _ => return,
        }
    }
}

#[cfg(unix)]
fn line(tree: &Tree, path: &str, accounts: &Accounts) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = match tree.find(path) {
        Found::Here(metadata) => metadata,
        Found::Hidden => return Some(format!("? {path}")),
        Found::Nothing => return None,
    };
    let time = match metadata.is_file() {
        true => format!("{} ", crate::date::Date::stamp(metadata.mtime())),
        false => String::new(),
    };
    let mode = metadata.mode() & 0o7777;
    Some(format!(
        "{mode:04o} {} {} {time}{path}",
        accounts.user(metadata.uid()),
        accounts.group(metadata.gid())
    ))
}

#[cfg(not(unix))]
fn line(_: &Tree, _: &str, _: &Accounts) -> Option<String> {
    None
}
