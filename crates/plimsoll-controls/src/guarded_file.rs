//! Who may own and use the files that guard the engine: what the CIS Docker Benchmark asks, section 3.
//!
//! A mode is a mask of bits, each of which is too much or not. Deliberately absent: reading the files.

use plimsoll_posture::{FileAccess, FileRole, GuardedFile, Host, Known, Reason};

use crate::{Finding, Verdict};

/// What is asked of a file.
pub(crate) struct Bound {
    /// Bits that nobody may have set.
    pub(crate) excess: u16,
    /// The mode to set.
    pub(crate) mode: &'static str,
    /// The group it may have beside root's.
    pub(crate) group: &'static str,
}

/// What is asked of a file of this role.
pub(crate) fn bound(role: FileRole) -> Bound {
    let (mode, bits, group) = match role {
        FileRole::Service => ("644", 0o644, "root"),
        FileRole::SocketUnit => ("644", 0o644, "root"),
        FileRole::ConfigDirectory => ("755", 0o755, "root"),
        FileRole::RegistryCertificate => ("444", 0o444, "root"),
        FileRole::CaCertificate => ("444", 0o444, "root"),
        FileRole::ServerCertificate => ("444", 0o444, "root"),
        FileRole::ServerKey => ("400", 0o400, "root"),
        FileRole::Socket => ("660", 0o660, "docker"),
        FileRole::DaemonJson => ("644", 0o644, "root"),
        FileRole::Defaults => ("644", 0o644, "root"),
        FileRole::Sysconfig => ("644", 0o644, "root"),
        FileRole::ContainerdSocket => ("660", 0o660, "root"),
    };
    Bound { excess: 0o777 & !bits, mode, group }
}

/// One verdict for the files for which `chosen` holds; `settle` is the command that shows them where none was read.
pub(crate) fn judge(
    host: &Host,
    chosen: impl Fn(FileRole) -> bool,
    finding: impl Fn(&GuardedFile, &FileAccess) -> Option<Finding>,
    settle: &'static str,
) -> Verdict {
    let mut findings = Vec::new();
    let mut doubt = None;
    let mut shown = None;
    for file in host.files.iter().filter(|file| chosen(file.role)) {
        match &file.access.value {
            Known::Unknown(reason) => doubt = doubt.or_else(|| Some(reason.clone())),
            Known::Value(access) => match finding(file, access) {
                Some(finding) => findings.push(finding),
                None => shown = shown.or(Some(&file.access)),
            },
        }
    }
    let otherwise = match (doubt, shown) {
        (Some(reason), _) => Verdict::Unknown(reason),
        (None, Some(claim)) => Verdict::pass(claim),
        (None, None) => Verdict::Unknown(Reason::NeedsEngine(settle)),
    };
    Verdict::from_findings(findings, otherwise)
}

/// Whether it is one of the sockets, through which everything can be ordered.
pub(crate) fn is_socket(role: FileRole) -> bool {
    matches!(role, FileRole::Socket | FileRole::ContainerdSocket)
}

/// Who owns it that should not: `alice:docker`.
pub(crate) fn strange_owner(file: &GuardedFile, access: &FileAccess) -> Option<String> {
    let bound = bound(file.role);
    let group = access.group.as_deref();
    let group_fits = access.gid == 0 || (bound.group != "root" && group == Some(bound.group));
    (access.uid != 0 || !group_fits).then(|| owner(access))
}

/// `root:docker`, by numbers where no name is known.
pub(crate) fn owner(access: &FileAccess) -> String {
    let name = |name: &Option<std::sync::Arc<str>>, number: u32| match (name, number) {
        (Some(name), _) => name.to_string(),
        (None, 0) => "root".to_owned(),
        (None, number) => number.to_string(),
    };
    format!("{}:{}", name(&access.user, access.uid), name(&access.group, access.gid))
}

/// The bits that are too much; nothing where the mode is as tight as asked, or tighter.
pub(crate) fn excess(file: &GuardedFile, access: &FileAccess) -> Option<u16> {
    let excess = access.mode & bound(file.role).excess;
    (excess != 0).then_some(excess)
}

/// What the bits let whom do: `others may write`.
pub(crate) fn told(excess: u16) -> String {
    let mut words = Vec::new();
    for (who, shift) in [("the owner", 6), ("the group", 3), ("others", 0)] {
        let bits = (excess >> shift) & 0o7;
        let verbs: Vec<&str> = [(4, "read"), (2, "write"), (1, "execute")]
            .into_iter()
            .filter(|(bit, _)| bits & bit != 0)
            .map(|(_, verb)| verb)
            .collect();
        if !verbs.is_empty() {
            words.push(format!("{who} may {}", verbs.join(" and ")));
        }
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use plimsoll_posture::{Claim, Known, Layer, Plane, Provenance};
    use plimsoll_text::{SourceKind, Sources, Span};

    use super::*;

    fn file(role: FileRole, mode: u16) -> (GuardedFile, FileAccess) {
        let source = Sources::new().add_text("x", SourceKind::Other, "");
        let access = FileAccess { uid: 0, gid: 0, user: None, group: None, mode };
        let at = Provenance::absent(Span::whole(source));
        let claim =
            Claim { value: Known::Value(access.clone()), layer: Layer::Engine, plane: Plane::Running, at };
        (GuardedFile { role, path: Arc::from("/x"), access: claim }, access)
    }

    /// The numbers are octal digits of three subjects, none of which makes up for another: 0577 is smaller than 0644 as a number,
    /// and lets everybody write.
    #[test]
    fn a_mode_is_a_mask_and_no_number() {
        for (role, mode, expected) in [
            (FileRole::Defaults, 0o644, None),
            (FileRole::Defaults, 0o600, None),
            (FileRole::Defaults, 0o577, Some(0o133)),
            (FileRole::Defaults, 0o664, Some(0o020)),
            (FileRole::ServerKey, 0o400, None),
            (FileRole::ServerKey, 0o600, Some(0o200)),
            (FileRole::Socket, 0o660, None),
            (FileRole::Socket, 0o666, Some(0o006)),
            (FileRole::ConfigDirectory, 0o755, None),
            (FileRole::ConfigDirectory, 0o775, Some(0o020)),
        ] {
            let (file, access) = file(role, mode);
            assert_eq!(excess(&file, &access), expected, "{role:?} {mode:o}");
        }
        assert_eq!(
            told(0o133),
            "the owner may execute, the group may write and execute, others may write and execute"
        );
    }

    #[test]
    fn the_socket_may_be_of_the_group_docker_and_nothing_else_may() {
        let (mut file, mut access) = file(FileRole::Socket, 0o660);
        access.gid = 995;
        access.group = Some("docker".into());
        assert_eq!(strange_owner(&file, &access), None);
        access.group = Some("users".into());
        assert_eq!(strange_owner(&file, &access).as_deref(), Some("root:users"));
        access.group = Some("docker".into());
        file.role = FileRole::DaemonJson;
        assert_eq!(strange_owner(&file, &access).as_deref(), Some("root:docker"));
    }
}
