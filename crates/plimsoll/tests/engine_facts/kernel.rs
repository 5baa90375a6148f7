//! What the kernel says of a running container: `/proc` of its first process on the host, and its control groups.

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use crate::inspected::CAPABILITIES;

/// The first process of a container.
pub(crate) struct Process {
    pid: u64,
    status: BTreeMap<String, String>,
}

impl Process {
    /// Nothing where it has no process.
    pub(crate) fn of(inspect: &serde_json::Value) -> Option<Self> {
        let pid = inspect["State"]["Pid"].as_u64().filter(|pid| *pid > 0)?;
        let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let pairs = text.lines().filter_map(|line| line.split_once(':'));
        Some(Self {
            pid,
            status: pairs.map(|(key, value)| (key.to_owned(), value.trim().to_owned())).collect(),
        })
    }

    fn path(&self, below: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{below}", self.pid))
    }

    fn read(&self, below: &str) -> String {
        fs::read_to_string(self.path(below)).unwrap()
    }

    /// The numbers of a line of its status: real, effective, saved, of the file system.
    pub(crate) fn numbers(&self, key: &str) -> Vec<u64> {
        self.status[key].split_whitespace().map(|number| number.parse().unwrap()).collect()
    }

    /// A mask of capabilities by their names.
    pub(crate) fn capabilities(&self, key: &str) -> Vec<&'static str> {
        let mask = u64::from_str_radix(&self.status[key], 16).unwrap();
        let named = CAPABILITIES.into_iter().enumerate();
        named.filter(|(number, _)| mask >> number & 1 == 1).map(|(_, name)| name).collect()
    }

    /// Whether its namespace is the same as another's; `None` is this process, which stands for the host.
    pub(crate) fn shares(&self, namespace: &str, other: Option<&Self>) -> bool {
        let own = fs::read_link(self.path(&format!("ns/{namespace}"))).unwrap();
        let other = match other {
            Some(other) => other.path(&format!("ns/{namespace}")),
            None => Path::new("/proc/self/ns").join(namespace),
        };
        own == fs::read_link(other).unwrap()
    }

    /// Whether what is mounted at a path can be written to; nothing where nothing is mounted.
    pub(crate) fn writable(&self, target: &str) -> Option<bool> {
        let text = self.read("mountinfo");
        let mut found = None;
        for line in text.lines() {
            let fields: Vec<&str> = line.split(' ').collect();
            if fields[4] == target {
                found = Some(fields[5].split(',').any(|option| option == "rw"));
            }
        }
        found
    }

    /// The value of a file in its control group, below whichever hierarchy has it.
    pub(crate) fn control(&self, old: (&str, &str), new: &str) -> Option<String> {
        let text = self.read("cgroup");
        for line in text.lines() {
            let mut fields = line.splitn(3, ':').skip(1);
            let (controllers, path) = (fields.next()?, fields.next()?);
            let file = if controllers.is_empty() {
                format!("/sys/fs/cgroup{path}/{new}")
            } else if controllers.split(',').any(|name| name == old.0) {
                format!("/sys/fs/cgroup/{}{path}/{}", old.0, old.1)
            } else {
                continue;
            };
            if let Ok(value) = fs::read_to_string(file) {
                return Some(value.trim().to_owned());
            }
        }
        None
    }

    /// Soft and hard, as `/proc/PID/limits` has them.
    pub(crate) fn open_files(&self) -> (String, String) {
        let text = self.read("limits");
        let line = text.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
        let mut fields = line.split_whitespace().map(str::to_owned);
        (fields.next().unwrap(), fields.next().unwrap())
    }

    /// Whether a path is there, seen from the container.
    pub(crate) fn has(&self, path: &str) -> bool {
        fs::symlink_metadata(self.path(&format!("root{path}"))).is_ok()
    }

    /// What it was started with.
    pub(crate) fn words(&self) -> Vec<String> {
        self.read("cmdline").split_terminator('\0').map(str::to_owned).collect()
    }
}

/// The addresses on which this machine waits for connections at a port. Empty where the engine forwards without a process.
pub(crate) fn listening(port: u16) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for file in ["/proc/net/tcp", "/proc/net/tcp6"] {
        for line in fs::read_to_string(file).unwrap_or_default().lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (address, own) = fields[1].split_once(':').unwrap();
            if fields[3] == "0A" && u16::from_str_radix(own, 16) == Ok(port) {
                found.push(address_of(address));
            }
        }
    }
    found
}

/// Words of 32 bits in the order of this machine.
fn address_of(text: &str) -> IpAddr {
    let words = text
        .as_bytes()
        .chunks(8)
        .map(|word| u32::from_str_radix(std::str::from_utf8(word).unwrap(), 16).unwrap().to_ne_bytes());
    let bytes: Vec<u8> = words.flatten().collect();
    match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(bytes) => Ipv4Addr::from(bytes).into(),
        Err(_) => Ipv6Addr::from(<[u8; 16]>::try_from(bytes.as_slice()).unwrap()).into(),
    }
}
