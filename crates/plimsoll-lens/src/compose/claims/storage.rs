//! Mounts, volumes and devices.

use std::sync::Arc;

use plimsoll_posture::{
    Claim, Device, Known, Mount, MountKind, MountOrigin, Reason, Service, Subject, SubjectKind, ViaKind,
    Volume,
};
use plimsoll_text::Sources;

use super::field::{self, Field};
use crate::compose::tree::{Node, Value};
use crate::host_path;

/// How far `volumes_from` is followed from service to service; Compose refuses cycles.
const MAX_CHAIN: usize = 16;
/// How many mounts one service may collect: a bound against chains that multiply.
const MAX_MOUNTS: usize = 4096;

/// Where the project lies on the host.
pub(super) struct Place<'a> {
    /// Absolute path of the scanned root, without a slash at the end.
    pub(super) root: &'a str,
    /// Absolute path of the project's directory.
    pub(super) project: String,
    /// The documents, to see how a value was written.
    pub(super) sources: &'a Sources,
}

impl Place<'_> {
    /// A host path as the engine gets it. `~` stays: whose home it is, only the caller's shell knows.
    pub(super) fn absolute(&self, path: &str) -> String {
        let whole = if path.starts_with('/') || path == "~" || path.starts_with("~/") || is_windows(path) {
            path.to_owned()
        } else {
            format!("{}/{path}", self.project)
        };
        if is_windows(&whole) {
            return whole;
        }
        host_path::resolved(&whole)
    }

    fn inside(&self, path: &str) -> bool {
        [self.root, &self.project].into_iter().any(|directory| {
            directory.len() > 1
                && path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// A path in which the only unset variable is one that every shell sets: the home or the current directory.
    fn shell_path(&self, node: &Node) -> Option<String> {
        let Value::Text(text) = &node.value else { return None };
        let [name] = &text.unset[..] else { return None };
        let short = match &**name {
            "HOME" => "~",
            "PWD" => ".",
            _ => return None,
        };
        let written = self.sources.text(node.at).trim_start_matches(['"', '\'']);
        let leads = [format!("${name}"), format!("${{{name}}}")]
            .iter()
            .any(|form| written.starts_with(form.as_str()));
        (leads && (text.text.is_empty() || text.text.starts_with('/')))
            .then(|| format!("{short}{}", text.text))
    }
}

fn is_windows(path: &str) -> bool {
    let bytes = path.as_bytes();
    path.starts_with("\\\\")
        || matches!(bytes, [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic())
}

pub(super) fn read(service: &mut Service, field: &Field<'_>, place: &Place<'_>, volumes: &[Volume]) {
    for volume in field.child("volumes").map(|list| list.items()).unwrap_or_default() {
        let claim = mount(&volume, place, volumes);
        service.mounts.push(claim);
    }
    for entry in field.child("tmpfs").map(|list| list.items()).unwrap_or_default() {
        let value = entry.text().map(|text| {
            let (target, options) = match text.split_once(':') {
                Some((target, options)) => (target, Some(options)),
                None => (&*text, None),
            };
            Mount {
                kind: MountKind::Tmpfs,
                options: options.map(Into::into),
                ..plain(MountKind::Tmpfs, Known::Value("".into()), target)
            }
        });
        service.mounts.push(entry.claim(value));
    }
    if let Some(socket) = field.child("use_api_socket") {
        let value = match field::boolean(socket.node) {
            Known::Value(false) => None,
            Known::Value(true) => Some(Known::Value(Mount {
                origin: MountOrigin::ApiSocket,
                ..plain(MountKind::Bind, Known::Value("/run/docker.sock".into()), "/var/run/docker.sock")
            })),
            Known::Unknown(reason) => Some(Known::Unknown(reason)),
        };
        if let Some(value) = value {
            service.mounts.push(socket.claim(value));
        }
    }
    for entry in field.child("devices").map(|list| list.items()).unwrap_or_default() {
        service.devices.push(entry.claim(device(&entry)));
    }
    for rule in field.child("device_cgroup_rules").map(|list| list.items()).unwrap_or_default() {
        service.device_cgroup_rules.push(rule.claim(rule.text()));
    }
}

fn plain(kind: MountKind, source: Known<Arc<str>>, target: &str) -> Mount {
    Mount {
        kind,
        source,
        target: target.into(),
        writable: Known::Value(true),
        propagation: None,
        inside_project: false,
        device: None,
        origin: MountOrigin::Own,
        options: None,
    }
}

fn mount(volume: &Field<'_>, place: &Place<'_>, volumes: &[Volume]) -> Claim<Mount> {
    if volume.node.as_map().is_none() {
        let reason = field::unset_in(volume.node)
            .unwrap_or_else(|| Reason::NotUnderstood("an entry of volumes".into()));
        return volume.claim(Known::Unknown(reason));
    }
    let word = |key: &str| volume.child(key).and_then(|value| value.known_text());
    let kind = match word("type").as_deref() {
        Some("bind") => MountKind::Bind,
        Some("tmpfs") => MountKind::Tmpfs,
        Some("npipe") => MountKind::Npipe,
        Some("image") => MountKind::Image,
        Some("cluster") => MountKind::Cluster,
        _ => MountKind::Volume,
    };
    let target =
        volume.child("target").and_then(|target| field::scalar(target.node)).unwrap_or_else(|| "".into());
    let mut mount = plain(kind, Known::Value("".into()), &target);
    if let Some(source) = volume.child("source") {
        let shell = place.shell_path(source.node).map(|path| Known::Value(Arc::from(path)));
        mount.source = shell.unwrap_or_else(|| source.text());
    }
    match kind {
        MountKind::Bind => {
            mount.source = mount.source.map(|source| place.absolute(&source).into());
            mount.inside_project = mount.source.value().is_some_and(|source| place.inside(source));
        }
        MountKind::Volume => {
            let named = mount.source.value();
            let named = named.and_then(|name| volumes.iter().find(|volume| volume.name == *name));
            let device = named.and_then(|volume| volume.device.as_ref());
            mount.device = device.and_then(|device| device.value.value().cloned());
            mount.inside_project = mount.device.as_deref().is_some_and(|device| place.inside(device));
        }
        MountKind::Tmpfs => {
            let option = |key: &str| {
                volume
                    .path(&["tmpfs", key])
                    .and_then(|value| value.known_text())
                    .map(|text| format!("{key}={text}"))
            };
            let options: Vec<String> = ["size", "mode"].into_iter().filter_map(option).collect();
            mount.options = (!options.is_empty()).then(|| options.join(",").into());
        }
        MountKind::Npipe | MountKind::Image | MountKind::Cluster => {}
    }
    if let Some(flag) = volume.child("read_only") {
        mount.writable = field::boolean(flag.node).map(|read_only| !read_only);
    }
    mount.propagation = volume.path(&["bind", "propagation"]).and_then(|value| value.known_text());
    volume.claim(Known::Value(mount))
}

fn device(entry: &Field<'_>) -> Known<Device> {
    let all = || Arc::from("rwm");
    if entry.node.as_map().is_some() {
        let word = |key: &str| entry.child(key).map(|value| value.text());
        let host_path = match word("source") {
            Some(Known::Value(source)) => source,
            Some(Known::Unknown(reason)) => return Known::Unknown(reason),
            None => return field::not_understood("an entry of devices without source"),
        };
        let optional = |key| word(key).and_then(|text| text.value().cloned()).filter(|text| !text.is_empty());
        return Known::Value(Device {
            container_path: optional("target").unwrap_or_else(|| host_path.clone()),
            permissions: optional("permissions").unwrap_or_else(all),
            host_path,
        });
    }
    entry.text().map(|text| {
        let mut parts = text.split(':');
        let host_path: Arc<str> = parts.next().unwrap_or("").into();
        let (second, third) = (parts.next(), parts.next());
        let is_mode = |part: &&str| !part.is_empty() && part.bytes().all(|byte| b"rwm".contains(&byte));
        let (container, mode) = match (second, third) {
            (Some(mode), None) if is_mode(&mode) => (None, Some(mode)),
            (container, mode) => (container, mode),
        };
        Device {
            container_path: container.map_or_else(|| host_path.clone(), Into::into),
            permissions: mode.map_or_else(all, Into::into),
            host_path,
        }
    })
}

/// Adds what `volumes_from` brings, once every service has its own mounts.
pub(super) fn expand_volumes_from(services: &mut [Service], fields: &[Field<'_>]) {
    let own: Vec<Vec<Claim<Mount>>> =
        services.iter().map(|service| service.mounts.items().cloned().collect()).collect();
    let names: Vec<Arc<str>> = services.iter().map(|service| service.subject.name.clone()).collect();
    let brought: Vec<Vec<Claim<Mount>>> =
        fields.iter().map(|field| inherited(field, fields, &names, &own, 0)).collect();
    for ((service, own), brought) in services.iter_mut().zip(&own).zip(brought) {
        // moby registerMountPoints: what the container mounts itself replaces what comes from others.
        for claim in brought.into_iter().filter(|claim| !replaced(claim, own)) {
            service.mounts.push(claim);
        }
    }
}

fn replaced(brought: &Claim<Mount>, own: &[Claim<Mount>]) -> bool {
    let target = |claim: &Claim<Mount>| claim.value.value().map(|mount| mount.target.clone());
    target(brought).is_some_and(|at| own.iter().any(|claim| target(claim).as_ref() == Some(&at)))
}

fn inherited(
    field: &Field<'_>,
    fields: &[Field<'_>],
    names: &[Arc<str>],
    own: &[Vec<Claim<Mount>>],
    depth: usize,
) -> Vec<Claim<Mount>> {
    let mut mounts = Vec::new();
    for entry in field.child("volumes_from").map(|list| list.items()).unwrap_or_default() {
        let text = match entry.text() {
            Known::Value(text) => text,
            Known::Unknown(reason) => {
                mounts.push(entry.claim(Known::Unknown(reason)));
                continue;
            }
        };
        let (name, read_only) = match text.rsplit_once(':') {
            Some((name, "ro")) => (name, true),
            Some((name, "rw" | "z" | "Z")) => (name, false),
            _ => (&*text, false),
        };
        if name.starts_with("container:") {
            mounts.push(entry.claim(Known::Unknown(Reason::NeedsEngine("docker container inspect"))));
            continue;
        }
        let Some(at) = names.iter().position(|other| &**other == name).filter(|_| depth < MAX_CHAIN) else {
            let missing = Reason::MissingSource(format!("service {name}").into());
            mounts.push(entry.claim(Known::Unknown(missing)));
            continue;
        };
        let mut from = own.get(at).cloned().unwrap_or_default();
        if let Some(other) = fields.get(at) {
            let further = inherited(other, fields, names, own, depth + 1);
            let kept: Vec<_> = further.into_iter().filter(|claim| !replaced(claim, &from)).collect();
            from.extend(kept);
        }
        for mut claim in from {
            claim.at = claim.at.through(ViaKind::Service, Some(entry.node.at));
            if let Known::Value(mount) = &mut claim.value {
                mount.origin = MountOrigin::VolumesFrom(name.into());
                if read_only {
                    mount.writable = Known::Value(false);
                }
            }
            mounts.push(claim);
            if mounts.len() >= MAX_MOUNTS {
                return mounts;
            }
        }
    }
    mounts
}

/// The top-level `volumes:`.
pub(super) fn volumes(model: &Field<'_>, place: &Place<'_>) -> Vec<Volume> {
    let Some(section) = model.child("volumes") else { return Vec::new() };
    section
        .entries()
        .into_iter()
        .map(|(entry, volume)| Volume {
            subject: Subject::new(SubjectKind::Volume, entry.key.clone(), entry.key_at),
            name: entry.key.clone(),
            external: is_external(&volume),
            device: device_of(&volume, place),
        })
        .collect()
}

/// `external: true`, or the old `external: {name: x}`.
pub(super) fn is_external(field: &Field<'_>) -> bool {
    field.child("external").is_some_and(|external| {
        external.node.as_map().is_some() || field::boolean(external.node) == Known::Value(true)
    })
}

/// A `local` volume is a bind in disguise when its options say so: `o: bind`, or a device that is a directory
/// (type none). File systems of their own (nfs, cifs, tmpfs, ext4 on a block device) are none.
fn device_of(volume: &Field<'_>, place: &Place<'_>) -> Option<Claim<Arc<str>>> {
    let driver = volume.child("driver").and_then(|driver| driver.known_text());
    if driver.is_some_and(|driver| !matches!(&*driver, "" | "local")) {
        return None;
    }
    let options = volume.child("driver_opts")?;
    let device = options.child("device")?;
    let word = |key: &str| options.child(key).and_then(|value| value.known_text());
    let binds = word("o").is_some_and(|text| text.split(',').any(|o| matches!(o.trim(), "bind" | "rbind")));
    if !binds && !matches!(word("type").as_deref(), Some("none" | "bind")) {
        return None;
    }
    let shell = place.shell_path(device.node).map(|path| Known::Value(Arc::from(path)));
    let path = shell.unwrap_or_else(|| device.text());
    Some(device.claim(path.map(|path| place.absolute(&path).into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_paths_are_absolute_and_know_their_project() {
        let sources = Sources::new();
        let place = Place { root: "/srv/shop", project: "/srv/shop/deploy".into(), sources: &sources };
        assert_eq!(place.absolute("./data"), "/srv/shop/deploy/data");
        assert_eq!(place.absolute("../src"), "/srv/shop/src");
        assert_eq!(place.absolute("/var/run/docker.sock"), "/run/docker.sock");
        assert_eq!(place.absolute("/var/run"), "/run");
        assert_eq!(place.absolute("/var/running"), "/var/running");
        assert_eq!(place.absolute("~/.ssh/"), "~/.ssh");
        assert_eq!(place.absolute("/../etc//passwd"), "/etc/passwd");
        assert_eq!(place.absolute("C:\\data"), "C:\\data");
        assert!(place.inside("/srv/shop/src") && !place.inside("/srv/shopping") && !place.inside("/"));
    }
}
