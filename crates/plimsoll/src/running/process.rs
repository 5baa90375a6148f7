//! The first processes of containers as the kernel of this machine shows them: `/proc/PID/status`.
//!
//! A number that an engine names is one of its host. Where plimsoll sees other processes under these numbers, or none, nothing is
//! taken: the process has to be in the container's own control group. Deliberately absent: what follows from it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use plimsoll_posture::{CapabilitySet, ObservedProcess};

use super::{Observation, Role};

/// Both files are short.
const MAX_FILE: u64 = 64 * 1024;

/// Looks at every container that runs.
pub(super) fn look(observation: &mut Observation, root: &Path) {
    let documents = observation.documents.iter().enumerate();
    for (index, document) in documents.filter(|(_, document)| document.role == Role::Containers) {
        for (at, container) in document.containers().containers.iter().enumerate() {
            let Some(pid) = container.pid.filter(|pid| *pid > 0) else { continue };
            if let Some(process) = process(root, pid, &container.id) {
                observation.observed.entry((index, at)).or_default().processes.push(process);
            }
        }
    }
}

fn process(root: &Path, pid: u32, container: &str) -> Option<ObservedProcess> {
    let folder = root.join("proc").join(pid.to_string());
    let read = |name: &str| {
        let mut text = String::new();
        File::open(folder.join(name)).ok()?.take(MAX_FILE).read_to_string(&mut text).ok()?;
        Some(text)
    };
    // An id is 64 digits; anything shorter might be part of another name.
    let own = container.len() >= 32 && read("cgroup")?.contains(container);
    if own { parsed(&read("status")?) } else { None }
}

fn parsed(status: &str) -> Option<ObservedProcess> {
    let field = |name: &str| {
        let rest = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        Some(rest.trim())
    };
    // Real, effective, saved, of the file system.
    let second = |name: &str| field(name)?.split_whitespace().nth(1)?.parse().ok();
    let set = |name: &str| Some(CapabilitySet::from_bits(u64::from_str_radix(field(name)?, 16).ok()?));
    Some(ObservedProcess {
        uid: second("Uid")?,
        gid: second("Gid")?,
        effective: set("CapEff")?,
        bounding: set("CapBnd")?,
        no_new_privileges: field("NoNewPrivs")? == "1",
        filtered: field("Seccomp")? == "2",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_posture::Capability;

    /// Of a container of an engine 20.10 with the defaults, as its kernel 6.18 wrote it.
    const STATUS: &str = "Name:\tbusybox\nPid:\t19122\nUid:\t0\t1000\t0\t0\nGid:\t0\t7\t0\t0\nGroups:\t10 \n\
                          CapInh:\t0000000000000000\nCapPrm:\t00000000a80425fb\nCapEff:\t0000000000000400\n\
                          CapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t2\n\
                          Seccomp_filters:\t1\n";

    #[test]
    fn a_status_is_read() {
        let process = parsed(STATUS).unwrap();
        assert_eq!((process.uid, process.gid), (1000, 7));
        assert_eq!(process.bounding, CapabilitySet::docker_default());
        assert_eq!(process.effective, [Capability::NET_BIND_SERVICE].into_iter().collect());
        assert!(process.filtered && !process.no_new_privileges);
        assert_eq!(parsed(&STATUS.replace("CapBnd", "Other")), None);
    }

    #[test]
    fn a_process_of_somebody_else_is_not_taken() {
        let root = std::env::temp_dir().join(format!("plimsoll-process-{}", std::process::id()));
        let folder = root.join("proc/7");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("status"), STATUS).unwrap();
        let id = "0a1d1dd39a5105538a21a680cc1803d8d59feb5eff7cb42d3c330656c3046496";
        for (group, own) in [
            (format!("0::/system.slice/docker-{id}.scope\n"), true),
            (format!("9:pids:/docker/{id}\n1:name=systemd:/docker/{id}\n"), true),
            ("0::/init.scope\n".to_owned(), false),
        ] {
            std::fs::write(folder.join("cgroup"), group).unwrap();
            assert_eq!(process(&root, 7, id).is_some(), own);
        }
        assert_eq!(process(&root, 8, id), None);
        assert_eq!(process(&root, 7, ""), None);
        std::fs::remove_dir_all(&root).unwrap();
    }
}
