//! What a single capability allows, in three grades. Source: capabilities(7) and the kernel's capability.h.
//!
//! Deliberately absent: capabilities that stay inside the container's own namespaces and files.

use plimsoll_posture::{Capability, CapabilityEntry, Known, Service};

use crate::deciding::{by_items, unless_privileged};
use crate::remedy::withdraw;
use crate::{Finding, Remedy, Verdict};

/// How far a capability reaches, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Risk {
    /// Needs luck or one more mistake to leave the container, or slows others down and no more.
    Bounded,
    /// Changes or reads something that belongs to the whole host.
    ReachesHost,
    /// Root on the host in one step.
    HostTakeover,
}

/// The grade of a capability and what it allows; `None` for those without a grade.
pub(crate) fn risk(capability: Capability) -> Option<(Risk, &'static str)> {
    use Capability as C;
    use Risk::{Bounded, HostTakeover, ReachesHost};
    Some(match capability {
        C::SYS_ADMIN => {
            (HostTakeover, "mounts file systems, enters namespaces: root on the host in all but name")
        }
        C::SYS_MODULE => (HostTakeover, "loads code into the host's kernel"),
        C::SYS_RAWIO => (HostTakeover, "reads and writes the host's memory and I/O ports"),
        C::NET_ADMIN => (ReachesHost, "rewrites addresses, routes and firewall rules of its network"),
        C::BPF => (ReachesHost, "loads BPF programs that run in the host's kernel"),
        C::SYS_BOOT => (ReachesHost, "restarts the host or loads another kernel"),
        C::PERFMON => (ReachesHost, "watches every process of the host, kernel included"),
        C::SYS_TIME => {
            (ReachesHost, "sets the host's clock, and with it the validity of certificates and tokens")
        }
        C::SYSLOG => (ReachesHost, "reads the kernel log and the addresses that defeat kernel hardening"),
        C::MAC_ADMIN => (ReachesHost, "rewrites the host's mandatory access control policy"),
        C::MAC_OVERRIDE => (ReachesHost, "ignores the host's mandatory access control policy"),
        C::SYS_PTRACE => (Bounded, "reads and changes every process it can see, secrets in memory included"),
        C::DAC_READ_SEARCH => (Bounded, "reads every file, and by file handle some outside the container"),
        C::AUDIT_CONTROL => (Bounded, "switches off the kernel's audit trail"),
        C::AUDIT_READ => (Bounded, "reads the audit trail of the host"),
        C::CHECKPOINT_RESTORE => (Bounded, "reads and restores the state of other processes"),
        C::SYS_NICE => (Bounded, "takes CPU time from every other process of the host"),
        C::IPC_LOCK => (Bounded, "pins memory past its limit until the host runs out"),
        C::LEASE => (Bounded, "holds up other programs' access to files it shares with them"),
        _ => return None,
    })
}

/// Judges `cap_add` for capabilities of one grade.
pub(crate) fn judge(service: &Service, grade: Risk) -> Verdict {
    unless_privileged(service, || {
        by_items(&service.cap_add, |entry, claim| {
            let (name, allows) = match entry {
                CapabilityEntry::All if grade == Risk::HostTakeover => {
                    ("ALL", "every capability of the kernel")
                }
                CapabilityEntry::One(capability) => match risk(*capability) {
                    Some((own, allows)) if own == grade => (capability.name(), allows),
                    _ => return None,
                },
                _ => return None,
            };
            let mut finding = Finding::at(
                claim,
                allows,
                format!("service `{}` adds the capability {name}", service.name()),
                if name == "ALL" {
                    "remove `ALL` from `cap_add` and list the few capabilities the program needs".to_owned()
                } else {
                    format!("remove `{name}` from `cap_add`")
                },
            )
            .remedied(Remedy::risky(vec![withdraw(claim)], "a program that does what it allows fails"));
            if let Some(&Known::Value(uid)) = service.kernel.uid.effective().map(|claim| &claim.value)
                && uid != 0
            {
                finding = finding.because(format!(
                    "uid {uid} does not hold it at once, but any setuid program or `exec` as root does: it {allows}"
                ));
            }
            Some(finding)
        })
    })
}

#[cfg(test)]
mod tests {
    use plimsoll_posture::CapabilitySet;

    use super::*;

    #[test]
    fn no_default_capability_has_a_grade() {
        // Otherwise every container of the world would fail.
        for capability in CapabilitySet::docker_default().iter() {
            assert_eq!(risk(capability), None, "{}", capability.name());
        }
    }
}
