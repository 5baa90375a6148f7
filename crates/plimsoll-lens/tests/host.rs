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

/// Shapes of API 1.52 after its reference: `ContainerdCommit` without `Expected`, no `BridgeNfIptables`, `FirewallBackend`.
#[test]
fn the_newest_engine_tells_more() {
    let info = include_str!("host/info-29.json");
    let read = read(&[("engine/info", info), ("engine/version", include_str!("host/version-29.json"))]);
    let host = &read.host;
    assert!(read.complaints.is_empty());
    let parts: Vec<(&str, &str, Option<&str>)> = host
        .engine
        .components
        .iter()
        .map(|part| (&*part.name, &**part.version.value.value().unwrap(), part.patched_by.as_deref()))
        .collect();
    let own = [
        ("docker", "29.1.3", None),
        ("containerd", "v2.2.1", None),
        ("runc", "1.3.4", None),
        ("docker-init", "0.19.0", None),
    ];
    assert_eq!(parts, own);
    // endoflife.date: containerd 2.2 ended on 2026-11-06, Docker 29 has no end yet.
    let ended: Vec<_> =
        host.engine.components.iter().map(|part| part.line.value().map(|line| line.ended)).collect();
    assert_eq!(ended, [Some(false), Some(true), None, None]);
    let running = Plane::Running;
    let daemon = &host.daemon;
    assert_eq!(holds(&daemon.userns_remap), Some((true, running)));
    assert_eq!(holds(&daemon.no_new_privileges), Some((true, running)));
    assert_eq!(
        holds(&daemon.seccomp),
        Some((SeccompProfile::Custom("/etc/docker/tight.json".into()), running))
    );
    assert_eq!(
        holds(&daemon.data_root).unwrap().0.as_ref(),
        "/srv/docker",
        "without the folder of the mapped accounts"
    );
    assert_eq!(texts(&daemon.insecure_registries), ["10.10.0.0/16", "registry.local:5000"]);
    assert_eq!(texts(&daemon.authorization), ["policy:latest"]);
    assert_eq!(holds(&daemon.logging).unwrap().0.driver.as_deref(), Some("local"), "which rotates by itself");
    assert_eq!(holds(&host.machine.apparmor), Some((true, running)));
    let swarm = &host.swarm;
    assert_eq!(
        (holds(&swarm.active), holds(&swarm.managers), holds(&swarm.nodes)),
        (Some((true, running)), Some((1, running)), Some((4, running)))
    );
    assert_eq!(holds(&swarm.autolock), Some((false, running)));
    assert_eq!(holds(&swarm.certificate_seconds), Some((7_776_000, running)), "90 days");
    assert!(is_unknown(&swarm.listen));
    let open: Vec<(&str, Option<&bool>, Option<&bool>)> = host
        .listeners
        .iter()
        .filter(|listener| listener.address.plane == running)
        .map(|listener| {
            (&**listener.address.value.value().unwrap(), listener.tls.value(), listener.verifies.value())
        })
        .collect();
    assert_eq!(
        open,
        [("tcp://0.0.0.0:2375", Some(&false), Some(&false)), ("tcp://[::]:2376", Some(&true), Some(&false))]
    );
    let masked: Vec<&str> = host.masked.iter().map(|span| read.sources.text(*span)).collect();
    assert_eq!(masked, ["\"http://user:harbour-pilot-7@proxy.example:3128\""]);
}

#[test]
fn an_engine_without_no_new_privileges_says_so_since_25() {
    let info = include_str!("host/info-29.json").replace(", \"name=no-new-privileges\"", "");
    assert_eq!(
        holds(&read(&[("engine/info", &info)]).host.daemon.no_new_privileges),
        Some((false, Plane::Running))
    );
    let older = info.replace("29.1.3", "24.0.7");
    assert!(is_unknown(&read(&[("engine/info", &older)]).host.daemon.no_new_privileges));
}

#[test]
fn without_an_answer_of_version_info_tells_the_parts() {
    let parts = |info: &str| -> Vec<(String, Option<String>)> {
        let host = read(&[("engine/info", info)]).host;
        let parts = host.engine.components.into_iter();
        parts
            .map(|part| (part.name.to_string(), part.version.value.value().map(ToString::to_string)))
            .collect()
    };
    let told = |name: &str, version: &str| (name.to_owned(), Some(version.to_owned()));
    assert_eq!(
        parts(INFO),
        [
            told("docker", "20.10.24+dfsg1"),
            told("containerd", "1.6.20~ds1-1+deb12u3"),
            told("runc", "1.1.5+ds1-1+deb12u1")
        ]
    );
    // A commit is no version.
    assert_eq!(parts(include_str!("host/info-29.json"))[1], ("containerd".to_owned(), None));
}

#[test]
fn podman_has_no_daemon() {
    let info = include_str!("host/info-podman.json");
    let version = include_str!("host/version-podman.json");
    for documents in [vec![("engine/info", info), ("engine/version", version)], vec![("engine/info", info)]] {
        let host = read(&documents).host;
        assert_eq!(holds(&host.engine.product).unwrap().0.as_ref(), "Podman Engine");
        assert_eq!(&*host.engine.components[0].name, "podman");
        // endoflife.date: Podman 5.3 ended on 2025-02-11.
        assert!(host.engine.components[0].line.value().is_some_and(|line| line.ended));
        let daemon = &host.daemon;
        assert_eq!(holds(&daemon.rootless), Some((true, Plane::Running)));
        for fact in [
            &daemon.icc,
            &daemon.iptables,
            &daemon.live_restore,
            &daemon.userland_proxy,
            &daemon.experimental,
        ] {
            assert!(fact.effective().is_none(), "a setting of dockerd");
        }
        assert!(daemon.logging.effective().is_none() && daemon.default_ulimits.is_empty());
        assert!(host.listeners.is_empty());
        assert_eq!(holds(&host.machine.selinux), Some((true, Plane::Running)));
        assert_eq!(holds(&host.swarm.active), Some((false, Plane::Running)));
    }
    let parts: Vec<(String, String)> = read(&[("engine/version", version)])
        .host
        .engine
        .components
        .iter()
        .map(|part| (part.name.to_string(), part.version.value.value().unwrap().to_string()))
        .collect();
    let told = |name: &str, version: &str| (name.to_owned(), version.to_owned());
    assert_eq!(parts, [told("podman", "5.3.1"), told("conmon", "2.1.12"), told("crun", "1.18.2")]);
}

/// What dockerd says of each, after its reference and its refusals.
#[test]
fn what_dockerd_refuses_of_its_file_is_told() {
    for (file, expected) in [
        (r#"{"icc": false, "debug": true}"#, vec![]),
        ("", vec![]),
        (r#"{"icc": "false"}"#, vec!["daemon-key-type"]),
        (r#"{"log-opts": {"max-size": "10m", "max-file": 3}}"#, vec!["daemon-key-type"]),
        (r#"{"hosts": "unix:///run/docker.sock"}"#, vec!["daemon-key-type"]),
        (r#"{"default-ulimits": {"nofile": "64:64"}}"#, vec!["daemon-key-type"]),
        (r#"{"mtu": 1.5}"#, vec!["daemon-key-type"]),
        (r#"{"no-new-privilege": true}"#, vec!["unknown-daemon-key"]),
        (r#"{"insecure-registry": ["a"]}"#, vec!["unknown-daemon-key"]),
        (r#"{"graph": "/srv"}"#, vec!["daemon-key-gone"]),
        (r#"{"features": {"buildkit": true}, "builder": {"gc": {"enabled": true}}, "runtimes": {}}"#, vec![]),
        (r#"{"icc": false,}"#, vec!["invalid-json"]),
        ("[]", vec!["daemon-key-type"]),
    ] {
        let read = read(&[("/etc/docker/daemon.json", file)]);
        let codes: Vec<&str> = read.complaints.iter().map(|complaint| complaint.code).collect();
        assert_eq!(codes, expected, "{file}");
        let inside = |complaint: &Complaint| read.sources.text(complaint.at).len() <= file.len();
        assert!(read.complaints.iter().all(inside));
    }
}

#[test]
fn a_file_alone_declares_and_the_rest_is_assumed() {
    let file = r#"{"icc": false, "hosts": ["tcp://0.0.0.0:2375", "fd://"], "tlsverify": false, "userns-remap": "default",
      "insecure-registries": ["127.0.0.1:5000", "registry.local"], "log-driver": "syslog", "seccomp-profile": "unconfined"}"#;
    let read = read(&[("/etc/docker/daemon.json", file)]);
    let daemon = &read.host.daemon;
    assert_eq!(read.host.plane(), Plane::Declared);
    assert_eq!(holds(&daemon.icc), Some((false, Plane::Declared)));
    assert_eq!(holds(&daemon.userns_remap), Some((true, Plane::Declared)));
    assert_eq!(holds(&daemon.seccomp), Some((SeccompProfile::Unconfined, Plane::Declared)));
    assert_eq!(holds(&daemon.iptables), Some((true, Plane::Assumed)));
    assert_eq!(texts(&daemon.insecure_registries), ["registry.local"]);
    assert_eq!(holds(&daemon.logging).unwrap().0.driver.as_deref(), Some("syslog"));
    let listener = &read.host.listeners[0];
    assert_eq!(read.place(&listener.address), "\"tcp://0.0.0.0:2375\"");
    // `tlsverify` turns TLS on, whatever it is set to.
    assert_eq!((&listener.tls, &listener.verifies), (&Known::Value(true), &Known::Value(false)));
}

#[test]
fn what_the_engine_answers_is_held_against_the_file() {
    let file = r#"{"icc": false, "live-restore": true, "log-driver": "journald", "insecure-registries": ["registry.local"], "userland-proxy": false}"#;
    let read =
        read(&[("engine/info", INFO), ("engine/networks", NETWORKS), ("/etc/docker/daemon.json", file)]);
    let daemon = &read.host.daemon;
    // The file was changed and the daemon goes on as it was started.
    assert_eq!(holds(&daemon.icc), Some((true, Plane::Running)));
    assert_eq!(holds(&daemon.live_restore), Some((false, Plane::Running)));
    assert_eq!(texts(&daemon.insecure_registries), Vec::<String>::new());
    let stale: Vec<(&str, &str, &str)> = daemon
        .file
        .as_ref()
        .unwrap()
        .stale
        .iter()
        .map(|stale| (stale.setting.as_str(), stale.declared.as_str(), stale.running.as_str()))
        .collect();
    assert_eq!(
        stale,
        [
            ("icc", "false", "true"),
            ("live-restore", "true", "false"),
            ("log-driver", "journald", "json-file"),
            ("insecure-registries", "registry.local", "none"),
        ]
    );
    assert_eq!(holds(&daemon.userland_proxy), Some((false, Plane::Declared)), "nobody says otherwise");
}

#[test]
fn flags_are_read_as_dockerd_reads_them() {
    let line = "812 ? dockerd --config-file /srv/daemon.json -H=tcp://:2375 -Hunix:///run/a.sock -H tcp://[::]:2376 -Dl error -s overlay2 --log-opt max-size=5m --log-opt max-file=2 --default-ulimit nofile=64:128 --default-ulimit nproc=10 --data-root=/srv/docker --insecure-registry \"10.0.0.0/8\" --live-restore=0 --seccomp-profile=/etc/a\\ b.json --storage-opt x -- --icc=false\n";
    let read = read(&[("host/processes", line)]);
    let daemon = &read.host.daemon;
    assert!(read.complaints.is_empty());
    let addresses: Vec<_> = read
        .host
        .listeners
        .iter()
        .map(|listener| listener.address.value.value().unwrap().to_string())
        .collect();
    assert_eq!(addresses, ["tcp://127.0.0.1:2375", "unix:///run/a.sock", "tcp://[::]:2376"]);
    assert_eq!(holds(&daemon.debug), Some((true, Plane::Running)));
    assert_eq!(holds(&daemon.log_level).unwrap().0.as_ref(), "error");
    assert_eq!(holds(&daemon.storage_driver).unwrap().0.as_ref(), "overlay2");
    let logging = holds(&daemon.logging).unwrap().0;
    assert_eq!((logging.option("max-size"), logging.option("max-file")), (Some("5m"), Some("2")));
    let limits: Vec<_> = daemon
        .default_ulimits
        .values()
        .map(|(limit, _)| (limit.name.to_string(), limit.soft.clone(), limit.hard.clone()))
        .collect();
    assert_eq!(
        limits,
        [
            ("nofile".to_owned(), Known::Value(64), Known::Value(128)),
            ("nproc".to_owned(), Known::Value(10), Known::Value(10))
        ]
    );
    assert_eq!(holds(&daemon.data_root).unwrap().0.as_ref(), "/srv/docker");
    assert_eq!(texts(&daemon.insecure_registries), ["10.0.0.0/8"]);
    assert_eq!(holds(&daemon.live_restore), Some((false, Plane::Running)));
    assert_eq!(holds(&daemon.seccomp).unwrap().0, SeccompProfile::Custom("/etc/a b.json".into()));
    assert!(holds(&daemon.icc).unwrap().0, "what follows `--` is no flag");
    let mut sources = Sources::new();
    sources.add_text("host/processes", SourceKind::Other, line);
    let named = host::named(&Documents::named(sources.iter()));
    assert_eq!(
        (named.daemon_json.as_str(), named.data_root.as_deref()),
        ("/srv/daemon.json", Some("/srv/docker"))
    );
    assert_eq!((named.sockets, named.ports), (vec!["/run/a.sock".to_owned()], vec![2375, 2376]));
}

#[test]
fn images_and_containers_are_told_in_both_shapes() {
    let listed = r#"[{"Id": "sha256:1", "RepoTags": ["a:1", "<none>:<none>"], "RepoDigests": null, "Created": 1700000000, "Size": 10}]"#;
    let whole = r#"[{"Id": "sha256:2", "RepoTags": [], "RepoDigests": ["a@sha256:9"], "Created": "2023-11-14T22:13:20.5Z", "Size": 20},
        {"Id": "sha256:3", "RepoTags": null, "RepoDigests": [], "Created": "0001-01-01T00:00:00Z", "Size": 0}]"#;
    let containers = r#"[{"Id": "c1", "Name": "/api", "Image": "sha256:2", "State": {"Status": "running"}, "HostConfig": {}, "Mounts": [],
        "Config": {"Env": ["DB_PASSWORD=harbour-pilot-7", "PORT=3000"]}}]"#;
    for (images, expected) in [
        (listed, vec![("sha256:1", vec!["a:1"], Some(1_700_000_000), 10)]),
        (whole, vec![("sha256:2", vec![], Some(1_700_000_000), 20), ("sha256:3", vec![], None, 0)]),
    ] {
        let read = read(&[("engine/images", images), ("engine/containers", containers)]);
        let seen: Vec<_> = read
            .host
            .images
            .value()
            .unwrap()
            .iter()
            .map(|image| {
                (
                    &*image.id,
                    image.tags.iter().map(|tag| &**tag).collect::<Vec<_>>(),
                    image.created,
                    image.size,
                )
            })
            .collect();
        assert_eq!(seen, expected);
        let container = &read.host.containers.value().unwrap()[0];
        assert_eq!(
            (&*container.name, &*container.status, &*container.image_id),
            ("api", "running", "sha256:2")
        );
        let masked: Vec<&str> = read.host.masked.iter().map(|span| read.sources.text(*span)).collect();
        assert_eq!(masked, ["\"DB_PASSWORD=harbour-pilot-7\""]);
    }
}

#[test]
fn networks_say_whether_their_containers_may_talk() {
    let networks = r#"[{"Name": "bridge", "Driver": "bridge", "Internal": false, "Options": {"com.docker.network.bridge.default_bridge": "true", "com.docker.network.bridge.enable_icc": "false"}},
        {"Name": "secret", "Driver": "overlay", "Internal": true, "Options": {"encrypted": ""}},
        {"Name": "plain", "Driver": "overlay", "Internal": false, "Options": null},
        {"Name": "none", "Driver": "null", "Internal": false, "Options": {}}]"#;
    let host = read(&[("engine/networks", networks)]).host;
    assert_eq!(holds(&host.daemon.icc), Some((false, Plane::Running)));
    let seen: Vec<_> = host
        .networks
        .value()
        .unwrap()
        .iter()
        .map(|network| (&*network.name, network.icc.value().copied(), network.internal, network.encrypted))
        .collect();
    assert_eq!(
        seen,
        [
            ("bridge", Some(false), false, false),
            ("secret", Some(true), true, true),
            ("plain", Some(true), false, false),
            ("none", Some(false), false, false)
        ]
    );
}

#[test]
fn a_partition_of_its_own_is_another_device() {
    for (table, expected) in [
        ("/ 254:1 ext4 /dev/vda1\n/var/lib/docker 254:1 ext4 /dev/vda1\n", false),
        ("/ 254:1 ext4 /dev/vda1\n/var/lib/docker 254:16 xfs /dev/vdb\n", true),
        // Subvolumes of one disk.
        ("/ 0:30 btrfs /dev/vda2\n/var/lib/docker 0:41 btrfs /dev/vda2\n", false),
    ] {
        assert_eq!(
            holds(&read(&[("host/mounts", table)]).host.machine.own_partition),
            Some((expected, Plane::Running))
        );
    }
}

#[test]
fn an_engine_that_refuses_is_no_engine() {
    let refusal = r#"{"message": "This node is not a swarm manager."}"#;
    let host = read(&[("engine/swarm", refusal), ("engine/info", refusal), ("engine/images", refusal)]).host;
    assert!(host.swarm.active.effective().is_none() && host.images.reason().is_some());
    assert_eq!(host.plane(), Plane::Declared);
    assert!(host::read(&Documents::new(), true).is_none());
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
        (include_str!("host/info-29.json"), Some(Role::Info)),
        (include_str!("host/version-29.json"), Some(Role::Version)),
        (include_str!("host/info-podman.json"), Some(Role::Info)),
        (include_str!("host/version-podman.json"), Some(Role::Version)),
        ("{\"debug\": true}", None),
        ("{\"name\": \"x\", \"max-size\": 1}", None),
        ("# host/files: mode, owner, group, path\n", Some(Role::Files)),
        ("", None),
        ("{", None),
    ] {
        assert_eq!(host::recognise(text.as_bytes()), role, "{text:.40}");
    }
}

/// A string that nothing ends has one quote, and its last byte may be a part of a character.
#[test]
fn a_place_that_is_masked_lies_on_whole_characters() {
    let mut sources = Sources::new();
    let id = sources.add(
        "engine/info",
        SourceKind::Other,
        "{\"ServerVersion\": \"password=n\u{e9}w=[\u{249}".as_bytes(),
    );
    let mut documents = Documents::new();
    documents.add(Role::Info, sources.get(id));
    let (host, _) = host::read(&documents, true).unwrap();
    assert!(!host.masked.is_empty());
    for span in &host.masked {
        assert!(sources.get(id).text.get(span.range()).is_some(), "{span:?}");
    }
}
