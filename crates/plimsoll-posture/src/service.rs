//! A service: everything that decides what a container of it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_text::Span;

use crate::{
    Attachment, CapabilityEntry, CapabilitySet, Claim, CommandLine, Device, ExposedPort, Exposure, Fact,
    Healthcheck, Hook, ImageKnowledge, ImageReference, Keyed, Known, Logging, MacProfile, Mount,
    NamespaceMode, Provenance, PublishedPort, RestartPolicy, SeccompProfile, SecretSighting, Sensitive,
    StageId, Subject, Ulimit, Union, UserSpec,
};

/// One service of a compose project, or the image of a Dockerfile that no compose file runs (`runtime` is false then,
/// and every run-time fact holds the engine's default only).
#[derive(Debug, Clone)]
pub struct Service {
    /// The key; the anchor is the service's key in the compose file, or the last `FROM`.
    pub subject: Subject,
    /// Whether a compose file or a container says how it is run.
    pub runtime: bool,
    /// Profiles it belongs to; empty means always.
    pub profiles: Vec<Arc<str>>,
    /// `image:`, or the name given to the built image.
    pub image: Fact<ImageReference>,
    /// `pull_policy:`.
    pub pull_policy: Fact<Arc<str>>,
    /// `build:`.
    pub build: Option<Build>,
    /// `container_name:`.
    pub container_name: Fact<Arc<str>>,
    /// What is known about the outermost base image.
    pub knowledge: ImageKnowledge,
    /// Accounts that the build creates.
    pub created_accounts: Vec<Claim<crate::Account>>,
    /// Groups that build steps of its image add, with their numbers where these are given.
    pub created_groups: BTreeMap<Arc<str>, Option<u32>>,

    /// `user:` over `USER`.
    pub user: Fact<UserSpec>,
    /// The account that the image's own entrypoint script hands over to; it counts as long as that entrypoint runs.
    pub steps_down: Option<Claim<UserSpec>>,
    /// `group_add:`.
    pub group_add: Union<Arc<str>>,
    /// `entrypoint:` over `ENTRYPOINT`.
    pub entrypoint: Fact<CommandLine>,
    /// `command:` over `CMD`.
    pub command: Fact<CommandLine>,
    /// `working_dir:` over `WORKDIR`.
    pub workdir: Fact<Arc<str>>,
    /// `environment:`, `env_file:` over `ENV`.
    pub env: Keyed<Sensitive>,
    /// `env_file:`: paths relative to the scanned root.
    pub env_files: Union<Arc<str>>,
    /// `labels:` over `LABEL`.
    pub labels: Keyed<Sensitive>,
    /// `init:`.
    pub init: Fact<bool>,
    /// `healthcheck:` over `HEALTHCHECK`.
    pub healthcheck: Fact<Healthcheck>,
    /// `stop_signal:`.
    pub stop_signal: Fact<Arc<str>>,
    /// `post_start`, `pre_stop`.
    pub hooks: Vec<Claim<Hook>>,

    /// `privileged:`.
    pub privileged: Fact<bool>,
    /// `cap_add:`.
    pub cap_add: Union<CapabilityEntry>,
    /// `cap_drop:`.
    pub cap_drop: Union<CapabilityEntry>,
    /// `security_opt: no-new-privileges`.
    pub no_new_privileges: Fact<bool>,
    /// `security_opt: seccomp`.
    pub seccomp: Fact<SeccompProfile>,
    /// `security_opt: apparmor`.
    pub apparmor: Fact<MacProfile>,
    /// `security_opt: label`.
    pub selinux: Fact<MacProfile>,
    /// `security_opt: systempaths=unconfined`.
    pub system_paths_unconfined: Fact<bool>,
    /// `read_only:`.
    pub readonly_rootfs: Fact<bool>,
    /// `pid:`.
    pub pid_mode: Fact<NamespaceMode>,
    /// `ipc:`.
    pub ipc_mode: Fact<NamespaceMode>,
    /// `uts:`.
    pub uts_mode: Fact<NamespaceMode>,
    /// `cgroup:`.
    pub cgroup_mode: Fact<NamespaceMode>,
    /// `userns_mode:`.
    pub userns_mode: Fact<NamespaceMode>,
    /// `network_mode:`.
    pub network_mode: Fact<NamespaceMode>,
    /// `cgroup_parent:`.
    pub cgroup_parent: Fact<Arc<str>>,
    /// `runtime:`.
    pub oci_runtime: Fact<Arc<str>>,
    /// `use_api_socket:`.
    pub use_api_socket: Fact<bool>,
    /// `isolation`, `credential_spec` and other keys are not modelled.
    pub sysctls: Keyed<Arc<str>>,

    /// `volumes:`, `tmpfs:`, `volumes_from:` and what they bring.
    pub mounts: Union<Mount>,
    /// `devices:`.
    pub devices: Union<Device>,
    /// `device_cgroup_rules:`.
    pub device_cgroup_rules: Union<Arc<str>>,

    /// `ports:`.
    pub published: Union<PublishedPort>,
    /// `expose:` and `EXPOSE`.
    pub exposed: Union<ExposedPort>,
    /// `networks:`.
    pub networks: Union<Attachment>,
    /// `extra_hosts:` as name and address.
    pub extra_hosts: Union<(Arc<str>, Arc<str>)>,
    /// `links:`, `external_links:`.
    pub links: Union<Arc<str>>,
    /// `depends_on:`.
    pub depends_on: Union<Arc<str>>,
    /// `depends_on.<name>.condition` where one is written; without one it is `service_started`.
    pub depends_on_condition: Keyed<Arc<str>>,

    /// Bytes; 0 means unlimited. `mem_limit` or `deploy.resources.limits.memory`.
    pub memory_bytes: Fact<u64>,
    /// Number of CPUs as a decimal text; `0` means unlimited. `cpus`, `cpu_quota`/`cpu_period`, `deploy…cpus`.
    pub cpus: Fact<Arc<str>>,
    /// Any other CPU bound: `cpuset`, `cpu_shares`.
    pub cpu_bound_otherwise: Fact<bool>,
    /// -1 or 0 means unlimited. `pids_limit` or `deploy…pids`.
    pub pids_limit: Fact<i64>,
    /// `ulimits:`.
    pub ulimits: Union<Ulimit>,
    /// `oom_kill_disable:`.
    pub oom_kill_disable: Fact<bool>,
    /// `oom_score_adj:`.
    pub oom_score_adj: Fact<i64>,
    /// `restart:` or `deploy.restart_policy`.
    pub restart: Fact<RestartPolicy>,
    /// Whether it is a job that ends by design: `deploy.mode` is a job's, or another service waits for it to complete
    /// (`depends_on.<name>.condition: service_completed_successfully`).
    pub job: Fact<bool>,
    /// `logging:`.
    pub logging: Fact<Logging>,

    /// How it stands in front of others, where its configuration was read.
    pub proxy: Option<crate::Proxy>,

    /// Every secret seen in what the service itself declares (not in its Dockerfile).
    pub sightings: Vec<SecretSighting>,

    /// Its containers, where an engine told of them.
    pub seen: Vec<crate::Seen>,
    /// What these did until now, where that was asked for.
    pub observed: Option<crate::Observed>,

    /// What follows from the facts above; filled by `assemble`.
    pub kernel: Kernel,
}

/// `build:`.
#[derive(Debug, Clone)]
pub struct Build {
    /// The whole `build` value.
    pub at: Span,
    /// Context directory relative to the scanned root; unknown for variables; a URL stays as written.
    pub context: Known<Arc<str>>,
    /// Dockerfile path relative to the context as written, when written.
    pub dockerfile: Option<Known<Arc<str>>>,
    /// `dockerfile_inline`: the document it became.
    pub inline: bool,
    /// `target`.
    pub target: Option<crate::Spanned<Arc<str>>>,
    /// `args`.
    pub args: Keyed<Sensitive>,
    /// `privileged: true`.
    pub privileged: Fact<bool>,
    /// `entitlements`.
    pub entitlements: Union<Arc<str>>,
    /// `network`.
    pub network: Fact<Arc<str>>,
    /// `secrets`: names.
    pub secrets: Vec<Arc<str>>,
    /// The stage it builds, once the Dockerfile was read and the target found.
    pub stage: Option<StageId>,
}

impl Build {
    /// The place of `target`, when it is written.
    #[must_use]
    pub fn target_place(&self, service: &str) -> Option<Provenance> {
        let target = self.target.as_ref()?;
        Some(Provenance::new("compose", target.at, format!("services.{service}.build.target")))
    }
}

/// What the kernel will see; derived, each with the claim that decides it.
#[derive(Debug, Clone, Default)]
pub struct Kernel {
    /// Effective uid of the first process.
    pub uid: Fact<u32>,
    /// Its primary gid.
    pub gid: Fact<u32>,
    /// Supplementary groups from `group_add`; names that are no number are unknown.
    pub groups: Vec<Known<u32>>,
    /// Effective capabilities: the bounding set for uid 0, none for any other (Docker sets no ambient ones).
    pub cap_eff: Option<Claim<CapabilitySet>>,
    /// Bounding set.
    pub cap_bnd: Option<Claim<CapabilitySet>>,
    /// Seccomp after `privileged`.
    pub seccomp: Option<Claim<SeccompProfile>>,
    /// `none`, `apparmor:docker-default`, `apparmor:unconfined`, `selinux:unconfined` …; without a host the default
    /// is unknown because only the host knows whether a module is loaded.
    pub mac: Option<Claim<Arc<str>>>,
    /// Who can reach it.
    pub exposure: Option<Claim<Exposure>>,
    /// Whether a secret stands in the environment.
    pub env_secrets: bool,
}

impl Service {
    /// A service of which nothing is known but its place: every fact holds the engine's default.
    #[must_use]
    pub fn new(subject: Subject, runtime: bool) -> Self {
        let anchor = subject.anchor;
        Self {
            runtime,
            profiles: Vec::new(),
            image: Fact::new(),
            pull_policy: Fact::new(),
            build: None,
            container_name: Fact::new(),
            knowledge: ImageKnowledge::default(),
            created_accounts: Vec::new(),
            created_groups: BTreeMap::new(),
            user: Fact::new(),
            steps_down: None,
            group_add: Union::new(),
            entrypoint: Fact::new(),
            command: Fact::new(),
            workdir: Fact::new(),
            env: Keyed::new(),
            env_files: Union::new(),
            labels: Keyed::new(),
            init: Fact::with_default(false, anchor),
            healthcheck: Fact::new(),
            stop_signal: Fact::new(),
            hooks: Vec::new(),
            privileged: Fact::with_default(false, anchor),
            cap_add: Union::new(),
            cap_drop: Union::new(),
            no_new_privileges: Fact::with_default(false, anchor),
            seccomp: Fact::with_default(SeccompProfile::Default, anchor),
            apparmor: Fact::with_default(MacProfile::Default, anchor),
            selinux: Fact::with_default(MacProfile::Default, anchor),
            system_paths_unconfined: Fact::with_default(false, anchor),
            readonly_rootfs: Fact::with_default(false, anchor),
            pid_mode: Fact::with_default(NamespaceMode::Private, anchor),
            ipc_mode: Fact::with_default(NamespaceMode::Private, anchor),
            uts_mode: Fact::with_default(NamespaceMode::Private, anchor),
            cgroup_mode: Fact::with_default(NamespaceMode::Private, anchor),
            userns_mode: Fact::with_default(NamespaceMode::Private, anchor),
            network_mode: Fact::with_default(NamespaceMode::Private, anchor),
            cgroup_parent: Fact::new(),
            oci_runtime: Fact::new(),
            use_api_socket: Fact::with_default(false, anchor),
            sysctls: Keyed::new(),
            mounts: Union::new(),
            devices: Union::new(),
            device_cgroup_rules: Union::new(),
            published: Union::new(),
            exposed: Union::new(),
            networks: Union::new(),
            extra_hosts: Union::new(),
            links: Union::new(),
            depends_on: Union::new(),
            depends_on_condition: Keyed::new(),
            memory_bytes: Fact::with_default(0, anchor),
            cpus: Fact::with_default("0".into(), anchor),
            cpu_bound_otherwise: Fact::with_default(false, anchor),
            pids_limit: Fact::with_default(0, anchor),
            ulimits: Union::new(),
            oom_kill_disable: Fact::with_default(false, anchor),
            oom_score_adj: Fact::with_default(0, anchor),
            restart: Fact::with_default(RestartPolicy::Never, anchor),
            job: Fact::with_default(false, anchor),
            logging: Fact::with_default(Logging::default(), anchor),
            proxy: None,
            sightings: Vec::new(),
            seen: Vec::new(),
            observed: None,
            kernel: Kernel::default(),
            subject,
        }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.subject.name
    }
}
