//! What is captured of a host's files, and what the lens makes of it. The hosts are small trees in a directory of their own.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use plimsoll::host::{Capture, Hints, capture};
use plimsoll_lens::host::{Documents, read};
use plimsoll_posture::{Complaint, FileRole, Host, Known, Plane};
use plimsoll_text::{SourceKind, Sources};

/// A host's root, removed when it goes.
struct Tree(PathBuf);

impl Tree {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("plimsoll-host-{}-{name}", std::process::id()));
        fs::create_dir_all(root.join("etc")).expect("a directory");
        Self(root)
    }

    fn file(&self, path: &str, text: &str) -> &Self {
        let place = self.0.join(path);
        fs::create_dir_all(place.parent().expect("a parent")).expect("a directory");
        fs::write(place, text).expect("a file");
        self
    }

    fn mode(&self, path: &str, mode: u32) -> &Self {
        fs::set_permissions(self.0.join(path), fs::Permissions::from_mode(mode)).expect("a mode");
        self
    }

    fn link(&self, path: &str, target: &str) -> &Self {
        let place = self.0.join(path);
        fs::create_dir_all(place.parent().expect("a parent")).expect("a directory");
        symlink(target, place).expect("a link");
        self
    }

    /// A process of the host with a number.
    fn process(&self, pid: u32, command: &[&str], ticks: u64) -> &Self {
        let line: String = command.iter().map(|word| format!("{word}\0")).collect();
        // The name in brackets may hold anything.
        let fields = ["0"; 18].join(" ");
        self.file(&format!("proc/{pid}/cmdline"), &line)
            .file(&format!("proc/{pid}/stat"), &format!("{pid} (a ) b) S {fields} {ticks} 0 0\n"))
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn captured(root: &Path) -> Capture {
    capture(root, &Hints::default())
}

fn text(capture: &Capture, name: &str) -> String {
    let document = capture.documents.iter().find(|document| document.name == name);
    document.map(|document| String::from_utf8(document.bytes.clone()).expect("text")).unwrap_or_default()
}

fn host(capture: &Capture) -> (Host, Vec<Complaint>) {
    let mut sources = Sources::new();
    for document in &capture.documents {
        sources.add(&document.name, SourceKind::Other, &document.bytes);
    }
    read(&Documents::named(sources.iter()), true).expect("documents")
}

#[test]
fn files_are_told_by_the_bits_of_their_mode() {
    let tree = Tree::new("files");
    let me = fs::metadata(&tree.0).expect("the root").uid();
    tree.file("etc/passwd", &format!("captain:x:{me}:0:::/bin/sh\n"))
        .file("etc/docker/daemon.json", "{\"tls\": true, \"tlskey\": \"/etc/docker/pki/key.pem\"}")
        .mode("etc/docker/daemon.json", 0o577)
        .file("etc/docker/pki/key.pem", "")
        .mode("etc/docker/pki/key.pem", 0o400)
        .file("etc/docker/certs.d/registry.example:5000/ca.crt", "")
        .mode("etc/docker/certs.d/registry.example:5000/ca.crt", 0o644)
        .mode("etc/docker", 0o2755)
        // The stronger of two units, reached through a link as the host has it.
        .file("lib/systemd/system/docker.service", "[Service]\nExecStart=/usr/bin/dockerd -H fd://\n")
        .mode("lib/systemd/system/docker.service", 0o664)
        .link("usr/lib", "/lib");
    let capture = captured(&tree.0);
    let table = text(&capture, "host/files");
    assert!(table.starts_with("# host/files: "), "{table}");
    let (host, complaints) = host(&capture);
    assert!(complaints.is_empty(), "{complaints:?}");
    let files: Vec<(FileRole, &str, u16, Option<&str>)> = host
        .files
        .iter()
        .map(|file| {
            let access = file.access.value.value().expect("access");
            assert_eq!(access.uid, me);
            (file.role, &*file.path, access.mode, access.user.as_deref())
        })
        .collect();
    assert_eq!(
        files,
        [
            (FileRole::Service, "/usr/lib/systemd/system/docker.service", 0o664, Some("captain")),
            (FileRole::ConfigDirectory, "/etc/docker", 0o2755, Some("captain")),
            (
                FileRole::RegistryCertificate,
                "/etc/docker/certs.d/registry.example:5000/ca.crt",
                0o644,
                Some("captain")
            ),
            (FileRole::ServerKey, "/etc/docker/pki/key.pem", 0o400, Some("captain")),
            // 0577 is less than 0644 as a number, and lets everybody write.
            (FileRole::DaemonJson, "/etc/docker/daemon.json", 0o577, Some("captain")),
        ]
    );
    assert!(host.daemon.file.is_some_and(|file| file.modified.value().is_some()));
}

#[test]
fn no_link_leads_out_of_the_root() {
    let outside = Tree::new("outside");
    outside.file("secret", "{\"debug\": true}").file("etc/passwd", "root:x:0:0:::\n");
    let tree = Tree::new("links");
    let above = "../".repeat(40);
    let target = format!("{above}{}", outside.0.join("secret").display());
    tree.link("etc/docker/daemon.json", &target)
        .link("etc/passwd", &outside.0.join("etc/passwd").display().to_string())
        .link("etc/group", "group")
        .link("lib/systemd", "/lib/systemd");
    let capture = captured(&tree.0);
    assert!(text(&capture, "/etc/docker/daemon.json").is_empty());
    assert_eq!(text(&capture, "host/groups"), "", "a link to itself ends");
    assert_eq!(text(&capture, "host/units"), "");
    // What the host itself would reach is read: its own root is above nothing.
    tree.file("srv/daemon.json", "{\"debug\": true}");
    fs::remove_file(tree.0.join("etc/docker/daemon.json")).expect("removed");
    tree.link("etc/docker/daemon.json", "../../../srv/daemon.json");
    assert_eq!(text(&captured(&tree.0), "/etc/docker/daemon.json"), "{\"debug\": true}");
}

#[test]
fn a_file_that_is_newer_than_the_daemon_is_not_in_force() {
    let tree = Tree::new("stale");
    // Started ten seconds after 2020-09-13T12:26:40Z; the file is of today.
    tree.file("proc/stat", "cpu 1 2 3\nbtime 1600000000\n")
        .process(7, &["/usr/bin/containerd", "--log-level", "warn"], 500)
        .process(80, &["/usr/bin/dockerd", "--icc=false", "--http-proxy=http://me:pw@proxy:3128"], 1000)
        .process(90, &["/usr/bin/dockerd-rootless.sh"], 1000)
        .file("etc/docker/daemon.json", "{\"no-new-privileges\": true, \"icc\": false}");
    let capture = captured(&tree.0);
    assert_eq!(
        text(&capture, "host/processes"),
        "# host/processes: process, start, command line\n\
         7 2020-09-13T12:26:45Z /usr/bin/containerd --log-level warn\n\
         80 2020-09-13T12:26:50Z /usr/bin/dockerd --icc=false --http-proxy=http://***@proxy:3128\n"
    );
    let (host, complaints) = host(&capture);
    let codes: Vec<_> = complaints.iter().map(|complaint| complaint.code).collect();
    assert_eq!(codes, ["daemon-conflict"], "said in both places: it will not start again");
    assert_eq!(host.engine.started.value(), Some(&1_600_000_010));
    let claim = host.daemon.no_new_privileges.effective().expect("a claim");
    assert!(claim.value.value().is_none() && claim.plane == Plane::Running);
    assert_eq!(
        host.daemon.no_new_privileges.on(Plane::Declared).and_then(|claim| claim.value.value()),
        Some(&true)
    );
    assert_eq!(host.daemon.icc.value(), Some(&false), "the running daemon was told so");
    let file = host.daemon.file.expect("a file");
    let settings: Vec<_> = file.stale.iter().map(|stale| stale.setting.as_str()).collect();
    assert_eq!(settings, ["no-new-privileges"]);
    // Both were read, and say nothing of it: the default runs.
    let claim = host.daemon.iptables.effective().expect("a claim");
    assert_eq!((claim.value.value(), claim.plane), (Some(&true), Plane::Running));
}

#[test]
fn units_drop_ins_and_their_variables_are_read_as_systemd_reads_them() {
    let tree = Tree::new("units");
    tree.file(
        "usr/lib/systemd/system/docker.service",
        "[Service]\nEnvironmentFile=-/etc/sysconfig/docker\nExecStart=/usr/bin/dockerd -H fd:// $OPTIONS\n",
    )
    .file("etc/sysconfig/docker", "# OPTIONS=none\nOPTIONS=\"--userland-proxy=false -l warn\"\n")
    .file("usr/lib/systemd/system/docker.socket", "[Socket]\nListenStream=/run/docker.sock\n")
    .file("etc/systemd/system/docker.socket.d/tcp.conf", "[Socket]\nListenStream=2375\n");
    let capture = captured(&tree.0);
    let (declared, _) = host(&capture);
    assert_eq!(declared.daemon.userland_proxy.value(), Some(&false));
    assert_eq!(declared.daemon.log_level.value().map(|level| &**level), Some("warn"));
    let addresses: Vec<_> = declared
        .listeners
        .iter()
        .map(|listener| listener.address.value.value().expect("an address").to_string())
        .collect();
    assert_eq!(addresses, ["unix:///run/docker.sock", "tcp://[::]:2375"], "systemd hands both over");
    assert_eq!(declared.listeners[1].verifies, Known::Value(false));
    // A drop-in takes the command line back and says another.
    tree.file(
        "etc/systemd/system/docker.service.d/override.conf",
        "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd --host=tcp://10.0.0.5:2376 --tlsverify \\\n  --icc=false\n",
    );
    let (declared, _) = host(&captured(&tree.0));
    assert_eq!(declared.daemon.icc.value(), Some(&false));
    assert_eq!(declared.daemon.userland_proxy.value(), Some(&true), "the default, taken back");
    let listener = &declared.listeners[0];
    assert_eq!(listener.address.value.value().map(|address| &**address), Some("tcp://10.0.0.5:2376"));
    assert_eq!((&listener.tls, &listener.verifies), (&Known::Value(true), &Known::Value(true)));
}

#[test]
fn listeners_are_confirmed_by_the_sockets_of_the_daemon() {
    let tree = Tree::new("sockets");
    let head =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
    // 0947 is 2375, 0BB8 is 3000: another program's.
    let line = |address: &str, inode: u32| {
        format!(
            "   0: {address} 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 {inode} 1 0 100 0 0 10 0\n"
        )
    };
    tree.file("proc/stat", "btime 1600000000\n")
        .process(80, &["dockerd", "-H", "tcp://0.0.0.0:2375", "-H", "unix:///var/run/docker.sock", "-H", "tcp://10.0.0.1:2399"], 0)
        .file("proc/80/net/tcp", &format!("{head}{}{}{}", line("00000000:0947", 11), line("00000000:0BB8", 12), line("00000000:1F40", 13)))
        .file("proc/80/net/unix", "Num RefCount Protocol Flags Type St Inode Path\n0: 00000002 00000000 00010000 0001 01 14 /var/run/docker.sock\n")
        .link("proc/80/fd/3", "socket:[11]")
        .link("proc/80/fd/4", "socket:[14]")
        .link("proc/80/fd/5", "socket:[13]");
    let capture = captured(&tree.0);
    assert_eq!(
        text(&capture, "host/listening"),
        "# host/listening: listening sockets\ntcp 0.0.0.0:2375 dockerd(80)\ntcp 0.0.0.0:8000 dockerd(80)\nunix /var/run/docker.sock dockerd(80)\n"
    );
    let (host, _) = host(&capture);
    let seen: Vec<(&str, Option<&bool>)> = host
        .listeners
        .iter()
        .map(|listener| (&**listener.address.value.value().expect("an address"), listener.confirmed.value()))
        .collect();
    assert_eq!(
        seen,
        [
            ("tcp://0.0.0.0:2375", Some(&true)),
            ("unix:///var/run/docker.sock", Some(&true)),
            ("tcp://10.0.0.1:2399", Some(&false)),
            // Nobody says it, and it is there.
            ("tcp://0.0.0.0:8000", Some(&true)),
        ]
    );
    assert!(host.listeners[3].tls.value().is_none());
}

#[test]
fn groups_rules_and_the_kernel_are_read() {
    let tree = Tree::new("rest");
    tree.file("etc/group", "root:x:0:\ndocker:x:998:alice,bob\n")
        .file("etc/passwd", "alice:x:1000:1000:::\ncarol:x:1001:998:::\n")
        .file("etc/audit/audit.rules", "## comment\n-D\n-w /usr/bin/dockerd -p rwxa -k docker\n")
        .file(
            "etc/audit/rules.d/docker.rules",
            "-a always,exit -F arch=b64 -F path=/usr/bin/runc -F perm=x\n-a always,exit -F dir=/etc/docker -k d\n-a never,exit -F dir=/var/lib/docker\n",
        )
        .file("etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n")
        .file("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n")
        .file("proc/sys/user/max_user_namespaces", "63000\n")
        .file("proc/sys/kernel/unprivileged_userns_clone", "0\n")
        .file("sys/kernel/security/lsm", "lockdown,capability,apparmor")
        .file("sys/fs/cgroup/cgroup.controllers", "cpu memory\n")
        .file("var/lib/docker/x", "");
    let capture = captured(&tree.0);
    let (host, complaints) = host(&capture);
    assert!(complaints.is_empty());
    let words = |known: &Known<Vec<plimsoll_posture::Claim<std::sync::Arc<str>>>>| -> Vec<String> {
        let claims = known.value().expect("known");
        claims.iter().map(|claim| claim.value.value().expect("a name").to_string()).collect()
    };
    assert_eq!(words(&host.docker_group), ["alice", "bob", "carol"], "carol's first group is docker");
    assert_eq!(words(&host.audited), ["/usr/bin/dockerd", "/usr/bin/runc", "/etc/docker"]);
    let machine = &host.machine;
    assert_eq!(machine.kernel.value().map(|kernel| &**kernel), Some("6.1.0-18-amd64"));
    assert_eq!(machine.operating_system.value().map(|os| &**os), Some("Debian GNU/Linux 12 (bookworm)"));
    assert_eq!((machine.apparmor.value(), machine.selinux.value()), (Some(&true), Some(&false)));
    assert_eq!((machine.cgroup_version.value(), machine.user_namespaces.value()), (Some(&2), Some(&false)));
    assert_eq!(machine.own_partition.value(), Some(&false), "one file system holds both");
}

#[test]
fn what_is_not_there_is_not_made_up() {
    let tree = Tree::new("empty");
    let capture = captured(&tree.0);
    let names: Vec<_> = capture.documents.iter().map(|document| document.name.as_str()).collect();
    // Files and rules were looked for; processes, units and groups could not be.
    assert_eq!(names, ["host/files", "host/audit"]);
    let (host, _) = host(&capture);
    assert!(host.docker_group.reason().is_some() && host.engine.started.value().is_none());
    assert_eq!(host.files, []);
    let elsewhere = Hints { elsewhere: Some("tcp://10.0.0.9:2376".to_owned()), ..Hints::default() };
    let capture = capture_of(&tree, &elsewhere);
    assert!(capture.documents.is_empty() && capture.unread[0].1.contains("tcp://10.0.0.9:2376"));
    let gone = capture_at(Path::new("/nowhere/at/all"));
    assert!(gone.documents.is_empty() && gone.unread.len() == 1);
}

fn capture_of(tree: &Tree, hints: &Hints) -> Capture {
    capture(&tree.0, hints)
}

fn capture_at(root: &Path) -> Capture {
    capture(root, &Hints::default())
}
