//! The first processes of containers as the kernel of this machine shows them: `/proc/PID/status`.
//!
//! A number that an engine names is one of its host. Where plimsoll sees other processes under these numbers, or none, nothing is
//! taken: the process has to be in the container's own control group. Deliberately absent: what follows from it.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use plimsoll_posture::{CapabilitySet, ObservedProcess};

use super::{Observation, Role};

/// Both files are short.
const MAX_FILE: u64 = 64 * 1024;
/// No host has more processes.
const MAX_PROCESSES: usize = 100_000;

/// Looks at every container that runs.
pub(super) fn look(observation: &mut Observation, root: &Path) {
    let programs = programs(root);
    let documents = observation.documents.iter().enumerate();
    for (index, document) in documents.filter(|(_, document)| document.role == Role::Containers) {
        for (at, container) in document.containers().containers.iter().enumerate() {
            let Some(pid) = container.pid.filter(|pid| *pid > 0) else { continue };
            if let Some(process) = process(root, pid, &container.id) {
                let observed = observation.observed.entry((index, at)).or_default();
                observed.processes.push(process);
                // Its first process is there, so that a list without it is of another machine's kernel, or not whole.
                observed.programs = programs.get(&*container.id).cloned();
            }
        }
    }
}

/// The names of the programs in each container's own control group.
fn programs(root: &Path) -> HashMap<String, BTreeSet<Arc<str>>> {
    let mut all: HashMap<String, BTreeSet<Arc<str>>> = HashMap::new();
    let Ok(entries) = std::fs::read_dir(root.join("proc")) else { return all };
    for entry in entries.flatten().take(MAX_PROCESSES) {
        if !entry.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit) {
            continue;
        }
        let read = |name: &str| text(&entry.path().join(name));
        let Some(container) = read("cgroup").as_deref().and_then(id_in) else { continue };
        // The name, which the kernel cuts to fifteen bytes: enough for those that are looked for.
        if let Some(name) = read("comm") {
            all.entry(container).or_default().insert(name.trim_end().into());
        }
    }
    all
}

/// The id of a container in the path of a control group: 64 digits.
fn id_in(cgroup: &str) -> Option<String> {
    let mut words = cgroup.split(|c: char| !c.is_ascii_hexdigit());
    words.find(|word| word.len() == 64).map(str::to_owned)
}

fn text(path: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(path).ok()?.take(MAX_FILE).read_to_string(&mut text).ok()?;
    Some(text)
}

fn process(root: &Path, pid: u32, container: &str) -> Option<ObservedProcess> {
    let folder = root.join("proc").join(pid.to_string());
    let read = |name: &str| text(&folder.join(name));
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

    /// A container that shares the host's processes sees the host's server and does not run it.
    #[test]
    fn a_program_is_the_container_s_whose_control_group_it_is_in() {
        let root = std::env::temp_dir().join(format!("plimsoll-programs-{}", std::process::id()));
        let (one, other) = ("1a".repeat(32), "2b".repeat(32));
        for (pid, group, name) in [
            ("10", format!("0::/system.slice/docker-{one}.scope\n"), "node\n"),
            ("11", format!("0::/system.slice/docker-{one}.scope/inner\n"), "sshd\n"),
            ("12", format!("9:pids:/docker/{other}\n"), "sh\n"),
            ("13", "0::/system.slice/ssh.service\n".to_owned(), "sshd\n"),
            ("self", format!("0::/docker/{other}\n"), "x\n"),
        ] {
            let folder = root.join("proc").join(pid);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("cgroup"), group).unwrap();
            std::fs::write(folder.join("comm"), name).unwrap();
        }
        let all = programs(&root);
        let of = |id: &str| all.get(id).unwrap().iter().map(|name| &**name).collect::<Vec<_>>();
        assert_eq!((all.len(), of(&one), of(&other)), (2, vec!["node", "sshd"], vec!["sh"]));
        std::fs::remove_dir_all(&root).unwrap();
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
