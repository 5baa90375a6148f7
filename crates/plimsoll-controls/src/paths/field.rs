//! The names of what conditions ask for.

macro_rules! fields {
    ($($variant:ident $name:literal)*) => {
        /// One field of the posture of a service or of the host.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Field { $($variant),* }

        impl Field {
            /// Every field; a field's number is its place here.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in the data.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

fields! {
    Uid "uid"
    Groups "groups"
    Userns "userns"
    CapEff "cap_eff"
    CapBnd "cap_bnd"
    NoNewPrivileges "no_new_privileges"
    Seccomp "seccomp"
    Mac "mac"
    Privileged "privileged"
    PidMode "pid_mode"
    IpcMode "ipc_mode"
    NetworkMode "network_mode"
    UsernsMode "userns_mode"
    SystemPaths "systempaths"
    Mounts "mounts"
    Propagation "mounts.propagation"
    Devices "devices"
    DeviceRules "device_cgroup_rules"
    Peers "networks.peers"
    PeerEnv "networks.peer_env"
    Icc "networks.icc"
    Egress "networks.egress"
    Exposure "exposure"
    Setuid "image.setuid_binaries"
    SecretsEnv "image.secrets.env"
    SecretsHistory "image.secrets.history"
    SecretsLayer "image.secrets.layer"
    EnvSecrets "env_secrets"
    HostDocker "host.docker"
    HostRunc "host.runc"
    HostContainerd "host.containerd"
    HostKernel "host.kernel"
    HostCgroup "host.cgroup_version"
    HostTcp "host.docker_tcp"
    HostTcpBind "host.docker_tcp.bind"
    HostTcpTls "host.docker_tcp.tls"
    HostSocketGroup "host.docker_sock.gid"
    HostDesktop "host.docker_desktop"
    HostNvidia "host.nvidia_toolkit"
    HostAuthz "host.authz_plugin"
    HostModules "host.kernel_modules"
    HostLockdown "host.lockdown"
    HostKubelet "host.kubelet"
    HostCloud "host.cloud_metadata"
    HostRemap "host.userns_remap"
    HostUserns "host.userns_clone"
}

impl Field {
    /// The field of a name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.name() == name)
    }

    /// Whether only the machine and its engine tell it.
    pub(crate) fn is_of_host(self) -> bool {
        self >= Self::HostDocker
    }

    /// The command on the host that tells it.
    pub(crate) fn command(self) -> &'static str {
        match self {
            Self::HostRunc | Self::HostContainerd | Self::HostDocker | Self::HostDesktop => "docker version",
            Self::HostKernel => "uname -r, and what the distribution mended",
            Self::HostTcp | Self::HostTcpBind | Self::HostTcpTls => "ps -C dockerd -o args",
            Self::HostSocketGroup => "stat /run/docker.sock",
            Self::HostNvidia => "nvidia-ctk --version",
            Self::HostModules => "cat /proc/sys/kernel/modules_disabled",
            Self::HostLockdown => "cat /sys/kernel/security/lockdown",
            Self::HostKubelet => "pgrep kubelet",
            Self::HostCloud => "whether 169.254.169.254 answers",
            Self::HostUserns => "cat /proc/sys/user/max_user_namespaces",
            _ => "docker info",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_name_and_its_place() {
        for (at, field) in Field::ALL.iter().enumerate() {
            assert_eq!(*field as usize, at);
            assert_eq!(Field::parse(field.name()), Some(*field));
            assert_eq!(field.is_of_host(), field.name().starts_with("host."));
        }
    }
}
