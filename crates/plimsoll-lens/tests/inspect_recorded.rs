//! One container as three engines tell of it: recorded of Docker 20.10, written after the API's reference for version 1.52 (Engine 29),
//! and in the form of Podman's compatible API. What follows from it is the same, and is what it was started with.

use std::collections::BTreeMap;

use plimsoll_lens::inspect::{self, Container};
use plimsoll_posture::{
    CapabilitySet, Exposure, Healthcheck, Known, MountKind, NamespaceMode, Plane, Posture, RestartPolicy,
    SeccompProfile, Service, assemble,
};
use plimsoll_text::{SourceKind, Sources};

const RECORDS: [(&str, &str); 3] = [
    ("20.10", include_str!("inspect/container-20.10.json")),
    ("29", include_str!("inspect/container-29.json")),
    ("podman", include_str!("inspect/container-podman.json")),
];

fn read(text: &str) -> Container {
    let mut sources = Sources::new();
    let id = sources.add_text("containers.json", SourceKind::Other, text);
    assert!(inspect::is_record(text));
    let mut reading = inspect::read(sources.get(id));
    assert!(reading.complaints.is_empty(), "{:?}", reading.complaints);
    assert_eq!(reading.containers.len(), 1);
    let container = reading.containers.remove(0);
    for claim in
        container.service.readonly_rootfs.claims().iter().filter(|claim| claim.plane == Plane::Running)
    {
        assert_eq!(sources.text(claim.at.span), "true");
    }
    container
}

/// The facts that decide what it is, each as a text.
fn facts(service: &Service) -> BTreeMap<&'static str, String> {
    let text = |value: Option<&dyn std::fmt::Debug>| {
        value.map_or("nothing".to_owned(), |value| format!("{value:?}"))
    };
    macro_rules! fact {
        ($fact:expr) => {
            text($fact.value().map(|value| value as &dyn std::fmt::Debug))
        };
    }
    let kernel = &service.kernel;
    let names =
        |set: &CapabilitySet| set.iter().map(|capability| capability.name()).collect::<Vec<_>>().join(" ");
    let caps = |claim: &Option<plimsoll_posture::Claim<CapabilitySet>>| {
        claim.as_ref().and_then(|claim| claim.value.value()).map_or("unknown".to_owned(), names)
    };
    let mut mounts: Vec<String> = service
        .mounts
        .values()
        .map(|(mount, _)| format!("{} {} {:?}", mount.kind.name(), mount.target, mount.writable))
        .collect();
    mounts.sort();
    let mut ports: Vec<String> = service
        .published
        .values()
        .map(|(port, _)| format!("{:?} {:?} {}", port.reach(), port.host, port.protocol.name()))
        .collect();
    ports.sort();
    let ulimits: Vec<String> = service
        .ulimits
        .values()
        .map(|(limit, _)| format!("{} {:?} {:?}", limit.name, limit.soft, limit.hard))
        .collect();
    let mode = |mode: &plimsoll_posture::Fact<NamespaceMode>| fact!(mode);
    BTreeMap::from([
        ("name", service.name().to_owned()),
        ("uid", fact!(kernel.uid)),
        ("gid", fact!(kernel.gid)),
        ("groups", format!("{:?}", kernel.groups)),
        ("effective", caps(&kernel.cap_eff)),
        ("bounding", caps(&kernel.cap_bnd)),
        ("no new privileges", fact!(service.no_new_privileges)),
        (
            "seccomp",
            text(kernel.seccomp.as_ref().and_then(|claim| claim.value.value()).map(|value| value as _)),
        ),
        (
            "exposure",
            text(kernel.exposure.as_ref().and_then(|claim| claim.value.value()).map(|value| value as _)),
        ),
        ("privileged", fact!(service.privileged)),
        ("read only", fact!(service.readonly_rootfs)),
        ("paths", fact!(service.system_paths_unconfined)),
        ("pid", mode(&service.pid_mode)),
        ("ipc", mode(&service.ipc_mode)),
        ("uts", mode(&service.uts_mode)),
        ("userns", mode(&service.userns_mode)),
        ("mounts", mounts.join(", ")),
        ("ports", ports.join(", ")),
        ("ulimits", ulimits.join(", ")),
        ("memory", fact!(service.memory_bytes)),
        ("cpus", fact!(service.cpus)),
        ("pids", fact!(service.pids_limit)),
        ("restart", fact!(service.restart)),
        ("logging", fact!(service.logging)),
        ("init", fact!(service.init)),
        ("health", fact!(service.healthcheck)),
        ("signal", fact!(service.stop_signal)),
        ("directory", fact!(service.workdir)),
        ("oom", fact!(service.oom_kill_disable)),
        ("program", service.entrypoint.value().and_then(|line| line.program()).unwrap_or("").to_owned()),
        (
            "mode",
            service
                .env
                .get("MODE")
                .and_then(|fact| fact.value())
                .map_or("", |value| value.expose())
                .to_owned(),
        ),
    ])
}

fn told(text: &str) -> (Container, BTreeMap<&'static str, String>) {
    let container = read(text);
    let mut posture = Posture { services: vec![container.service.clone()], ..Posture::default() };
    assemble(&mut posture);
    let facts = facts(&posture.services[0]);
    (container, facts)
}

#[test]
fn three_engines_tell_of_one_container_alike() {
    let all = RECORDS.map(|(engine, text)| (engine, told(text).1));
    let (_, first) = &all[0];
    for (engine, facts) in &all[1..] {
        for (name, fact) in facts {
            assert_eq!(fact, &first[name], "{name} of {engine}");
        }
    }
}

#[test]
fn it_is_what_it_was_started_with() {
    let (container, _) = told(RECORDS[0].1);
    assert_eq!((&*container.status, container.pid.is_some()), ("running", true));
    let mut posture = Posture { services: vec![container.service], ..Posture::default() };
    assemble(&mut posture);
    let service = &posture.services[0];
    let kernel = &service.kernel;
    assert_eq!((kernel.uid.value(), kernel.gid.value()), (Some(&1000), Some(&1000)));
    assert_eq!(kernel.groups, [Known::Value(50)]);
    let value = |claim: &Option<plimsoll_posture::Claim<CapabilitySet>>| {
        claim.as_ref().and_then(|claim| claim.value.value().copied())
    };
    assert_eq!(value(&kernel.cap_eff), Some(CapabilitySet::EMPTY));
    let bounding = value(&kernel.cap_bnd).map(|set| set.iter().map(|one| one.name()).collect::<Vec<_>>());
    assert_eq!(bounding, Some(vec!["NET_BIND_SERVICE"]));
    assert_eq!(
        kernel.seccomp.as_ref().map(|claim| &claim.value),
        Some(&Known::Value(SeccompProfile::Default))
    );
    // Port 53 is open to everybody.
    assert_eq!(
        kernel.exposure.as_ref().map(|claim| &claim.value),
        Some(&Known::Value(Exposure::AllInterfaces))
    );
    assert_eq!(
        (service.no_new_privileges.value(), service.readonly_rootfs.value()),
        (Some(&true), Some(&true))
    );
    assert_eq!(service.memory_bytes.value(), Some(&(64 << 20)));
    assert_eq!(
        (service.cpus.value().map(|cpus| &**cpus), service.pids_limit.value()),
        (Some("0.5"), Some(&50))
    );
    assert_eq!(service.restart.value(), Some(&RestartPolicy::OnFailure(Some(5))));
    assert_eq!(service.healthcheck.value(), Some(&Healthcheck::Disabled));
    assert_eq!(service.init.value(), Some(&true));
    let mut kinds: Vec<MountKind> = service.mounts.values().map(|(mount, _)| mount.kind).collect();
    kinds.sort_by_key(|kind| kind.name());
    assert_eq!(kinds, [MountKind::Bind, MountKind::Tmpfs, MountKind::Volume]);
}

#[test]
fn a_container_of_podman_without_a_word_of_it_drops_what_it_names() {
    // The same list of ten on Docker leaves the other three of its defaults.
    let text = RECORDS[2].1.replace("\"container=podman\",\n", "");
    let (_, facts) = told(&text);
    assert_eq!(facts["bounding"], "NET_BIND_SERVICE NET_RAW MKNOD AUDIT_WRITE");
}

#[test]
fn a_range_of_ports_that_ends_before_it_starts_is_not_understood() {
    let text = RECORDS[0].1.replace("\"HostPort\": \"18080\"", "\"HostPort\": \"18080-80\"");
    let (container, _) = told(&text);
    let known = container.service.published.values().filter(|(port, _)| port.host.value().is_some()).count();
    assert_eq!((container.service.published.items().count(), known), (2, 1));
}
