//! What separates a container from the host: privileges, capabilities, profiles, namespaces.

use plimsoll_posture::{
    Capability, CapabilityEntry, Fact, MacProfile, NamespaceMode, SeccompProfile, Service, Union,
};

use super::{Entry, Left, View};

pub(super) fn read(service: &mut Service, view: &View<'_>) -> Left {
    for (key, fact) in
        [("Privileged", &mut service.privileged), ("ReadonlyRootfs", &mut service.readonly_rootfs)]
    {
        if let Some(entry) = view.host(key)
            && let Some(flag) = entry.flag()
        {
            fact.push(entry.claim(flag));
        }
    }
    for (key, union) in [("CapAdd", &mut service.cap_add), ("CapDrop", &mut service.cap_drop)] {
        for entry in view.host(key).iter().flat_map(Entry::items) {
            if let Some(text) = entry.text() {
                union.push(entry.claim(CapabilityEntry::parse(text)));
            }
        }
    }
    podman_drops(service, view);
    let networks = view.own("NetworkSettings").and_then(|settings| settings.get("Networks"));
    for (key, fact) in [
        ("PidMode", &mut service.pid_mode),
        ("IpcMode", &mut service.ipc_mode),
        ("UTSMode", &mut service.uts_mode),
        ("CgroupnsMode", &mut service.cgroup_mode),
        ("UsernsMode", &mut service.userns_mode),
        ("NetworkMode", &mut service.network_mode),
    ] {
        let Some(entry) = view.host(key) else { continue };
        let Some(text) = entry.text() else { continue };
        let network = key == "NetworkMode";
        // The name or the id of a network that the container is in.
        let member = network
            && networks.iter().flat_map(Entry::members).any(|(name, settings)| {
                name == text || settings.get("NetworkID").and_then(|id| id.text()) == Some(text)
            });
        let mode = if member && !matches!(&**text, "bridge" | "host" | "none") {
            NamespaceMode::Private
        } else {
            namespace(text, network)
        };
        fact.push(entry.claim(mode));
    }
    for (key, fact) in [("CgroupParent", &mut service.cgroup_parent), ("Runtime", &mut service.oci_runtime)] {
        if let Some(entry) = view.host(key)
            && let Some(text) = entry.text()
            && !text.is_empty()
        {
            fact.push(entry.claim(text.clone()));
        }
    }
    for (key, entry) in view.host("Sysctls").iter().flat_map(Entry::members) {
        if let Some(text) = entry.text() {
            service.sysctls.push(key, entry.claim(text.clone()));
        }
    }
    security_options(service, view)
}

/// What Podman grants by default and Docker too. Docker grants `AUDIT_WRITE`, `MKNOD` and `NET_RAW` beside them.
const PODMAN_GRANTS: [Capability; 11] = [
    Capability::CHOWN,
    Capability::DAC_OVERRIDE,
    Capability::FOWNER,
    Capability::FSETID,
    Capability::KILL,
    Capability::NET_BIND_SERVICE,
    Capability::SETFCAP,
    Capability::SETGID,
    Capability::SETPCAP,
    Capability::SETUID,
    Capability::SYS_CHROOT,
];

/// Podman does not keep `--cap-drop ALL`: it lists what a container has less than its own default, and that default lacks three
/// that Docker's has. What it added beside `ALL` is what is missing in the list.
fn podman_drops(service: &mut Service, view: &View<'_>) {
    let says_so = |entry: Entry<'_>| entry.text().is_some_and(|text| &**text == "container=podman");
    if !view.config("Env").iter().flat_map(Entry::items).any(says_so) {
        return;
    }
    let Some(list) = view.host("CapDrop") else { return };
    let named = |entries: &Union<CapabilityEntry>, capability: Capability| {
        entries.values().any(|(entry, _)| *entry == CapabilityEntry::One(capability))
    };
    let kept: Vec<Capability> =
        PODMAN_GRANTS.into_iter().filter(|capability| !named(&service.cap_drop, *capability)).collect();
    // Nobody names nearly all of them one by one.
    if kept.len() <= 3 {
        service.cap_drop = Union::new();
        service.cap_drop.push(list.claim(CapabilityEntry::All));
        for capability in
            kept.into_iter().filter(|capability| !named(&service.cap_add, *capability)).collect::<Vec<_>>()
        {
            service.cap_add.push(list.claim(CapabilityEntry::One(capability)));
        }
    }
}

/// `default` is docker0 for a network and the engine's own choice elsewhere.
fn namespace(text: &str, network: bool) -> NamespaceMode {
    match text {
        "host" => NamespaceMode::Host,
        "none" => NamespaceMode::None,
        "shareable" => NamespaceMode::Shareable,
        "bridge" | "default" if network => NamespaceMode::Bridge,
        "" | "private" | "default" => NamespaceMode::Private,
        other => match other.split_once(':') {
            Some(("container", name)) => NamespaceMode::Container(name.into()),
            _ => NamespaceMode::Other(other.into()),
        },
    }
}

/// A list that is there and does not name an option says that the option has its default.
fn security_options(service: &mut Service, view: &View<'_>) -> Left {
    fn say<T>(fact: &mut Fact<T>, named: Option<(Entry<'_>, T)>, list: &Entry<'_>, default: T) {
        fact.push(match named {
            Some((entry, value)) => entry.claim(value),
            None => list.claim(default),
        });
    }
    // An engine writes `null` for no options, which is as much of a statement as an empty list.
    let Some(json) = view.host.get("SecurityOpt") else { return Left::default() };
    let list = Entry { json, route: format!("{}: HostConfig.SecurityOpt", view.name).into() };
    let (mut privileges, mut seccomp, mut apparmor, mut selinux, mut paths) = (None, None, None, None, None);
    let says = |key, word: &str| {
        view.host(key).and_then(|entry| entry.text().cloned()).is_some_and(|is| *is == *word)
    };
    let shares = says("PidMode", "host")
        || says("IpcMode", "host")
        || view.host("Privileged").and_then(|entry| entry.flag()) == Some(true);
    for option in list.items() {
        let Some(text) = option.text() else { continue };
        let (key, value) = text.split_once('=').or_else(|| text.split_once(':')).unwrap_or((text, ""));
        match (key, value) {
            ("no-new-privileges", value) => {
                privileges = Some((option, !matches!(value, "0" | "f" | "F" | "false" | "False" | "FALSE")));
            }
            ("seccomp", "unconfined") => seccomp = Some((option, SeccompProfile::Unconfined)),
            ("seccomp", "builtin" | "") => seccomp = Some((option, SeccompProfile::Default)),
            // The client has put the file's text here.
            ("seccomp", _) => seccomp = Some((option, SeccompProfile::Custom("a profile of its own".into()))),
            ("apparmor", "unconfined") => apparmor = Some((option, MacProfile::Unconfined(text.clone()))),
            ("apparmor", "docker-default" | "") => apparmor = Some((option, MacProfile::Default)),
            ("apparmor", _) => apparmor = Some((option, MacProfile::Custom(text.clone()))),
            // The engine writes that itself on a container that shares the host's processes or memory (moby,
            // `generateSecurityOpt`): it is no statement of anybody's.
            ("label", "disable") if shares => {}
            ("label", "disable") | ("disable", "") => {
                selinux = Some((option, MacProfile::Unconfined(text.clone())));
            }
            ("label", _) if selinux.is_none() => selinux = Some((option, MacProfile::Custom(text.clone()))),
            ("systempaths", value) => paths = Some((option, value == "unconfined")),
            _ => {}
        }
    }
    // moby turns `systempaths=unconfined` into two empty lists and forgets the option.
    let masked = |key| view.host(key).map(|entry| (entry.items().next().is_none(), entry));
    let privileged = service.privileged.value() == Some(&true);
    if let Some((true, entry)) = masked("MaskedPaths").filter(|_| !privileged) {
        paths = Some((entry, true));
    }
    // A privileged container is given `label=disable` by the engine itself; privileges are told as such.
    if privileged {
        selinux = None;
    }
    let left = Left { no_new_privileges: privileges.is_none(), seccomp: seccomp.is_none() };
    say(&mut service.no_new_privileges, privileges, &list, false);
    say(&mut service.seccomp, seccomp, &list, SeccompProfile::Default);
    say(&mut service.apparmor, apparmor, &list, MacProfile::Default);
    say(&mut service.selinux, selinux, &list, MacProfile::Default);
    say(&mut service.system_paths_unconfined, paths, &list, false);
    left
}
