//! `host/files`: owner and mode of the files that guard the host, as `stat` prints them.
//!
//! `0660 root(0) docker(998) /run/docker.sock`; a regular file's time stands before its path; `-` for an account without a name; and
//! `? /etc/docker/daemon.json` for what may not be looked at.

use plimsoll_posture::{FileAccess, FileRole, GuardedFile, Host, Known, Reason};
use plimsoll_text::Source;

use super::entry::running;
use super::flags::Saying;
use super::settings::Context;
use super::{table, time};

/// When `daemon.json` was written, if the table says.
pub(super) fn modified(source: &Source, daemon_json: &str) -> Option<i64> {
    table::lines(source).find_map(|line| {
        let entry = parse(line.text)?;
        (entry.path == daemon_json).then_some(entry.modified)?
    })
}

/// Whether the table was made on a host that has this file.
pub(super) fn has(source: &Source, path: &str) -> bool {
    table::lines(source).any(|line| {
        line.text.strip_prefix("? ").or_else(|| parse(line.text).map(|entry| entry.path)) == Some(path)
    })
}

pub(super) fn read(host: &mut Host, context: &Context, daemon_json: &str, source: &Source) {
    for line in table::lines(source) {
        let (path, access) = match line.text.strip_prefix("? ") {
            Some(path) => (path, Known::Unknown(Reason::MissingSource(path.into()))),
            None => match parse(line.text) {
                Some(entry) => (entry.path, Known::Value(entry.access)),
                None => continue,
            },
        };
        let Some(role) = role(path, context, daemon_json) else { continue };
        let access = running(access, line.at(format!("host/files: {path}")));
        host.files.push(GuardedFile { role, path: path.into(), access });
    }
    host.files.sort_by(|one, other| (one.role, &one.path).cmp(&(other.role, &other.path)));
}

fn role(path: &str, context: &Context, daemon_json: &str) -> Option<FileRole> {
    let named = |key: &str| match context.said(key).map(|said| &said.value) {
        Some(Saying::Text(text)) => **text == *path,
        _ => false,
    };
    let name = path.rsplit('/').next().unwrap_or(path);
    Some(match name {
        _ if path == daemon_json => FileRole::DaemonJson,
        _ if named("tlscacert") => FileRole::CaCertificate,
        _ if named("tlscert") => FileRole::ServerCertificate,
        _ if named("tlskey") => FileRole::ServerKey,
        _ if named("containerd") => FileRole::ContainerdSocket,
        "docker.service" => FileRole::Service,
        "docker.socket" => FileRole::SocketUnit,
        _ if path == "/etc/docker" => FileRole::ConfigDirectory,
        _ if path.contains("/certs.d/") => FileRole::RegistryCertificate,
        "docker.sock" | "podman.sock" => FileRole::Socket,
        "daemon.json" => FileRole::DaemonJson,
        _ if path == "/etc/default/docker" => FileRole::Defaults,
        _ if path == "/etc/sysconfig/docker" => FileRole::Sysconfig,
        "containerd.sock" => FileRole::ContainerdSocket,
        _ => return None,
    })
}

struct Entry<'a> {
    access: FileAccess,
    modified: Option<i64>,
    path: &'a str,
}

fn parse(line: &str) -> Option<Entry<'_>> {
    let (mode, rest) = line.split_once(' ')?;
    let (owner, rest) = rest.split_once(' ')?;
    let (group, rest) = rest.split_once(' ')?;
    // The digits are octal, as `stat -c %a` and `ls` have them.
    let mode = u16::from_str_radix(mode, 8).ok().filter(|mode| *mode <= 0o7777)?;
    let (user, uid) = account(owner)?;
    let (group, gid) = account(group)?;
    let (modified, path) = match rest.split_once(' ') {
        Some((word, path)) if time::seconds(word).is_some() => (time::seconds(word), path),
        _ => (None, rest),
    };
    let named = |name: &str| (name != "-").then(|| name.into());
    Some(Entry {
        access: FileAccess { uid, gid, user: named(user), group: named(group), mode },
        modified,
        path,
    })
}

/// `root(0)`.
fn account(text: &str) -> Option<(&str, u32)> {
    let (name, number) = text.strip_suffix(')')?.rsplit_once('(')?;
    Some((name, number.parse().ok()?))
}
