//! Any bytes as what an engine and a host say, separated by form feeds: answers of the API, `daemon.json` and captured tables. Reading must
//! neither panic nor hang, and every place must lie in its document.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_lens::host::{self, Documents, Role};
use plimsoll_posture::{Claim, Fact, Union};
use plimsoll_text::{SourceKind, Sources, Span};

fn inside(span: Span, sources: &Sources) {
    assert!(sources.get(span.source).text.get(span.range()).is_some(), "{span:?}");
}

fn claim<T>(claim: &Claim<T>, sources: &Sources) {
    inside(claim.at.span, sources);
}

fn fact<T>(fact: &Fact<T>, sources: &Sources) {
    fact.claims().iter().for_each(|own| claim(own, sources));
}

fn union<T>(union: &Union<T>, sources: &Sources) {
    union.items().for_each(|own| claim(own, sources));
}

fuzz_target!(|data: &[u8]| {
    let _ = host::recognise(data);
    let mut sources = Sources::new();
    for (role, part) in Role::ALL.iter().zip(data.split(|&byte| byte == 0x0c)) {
        let _ = host::recognise(part);
        sources.add(role.document(), SourceKind::Other, part);
    }
    let documents = Documents::named(sources.iter());
    let _ = host::named(&documents);
    let Some((host, complaints)) = host::read(&documents, true) else { return };
    complaints.iter().for_each(|complaint| inside(complaint.at, &sources));
    host.masked.iter().for_each(|span| inside(*span, &sources));
    inside(host.subject.anchor, &sources);
    host.engine.components.iter().for_each(|part| claim(&part.version, &sources));
    let daemon = &host.daemon;
    for flag in [&daemon.rootless, &daemon.icc, &daemon.iptables, &daemon.no_new_privileges, &daemon.debug] {
        fact(flag, &sources);
    }
    fact(&daemon.seccomp, &sources);
    fact(&daemon.logging, &sources);
    fact(&daemon.data_root, &sources);
    union(&daemon.default_ulimits, &sources);
    union(&daemon.authorization, &sources);
    union(&daemon.insecure_registries, &sources);
    for stale in daemon.file.iter().flat_map(|file| &file.stale) {
        stale.declared_at.iter().for_each(|at| inside(at.span, &sources));
        inside(stale.running_at.span, &sources);
    }
    host.files.iter().for_each(|file| claim(&file.access, &sources));
    host.listeners.iter().for_each(|listener| claim(&listener.address, &sources));
    host.docker_group.value().into_iter().flatten().for_each(|member| claim(member, &sources));
    host.audited.value().into_iter().flatten().for_each(|path| claim(path, &sources));
    fact(&host.machine.own_partition, &sources);
    fact(&host.machine.user_namespaces, &sources);
    fact(&host.swarm.listen, &sources);
    host.images.value().into_iter().flatten().for_each(|image| inside(image.at.span, &sources));
    host.containers.value().into_iter().flatten().for_each(|container| inside(container.at.span, &sources));
    host.networks.value().into_iter().flatten().for_each(|network| inside(network.at.span, &sources));
});
