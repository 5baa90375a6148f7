//! What the host lens makes of documents: of a real engine (20.10, recorded), of shapes written after the API's reference, and of
//! captured tables. Expected values come from those documents and from dockerd's reference.

use plimsoll_lens::host::{self, Documents, Role};
use plimsoll_posture::{Claim, Complaint, Fact, FileRole, Host, Known, Plane, SeccompProfile, Union};
use plimsoll_text::{SourceKind, Sources};

const INFO: &str = include_str!("host/info-20.10.json");
const VERSION: &str = include_str!("host/version-20.10.json");
const NETWORKS: &str = include_str!("host/networks-20.10.json");

struct Read {
    sources: Sources,
    host: Host,
    complaints: Vec<Complaint>,
}

impl Read {
    /// The text that a claim points at.
    fn place<T>(&self, claim: &Claim<T>) -> &str {
        self.sources.text(claim.at.span)
    }
}

fn read(documents: &[(&str, &str)]) -> Read {
    let mut sources = Sources::new();
    for (name, text) in documents {
        sources.add_text(name, SourceKind::Other, text);
    }
    let (host, complaints) = host::read(&Documents::named(sources.iter()), true).expect("documents");
    Read { sources, host, complaints }
}

/// Value and plane of what holds.
fn holds<T: Clone>(fact: &Fact<T>) -> Option<(T, Plane)> {
    let claim = fact.effective()?;
    Some((claim.value.value()?.clone(), claim.plane))
}

fn is_unknown<T>(fact: &Fact<T>) -> bool {
    fact.effective().is_some_and(|claim| claim.value.value().is_none())
}

fn texts<T: ToString>(union: &Union<T>) -> Vec<String> {
    union.values().map(|(value, _)| value.to_string()).collect()
}

#[test]
fn an_engine_of_a_distribution_tells_of_itself() {
    let read = read(&[("engine/info", INFO), ("engine/version", VERSION), ("engine/networks", NETWORKS)]);
    let host = &read.host;
    assert!(read.complaints.is_empty());
    assert_eq!(&*host.subject.name, "anchor");
    assert_eq!(host.plane(), Plane::Running);
    assert_eq!(holds(&host.engine.version).unwrap().0.as_ref(), "20.10.24+dfsg1");
    assert_eq!(holds(&host.engine.product).unwrap().0.as_ref(), "Docker Engine");
    assert_eq!(holds(&host.engine.api).unwrap().0.as_ref(), "1.41");
    let parts: Vec<(&str, &str, Option<&str>)> = host
        .engine
        .components
        .iter()
        .map(|part| (&*part.name, &**part.version.value.value().unwrap(), part.patched_by.as_deref()))
        .collect();
    assert_eq!(
        parts,
        [
            ("docker", "20.10.24+dfsg1", Some("Debian")),
            ("containerd", "1.6.20~ds1", Some("Debian")),
            ("runc", "1.1.5+ds1", Some("Debian")),
            ("docker-init", "0.19.0", None),
        ]
    );
    // endoflife.date: 20.10 ended on 2023-12-10, containerd 1.6 on 2025-08-23.
    let line =
        |at: usize| host.engine.components[at].line.value().map(|line| (line.cycle.to_string(), line.ended));
    assert_eq!(line(0), Some(("20.10".to_owned(), true)));
    assert_eq!(line(1), Some(("1.6".to_owned(), true)));
    assert_eq!(line(2), None);

    let running = Plane::Running;
    assert_eq!(holds(&host.daemon.rootless), Some((false, running)));
    assert_eq!(holds(&host.daemon.userns_remap), Some((false, running)));
    assert_eq!(holds(&host.daemon.seccomp), Some((SeccompProfile::Default, running)));
    assert_eq!(holds(&host.daemon.live_restore), Some((false, running)));
    assert_eq!(holds(&host.daemon.icc), Some((true, running)), "docker0 says it");
    assert_eq!(holds(&host.daemon.default_ip).unwrap().0.as_ref(), "0.0.0.0");
    assert_eq!(holds(&host.daemon.data_root).unwrap().0.as_ref(), "/var/lib/docker");
    assert_eq!(texts(&host.daemon.insecure_registries), Vec::<String>::new(), "127.0.0.0/8 is this machine");
    assert_eq!(holds(&host.machine.apparmor), Some((false, running)));
    assert_eq!(holds(&host.machine.cgroup_version), Some((1, running)));
    assert_eq!(holds(&host.machine.memory_bytes), Some((8_324_345_856, running)));
    assert_eq!(holds(&host.swarm.active), Some((false, running)));
    let names: Vec<_> =
        host.networks.as_ref().value().unwrap().iter().map(|network| &*network.name).collect();
    assert_eq!(names, ["bridge", "none", "host"]);
    let seccomp = host.daemon.seccomp.effective().unwrap();
    assert_eq!(read.place(seccomp), "\"name=seccomp,profile=default\"");
    assert_eq!(&*seccomp.at.route, "info: SecurityOptions");

    // What the API does not tell is not known, and no pass.
    assert!(is_unknown(&host.daemon.no_new_privileges));
    assert!(is_unknown(&host.daemon.iptables));
    assert!(is_unknown(&host.daemon.userland_proxy));
    assert!(is_unknown(&host.daemon.logging), "json-file, whose options the API does not tell");
    assert!(host.daemon.default_ulimits.unknown().is_some());
    assert!(host.images.reason().is_some() && host.audited.reason().is_some());
}

#[test]
fn file_and_command_line_settle_what_the_engine_does_not_tell() {
    let file = r#"{"no-new-privileges": true, "log-opts": {"max-size": "10m"}, "default-ulimits": {"nofile": {"Name": "nofile", "Soft": 64, "Hard": 128}}}"#;
    let read = read(&[
        ("engine/info", INFO),
        (
            "host/processes",
            "812 2026-11-22T12:00:00Z /usr/bin/dockerd --icc=false --iptables false -Dl warn --userland-proxy=false\n",
        ),
        ("host/files", "0644 root(0) root(0) 2026-11-01T00:00:00Z /etc/docker/daemon.json\n"),
        ("/etc/docker/daemon.json", file),
    ]);
    let daemon = &read.host.daemon;
    assert!(read.complaints.is_empty(), "{:?}", read.complaints);
    assert_eq!(holds(&daemon.no_new_privileges), Some((true, Plane::Declared)));
    assert_eq!(read.place(daemon.no_new_privileges.effective().unwrap()), "true");
    assert_eq!(holds(&daemon.icc), Some((false, Plane::Running)));
    assert_eq!(read.place(daemon.icc.effective().unwrap()), "--icc=false");
    assert_eq!(
        holds(&daemon.iptables),
        Some((true, Plane::Running)),
        "`--iptables false` is `--iptables` and a stray word"
    );
    assert_eq!(holds(&daemon.userland_proxy), Some((false, Plane::Running)));
    assert_eq!(holds(&daemon.log_level).unwrap().0.as_ref(), "warn");
    // The engine says that it does not debug: its answer is in force.
    assert_eq!(holds(&daemon.debug), Some((false, Plane::Running)));
    let (logging, plane) = holds(&daemon.logging).unwrap();
    assert_eq!(
        (logging.driver.as_deref(), logging.option("max-size"), plane),
        (Some("json-file"), Some("10m"), Plane::Running)
    );
    let limits: Vec<_> = daemon
        .default_ulimits
        .values()
        .map(|(limit, _)| (limit.name.to_string(), limit.soft.clone(), limit.hard.clone()))
        .collect();
    assert_eq!(limits, [("nofile".to_owned(), Known::Value(64), Known::Value(128))]);
    // Both were read and say nothing: the default is what runs.
    assert_eq!(holds(&daemon.rootless), Some((false, Plane::Running)));
    assert_eq!(read.host.engine.started.value(), Some(&1_795_348_800));
    assert_eq!(daemon.file.as_ref().unwrap().stale, []);
    assert_eq!(read.host.files[0].role, FileRole::DaemonJson);
}

#[test]
fn roles_are_known_by_shape() {
    for (text, role) in [
        (INFO, Some(Role::Info)),
        (VERSION, Some(Role::Version)),
        (NETWORKS, Some(Role::Networks)),
        (
            "{\"Client\": {\"ApiVersion\": \"1.41\", \"GitCommit\": \"x\"}, \"Server\": {\"Components\": []}}",
            Some(Role::Version),
        ),
        ("[{\"Id\": \"sha256:1\", \"RepoTags\": [], \"RepoDigests\": []}]", Some(Role::Images)),
        ("{\"live-restore\": true, \"icc\": false}", Some(Role::DaemonJson)),
        ("{\"debug\": true}", None),
        ("{\"name\": \"x\", \"max-size\": 1}", None),
        ("# host/files: mode, owner, group, path\n", Some(Role::Files)),
        ("", None),
        ("{", None),
    ] {
        assert_eq!(host::recognise(text.as_bytes()), role, "{text:.40}");
    }
}
