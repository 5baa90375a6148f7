//! Mounts and devices.

use std::sync::Arc;

use crate::Known;

/// One mount of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// What is mounted.
    pub kind: MountKind,
    /// Host path for a bind (absolute, `/var/run` resolved to `/run`), name for a volume, empty for an anonymous
    /// volume or tmpfs. A path below the project is absolute too; see `inside_project`.
    pub source: Known<Arc<str>>,
    /// Path in the container.
    pub target: Arc<str>,
    /// Whether the container may write.
    pub writable: Known<bool>,
    /// `shared`, `rshared`, `slave` …; `None` when not written.
    pub propagation: Option<Arc<str>>,
    /// For a bind: the source lies inside the project's directory.
    pub inside_project: bool,
    /// For a named volume: the host path of its `driver_opts.device` when it is a bind in disguise.
    pub device: Option<Arc<str>>,
    /// `volumes_from` of this service, `secrets`/`configs`, or the service's own `volumes`.
    pub origin: MountOrigin,
    /// tmpfs: `noexec,nosuid,size=64m` as written.
    pub options: Option<Arc<str>>,
}

impl Mount {
    /// The host path that the container sees: the source of a bind, or the device behind a volume.
    #[must_use]
    pub fn host_path(&self) -> Option<&str> {
        match self.kind {
            MountKind::Bind => self.source.value().map(|path| &**path),
            MountKind::Volume => self.device.as_deref(),
            _ => None,
        }
    }
}

/// The kind of a mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountKind {
    /// A host path.
    Bind,
    /// A named or anonymous volume.
    Volume,
    /// Memory.
    Tmpfs,
    /// A named pipe (Windows).
    Npipe,
    /// An image's file system.
    Image,
    /// A cluster volume.
    Cluster,
}

impl MountKind {
    /// The name in Compose.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bind => "bind",
            Self::Volume => "volume",
            Self::Tmpfs => "tmpfs",
            Self::Npipe => "npipe",
            Self::Image => "image",
            Self::Cluster => "cluster",
        }
    }
}

/// By which key a mount came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MountOrigin {
    /// `volumes:` or `tmpfs:`.
    Own,
    /// `volumes_from:` this service or container.
    VolumesFrom(Arc<str>),
    /// `use_api_socket: true`.
    ApiSocket,
}

/// One device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Path on the host (`/dev/kvm`), or a CDI name (`vendor.com/class=name`).
    pub host_path: Arc<str>,
    /// Path in the container.
    pub container_path: Arc<str>,
    /// `rwm` or less.
    pub permissions: Arc<str>,
}
