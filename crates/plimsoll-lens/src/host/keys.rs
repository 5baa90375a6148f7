//! The settings of dockerd: how each is written in `daemon.json` and on its command line, and of what kind it is.
//!
//! Sources: docs.docker.com, `dockerd` reference and "Deprecated features"; moby `daemon/config`.

/// What a setting holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Flag,
    Text,
    Number,
    /// A list of texts; on the command line one flag for each.
    Texts,
    /// Texts by name; on the command line `name=value`.
    Pairs,
    /// `true` and `false` by name.
    Flags,
    /// Limits by name.
    Limits,
    /// Something that no control looks at: any list or object.
    Any,
}

/// One setting.
#[derive(Debug)]
pub(super) struct Key {
    /// In `daemon.json`.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// On the command line; empty where it can only be said in the file.
    pub(super) flag: &'static str,
    /// Its one-letter form.
    pub(super) short: Option<char>,
    /// The release of the engine that knows it no more.
    pub(super) gone: Option<u32>,
}

const fn key(name: &'static str, kind: Kind) -> Key {
    Key { name, kind, flag: name, short: None, gone: None }
}

impl Key {
    const fn flag(mut self, flag: &'static str) -> Self {
        self.flag = flag;
        self
    }

    const fn short(mut self, letter: char) -> Self {
        self.short = Some(letter);
        self
    }

    const fn gone(mut self, release: u32) -> Self {
        self.gone = Some(release);
        self
    }
}

/// All of them, sorted by name.
pub(super) static KEYS: &[Key] = &[
    key("allow-direct-routing", Kind::Flag),
    key("allow-nondistributable-artifacts", Kind::Texts),
    key("api-cors-header", Kind::Text).gone(28),
    key("authorization-plugins", Kind::Texts).flag("authorization-plugin"),
    key("bip", Kind::Text),
    key("bip6", Kind::Text),
    key("bridge", Kind::Text).short('b'),
    key("bridge-accept-fwmark", Kind::Text),
    key("builder", Kind::Any).flag(""),
    key("cdi-spec-dirs", Kind::Texts).flag("cdi-spec-dir"),
    key("cgroup-parent", Kind::Text),
    key("cluster-advertise", Kind::Text).gone(23),
    key("cluster-store", Kind::Text).gone(23),
    key("cluster-store-opts", Kind::Pairs).flag("cluster-store-opt").gone(23),
    key("containerd", Kind::Text),
    key("containerd-namespace", Kind::Text),
    key("containerd-plugins-namespace", Kind::Text),
    key("cpu-rt-period", Kind::Number),
    key("cpu-rt-runtime", Kind::Number),
    key("cri-containerd", Kind::Flag),
    key("data-root", Kind::Text),
    key("debug", Kind::Flag).short('D'),
    key("default-address-pools", Kind::Any).flag("default-address-pool"),
    key("default-cgroupns-mode", Kind::Text),
    key("default-gateway", Kind::Text),
    key("default-gateway-v6", Kind::Text),
    key("default-ipc-mode", Kind::Text),
    key("default-network-opts", Kind::Any).flag("default-network-opt"),
    key("default-runtime", Kind::Text),
    key("default-shm-size", Kind::Text),
    key("default-ulimits", Kind::Limits).flag("default-ulimit"),
    key("deprecated-key-path", Kind::Text).flag(""),
    key("disable-legacy-registry", Kind::Flag).gone(19),
    key("dns", Kind::Texts),
    key("dns-opts", Kind::Texts).flag("dns-opt"),
    key("dns-search", Kind::Texts),
    key("exec-opts", Kind::Texts).flag("exec-opt"),
    key("exec-root", Kind::Text),
    key("experimental", Kind::Flag),
    key("features", Kind::Flags).flag("feature"),
    key("firewall-backend", Kind::Text),
    key("fixed-cidr", Kind::Text),
    key("fixed-cidr-v6", Kind::Text),
    key("graph", Kind::Text).short('g').gone(23),
    key("group", Kind::Text).short('G'),
    key("host-gateway-ip", Kind::Text),
    key("host-gateway-ips", Kind::Texts).flag(""),
    key("hosts", Kind::Texts).flag("host").short('H'),
    key("http-proxy", Kind::Text),
    key("https-proxy", Kind::Text),
    key("icc", Kind::Flag),
    key("init", Kind::Flag),
    key("init-path", Kind::Text),
    key("insecure-registries", Kind::Texts).flag("insecure-registry"),
    key("ip", Kind::Text),
    key("ip-forward", Kind::Flag),
    key("ip-forward-no-drop", Kind::Flag),
    key("ip-masq", Kind::Flag),
    key("ip6tables", Kind::Flag),
    key("iptables", Kind::Flag),
    key("ipv6", Kind::Flag),
    key("labels", Kind::Texts).flag("label"),
    key("live-restore", Kind::Flag),
    key("log-driver", Kind::Text),
    key("log-format", Kind::Text),
    key("log-level", Kind::Text).short('l'),
    key("log-opts", Kind::Pairs).flag("log-opt"),
    key("max-concurrent-downloads", Kind::Number),
    key("max-concurrent-uploads", Kind::Number),
    key("max-download-attempts", Kind::Number),
    key("metrics-addr", Kind::Text),
    key("min-api-version", Kind::Text).flag(""),
    key("mtu", Kind::Number),
    key("network-control-plane-mtu", Kind::Number),
    key("network-diagnostic-port", Kind::Number),
    key("no-new-privileges", Kind::Flag),
    key("no-proxy", Kind::Text),
    key("node-generic-resources", Kind::Texts).flag("node-generic-resource"),
    key("nri-opts", Kind::Any).flag("nri-opt"),
    key("oom-score-adjust", Kind::Number).gone(25),
    key("pidfile", Kind::Text).short('p'),
    key("proxies", Kind::Any).flag(""),
    key("raw-logs", Kind::Flag),
    key("registry-mirrors", Kind::Texts).flag("registry-mirror"),
    key("rootless", Kind::Flag),
    key("runtimes", Kind::Any).flag("add-runtime"),
    key("seccomp-profile", Kind::Text),
    key("selinux-enabled", Kind::Flag),
    key("shutdown-timeout", Kind::Number),
    key("storage-driver", Kind::Text).short('s'),
    key("storage-opts", Kind::Texts).flag("storage-opt"),
    key("swarm-default-advertise-addr", Kind::Text),
    key("tls", Kind::Flag),
    key("tlscacert", Kind::Text),
    key("tlscert", Kind::Text),
    key("tlskey", Kind::Text),
    key("tlsverify", Kind::Flag),
    key("userland-proxy", Kind::Flag),
    key("userland-proxy-path", Kind::Text),
    key("userns-remap", Kind::Text),
];

/// The setting that `daemon.json` calls so.
pub(super) fn of_file(name: &str) -> Option<&'static Key> {
    KEYS.binary_search_by(|key| key.name.cmp(name)).ok().and_then(|at| KEYS.get(at))
}

/// The setting that the command line calls so.
pub(super) fn of_flag(flag: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| !key.flag.is_empty() && key.flag == flag)
}

/// The setting of a one-letter flag.
pub(super) fn of_letter(letter: char) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.short == Some(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_found() {
        assert!(KEYS.is_sorted_by(|one, other| one.name < other.name));
        assert_eq!(of_file("hosts").map(|key| key.flag), Some("host"));
        assert_eq!(of_letter('D').map(|key| key.name), Some("debug"));
    }
}
