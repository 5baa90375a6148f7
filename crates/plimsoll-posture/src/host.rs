//! The machine and the engine on it: what holds for every container there.
//!
//! All claims are on [`Layer::Engine`](crate::Layer::Engine). What nobody says is assumed (the documented default), a configuration
//! file declares, a command line of a running daemon and an answer of the engine are running: so the override rule gives what is in
//! force, and the same fact tells whether the file says otherwise. A file that is newer than the daemon is not in force; the claims
//! of such a setting are unknown on the plane Running.
//! Deliberately absent: containers ([`crate::Service`]), and what is wrong with any of it.

use std::sync::Arc;

use plimsoll_text::Span;

use crate::{Claim, Fact, Known, Logging, Plane, Provenance, SeccompProfile, Subject, Ulimit, Union};

/// One host.
#[derive(Debug, Clone)]
pub struct Host {
    /// Its name; the anchor is where the engine tells it.
    pub subject: Subject,
    /// Whether it is judged in this scenario; otherwise it is there for the services' sake.
    pub judged: bool,
    /// The engine and the programs that it is made of.
    pub engine: Engine,
    /// The settings of the daemon.
    pub daemon: Daemon,
    /// The kernel and what it offers.
    pub machine: Machine,
    /// Files whose owner and mode guard the host, in the order of their roles.
    pub files: Vec<GuardedFile>,
    /// Who is in the group of the socket; unknown when the groups were not read.
    pub docker_group: Known<Vec<Claim<Arc<str>>>>,
    /// Where the daemon waits for requests.
    pub listeners: Vec<DaemonListener>,
    /// Paths that a rule of the audit daemon watches; unknown when no rules were read.
    pub audited: Known<Vec<Claim<Arc<str>>>>,
    /// Images that the engine has; unknown when it was not asked.
    pub images: Known<Vec<HeldImage>>,
    /// Containers that the engine has, running or not; unknown when it was not asked.
    pub containers: Known<Vec<HeldContainer>>,
    /// Networks that the engine has; unknown when it was not asked.
    pub networks: Known<Vec<HeldNetwork>>,
    /// The swarm that the engine is part of.
    pub swarm: Swarm,
    /// Bytes that are secret, and that no output shows.
    pub masked: Vec<Span>,
}

/// The engine and its parts.
#[derive(Debug, Clone, Default)]
pub struct Engine {
    /// `Docker Engine`, `Podman Engine`.
    pub product: Fact<Arc<str>>,
    /// Its version as it names itself: `20.10.24+dfsg1`.
    pub version: Fact<Arc<str>>,
    /// The highest version of its API: `1.41`.
    pub api: Fact<Arc<str>>,
    /// The engine itself (`docker`, `podman`), then containerd, runc, docker-init, buildkit …, in the engine's order.
    pub components: Vec<Component>,
    /// When the daemon was started, in seconds since 1970.
    pub started: Fact<i64>,
}

/// A program that the engine runs containers with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// `docker`, `containerd`, `runc`, `docker-init`, `buildkit`, `podman`, lower case.
    pub name: Arc<str>,
    /// Its version as it names itself: `1.1.5+ds1`.
    pub version: Claim<Arc<str>>,
    /// What is known to be wrong with that version; unknown when a distribution's own build may have been mended
    /// ([`Component::patched_by`]) or no data is at hand.
    pub advisories: Known<Vec<crate::ModuleHit>>,
    /// The distribution whose suffix the version bears, and which mends without raising the version: `Debian`.
    pub patched_by: Option<Arc<str>>,
    /// The release line that the version is of, and whether its makers still mend it; unknown where no data is at hand. A
    /// distribution may mend a line that its makers have left.
    pub line: Known<crate::ReleaseLine>,
}

/// The settings of the daemon: `daemon.json`, its flags and what `GET /info` tells of them.
#[derive(Debug, Clone, Default)]
pub struct Daemon {
    /// Runs without root (`name=rootless`).
    pub rootless: Fact<bool>,
    /// `userns-remap`: whether root in a container is another account outside.
    pub userns_remap: Fact<bool>,
    /// `seccomp-profile`.
    pub seccomp: Fact<SeccompProfile>,
    /// `no-new-privileges` for all containers; the API does not tell it.
    pub no_new_privileges: Fact<bool>,
    /// `icc`: whether containers on `docker0` may talk to each other.
    pub icc: Fact<bool>,
    /// `iptables`.
    pub iptables: Fact<bool>,
    /// `ip`: the address on which ports are published when none is named.
    pub default_ip: Fact<Arc<str>>,
    /// `userland-proxy`.
    pub userland_proxy: Fact<bool>,
    /// `live-restore`.
    pub live_restore: Fact<bool>,
    /// `debug`.
    pub debug: Fact<bool>,
    /// `log-level`.
    pub log_level: Fact<Arc<str>>,
    /// `log-driver` and `log-opts`: what containers get that say nothing.
    pub logging: Fact<Logging>,
    /// `default-ulimits`.
    pub default_ulimits: Union<Ulimit>,
    /// `authorization-plugins`.
    pub authorization: Union<Arc<str>>,
    /// `insecure-registries` and registries that are spoken to without TLS, the loopback's own left out.
    pub insecure_registries: Union<Arc<str>>,
    /// `storage-driver`.
    pub storage_driver: Fact<Arc<str>>,
    /// `cgroup-parent`.
    pub cgroup_parent: Fact<Arc<str>>,
    /// `default-cgroupns-mode`: `host` or `private`.
    pub cgroup_namespace: Fact<Arc<str>>,
    /// `experimental`.
    pub experimental: Fact<bool>,
    /// `data-root`.
    pub data_root: Fact<Arc<str>>,
    /// `default-runtime`.
    pub default_runtime: Fact<Arc<str>>,
    /// `selinux-enabled`.
    pub selinux_enabled: Fact<bool>,
    /// `daemon.json`, where it is there: its place and what is amiss with it as a whole.
    pub file: Option<DaemonFile>,
    /// Whether the file was looked for where it could be found: then none is a statement too.
    pub file_sought: bool,
    /// The command line of the running daemon, where it was seen: what neither it nor the file says has its default.
    pub command_line: Option<Provenance>,
}

/// The configuration file of the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaemonFile {
    /// The whole file.
    pub at: Provenance,
    /// When it was written, in seconds since 1970; unknown when only its text is there.
    pub modified: Known<i64>,
    /// Settings of which file and running daemon say different things, or which the file alone says since it is newer.
    pub stale: Vec<crate::Deviation>,
}

/// The kernel and its surroundings.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    /// `6.1.0-18-amd64`.
    pub kernel: Fact<Arc<str>>,
    /// `Debian GNU/Linux 12 (bookworm)`.
    pub operating_system: Fact<Arc<str>>,
    /// Whether AppArmor is on.
    pub apparmor: Fact<bool>,
    /// Whether SELinux is on.
    pub selinux: Fact<bool>,
    /// 1 or 2.
    pub cgroup_version: Fact<u8>,
    /// `cgroupfs`, `systemd`.
    pub cgroup_driver: Fact<Arc<str>>,
    /// Whether the data of the engine lies on a partition of its own.
    pub own_partition: Fact<bool>,
    /// `/proc/sys/user/max_user_namespaces` and its like allow unprivileged user namespaces.
    pub user_namespaces: Fact<bool>,
    /// Memory in bytes.
    pub memory_bytes: Fact<u64>,
    /// CPUs.
    pub cpus: Fact<u64>,
}

/// What a guarded file is to the engine; the order is that of the CIS Docker Benchmark, section 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileRole {
    /// `docker.service` (3.1, 3.2).
    Service,
    /// `docker.socket`, the unit (3.3, 3.4).
    SocketUnit,
    /// `/etc/docker` (3.5, 3.6).
    ConfigDirectory,
    /// Certificates of registries (3.7, 3.8).
    RegistryCertificate,
    /// The CA's certificate (3.9, 3.10).
    CaCertificate,
    /// The server's certificate (3.11, 3.12).
    ServerCertificate,
    /// The server's key (3.13, 3.14).
    ServerKey,
    /// `docker.sock` (3.15, 3.16).
    Socket,
    /// `daemon.json` (3.17, 3.18).
    DaemonJson,
    /// `/etc/default/docker` (3.19, 3.20).
    Defaults,
    /// `/etc/sysconfig/docker` (3.21, 3.22).
    Sysconfig,
    /// `containerd.sock` (3.23, 3.24).
    ContainerdSocket,
}

/// A file by whose owner and mode the host is guarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardedFile {
    /// What it is to the engine.
    pub role: FileRole,
    /// Its path on the host.
    pub path: Arc<str>,
    /// Who owns it and who may do what; unknown when it may not be looked at.
    pub access: Claim<FileAccess>,
}

/// Owner and mode of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileAccess {
    /// Owner's number.
    pub uid: u32,
    /// Group's number.
    pub gid: u32,
    /// Owner's name, where the host's accounts tell it.
    pub user: Option<Arc<str>>,
    /// Group's name.
    pub group: Option<Arc<str>>,
    /// The twelve bits of the mode.
    pub mode: u16,
}

/// An address where the daemon waits for requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaemonListener {
    /// `unix:///run/docker.sock`, `tcp://0.0.0.0:2375`, `fd://`.
    pub address: Claim<Arc<str>>,
    /// Whether clients have to show a certificate (`tlsverify`); of no meaning for a unix socket.
    pub verifies: Known<bool>,
    /// Whether it speaks TLS at all.
    pub tls: Known<bool>,
    /// Whether a listening socket was seen at the address; unknown when the sockets were not read.
    pub confirmed: Known<bool>,
}

/// An image that an engine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldImage {
    /// `sha256:…`.
    pub id: Arc<str>,
    /// `node:20`; none for a dangling one.
    pub tags: Vec<Arc<str>>,
    /// `node@sha256:…`.
    pub digests: Vec<Arc<str>>,
    /// When it was built, in seconds since 1970.
    pub created: Option<i64>,
    /// Bytes.
    pub size: u64,
    /// Where the engine tells of it.
    pub at: Provenance,
}

/// A container that an engine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldContainer {
    /// Its name.
    pub name: Arc<str>,
    /// `running`, `exited`, `created`.
    pub status: Arc<str>,
    /// The id of the image it was made of: `sha256:…`.
    pub image_id: Arc<str>,
    /// Where the engine tells of it.
    pub at: Provenance,
}

/// A network that an engine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldNetwork {
    /// Its name.
    pub name: Arc<str>,
    /// `bridge`, `overlay`, `host`, `none`, `macvlan`.
    pub driver: Arc<str>,
    /// Whether containers may talk to each other on it (`com.docker.network.bridge.enable_icc`).
    pub icc: Known<bool>,
    /// `Internal`.
    pub internal: bool,
    /// Whether its traffic between hosts is encrypted (overlay only).
    pub encrypted: bool,
    /// Where the engine tells of it.
    pub at: Provenance,
}

/// What the engine says about a swarm.
#[derive(Debug, Clone, Default)]
pub struct Swarm {
    /// Whether it is part of one.
    pub active: Fact<bool>,
    /// How many managers there are.
    pub managers: Fact<u64>,
    /// How many nodes there are.
    pub nodes: Fact<u64>,
    /// Whether managers are locked after a restart (`autolock`).
    pub autolock: Fact<bool>,
    /// The address on which it waits for other nodes.
    pub listen: Fact<Arc<str>>,
    /// How long the certificates of nodes hold, in seconds.
    pub certificate_seconds: Fact<u64>,
}

impl Engine {
    /// Whether it is Podman, which has no daemon.
    #[must_use]
    pub fn is_podman(&self) -> bool {
        self.product.value().is_some_and(|product| product.starts_with("Podman"))
    }

    /// The first number of its version: 20 of `20.10.24+dfsg1`.
    #[must_use]
    pub fn release(&self) -> Option<u32> {
        let version = self.version.value()?;
        version.split('.').next()?.trim_start_matches('v').parse().ok()
    }
}

impl Host {
    /// A host of which nothing is known but its name; every default of the engine is assumed at `anchor`.
    #[must_use]
    pub fn new(subject: Subject, judged: bool) -> Self {
        let anchor: Span = subject.anchor;
        let nobody = crate::Reason::NeedsEngine("nothing of the host was read");
        let daemon = Daemon {
            rootless: Fact::with_default(false, anchor),
            userns_remap: Fact::with_default(false, anchor),
            seccomp: Fact::with_default(SeccompProfile::Default, anchor),
            no_new_privileges: Fact::with_default(false, anchor),
            icc: Fact::with_default(true, anchor),
            iptables: Fact::with_default(true, anchor),
            default_ip: Fact::with_default("0.0.0.0".into(), anchor),
            userland_proxy: Fact::with_default(true, anchor),
            live_restore: Fact::with_default(false, anchor),
            debug: Fact::with_default(false, anchor),
            log_level: Fact::with_default("info".into(), anchor),
            logging: Fact::with_default(Logging::default(), anchor),
            experimental: Fact::with_default(false, anchor),
            data_root: Fact::with_default("/var/lib/docker".into(), anchor),
            ..Daemon::default()
        };
        Self {
            subject,
            judged,
            engine: Engine::default(),
            daemon,
            machine: Machine::default(),
            files: Vec::new(),
            docker_group: Known::Unknown(nobody.clone()),
            listeners: Vec::new(),
            audited: Known::Unknown(nobody.clone()),
            images: Known::Unknown(nobody.clone()),
            containers: Known::Unknown(nobody.clone()),
            networks: Known::Unknown(nobody),
            swarm: Swarm::default(),
            masked: Vec::new(),
        }
    }

    /// How surely anything is known of the host: running when an engine told of itself.
    #[must_use]
    pub fn plane(&self) -> Plane {
        self.engine.version.effective().map_or(Plane::Declared, |claim| claim.plane)
    }
}
