//! What a path of the host is worth to whoever gets it into a container.
//!
//! The rows are exact on purpose: `/etc` is sensitive, `/etc/localtime` is not, and neither is a directory that a
//! project keeps its own data in. Sources: the Filesystem Hierarchy Standard, hier(7), and the documented places of
//! the engines and command-line tools. Deliberately absent: everything that a row does not name.

/// How far a row reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// The path itself.
    Exact,
    /// The path and everything below it.
    Tree,
}

/// What reading it gives away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reading {
    /// Nothing that is not in every image.
    Harmless,
    /// How the host is built and what runs there.
    Information,
    /// Credentials, private keys or other people's data.
    Secret,
}

/// What is known about a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HostPath {
    /// What reading gives away.
    pub(crate) reading: Reading,
    /// Whether writing makes one root on the host.
    pub(crate) writing_takes_over: bool,
    /// What lies there, for messages: `the accounts' password hashes`.
    pub(crate) holds: &'static str,
}

type Row = (&'static str, Extent, Reading, bool, &'static str);

use Extent::{Exact, Tree};
use Reading::{Harmless, Information, Secret};

const ROWS: &[Row] = &[
    ("/", Exact, Secret, true, "the host's whole file system"),
    ("/bin", Tree, Information, true, "the host's programs"),
    ("/boot", Tree, Information, true, "the host's kernel and boot loader"),
    ("/dev", Exact, Secret, true, "every device of the host"),
    ("/etc", Exact, Secret, true, "the host's configuration, password hashes and keys"),
    ("/etc/apt", Tree, Information, true, "where the host installs software from"),
    ("/etc/bash.bashrc", Exact, Harmless, true, "commands that every shell of the host runs"),
    ("/etc/cron.d", Tree, Information, true, "jobs that the host runs as root"),
    ("/etc/cron.daily", Tree, Information, true, "jobs that the host runs as root"),
    ("/etc/cron.hourly", Tree, Information, true, "jobs that the host runs as root"),
    ("/etc/cron.monthly", Tree, Information, true, "jobs that the host runs as root"),
    ("/etc/cron.weekly", Tree, Information, true, "jobs that the host runs as root"),
    ("/etc/crontab", Exact, Information, true, "jobs that the host runs as root"),
    ("/etc/docker", Tree, Secret, true, "the engine's configuration and keys"),
    ("/etc/environment", Exact, Secret, true, "the environment of every login"),
    ("/etc/group", Exact, Information, true, "the host's groups"),
    ("/etc/gshadow", Exact, Secret, true, "the groups' password hashes"),
    ("/etc/init.d", Tree, Information, true, "programs that the host starts as root"),
    ("/etc/kubernetes", Tree, Secret, true, "the cluster's configuration and keys"),
    ("/etc/ld.so.conf.d", Tree, Harmless, true, "where the host's programs load libraries from"),
    ("/etc/ld.so.preload", Exact, Harmless, true, "a library that every program of the host loads"),
    // machine-id(5): confidential, not to be shown to what is not trusted; the two are one file.
    ("/etc/machine-id", Exact, Information, false, "the host's identity"),
    ("/etc/modprobe.d", Tree, Information, true, "what the host's kernel loads"),
    ("/etc/pam.d", Tree, Information, true, "how the host checks passwords"),
    ("/etc/passwd", Exact, Information, true, "the host's accounts"),
    ("/etc/profile", Exact, Harmless, true, "commands that every login of the host runs"),
    ("/etc/profile.d", Tree, Harmless, true, "commands that every login of the host runs"),
    ("/etc/rc.local", Exact, Information, true, "commands that the host runs as root when it starts"),
    ("/etc/security", Tree, Information, true, "how the host limits its accounts"),
    ("/etc/shadow", Exact, Secret, true, "the accounts' password hashes"),
    ("/etc/ssh", Tree, Secret, true, "the host's private SSH keys"),
    ("/etc/ssl/private", Tree, Secret, false, "the host's private keys"),
    ("/etc/sudoers", Exact, Secret, true, "who may become root on the host"),
    ("/etc/sudoers.d", Tree, Secret, true, "who may become root on the host"),
    ("/etc/systemd", Tree, Information, true, "services that the host starts as root"),
    ("/etc/udev", Tree, Information, true, "commands that the host runs as root for devices"),
    ("/home", Exact, Secret, false, "the home directories of the host's users"),
    ("/lib", Tree, Information, true, "the host's libraries and kernel modules"),
    ("/lib/modules", Tree, Harmless, true, "the host's kernel modules"),
    ("/lib64", Tree, Information, true, "the host's libraries"),
    ("/proc", Exact, Information, true, "the host's kernel settings and every process's command line"),
    ("/proc/1", Exact, Information, true, "the host's first process"),
    ("/proc/sys", Tree, Information, true, "the host's kernel settings"),
    ("/proc/sysrq-trigger", Exact, Harmless, true, "a switch that restarts the host"),
    ("/root", Exact, Secret, true, "root's home directory, keys included"),
    ("/root/.bash_profile", Exact, Harmless, true, "commands that root runs at login"),
    ("/root/.bashrc", Exact, Harmless, true, "commands that root runs at login"),
    ("/root/.profile", Exact, Harmless, true, "commands that root runs at login"),
    ("/root/.ssh", Tree, Secret, true, "root's SSH keys and who may log in as root"),
    ("/run/dbus", Tree, Secret, false, "the system bus, over which root starts programs on the host"),
    ("/run/systemd", Exact, Secret, true, "the control socket of the host's systemd"),
    ("/run/systemd/private", Exact, Secret, false, "the control socket of the host's systemd"),
    ("/sbin", Tree, Information, true, "the host's programs"),
    ("/sys", Exact, Information, true, "the host's devices and kernel settings"),
    ("/sys/firmware", Tree, Information, true, "the host's firmware variables"),
    ("/sys/fs/bpf", Tree, Information, true, "the host's BPF programs"),
    ("/sys/fs/cgroup", Tree, Information, true, "the limits of every process of the host"),
    ("/sys/kernel", Tree, Information, true, "the host's kernel settings"),
    ("/users", Exact, Secret, false, "the home directories of the host's users"),
    ("/usr", Exact, Information, true, "the host's programs"),
    ("/usr/bin", Tree, Information, true, "the host's programs"),
    ("/usr/lib", Tree, Information, true, "the host's libraries and kernel modules"),
    ("/usr/lib/modules", Tree, Harmless, true, "the host's kernel modules"),
    ("/usr/lib64", Tree, Information, true, "the host's libraries"),
    ("/usr/local", Exact, Information, true, "the host's programs"),
    ("/usr/local/bin", Tree, Information, true, "the host's programs"),
    ("/usr/local/lib", Tree, Information, true, "the host's libraries"),
    ("/usr/local/sbin", Tree, Information, true, "the host's programs"),
    ("/usr/sbin", Tree, Information, true, "the host's programs"),
    ("/var", Exact, Secret, true, "the data of every container and service of the host"),
    ("/var/lib", Exact, Secret, true, "the data of every container and service of the host"),
    ("/var/lib/containerd", Tree, Secret, true, "the file systems of every container"),
    ("/var/lib/containers", Tree, Secret, true, "the file systems of every container"),
    ("/var/lib/dbus/machine-id", Exact, Information, false, "the host's identity"),
    ("/var/lib/docker", Tree, Secret, true, "the files, settings and logs of every container"),
    ("/var/lib/docker/volumes", Exact, Secret, true, "the data of every service"),
    ("/var/lib/etcd", Tree, Secret, true, "the cluster's state and secrets"),
    ("/var/lib/kubelet", Tree, Secret, true, "the cluster's credentials on this host"),
    ("/var/log", Exact, Information, false, "the logs of the host"),
    ("/var/spool/cron", Tree, Information, true, "jobs that the host runs as root"),
];

/// Below a user's home directory.
const HOME_ROWS: &[Row] = &[
    ("", Exact, Secret, false, "a user's home directory, keys included"),
    (".aws", Tree, Secret, false, "AWS credentials"),
    (".azure", Tree, Secret, false, "Azure credentials"),
    (".bash_history", Exact, Secret, false, "the commands a user typed"),
    (".config", Exact, Secret, false, "settings and credentials of a user's programs"),
    (".config/gcloud", Tree, Secret, false, "Google Cloud credentials"),
    (".config/gh", Tree, Secret, false, "a GitHub token"),
    (".docker", Exact, Secret, false, "registry credentials"),
    (".docker/config.json", Exact, Secret, false, "registry credentials"),
    (".git-credentials", Exact, Secret, false, "git credentials"),
    (".gnupg", Tree, Secret, false, "private OpenPGP keys"),
    (".kube", Tree, Secret, false, "cluster credentials"),
    (".netrc", Exact, Secret, false, "login names and passwords"),
    (".npmrc", Exact, Secret, false, "an npm token"),
    (".password-store", Tree, Secret, false, "a user's passwords"),
    (".pgpass", Exact, Secret, false, "database passwords"),
    (".ssh", Tree, Secret, false, "private SSH keys and who may log in"),
    (".ssh/known_hosts", Exact, Harmless, false, "known SSH hosts"),
    (".vault-token", Exact, Secret, false, "a Vault token"),
];

/// File names of sockets that command a container runtime.
const SOCKETS: &[&str] = &[
    "docker.sock",
    "docker.sock.raw",
    "containerd.sock",
    "podman.sock",
    "crio.sock",
    "cri-dockerd.sock",
    "dockershim.sock",
    "buildkitd.sock",
];

/// Directories that hold such a socket.
const SOCKET_PARENTS: &[&str] = &[
    "/",
    "/run",
    "/run/containerd",
    "/run/crio",
    "/run/docker/containerd",
    "/run/k3s",
    "/run/k3s/containerd",
    "/run/podman",
];

/// What is known about a path of the host; `None` when it is nothing special.
pub(crate) fn lookup(path: &str) -> Option<HostPath> {
    let path = normal(path);
    if let Some(drive) = path.strip_suffix(':').filter(|drive| drive.len() == 1) {
        let letter = drive.bytes().all(|byte| byte.is_ascii_alphabetic());
        return letter.then(|| found(&("", Exact, Secret, true, "a whole drive of the host")));
    }
    if let Some(row) = longest(ROWS, &path) {
        return Some(found(row));
    }
    let inside = home(&path)?;
    // Public keys are made to be shown.
    if inside.starts_with(".ssh/") && inside.ends_with(".pub") {
        return None;
    }
    longest(HOME_ROWS, inside).map(found)
}

/// How a path leads to a container runtime's socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Socket {
    /// It is the socket.
    Itself,
    /// It is a directory that holds it.
    Parent,
}

/// Whether a path is, or holds, the socket of a container runtime.
pub(crate) fn runtime_socket(path: &str) -> Option<Socket> {
    let path = normal(path);
    if SOCKET_PARENTS.contains(&&*path) {
        return Some(Socket::Parent);
    }
    let name = path.rsplit('/').next()?;
    (SOCKETS.contains(&name) || path.ends_with("/pipe/docker_engine")).then_some(Socket::Itself)
}

fn found(&(_, _, reading, writing_takes_over, holds): &Row) -> HostPath {
    HostPath { reading, writing_takes_over, holds }
}

fn longest<'a>(rows: &'a [Row], path: &str) -> Option<&'a Row> {
    rows.iter()
        .filter(|(row, extent, ..)| {
            path == *row
                || *extent == Tree && path.strip_prefix(row).is_some_and(|rest| rest.starts_with('/'))
        })
        // The data of one volume is the service's own; only the volumes as a whole are everybody's.
        .filter(|(row, ..)| *row != "/var/lib/docker" || !path.starts_with("/var/lib/docker/volumes/"))
        .max_by_key(|(row, ..)| row.len())
}

/// The part below a home directory; empty for the directory itself.
fn home(path: &str) -> Option<&str> {
    for own in ["~", "/root"] {
        if let Some(rest) = path.strip_prefix(own) {
            return rest.strip_prefix('/').or(rest.is_empty().then_some(""));
        }
    }
    let rest = path.strip_prefix("/home/").or_else(|| path.strip_prefix("/users/"))?;
    Some(rest.split_once('/').map_or("", |(_, inside)| inside))
}

/// One spelling: forward slashes, no `.`, `..` or empty parts, `/run` for `/var/run`, `/users` for `/Users`.
pub(crate) fn normal(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if let ["var", "run", ..] = parts[..] {
        parts.remove(0);
    }
    let joined = parts.join("/");
    let joined = if path.starts_with('/') { format!("/{joined}") } else { joined };
    match joined.strip_prefix("/Users") {
        Some(rest) => format!("/users{rest}"),
        None => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(path: &str) -> Option<Reading> {
        lookup(path).map(|found| found.reading)
    }

    fn takes_over(path: &str) -> bool {
        lookup(path).is_some_and(|found| found.writing_takes_over)
    }

    #[test]
    fn rows_are_sorted_and_unique() {
        for rows in [ROWS, HOME_ROWS] {
            assert!(rows.is_sorted_by(|a, b| a.0 < b.0));
        }
    }

    #[test]
    fn single_harmless_files_below_etc_are_no_etc() {
        for path in [
            "/etc/localtime",
            "/etc/timezone",
            "/etc/ssl/certs",
            "/etc/ssl/certs/ca-certificates.crt",
            "/etc/hostname",
            "/etc/os-release",
            "/etc/resolv.conf",
            "/etc/letsencrypt",
            "/usr/share/zoneinfo",
            "/srv/data",
            "/opt/app",
            "/home/ann/data",
            "/home/ann/.ssh/id_ed25519.pub",
            "/dev/shm",
            "/sys/class/gpio",
            "/proc/meminfo",
            "/run/user/1000/pulse",
            "/var/lib/docker/volumes/app_data/_data",
            "relative",
            "",
        ] {
            assert_eq!(lookup(path), None, "{path}");
        }
    }

    #[test]
    fn what_is_secret_and_what_takes_the_host_over() {
        for path in
            ["/", "/etc", "/etc/", "//etc/.", "/etc/shadow", "/root", "/var/lib/docker/containers", "C:\\"]
        {
            assert_eq!((reading(path), takes_over(path)), (Some(Secret), true), "{path}");
        }
        for path in ["/home", "/home/ann", "/Users/ann/.ssh", "~/.aws/credentials", "/root/.kube/config", "~"]
        {
            assert_eq!((reading(path), takes_over(path)), (Some(Secret), false), "{path}");
        }
        for path in ["/proc", "/sys", "/usr", "/etc/passwd", "/boot/grub"] {
            assert_eq!((reading(path), takes_over(path)), (Some(Information), true), "{path}");
        }
        for path in ["/etc/machine-id", "/var/lib/dbus/machine-id"] {
            assert_eq!((reading(path), takes_over(path)), (Some(Information), false), "{path}");
        }
        // Drivers and VPNs mount the modules read-only; writing them is code in the kernel.
        assert_eq!((reading("/lib/modules"), takes_over("/lib/modules")), (Some(Harmless), true));
        assert_eq!(reading("/home/ann/.ssh/known_hosts"), Some(Harmless));
    }

    #[test]
    fn sockets_and_their_parents() {
        for path in [
            "/var/run/docker.sock",
            "/run/docker.sock",
            "/run/user/1000/podman/podman.sock",
            "/run/containerd/containerd.sock",
            "/home/ann/.colima/default/docker.sock",
            "//./pipe/docker_engine",
            r"\\.\pipe\docker_engine",
        ] {
            assert_eq!(runtime_socket(path), Some(Socket::Itself), "{path}");
        }
        for path in ["/", "/run", "/run/", "/var/run", "/run/podman"] {
            assert_eq!(runtime_socket(path), Some(Socket::Parent), "{path}");
        }
        for path in ["/run/user", "/run/user/1000", "/var", "/run/postgresql", "/run/utmp", "/var/run/dbus"] {
            assert_eq!(runtime_socket(path), None, "{path}");
        }
    }
}
