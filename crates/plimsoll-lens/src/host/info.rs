//! `GET /info` and `docker info --format '{{json .}}'`: what a running daemon tells of its settings and of the machine.
//!
//! A list of security options that lacks one says as much as one that has it.

use std::net::IpAddr;
use std::sync::Arc;

use plimsoll_posture::{Claim, DaemonListener, Fact, Host, Known, Reason, SeccompProfile};

use super::entry::Entry;

/// What the daemon tells of settings that its file and its flags tell in more words.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) log_driver: Option<Claim<Arc<str>>>,
    pub(super) authorization: Option<Vec<Claim<Arc<str>>>>,
    pub(super) insecure_registries: Option<Vec<Claim<Arc<str>>>>,
    /// Addresses on which it warns of itself.
    pub(super) listeners: Vec<DaemonListener>,
}

/// The first release whose security options name `no-new-privileges`, to be sure.
const TELLS_NO_NEW_PRIVILEGES: u32 = 25;

pub(super) fn read(host: &mut Host, info: &Entry<'_>, release: Option<u32>) -> Told {
    let podman = host.engine.is_podman();
    let mut told = Told::default();
    security_options(host, info, release);
    let daemon = &mut host.daemon;
    flag(&mut daemon.debug, info, "Debug");
    // Podman answers the same whatever is set, having no daemon.
    if !podman {
        flag(&mut daemon.live_restore, info, "LiveRestoreEnabled");
        flag(&mut daemon.experimental, info, "ExperimentalBuild");
    }
    word(&mut daemon.storage_driver, info, "Driver");
    word(&mut daemon.default_runtime, info, "DefaultRuntime");
    if let Some(root) = info.get("DockerRootDir")
        && let Some(text) = root.word()
    {
        daemon.data_root.push(root.running(without_accounts(text).into()));
    }
    told.log_driver = info.get("LoggingDriver").and_then(|entry| Some(entry.running(entry.word()?.clone())));
    if let Some(plugins) = info.get("Plugins").filter(|plugins| plugins.names("Authorization")) {
        told.authorization = Some(
            plugins
                .get("Authorization")
                .iter()
                .flat_map(Entry::items)
                .filter_map(|item| Some(item.running(item.word()?.clone())))
                .collect(),
        );
    }
    told.insecure_registries = info.get("RegistryConfig").map(|registries| insecure(&registries));
    told.listeners =
        info.get("Warnings").iter().flat_map(Entry::items).filter_map(|item| warned(&item)).collect();
    let machine = &mut host.machine;
    word(&mut machine.kernel, info, "KernelVersion");
    word(&mut machine.operating_system, info, "OperatingSystem");
    word(&mut machine.cgroup_driver, info, "CgroupDriver");
    if let Some(entry) = info.get("CgroupVersion")
        && let Some(version) = entry.text().and_then(|text| text.parse().ok())
    {
        machine.cgroup_version.push(entry.running(version));
    }
    for (fact, key) in [(&mut machine.memory_bytes, "MemTotal"), (&mut machine.cpus, "NCPU")] {
        if let Some(entry) = info.get(key)
            && let Some(number) = entry.number().and_then(|number| u64::try_from(number).ok())
        {
            fact.push(entry.running(number));
        }
    }
    told
}

fn flag(fact: &mut Fact<bool>, info: &Entry<'_>, key: &str) {
    if let Some(entry) = info.get(key)
        && let Some(flag) = entry.flag()
    {
        fact.push(entry.running(flag));
    }
}

fn word(fact: &mut Fact<Arc<str>>, info: &Entry<'_>, key: &str) {
    if let Some(entry) = info.get(key)
        && let Some(text) = entry.word()
    {
        fact.push(entry.running(text.clone()));
    }
}

fn security_options(host: &mut Host, info: &Entry<'_>, release: Option<u32>) {
    let Some(list) = info.get("SecurityOptions").filter(Entry::is_list) else { return };
    // `name=seccomp,profile=default`; engines before 1.13 write the name alone.
    let options: Vec<(&str, Option<&str>, Entry<'_>)> = list
        .items()
        .filter_map(|item| {
            let mut fields = item.text()?.split(',');
            let name = fields.next()?;
            let profile = fields.find_map(|field| field.strip_prefix("profile="));
            Some((name.strip_prefix("name=").unwrap_or(name), profile, item))
        })
        .collect();
    let place = list.start();
    let named = |name: &str| options.iter().find(|(own, ..)| *own == name);
    let whether = |name: &str| match named(name) {
        Some((_, _, item)) => item.running(true),
        None => super::entry::running(Known::Value(false), place.clone()),
    };
    host.daemon.rootless.push(whether("rootless"));
    host.daemon.userns_remap.push(whether("userns"));
    host.daemon.selinux_enabled.push(whether("selinux"));
    host.machine.selinux.push(whether("selinux"));
    host.machine.apparmor.push(whether("apparmor"));
    if named("no-new-privileges").is_some()
        || release.is_some_and(|release| release >= TELLS_NO_NEW_PRIVILEGES) && !host.engine.is_podman()
    {
        host.daemon.no_new_privileges.push(whether("no-new-privileges"));
    }
    let seccomp = match named("seccomp") {
        Some((_, profile, item)) => item.running(match profile {
            None | Some("" | "default" | "builtin") => SeccompProfile::Default,
            Some("unconfined") => SeccompProfile::Unconfined,
            Some(path) => SeccompProfile::Custom((*path).into()),
        }),
        // The kernel has none: nothing is filtered.
        None => super::entry::running(Known::Value(SeccompProfile::Unconfined), place.clone()),
    };
    host.daemon.seccomp.push(seccomp);
}

/// With accounts mapped, the data lie in a folder named after them: `/var/lib/docker/165536.165536`.
fn without_accounts(root: &str) -> &str {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match root.rsplit_once('/') {
        Some((above, last))
            if last.split_once('.').is_some_and(|(user, group)| digits(user) && digits(group)) =>
        {
            above
        }
        _ => root,
    }
}

fn insecure(registries: &Entry<'_>) -> Vec<Claim<Arc<str>>> {
    let ranges = registries.get("InsecureRegistryCIDRs");
    let mut insecure: Vec<Claim<Arc<str>>> = ranges
        .iter()
        .flat_map(Entry::items)
        .filter_map(|item| {
            item.word().filter(|text| !is_loopback(text)).map(|text| item.running(text.clone()))
        })
        .collect();
    for (name, index) in registries.get("IndexConfigs").iter().flat_map(Entry::members) {
        let secure = index.get("Secure");
        if let Some(entry) = secure.filter(|entry| entry.flag() == Some(false) && !is_loopback(name)) {
            insecure.push(entry.running(name.clone()));
        }
    }
    insecure
}

/// Whether a registry, or a range of addresses, is this machine's own.
pub(super) fn is_loopback(registry: &str) -> bool {
    let address = registry.split_once('/').map_or(registry, |(address, _)| address);
    if address == "localhost" || address.starts_with("localhost:") {
        return true;
    }
    let bare = address.trim_start_matches('[');
    let bare = bare.split_once(']').map_or(bare, |(address, _)| address);
    let parsed: Option<IpAddr> =
        bare.parse().ok().or_else(|| bare.rsplit_once(':').and_then(|(address, _)| address.parse().ok()));
    // `127.0.0.1/1` is half of all addresses.
    let wide = registry.split_once('/').and_then(|(_, bits)| bits.parse::<u8>().ok());
    parsed.is_some_and(|address| {
        let least = if address.is_ipv4() { 8 } else { 128 };
        address.is_loopback() && wide.is_none_or(|bits| bits >= least)
    })
}

/// dockerd warns of an API that it serves without certificates: `… accessible on http://0.0.0.0:2375 without encryption.`
fn warned(item: &Entry<'_>) -> Option<DaemonListener> {
    let text = item.text()?;
    let (_, rest) = text.split_once("API is accessible on ")?;
    let (url, how) = rest.split_once(' ')?;
    let (scheme, address) = url.split_once("://")?;
    let tls = scheme == "https";
    (how.starts_with("without")).then(|| DaemonListener {
        address: item.running(format!("tcp://{address}").into()),
        verifies: Known::Value(false),
        tls: Known::Value(tls),
        confirmed: Known::Unknown(Reason::NeedsEngine("ss -ltn")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        for own in ["127.0.0.0/8", "::1/128", "127.0.0.1:5000", "localhost:5000", "[::1]:5000", "127.1.2.3"] {
            assert!(is_loopback(own), "{own}");
        }
        for other in
            ["10.0.0.0/8", "0.0.0.0/0", "127.0.0.0/1", "::/0", "registry.local:5000", "localhost.example"]
        {
            assert!(!is_loopback(other), "{other}");
        }
    }

    #[test]
    fn folders_of_accounts_are_no_part_of_the_root() {
        assert_eq!(without_accounts("/var/lib/docker/165536.165536"), "/var/lib/docker");
        assert_eq!(without_accounts("/srv/v1.2x"), "/srv/v1.2x");
    }
}
