//! What an engine and its kernel saw a service's containers do: what they wrote, and how much they used.
//!
//! It decides nothing: a container that wrote nothing until now may write tomorrow. It is what a proposed limit is made of.
//! Deliberately absent: how it is asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::{CapabilitySet, SeccompProfile, Service};

/// What the containers of a service did until now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// What they wrote into their own file systems, where that was asked for.
    pub written: Option<Written>,
    /// What one of them used of memory.
    pub memory: Option<Memory>,
    /// Processes and threads of one of them at the moment of asking.
    pub pids: Option<u64>,
    /// Their first processes, where the kernel shows them.
    pub processes: Vec<ObservedProcess>,
    /// The names of all programs that run in them, where the kernel shows their processes.
    pub programs: Option<BTreeSet<Arc<str>>>,
}

/// Memory in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Bytes, without file pages that the kernel would drop first.
    pub bytes: u64,
    /// Whether it is the most since the container started, and not the use at the moment of asking.
    pub peak: bool,
}

/// The first process of a container, as `/proc/PID/status` tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObservedProcess {
    /// Effective uid, as the host counts.
    pub uid: u32,
    /// Effective gid.
    pub gid: u32,
    /// `CapEff`.
    pub effective: CapabilitySet,
    /// `CapBnd`.
    pub bounding: CapabilitySet,
    /// `NoNewPrivs`.
    pub no_new_privileges: bool,
    /// `Seccomp`: whether system calls are filtered.
    pub filtered: bool,
}

impl Observed {
    /// Takes in what another container of the same service did: a limit has to suit all of them.
    pub fn join(&mut self, other: Self) {
        match (&mut self.written, other.written) {
            (Some(own), Some(other)) => own.join(other),
            (own @ None, other) => *own = other,
            (Some(_), None) => {}
        }
        self.memory = match (self.memory, other.memory) {
            (Some(own), Some(other)) => Some(if other.bytes > own.bytes { other } else { own }),
            (own, other) => own.or(other),
        };
        self.pids = self.pids.max(other.pids);
        self.processes.extend(other.processes);
        if let Some(programs) = other.programs {
            self.programs.get_or_insert_default().extend(programs);
        }
    }
}

impl ObservedProcess {
    /// What the kernel lets it do beyond what follows from its service's facts, in words; a process may give up what it was given,
    /// and nothing is said of that. Nor of another runtime than `runc` and `crun`: its process on the host is not the program.
    #[must_use]
    pub fn beyond(&self, service: &Service) -> Vec<String> {
        let usual = |runtime: &Arc<str>| matches!(&**runtime, "" | "runc" | "crun" | "io.containerd.runc.v2");
        if !service.oci_runtime.value().is_none_or(usual) {
            return Vec::new();
        }
        let mut words = Vec::new();
        let bounding = service.kernel.cap_bnd.as_ref().and_then(|claim| claim.value.value());
        let more = bounding.map(|known| self.bounding.without(*known)).unwrap_or_default();
        if !more.is_empty() {
            let names: Vec<&str> = more.iter().map(crate::Capability::name).collect();
            words.push(format!("capabilities {}", names.join(", ")));
        }
        if service.no_new_privileges.value() == Some(&true) && !self.no_new_privileges {
            words.push("new privileges".to_owned());
        }
        let seccomp = service.kernel.seccomp.as_ref().and_then(|claim| claim.value.value());
        if seccomp.is_some_and(|profile| *profile != SeccompProfile::Unconfined) && !self.filtered {
            words.push("every system call: none is filtered".to_owned());
        }
        words
    }
}

/// Where containers wrote, by what may be done about it when the root file system becomes read-only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Directories that memory may take the place of: made by the container itself, or empty in images by convention. None is
    /// inside another.
    pub scratch: BTreeSet<Arc<str>>,
    /// What lies where the image has files too, which memory in their place would hide.
    pub among_files: BTreeSet<Arc<str>>,
}

/// Directories that hold nothing of an image that is needed, and everything below them.
const SCRATCH: &[&str] =
    &["/tmp", "/run", "/var/run", "/var/tmp", "/var/cache", "/var/log", "/var/lock", "/var/spool"];

/// What the engine itself writes, or is no file of the root file system.
const ENGINE: &[&str] =
    &["/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/mtab", "/.dockerenv", "/run/.containerenv"];

impl Written {
    /// Of what an engine lists as changed: paths, and whether each is new. `mounted` are the places of mounts, whose own contents
    /// are listed nowhere.
    #[must_use]
    pub fn of<'c>(changes: impl IntoIterator<Item = (&'c str, bool)>, mounted: &[&str]) -> Self {
        let changes: BTreeMap<&str, bool> = changes.into_iter().collect();
        let mounted: BTreeSet<&str> = mounted.iter().map(|path| path.trim_end_matches('/')).collect();
        let mut written = Self::default();
        for &path in changes.keys() {
            // A directory is listed because of what is in it.
            let inside = format!("{path}/");
            let has_more =
                changes.range(inside.as_str()..).next().is_some_and(|(next, _)| next.starts_with(&inside));
            let below = |place: &&str| path == *place || inside.starts_with(&format!("{place}/"));
            let foreign = mounted.iter().any(below)
                || ENGINE.contains(&path)
                || ["/dev", "/proc", "/sys"].iter().any(below);
            if has_more || foreign || !path.starts_with('/') {
                continue;
            }
            match scratch(path, &changes) {
                Some(place) if mounted.contains(place) => {}
                Some(place) => {
                    written.scratch.insert(place.into());
                }
                None => {
                    written.among_files.insert(path.into());
                }
            }
        }
        written.outermost();
        written
    }

    fn join(&mut self, other: Self) {
        self.scratch.extend(other.scratch);
        self.among_files.extend(other.among_files);
        self.outermost();
    }

    fn outermost(&mut self) {
        let all = self.scratch.clone();
        self.scratch.retain(|path| {
            !all.iter().any(|other| path.strip_prefix(&**other).is_some_and(|rest| rest.starts_with('/')))
        });
    }
}

/// The directory that memory may take the place of so that this path can be written.
fn scratch<'p>(path: &'p str, changes: &BTreeMap<&str, bool>) -> Option<&'p str> {
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let within = |place: &&&str| {
        parent == **place || parent.strip_prefix(**place).is_some_and(|rest| rest.starts_with('/'))
    };
    if SCRATCH.iter().any(|place| within(&place)) {
        return Some(parent);
    }
    // The outermost directory that is new: nothing of the image is in it.
    let ends = path.char_indices().filter(|(at, one)| *one == '/' && *at > 0).map(|(at, _)| at);
    ends.filter_map(|end| path.get(..end)).find(|directory| changes.get(directory) == Some(&true))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `A` for new, `C` for changed, `D` for deleted, as `docker diff` prints.
    fn of(diff: &[&str], mounted: &[&str]) -> (Vec<String>, Vec<String>) {
        let changes = diff.iter().map(|line| (&line[2..], line.starts_with('A')));
        let written = Written::of(changes, mounted);
        let texts = |set: &BTreeSet<Arc<str>>| set.iter().map(ToString::to_string).collect();
        (texts(&written.scratch), texts(&written.among_files))
    }

    #[test]
    fn scratch_places_are_told_from_those_with_files_of_the_image() {
        // What a container of nginx:1.27 writes, but for the files of its start script.
        let nginx = [
            "C /var",
            "C /var/cache",
            "C /var/cache/nginx",
            "A /var/cache/nginx/client_temp",
            "A /var/cache/nginx/proxy_temp",
            "C /run",
            "A /run/nginx.pid",
        ];
        assert_eq!(of(&nginx, &[]), (vec!["/run".to_owned(), "/var/cache/nginx".to_owned()], vec![]));
        let edited = ["C /etc", "C /etc/nginx", "C /etc/nginx/conf.d", "C /etc/nginx/conf.d/default.conf"];
        assert_eq!(of(&edited, &[]), (vec![], vec!["/etc/nginx/conf.d/default.conf".to_owned()]));
        // A directory of its own making is empty in the image; a file beside the program is not.
        let own = [
            "C /app",
            "A /app/uploads",
            "A /app/uploads/a",
            "A /app/uploads/b/c",
            "A /app/log.txt",
            "D /app/x",
        ];
        assert_eq!(
            of(&own, &[]),
            (vec!["/app/uploads".to_owned()], vec!["/app/log.txt".to_owned(), "/app/x".to_owned()])
        );
        assert_eq!(of(&["C /tmp", "A /tmp/a", "A /tmp/b", "A /tmp/b/c"], &[]).0, ["/tmp"]);
        // A sibling whose name begins alike is no child.
        assert_eq!(of(&["C /app", "A /app/log", "A /app/log.1"], &[]).1, ["/app/log", "/app/log.1"]);
    }

    #[test]
    fn what_is_mounted_and_what_the_engine_writes_do_not_count() {
        let diff =
            ["A /data", "C /run", "A /run/secrets", "C /etc", "C /etc/hosts", "A /dev/x", "A /var/log/a"];
        assert_eq!(of(&diff, &["/data/", "/run/secrets/key", "/run/secrets", "/var/log"]), (vec![], vec![]));
        assert_eq!(of(&[], &[]), (vec![], vec![]));
        assert_eq!(of(&["A relative", "A /"], &[]).0, Vec::<String>::new());
    }

    #[test]
    fn only_what_goes_beyond_the_settings_is_told() {
        use crate::{Capability, Claim, Known, Layer, Posture, Provenance, Subject, SubjectKind, assemble};
        use plimsoll_text::{SourceKind, Sources, Span};
        let source = Sources::new().add_text("compose.yaml", SourceKind::Compose, "");
        let anchor = Span::whole(source);
        let process = ObservedProcess {
            uid: 0,
            gid: 0,
            effective: CapabilitySet::docker_default(),
            bounding: CapabilitySet::docker_default(),
            no_new_privileges: false,
            filtered: true,
        };
        let beyond = |process: &ObservedProcess, set: &dyn Fn(&mut Service)| {
            let mut service = Service::new(Subject::new(SubjectKind::Service, "a", anchor), true);
            set(&mut service);
            let mut posture = Posture { services: vec![service], ..Posture::default() };
            assemble(&mut posture);
            process.beyond(&posture.services[0])
        };
        let nothing = |_: &mut Service| {};
        assert!(beyond(&process, &nothing).is_empty());
        // It gave up what it had.
        let modest = ObservedProcess { bounding: CapabilitySet::EMPTY, no_new_privileges: true, ..process };
        assert!(beyond(&modest, &nothing).is_empty());
        let admin = [Capability::SYS_ADMIN].into_iter().collect();
        let open = ObservedProcess { bounding: process.bounding.with(admin), filtered: false, ..process };
        let words = beyond(&open, &nothing);
        assert!(words.len() == 2 && words[0].ends_with("SYS_ADMIN"), "{words:?}");
        let claim =
            |value: bool| Claim::declared(Known::Value(value), Layer::Compose, Provenance::absent(anchor));
        assert!(beyond(&open, &|service| service.privileged.push(claim(true))).is_empty());
        assert_eq!(
            beyond(&process, &|service| service.no_new_privileges.push(claim(true))),
            ["new privileges"]
        );
        let sandbox = |service: &mut Service| {
            let at = Provenance::absent(anchor);
            service.oci_runtime.push(Claim::declared(Known::Value("runsc".into()), Layer::Compose, at));
        };
        assert!(beyond(&open, &sandbox).is_empty());
    }

    #[test]
    fn of_several_containers_the_largest_counts() {
        let one = Observed {
            memory: Some(Memory { bytes: 5, peak: true }),
            pids: Some(3),
            written: Some(Written::of([("/run/a", true)], &[])),
            ..Observed::default()
        };
        let mut all =
            Observed { written: Some(Written::of([("/run/b/c", true)], &[])), ..Observed::default() };
        all.join(one.clone());
        all.join(Observed {
            memory: Some(Memory { bytes: 4, peak: false }),
            pids: Some(9),
            ..Observed::default()
        });
        assert_eq!((all.memory, all.pids), (one.memory, Some(9)));
        assert_eq!(all.written.unwrap().scratch.iter().map(|path| &**path).collect::<Vec<_>>(), ["/run"]);
    }
}
