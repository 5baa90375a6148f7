//! From claims to posture: joins images to services and derives what the kernel will see.
//!
//! Sources of the rules: moby `oci/caps/utils.go` (capabilities), capabilities(7) (a uid other than 0 loses the
//! effective set on exec), moby `daemon/oci_linux.go` (privileged switches seccomp and AppArmor off).

use std::sync::Arc;

use crate::{
    CapabilityEntry, CapabilitySet, Claim, CommandLine, Exposure, Fact, Healthcheck, Host, HostPorts,
    ImageChain, Known, Layer, MacProfile, Mount, MountKind, MountOrigin, NamespaceMode, Plane, Posture,
    Provenance, Reach, Reason, SeccompProfile, Service, UserSpec, ViaKind, handover, passes_on,
};

/// Stacks what the image says below what the service says.
pub fn join_image(service: &mut Service, image: &ImageChain) {
    let config = &image.config;
    service.user.extend(&config.user);
    service.env.extend(&config.env);
    service.labels.extend(&config.labels);
    service.exposed.extend(&config.exposed);
    // Compose resets the image's CMD when the service sets an entrypoint and no command.
    let entrypoint_set = service.entrypoint.claims().iter().any(|claim| claim.layer >= Layer::Compose);
    service.entrypoint.extend(&config.entrypoint);
    if !entrypoint_set {
        service.command.extend(&config.command);
    }
    service.workdir.extend(&config.workdir);
    health(service, &config.healthcheck);
    service.stop_signal.extend(&config.stop_signal);
    for claim in config.volumes.items() {
        // moby fills an image's VOLUME only where the container mounts nothing itself.
        let mounted = |mount: &Mount| Some(&mount.target) == claim.value.value();
        if service.mounts.values().any(|(mount, _)| mounted(mount)) {
            continue;
        }
        service.mounts.push(claim.map(|target| {
            Known::Value(Mount {
                kind: MountKind::Volume,
                source: Known::Value("".into()),
                target: target.clone(),
                writable: Known::Value(true),
                propagation: None,
                inside_project: false,
                device: None,
                origin: MountOrigin::Own,
                options: None,
            })
        }));
    }
    service.steps_down.clone_from(&image.steps_down);
    service.knowledge = image.knowledge.clone();
    service.created_accounts.clone_from(&image.created);
    service.created_groups.clone_from(&image.groups);
}

/// Adds what the built image says to a service that knows its Dockerfile or its name: the same things, better known.
pub fn raise_image(service: &mut Service, image: &ImageChain) {
    let config = &image.config;
    service.user.extend(&config.user);
    service.env.extend(&config.env);
    service.labels.extend(&config.labels);
    for claim in config.exposed.items() {
        if !service.exposed.items().any(|own| own.value == claim.value) {
            service.exposed.push(claim.clone());
        }
    }
    let entrypoint_set = service.entrypoint.claims().iter().any(|claim| claim.layer >= Layer::Compose);
    service.entrypoint.extend(&config.entrypoint);
    if !entrypoint_set {
        service.command.extend(&config.command);
    }
    service.workdir.extend(&config.workdir);
    health(service, &config.healthcheck);
    service.stop_signal.extend(&config.stop_signal);
    let knowledge = &image.knowledge;
    if knowledge.accounts_complete {
        service.knowledge.accounts.clone_from(&knowledge.accounts);
        service.knowledge.accounts_complete = true;
    }
    if knowledge.distribution.is_some() {
        service.knowledge.distribution.clone_from(&knowledge.distribution);
    }
}

/// Times without a test leave the image's test in force: moby merges the two field by field (`daemon/commit.go`).
fn health(service: &mut Service, image: &Fact<Healthcheck>) {
    let timing = |claim: &&Claim<Healthcheck>| claim.value == Known::Value(Healthcheck::TimingOnly);
    if service.healthcheck.effective().filter(timing).is_some() && image.effective().is_some() {
        service.healthcheck = image.clone();
    } else {
        service.healthcheck.extend(image);
    }
}

/// Derives the kernel's view of every service. Call once, after all images were joined.
pub fn assemble(posture: &mut Posture) {
    for service in &mut posture.services {
        if service.user.effective().is_none() {
            service.user.push(Claim {
                value: Known::Unknown(no_user(service)),
                layer: Layer::Image,
                plane: Plane::Assumed,
                at: service
                    .image
                    .effective()
                    .map_or_else(|| Provenance::absent(service.subject.anchor), |claim| claim.at.clone()),
            });
        }
        service.kernel.uid = uid(service);
        service.kernel.gid = gid(service);
        step_down(service);
        service.kernel.groups = groups(service);
        service.kernel.cap_bnd = Some(bounding(service));
        service.kernel.cap_eff = Some(effective(service));
        service.kernel.seccomp = Some(seccomp(service));
        service.kernel.mac = Some(mac(service, posture.host.as_ref()));
        service.kernel.env_secrets = service.sightings.iter().any(|sighting| {
            matches!(sighting.place, crate::Place::Environment | crate::Place::EnvFile | crate::Place::Url)
        });
    }
    let exposures: Vec<Claim<Exposure>> =
        posture.services.iter().map(|service| exposure(posture, service, 0)).collect();
    for (service, exposure) in posture.services.iter_mut().zip(exposures) {
        service.kernel.exposure = Some(exposure);
    }
    posture.host_ports = HostPorts::of(&posture.services);
}

/// Nobody spoke of a user: the image was not inspected, or its recipe not read.
fn no_user(service: &Service) -> Reason {
    match service.image.effective().map(|claim| &claim.value) {
        Some(Known::Value(image)) => Reason::ImageNotInspected(image.text.clone()),
        Some(Known::Unknown(reason)) => reason.clone(),
        None => {
            let build = service.build.as_ref();
            let stage = build.and_then(|build| Some(format!("stage {} in ", build.target.as_ref()?.value)));
            let stage = stage.unwrap_or_default();
            Reason::MissingSource(format!("{stage}the Dockerfile of service {}", service.name()).into())
        }
    }
}

fn uid(service: &Service) -> Fact<u32> {
    service.user.map(|user| user_number(service, user))
}

fn user_number(service: &Service, user: &UserSpec) -> Known<u32> {
    match user.is_root() {
        Some(true) => Known::Value(0),
        _ => match user.user.parse() {
            Ok(number) => Known::Value(number),
            Err(_) => account(service, &user.user).map(|(uid, _)| uid),
        },
    }
}

fn gid(service: &Service) -> Fact<u32> {
    service.user.map(|user| primary_group(service, user))
}

fn primary_group(service: &Service, user: &UserSpec) -> Known<u32> {
    match user.group.as_deref() {
        Some(group) => match group.parse() {
            Ok(number) => Known::Value(number),
            Err(_) => group_number(service, group),
        },
        None => match user.is_root() {
            Some(true) => Known::Value(0),
            // A uid without an entry in /etc/passwd gets gid 0 (runc: libcontainer/user); with one, its primary group.
            Some(false) => {
                let uid: Option<u32> = user.user.parse().ok();
                let created = service.created_accounts.iter().rev().filter_map(|claim| claim.value.value());
                let mut all = created.chain(&service.knowledge.accounts);
                let listed = all.find(|account| account.uid == uid);
                match listed {
                    Some(account) => account
                        .gid
                        .map_or_else(|| Known::Unknown(not_listed(service, &user.user)), Known::Value),
                    None if service.knowledge.accounts_complete && service.created_accounts.is_empty() => {
                        Known::Value(0)
                    }
                    None => Known::Unknown(not_listed(service, &user.user)),
                }
            }
            None => account(service, &user.user).and_then(|(_, gid)| {
                gid.map_or_else(|| Known::Unknown(not_listed(service, &user.user)), Known::Value)
            }),
        },
    }
}

/// A first process that starts as root and hands over is what it hands over to: whoever says `root` says only where
/// it starts, so the new claims take that one's rank.
fn step_down(service: &mut Service) {
    let Some(start) = service.kernel.uid.effective().filter(|claim| claim.value == Known::Value(0)) else {
        return;
    };
    let Some(found) = handed_over(service) else { return };
    let (layer, plane) = (start.layer, start.plane);
    let at = |value| Claim { value, layer, plane, at: found.at.clone() };
    let uid = at(found.value.clone().and_then(|user| user_number(service, &user)));
    let gid = at(found.value.clone().and_then(|user| primary_group(service, &user)));
    service.kernel.uid.push(uid);
    service.kernel.gid.push(gid);
    service.steps_down = Some(found);
}

/// Who the first process hands over to: by the words of the entrypoint or the command, or by the image's own script
/// as long as nobody has replaced it.
fn handed_over(service: &Service) -> Option<Claim<UserSpec>> {
    let entrypoint = service.entrypoint.effective();
    let by_words = |claim: &Claim<CommandLine>| {
        let line = claim.value.value()?;
        let user = handover(line)?;
        Some(claim.map(|_| Known::Value(user.clone())))
    };
    if let Some(found) = entrypoint.and_then(by_words) {
        return Some(found);
    }
    let passes = entrypoint.is_none_or(|claim| claim.value.value().is_some_and(passes_on));
    if let Some(found) = service.command.effective().filter(|_| passes).and_then(by_words) {
        return Some(found);
    }
    // A container says over again what its image says.
    let own = service.entrypoint.beneath(Layer::Compose);
    let is_own = |claim: &Claim<CommandLine>| {
        claim.layer <= Layer::Image || own.is_some_and(|own| own.value == claim.value)
    };
    service.steps_down.clone().filter(|_| entrypoint.is_some_and(is_own))
}

fn account(service: &Service, name: &str) -> Known<(u32, Option<u32>)> {
    let created = service.created_accounts.iter().rev().filter_map(|claim| claim.value.value());
    let listed = created.chain(&service.knowledge.accounts).find(|account| &*account.name == name);
    match listed.and_then(|account| account.uid.map(|uid| (uid, account.gid))) {
        Some(found) => Known::Value(found),
        None => Known::Unknown(not_listed(service, name)),
    }
}

fn group_number(service: &Service, name: &str) -> Known<u32> {
    if name == "root" {
        return Known::Value(0);
    }
    let number = match service.created_groups.get(name) {
        Some(number) => *number,
        // A group of the account's own name is its primary group: `useradd` and `adduser` make the two together.
        None => account(service, name).value().and_then(|(_, gid)| *gid),
    };
    number.map_or_else(|| Known::Unknown(not_listed(service, name)), Known::Value)
}

fn not_listed(service: &Service, name: &str) -> Reason {
    let image =
        service.image.value().map_or_else(|| service.subject.name.clone(), |image| image.text.clone());
    Reason::AccountNotListed { name: name.into(), image }
}

fn groups(service: &Service) -> Vec<Known<u32>> {
    service
        .group_add
        .items()
        .map(|claim| match &claim.value {
            Known::Value(group) => match group.parse() {
                Ok(number) => Known::Value(number),
                Err(_) => group_number(service, group),
            },
            Known::Unknown(reason) => Known::Unknown(reason.clone()),
        })
        .collect()
}

fn is_on(fact: &Fact<bool>) -> Option<&Claim<bool>> {
    fact.effective().filter(|claim| claim.value == Known::Value(true))
}

/// What a switch that nobody can read here decides is not known either.
fn undecided<T>(switch: &Fact<bool>) -> Option<Claim<T>> {
    let claim = switch.effective()?;
    let reason = claim.value.reason()?.clone();
    Some(claim.map(|_| Known::Unknown(reason.clone())))
}

fn bounding(service: &Service) -> Claim<CapabilitySet> {
    if let Some(claim) = undecided(&service.privileged) {
        return claim;
    }
    if let Some(claim) = is_on(&service.privileged) {
        return claim.map(|_| Known::Value(CapabilitySet::all()));
    }
    let (mut added, mut dropped) = (CapabilitySet::EMPTY, CapabilitySet::EMPTY);
    let (mut add_all, mut drop_all) = (None, None);
    let mut deciding = None;
    for claim in service.cap_drop.items() {
        deciding = deciding.or(Some(claim));
        match &claim.value {
            Known::Value(CapabilityEntry::All) => drop_all = drop_all.or(Some(claim)),
            Known::Value(CapabilityEntry::One(capability)) => dropped.insert(*capability),
            Known::Value(CapabilityEntry::Unheard(_)) => {}
            Known::Unknown(_) => return claim.map(|_| Known::Value(CapabilitySet::EMPTY)),
        }
    }
    for claim in service.cap_add.items() {
        deciding = deciding.or(Some(claim));
        match &claim.value {
            Known::Value(CapabilityEntry::All) => add_all = add_all.or(Some(claim)),
            Known::Value(CapabilityEntry::One(capability)) => added.insert(*capability),
            Known::Value(CapabilityEntry::Unheard(_)) => {}
            Known::Unknown(_) => return claim.map(|_| Known::Value(CapabilitySet::EMPTY)),
        }
    }
    let set = match (add_all, drop_all) {
        (Some(_), _) => CapabilitySet::all().without(dropped),
        (None, Some(_)) => added,
        (None, None) => CapabilitySet::docker_default().without(dropped).with(added),
    };
    let claim = add_all.or(drop_all).or(deciding);
    match claim {
        Some(claim) => claim.map(|_| Known::Value(set)),
        None => match service.privileged.effective().filter(|claim| claim.plane == Plane::Running) {
            // A container that was seen without privileges and without a list has the default, and not by assumption.
            Some(claim) => claim.map(|_| Known::Value(set)),
            None => Claim::default(set, service.subject.anchor),
        },
    }
}

fn effective(service: &Service) -> Claim<CapabilitySet> {
    let bounding = bounding(service);
    match service.kernel.uid.effective() {
        Some(claim) => match &claim.value {
            Known::Value(0) => bounding,
            Known::Value(_) => claim.map(|_| Known::Value(CapabilitySet::EMPTY)),
            // Whoever it is: nothing is left to have.
            Known::Unknown(_) if bounding.value == Known::Value(CapabilitySet::EMPTY) => bounding,
            Known::Unknown(reason) => Claim { value: Known::Unknown(reason.clone()), ..bounding },
        },
        None => bounding,
    }
}

fn seccomp(service: &Service) -> Claim<SeccompProfile> {
    if let Some(claim) = undecided(&service.privileged) {
        return claim;
    }
    if let Some(claim) = is_on(&service.privileged) {
        return claim.map(|_| Known::Value(SeccompProfile::Unconfined));
    }
    service
        .seccomp
        .effective()
        .cloned()
        .unwrap_or_else(|| Claim::default(SeccompProfile::Default, service.subject.anchor))
}

fn mac(service: &Service, host: Option<&Host>) -> Claim<Arc<str>> {
    if let Some(claim) = is_on(&service.privileged) {
        return claim.map(|_| Known::Value("apparmor:unconfined".into()));
    }
    for (module, fact) in [("apparmor", &service.apparmor), ("selinux", &service.selinux)] {
        let Some(claim) = fact.effective() else { continue };
        match &claim.value {
            Known::Value(MacProfile::Unconfined(_)) => {
                return claim.map(|_| Known::Value(format!("{module}:unconfined").into()));
            }
            Known::Value(MacProfile::Custom(_)) => {
                return claim.map(|_| Known::Value(format!("{module}:custom").into()));
            }
            _ => {}
        }
    }
    if let Some(claim) = host.and_then(of_host) {
        return claim;
    }
    Claim {
        value: Known::Unknown(Reason::NeedsEngine("docker info --format '{{.SecurityOptions}}'")),
        ..Claim::default(Arc::from(""), service.subject.anchor)
    }
}

/// What the engine confines every container by that says nothing itself.
fn of_host(host: &Host) -> Option<Claim<Arc<str>>> {
    let apparmor = host.machine.apparmor.effective()?;
    let selinux = host.daemon.selinux_enabled.effective();
    let told = |claim: &Claim<bool>, text: &str| claim.map(|_| Known::Value(Arc::from(text)));
    match (apparmor.value.value()?, selinux.and_then(|claim| claim.value.value())) {
        (true, _) => Some(told(apparmor, "apparmor:docker-default")),
        (false, Some(true)) => selinux.map(|claim| told(claim, "selinux:container_t")),
        (false, Some(false)) => Some(told(apparmor, "none")),
        (false, None) => None,
    }
}

/// How deep `network_mode: service:x` chains are followed; Compose refuses cycles.
const MAX_CHAIN: usize = 16;

fn exposure(posture: &Posture, service: &Service, depth: usize) -> Claim<Exposure> {
    if let Some(claim) = service.network_mode.effective() {
        match &claim.value {
            Known::Value(NamespaceMode::Host) => return claim.map(|_| Known::Value(Exposure::AllInterfaces)),
            Known::Value(NamespaceMode::None) => return claim.map(|_| Known::Value(Exposure::None)),
            Known::Value(NamespaceMode::Service(name)) => {
                let other =
                    posture.service(name).filter(|other| depth < MAX_CHAIN && other.name() != service.name());
                return match other {
                    Some(other) => {
                        let mut inherited = exposure(posture, other, depth + 1);
                        inherited.at = inherited.at.through(ViaKind::Service, Some(claim.at.span));
                        inherited
                    }
                    None => {
                        claim.map(|_| Known::Unknown(Reason::MissingSource(format!("service {name}").into())))
                    }
                };
            }
            Known::Value(NamespaceMode::Container(name)) => {
                let is_it = |other: &&Service| other.seen.iter().any(|seen| seen.name == *name);
                let other = posture.services.iter().find(is_it);
                let other = other.filter(|other| depth < MAX_CHAIN && other.name() != service.name());
                return match other {
                    Some(other) => {
                        let mut inherited = exposure(posture, other, depth + 1);
                        inherited.at = inherited.at.through(ViaKind::Service, Some(claim.at.span));
                        inherited
                    }
                    None => claim.map(|_| Known::Unknown(Reason::NeedsEngine("docker container inspect"))),
                };
            }
            Known::Value(_) => {}
            Known::Unknown(reason) => return claim.map(|_| Known::Unknown(reason.clone())),
        }
    }
    let mut best: Option<Claim<Exposure>> = None;
    for claim in service.published.items() {
        let reached = claim.map(|port| {
            port.reach().map(|reach| match reach {
                Reach::Loopback => Exposure::HostLoopback,
                Reach::Address | Reach::AllInterfaces => Exposure::AllInterfaces,
            })
        });
        // An unknown address may be any; it only loses against a port that is surely open to all.
        let rank = |claim: &Claim<Exposure>| match &claim.value {
            Known::Value(Exposure::AllInterfaces) => 3,
            Known::Unknown(_) => 2,
            Known::Value(_) => 1,
        };
        if best.as_ref().is_none_or(|best| rank(&reached) > rank(best)) {
            best = Some(reached);
        }
    }
    match (best, only_internal(posture, service)) {
        (Some(_), Some(network)) => network.map(|_| Known::Value(Exposure::SameNetwork)),
        (Some(best), None) => best,
        (None, _) => Claim::default(Exposure::SameNetwork, service.subject.anchor),
    }
}

/// Where one of the service's networks is said to be internal, if all of them are: the bridge driver then maps no port
/// to the host, whatever is published (moby issue 36174).
fn only_internal<'p>(posture: &'p Posture, service: &Service) -> Option<&'p Claim<bool>> {
    let mut found = None;
    for claim in service.networks.items() {
        let network = posture.network(&claim.value.value()?.network)?;
        found = Some(is_on(&network.internal)?);
    }
    found
}

#[cfg(test)]
mod tests {
    use plimsoll_text::{SourceKind, Sources, Span};

    use super::*;
    use crate::{Capability, PortRange, Protocol, PublishedPort, Subject, SubjectKind};

    fn service(name: &str) -> Service {
        let mut sources = Sources::new();
        let source = sources.add_text("compose.yaml", SourceKind::Compose, "");
        Service::new(Subject::new(SubjectKind::Service, name, Span::whole(source)), true)
    }

    fn said<T>(service: &Service, value: T) -> Claim<T> {
        Claim::declared(Known::Value(value), Layer::Compose, Provenance::absent(service.subject.anchor))
    }

    fn assembled(services: Vec<Service>) -> Posture {
        let mut posture = Posture { services, ..Posture::default() };
        assemble(&mut posture);
        posture
    }

    #[test]
    fn compose_user_overrides_the_image() {
        let mut api = service("api");
        let at = Provenance::absent(api.subject.anchor);
        api.user.push(Claim::declared(Known::Value(UserSpec::parse("0")), Layer::Compose, at.clone()));
        api.user.push(Claim::declared(Known::Value(UserSpec::parse("1000")), Layer::Image, at));
        let posture = assembled(vec![api]);
        let uid = &posture.services[0].kernel.uid;
        assert_eq!(uid.value(), Some(&0));
        assert_eq!(uid.overridden().len(), 1);
        assert_eq!(uid.overridden()[0].value, Known::Value(1000));
    }

    #[test]
    fn privileged_beats_cap_drop() {
        let mut api = service("api");
        api.privileged.push(said(&api, true));
        api.cap_drop.push(said(&api, CapabilityEntry::All));
        api.user.push(said(&api, UserSpec::parse("root")));
        let posture = assembled(vec![api]);
        let kernel = &posture.services[0].kernel;
        assert_eq!(kernel.cap_eff.as_ref().unwrap().value, Known::Value(CapabilitySet::all()));
        assert_eq!(kernel.seccomp.as_ref().unwrap().value, Known::Value(SeccompProfile::Unconfined));
    }

    #[test]
    fn a_uid_other_than_zero_has_no_effective_capability() {
        let mut api = service("api");
        api.user.push(said(&api, UserSpec::parse("1000")));
        api.cap_add.push(said(&api, CapabilityEntry::One(Capability::SYS_ADMIN)));
        let posture = assembled(vec![api]);
        let kernel = &posture.services[0].kernel;
        assert_eq!(kernel.cap_eff.as_ref().unwrap().value, Known::Value(CapabilitySet::EMPTY));
        let bounding = kernel.cap_bnd.as_ref().unwrap().value.value().unwrap();
        assert!(bounding.contains(Capability::SYS_ADMIN) && bounding.contains(Capability::CHOWN));
    }

    #[test]
    fn a_shared_network_namespace_inherits_the_exposure() {
        let mut proxy = service("proxy");
        proxy.published.push(said(
            &proxy,
            PublishedPort {
                host_ip: Known::Value(None),
                host: Known::Value(Some(PortRange::one(80))),
                container: Known::Value(PortRange::one(80)),
                protocol: Protocol::Tcp,
                text: "80:80".into(),
            },
        ));
        let mut api = service("api");
        api.network_mode.push(said(&api, NamespaceMode::Service("proxy".into())));
        let mut lost = service("lost");
        lost.network_mode.push(said(&lost, NamespaceMode::Service("lost".into())));
        let posture = assembled(vec![proxy, api, lost]);
        let exposure = |at: usize| posture.services[at].kernel.exposure.clone().unwrap().value;
        assert_eq!(exposure(1), Known::Value(Exposure::AllInterfaces));
        assert!(exposure(2).reason().is_some());
    }

    #[test]
    fn an_image_that_nobody_knows_leaves_the_uid_unknown() {
        let posture = assembled(vec![service("api")]);
        assert!(posture.services[0].kernel.uid.effective().unwrap().value.reason().is_some());
        assert!(posture.services[0].kernel.cap_eff.as_ref().unwrap().value.reason().is_some());
    }
}
