//! The paths of the host that a service mounts: binds, and named volumes that are binds in disguise.
//!
//! Deliberately absent: what a path is worth, see `host_path`.

use plimsoll_posture::{Claim, Known, Mount, MountKind, MountOrigin, Posture, Service};

use crate::{Finding, Verdict};

/// One mounted path of the host.
pub(crate) struct HostMount<'a> {
    /// The path on the host.
    pub(crate) path: &'a str,
    /// The whole mount.
    pub(crate) mount: &'a Mount,
    /// Who says so.
    pub(crate) claim: &'a Claim<Mount>,
}

impl HostMount<'_> {
    /// `mounts `/x`` or, for what `volumes_from` brings, `inherits `/x` from `web``.
    pub(crate) fn verb(&self, object: &str) -> String {
        match &self.mount.origin {
            MountOrigin::VolumesFrom(other) => format!("inherits {object} from `{other}`"),
            _ => format!("mounts {object}"),
        }
    }

    /// A finding at the mount; a volume's definition is shown beside it.
    pub(crate) fn finding(
        &self,
        posture: &Posture,
        label: impl Into<String>,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Finding {
        let mut finding = Finding::at(self.claim, label, message, fix);
        if self.mount.kind == MountKind::Volume
            && let Some(name) = self.mount.source.value()
            && let Some(volume) = posture.volumes.iter().find(|volume| volume.name == *name)
            && let Some(device) = &volume.device
        {
            finding = finding.with(device, "the volume is this path of the host");
        }
        finding
    }
}

/// Judges every mounted path of the host. A path that is not known leaves the answer open, unless `matters` says that
/// such a mount is harmless wherever it leads. What lies in the project's own directory is nobody else's.
pub(crate) fn judge<'a>(
    service: &'a Service,
    matters: impl Fn(&Mount) -> bool,
    mut fails: impl FnMut(&HostMount<'a>) -> Result<Option<Finding>, plimsoll_posture::Reason>,
) -> Verdict {
    let mut findings = Vec::new();
    let mut open = service.mounts.unknown().cloned();
    for (mount, claim) in service.mounts.values() {
        let project = mount.inside_project && mount.host_path() != Some("/");
        if project || mount.origin == MountOrigin::ApiSocket {
            continue;
        }
        let path = match (mount.kind, &mount.source) {
            (MountKind::Bind, Known::Unknown(reason)) => {
                open = open.or_else(|| matters(mount).then(|| reason.clone()));
                continue;
            }
            (MountKind::Npipe, Known::Value(path)) => path,
            _ => match mount.host_path() {
                Some(path) => path,
                None => continue,
            },
        };
        match fails(&HostMount { path, mount, claim }) {
            Ok(finding) => findings.extend(finding),
            Err(reason) => open = open.or(Some(reason)),
        }
    }
    let otherwise = open.map_or_else(Verdict::absent, Verdict::Unknown);
    Verdict::from_findings(findings, otherwise)
}
