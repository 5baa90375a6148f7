//! A service as conditions see it.

use std::borrow::Cow;
use std::collections::HashMap;

use plimsoll_posture::{
    BuiltImage, CapabilitySet, Claim, Exposure, FileTrait, Host, Known, MacProfile, MountKind, MountOrigin,
    NamespaceMode, Place, Posture, Reason, SeccompProfile, SecretSighting, Service,
};

use super::field::Field;
use super::host_view;
use super::view::{Bind, BindKind, Binds, Item, Items, Slot, Spot, Value, View};
use crate::datastore::is_internal;
use crate::host_path::{Reading, lookup, normal, runtime_socket};
use crate::service_account::hands_over;

/// How many `service:x` steps are followed; Compose refuses cycles, so this bounds only broken input.
const MAX_STEPS: usize = 16;

/// What services of one posture have in common, looked up once.
pub(crate) struct Surroundings<'a> {
    pub(crate) posture: &'a Posture,
    /// The services on each network, by their places in the posture.
    members: HashMap<&'a str, Vec<usize>>,
    /// For each source that several services mount, the first two of them.
    shared: HashMap<String, (usize, Option<usize>)>,
    /// The host's fields, as far as anybody looked at it.
    host: View<'a>,
}

impl<'a> Surroundings<'a> {
    pub(crate) fn of(posture: &'a Posture) -> Self {
        let mut members: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut shared: HashMap<String, (usize, Option<usize>)> = HashMap::new();
        for (at, service) in posture.services.iter().enumerate() {
            for (attachment, _) in service.networks.values() {
                members.entry(&attachment.network).or_default().push(at);
            }
            for claim in service.mounts.items() {
                let Some(key) = shared_key(claim) else { continue };
                match shared.get_mut(&key) {
                    None => {
                        shared.insert(key, (at, None));
                    }
                    Some((first, second)) if *first != at => *second = second.or(Some(at)),
                    Some(_) => {}
                }
            }
        }
        Self { posture, members, shared, host: host_view::of(posture.host.as_ref()) }
    }

    /// What conditions see of the host alone.
    pub(crate) fn host_view(&self) -> &View<'a> {
        &self.host
    }

    /// The services on a network.
    pub(crate) fn members(&self, network: &str) -> impl Iterator<Item = &'a Service> {
        let posture = self.posture;
        self.members.get(network).into_iter().flatten().filter_map(move |at| posture.services.get(*at))
    }

    /// Everything that conditions see of a service.
    pub(crate) fn view(&self, service: &'a Service) -> View<'a> {
        let mut view = self.host.clone();
        view.service = Some(service);
        account(&mut view, service, self.posture.host.as_ref());
        confinement(&mut view, service, self.posture.host.as_ref());
        self.namespaces(&mut view, service);
        self.storage(&mut view, service);
        self.neighbours(&mut view, service);
        images(&mut view, service, self.posture);
        view
    }

    fn namespaces(&self, view: &mut View<'a>, service: &'a Service) {
        let pid = self.namespace(service, |service| &service.pid_mode, "");
        let ipc = self.namespace(service, |service| &service.ipc_mode, "");
        let network = self.namespace(service, |service| &service.network_mode, "bridge");
        view.set(Field::PidMode, pid);
        view.set(Field::IpcMode, ipc);
        view.set(Field::NetworkMode, network);
        let userns = Slot::of_fact(&service.userns_mode, |mode| text(mode.text()), || Known::Value(text("")));
        view.set(Field::UsernsMode, userns);
    }

    /// The kind of a namespace: a service that joins another one's which is the host's has the host's.
    fn namespace(
        &self,
        service: &'a Service,
        fact: fn(&Service) -> &plimsoll_posture::Fact<NamespaceMode>,
        own: &'static str,
    ) -> Slot<'a> {
        let Some(first) = fact(service).effective() else { return Slot::silent(text(own)) };
        let mut claim = first;
        for _ in 0..MAX_STEPS {
            let word = match &claim.value {
                Known::Unknown(reason) => {
                    return Slot { value: Known::Unknown(reason.clone()), spot: Some(Spot::of(first)) };
                }
                Known::Value(NamespaceMode::Host) => "host",
                Known::Value(NamespaceMode::None) => "none",
                Known::Value(NamespaceMode::Shareable) => "shareable",
                Known::Value(NamespaceMode::Container(_)) => "container",
                Known::Value(NamespaceMode::Service(name)) => {
                    match self.posture.service(name).and_then(|other| fact(other).effective()) {
                        Some(next)
                            if matches!(
                                next.value,
                                Known::Value(NamespaceMode::Host | NamespaceMode::Service(_))
                            ) =>
                        {
                            claim = next;
                            continue;
                        }
                        _ => "container",
                    }
                }
                Known::Value(_) => own,
            };
            return Slot { value: Known::Value(text(word)), spot: Some(Spot::of(first)) };
        }
        Slot { value: Known::Value(text("container")), spot: Some(Spot::of(first)) }
    }

    fn storage(&self, view: &mut View<'a>, service: &'a Service) {
        let mut binds = Binds::default();
        let mut propagation = Items::default();
        for claim in service.mounts.items() {
            let Known::Value(mount) = &claim.value else {
                if let Known::Unknown(reason) = &claim.value {
                    static MAYBE: Known<bool> = Known::Value(true);
                    binds.open.push((reason, &MAYBE));
                }
                continue;
            };
            if let (MountKind::Bind, Known::Unknown(reason)) = (mount.kind, &mount.source) {
                binds.open.push((reason, &mount.writable));
                continue;
            }
            if let Some(word) = &mount.propagation {
                let spot = Some(Spot::of(claim));
                propagation.all.push(Item { text: Cow::Borrowed(word), spot, of: None });
            }
            let shared_with = shared_key(claim).and_then(|key| {
                let (first, second) = *self.shared.get(&key)?;
                let names = [Some(first), second].into_iter().flatten();
                let mut others = names.filter_map(|at| self.posture.services.get(at)).map(Service::name);
                others.find(|name| *name != service.name())
            });
            let api = mount.origin == MountOrigin::ApiSocket;
            let (kind, path) = match (mount.host_path(), &mount.source) {
                (Some("/"), _) => (BindKind::Host, "/"),
                (Some(path), _) if mount.inside_project => (BindKind::Project, path),
                (Some(path), _) => (BindKind::Host, path),
                (None, _) if api => (BindKind::Host, "/run/docker.sock"),
                (None, Known::Value(name)) if mount.kind == MountKind::Volume && !name.is_empty() => {
                    (BindKind::Volume, &**name)
                }
                _ => continue,
            };
            let path = if kind == BindKind::Host { host_name(path) } else { path.to_owned() };
            let harmless = kind == BindKind::Host
                && lookup(&path)
                    .is_some_and(|found| found.reading == Reading::Harmless && !found.writing_takes_over);
            binds.all.push(Bind {
                path,
                writable: &mount.writable,
                spot: Spot::of(claim),
                kind,
                harmless,
                shared_with,
            });
        }
        view.set(Field::Mounts, Slot::silent(Value::Binds(binds)));
        view.set(Field::Propagation, Slot::silent(Value::Items(propagation)));
        view.set(Field::Devices, list(service.devices.items(), |device| Cow::Borrowed(&*device.host_path)));
        view.set(
            Field::DeviceRules,
            list(service.device_cgroup_rules.items(), |rule| Cow::Borrowed(&**rule)),
        );
    }

    fn neighbours(&self, view: &mut View<'a>, service: &'a Service) {
        let mut peers = Items { all: Vec::new(), open: service.networks.unknown().cloned() };
        let mut variables = Items::default();
        let (mut icc, mut egress) = (None, None);
        for (attachment, claim) in service.networks.values() {
            let network = self.posture.network(&attachment.network);
            let wide = network.is_none_or(|network| is_internal(network) != Some(true));
            if wide {
                egress = Some(Spot::of(claim));
            }
            let mut met = false;
            for other in self.members(&attachment.network).filter(|other| other.name() != service.name()) {
                // One neighbour shows that there is one; a proxy of the engine's API is looked at by itself.
                let proxy = is_api_proxy(other);
                if !met || proxy {
                    let text = match (proxy, other.image.value()) {
                        (true, Some(image)) => Cow::Owned(image.text.to_string()),
                        _ => Cow::Borrowed(other.name()),
                    };
                    peers.all.push(Item { text, spot: Some(Spot::of(claim)), of: Some(other.name()) });
                }
                if proxy {
                    variables_of(other, &mut variables);
                }
                met = true;
            }
            if met && icc.as_ref().is_none_or(|slot| !is_on(slot)) {
                icc = Some(host_view::icc(network, &attachment.network, view.host));
            }
        }
        let mode = &view.slot(Field::NetworkMode).value;
        let word = match mode {
            Known::Value(Value::Text(word)) => Known::Value(&**word),
            Known::Unknown(reason) => Known::Unknown(reason.clone()),
            Known::Value(_) => Known::Value(""),
        };
        let egress = match word {
            Known::Value("none") => Slot::silent(Value::Flag(false)),
            Known::Value("host") => Slot::silent(Value::Flag(true)),
            Known::Value("container") => Slot::unknown(Reason::NeedsEngine("docker network inspect")),
            Known::Value(_) => Slot {
                // Without a network of the project it is on the engine's own bridge, which leads outward.
                value: Known::Value(Value::Flag(egress.is_some() || service.networks.is_empty())),
                spot: egress,
            },
            Known::Unknown(reason) => Slot::unknown(reason),
        };
        view.set(Field::Egress, egress);
        view.set(Field::Icc, icc.unwrap_or_else(|| Slot::silent(Value::Flag(false))));
        view.set(Field::Peers, Slot::silent(Value::Items(peers)));
        view.set(Field::PeerEnv, Slot::silent(Value::Items(variables)));
        if let Some(claim) = &service.kernel.exposure {
            view.set(Field::Exposure, Slot::of(claim, |exposure: &Exposure| text(exposure.name())));
        }
    }
}

fn is_on(slot: &Slot<'_>) -> bool {
    matches!(slot.value, Known::Value(Value::Flag(true)))
}

fn text<'a>(word: impl Into<Cow<'a, str>>) -> Value<'a> {
    Value::Text(word.into())
}

fn list<'a, T: 'a>(
    claims: impl Iterator<Item = &'a Claim<T>>,
    word: impl Fn(&'a T) -> Cow<'a, str>,
) -> Slot<'a> {
    let mut items = Items::default();
    for claim in claims {
        match &claim.value {
            Known::Value(value) => {
                items.all.push(Item { text: word(value), spot: Some(Spot::of(claim)), of: None });
            }
            Known::Unknown(reason) => items.open = items.open.or_else(|| Some(reason.clone())),
        }
    }
    Slot::silent(Value::Items(items))
}

/// What names the same place in two services: a volume, or a path of the host that is neither a socket nor in every image.
fn shared_key(claim: &Claim<plimsoll_posture::Mount>) -> Option<String> {
    let mount = claim.value.value()?;
    match (mount.host_path(), mount.kind) {
        (Some(path), _) => {
            let own = lookup(path).is_some() || runtime_socket(path).is_some();
            (!own && !path.starts_with("/dev/")).then(|| format!("path {path}"))
        }
        (None, MountKind::Volume) => {
            let name = mount.source.value().filter(|name| !name.is_empty())?;
            Some(format!("volume {name}"))
        }
        _ => None,
    }
}

/// One spelling of a path of the host; a home directory whose owner is not named is somebody's.
fn host_name(path: &str) -> String {
    let path = normal(path);
    match path.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        Some(rest) => format!("/home/~{rest}"),
        None => match path.strip_prefix("/users/") {
            Some(rest) => format!("/home/{rest}"),
            None if path.is_empty() => "/".to_owned(),
            None => path,
        },
    }
}

/// Whether a service passes the engine's API on to others.
fn is_api_proxy(service: &Service) -> bool {
    service.image.value().is_some_and(|image| image.text.contains("socket-proxy"))
}

/// The switches of such a service: names and whether they are on, which is no secret.
fn variables_of<'a>(service: &'a Service, variables: &mut Items<'a>) {
    for (name, claim) in service.env.effective() {
        match &claim.value {
            Known::Value(value) if matches!(value.expose(), "0" | "1") => variables.all.push(Item {
                text: Cow::Owned(format!("{name}={}", value.expose())),
                spot: Some(Spot::of(claim)),
                of: Some(service.name()),
            }),
            Known::Value(_) => {}
            Known::Unknown(reason) => variables.open = variables.open.take().or_else(|| Some(reason.clone())),
        }
    }
}

fn account<'a>(view: &mut View<'a>, service: &'a Service, host: Option<&'a Host>) {
    let kernel = &service.kernel;
    let handed = kernel.uid.effective().filter(|claim| hands_over(service, claim));
    if let Some(claim) = kernel.uid.effective() {
        let own = service.knowledge.steps_down_to.as_ref().filter(|_| handed.is_some());
        let account =
            own.and_then(|own| service.knowledge.accounts.iter().find(|account| account.name == *own));
        // Whoever it hands over to is not root, also where nobody knows the number.
        let number = |uid: &u32| account.and_then(|account| account.uid).unwrap_or(*uid);
        let slot = Slot::of(claim, |uid| match handed {
            Some(_) if number(uid) == 0 => Value::Text(Cow::Borrowed("not root")),
            Some(_) => Value::Number(u64::from(number(uid))),
            None => Value::Number(u64::from(*uid)),
        });
        view.set(Field::Uid, slot);
    }
    let mut groups = Items::default();
    let mut add = |known: Known<u32>, spot: Option<Spot<'a>>| match known {
        Known::Value(number) => {
            groups.all.push(Item { text: Cow::Owned(number.to_string()), spot, of: None });
        }
        Known::Unknown(reason) => groups.open = groups.open.take().or(Some(reason)),
    };
    // The kernel asks for the primary group as it does for the others.
    if let Some(claim) = kernel.gid.effective() {
        add(claim.value.clone(), Some(Spot::of(claim)));
    }
    for (known, claim) in kernel.groups.iter().zip(service.group_add.items()) {
        add(known.clone(), Some(Spot::of(claim)));
    }
    view.set(Field::Groups, Slot::silent(Value::Items(groups)));
    view.set(Field::Userns, userns(service, host));
    for (field, claim) in [(Field::CapEff, &kernel.cap_eff), (Field::CapBnd, &kernel.cap_bnd)] {
        if let Some(claim) = claim {
            view.set(field, Slot::of(claim, |set| Value::Caps(*set)));
        }
    }
    if let Some(claim) = handed {
        view.set(Field::CapEff, Slot::of(claim, |_| Value::Caps(CapabilitySet::EMPTY)));
    }
}

/// Whether root in the container is root outside. Without a host the engine's default counts, as everywhere.
fn userns<'a>(service: &'a Service, host: Option<&'a Host>) -> Slot<'a> {
    let init = || text("init");
    if let Some(claim) = host.and_then(|host| host.daemon.rootless.effective())
        && claim.value == Known::Value(true)
    {
        return Slot::of(claim, |_| text("remapped"));
    }
    let own = service.userns_mode.effective();
    if let Some(claim) = own.filter(|claim| claim.value == Known::Value(NamespaceMode::Host)) {
        return Slot::of(claim, |_| init());
    }
    match host.and_then(|host| host.daemon.userns_remap.effective()) {
        Some(claim) => Slot::of(claim, |on| if *on { text("remapped") } else { init() }),
        None => Slot::silent(init()),
    }
}

fn confinement<'a>(view: &mut View<'a>, service: &'a Service, host: Option<&'a Host>) {
    let off = || Known::Value(Value::Flag(false));
    let flag = |on: &bool| Value::Flag(*on);
    view.set(Field::Privileged, Slot::of_fact(&service.privileged, flag, off));
    let mut escalation = Slot::of_fact(&service.no_new_privileges, flag, off);
    let silent = service.no_new_privileges.effective().is_none_or(Claim::is_assumed);
    if let Some(claim) = host.and_then(|host| host.daemon.no_new_privileges.effective()).filter(|_| silent)
        && claim.value != Known::Value(false)
    {
        escalation = Slot::of(claim, flag);
    }
    view.set(Field::NoNewPrivileges, escalation);
    if let Some(claim) = &service.kernel.seccomp {
        let word = |profile: &SeccompProfile| match profile {
            SeccompProfile::Default => text("default"),
            SeccompProfile::Unconfined => text("unconfined"),
            SeccompProfile::Custom(_) => text("custom"),
        };
        view.set(Field::Seccomp, Slot::of(claim, word));
    }
    let paths = |on: &bool| if *on { text("unconfined") } else { text("default") };
    let system = Slot::of_fact(&service.system_paths_unconfined, paths, || Known::Value(text("default")));
    view.set(Field::SystemPaths, system);
    view.set(Field::Mac, mac(service, host));
}

/// What confines the container beside seccomp: only the host knows which module it has.
fn mac<'a>(service: &'a Service, host: Option<&'a Host>) -> Slot<'a> {
    if let Some(claim) = service.privileged.effective().filter(|claim| claim.value == Known::Value(true)) {
        return Slot::of(claim, |_| text("apparmor:unconfined"));
    }
    let profile = |claim: &'a Claim<MacProfile>, module: &'static str, default: &'static str| {
        Slot::of(claim, |profile: &MacProfile| match profile {
            MacProfile::Default => text(default),
            MacProfile::Unconfined(_) => text(format!("{module}:unconfined")),
            MacProfile::Custom(_) => text(format!("{module}:custom")),
        })
    };
    let apparmor = service.apparmor.effective();
    let selinux = service.selinux.effective();
    let on = |fact: &plimsoll_posture::Fact<bool>| fact.value().copied();
    let Some(host) = host else {
        // Whoever switches AppArmor off has it; SELinux off says nothing where AppArmor may be on.
        return match apparmor.filter(|claim| !claim.is_assumed()) {
            Some(claim) => profile(claim, "apparmor", "apparmor:docker-default"),
            None => Slot::unknown(Reason::NeedsEngine("docker info --format '{{.SecurityOptions}}'")),
        };
    };
    match (on(&host.machine.apparmor), on(&host.machine.selinux)) {
        (Some(true), _) => match apparmor {
            Some(claim) => profile(claim, "apparmor", "apparmor:docker-default"),
            None => Slot::silent(text("apparmor:docker-default")),
        },
        (_, Some(true)) => match selinux {
            Some(claim) => profile(claim, "selinux", "selinux:container_t"),
            None => Slot::silent(text("selinux:container_t")),
        },
        (Some(false), Some(false)) => match host.machine.apparmor.effective() {
            Some(claim) => Slot::of(claim, |_| text("none")),
            None => Slot::silent(text("none")),
        },
        _ => Slot::unknown(Reason::NeedsEngine("docker info --format '{{.SecurityOptions}}'")),
    }
}

/// What the image holds, as far as it or its Dockerfile was read.
fn images<'a>(view: &mut View<'a>, service: &'a Service, posture: &'a Posture) {
    let built = posture.built.iter().find(|image| {
        image.subject == service.subject || image.subject.service.as_deref() == Some(service.name())
    });
    let recipe = service.build.as_ref().and_then(|build| posture.recipes.get(build.stage?.recipe.0));
    let name = service.image.value().map_or(service.name(), |image| &image.text);
    let uninspected = || Reason::ImageNotInspected(name.into());
    let setuid = match built {
        Some(image) => setuid(image),
        None => Slot::unknown(uninspected()),
    };
    view.set(Field::Setuid, setuid);
    let seen = recipe.into_iter().flat_map(|recipe| &recipe.sightings).filter(|sighting| sighting.ships);
    let seen = seen.chain(built.into_iter().flat_map(|image| &image.sightings));
    let mut by_field = [
        (Field::SecretsEnv, Items::default()),
        (Field::SecretsHistory, Items::default()),
        (Field::SecretsLayer, Items::default()),
    ];
    for sighting in seen {
        let field = match sighting.place {
            Place::ImageEnv => Field::SecretsEnv,
            Place::ImageArg | Place::Run | Place::Label => Field::SecretsHistory,
            Place::CopiedFile | Place::RemovedLater => Field::SecretsLayer,
            _ => continue,
        };
        if let Some((_, items)) = by_field.iter_mut().find(|(own, _)| *own == field) {
            items.all.push(sighted(sighting));
        }
    }
    if let Some(image) = built
        && let Some((_, items)) = by_field.iter_mut().find(|(own, _)| *own == Field::SecretsLayer)
    {
        items.all.extend(image.secrets.iter().filter_map(|secret| {
            let layer = image.layers.get(secret.layer)?;
            let spot = Some(Spot { at: &layer.at, plane: plimsoll_posture::Plane::Built });
            Some(Item { text: Cow::Borrowed(&*secret.path), spot, of: None })
        }));
    }
    for (field, mut items) in by_field {
        // What a base image brings nobody has looked at; what the Dockerfile says is enough to find something.
        items.open = built.is_none().then(uninspected);
        view.set(field, Slot::silent(Value::Items(items)));
    }
    let mut own = Items::default();
    let places = [Place::Environment, Place::EnvFile, Place::Url];
    let sightings = service.sightings.iter().filter(|sighting| places.contains(&sighting.place));
    own.all.extend(sightings.map(sighted));
    view.set(Field::EnvSecrets, Slot::silent(Value::Items(own)));
}

fn sighted(sighting: &SecretSighting) -> Item<'_> {
    Item { text: Cow::Borrowed(&*sighting.name), spot: Some(Spot::of(&sighting.at)), of: None }
}

fn setuid(image: &BuiltImage) -> Slot<'_> {
    let mut items = Items::default();
    for file in image.files.iter().filter(|file| file.noted == FileTrait::Setuid && file.hidden_by.is_none())
    {
        if file.uid == 0 {
            let spot = image.layers.get(file.layer);
            let spot = spot.map(|layer| Spot { at: &layer.at, plane: plimsoll_posture::Plane::Built });
            items.all.push(Item { text: Cow::Borrowed(&*file.path), spot, of: None });
        }
    }
    let unread = image.layers.iter().find_map(|layer| layer.read.reason());
    items.open = unread.cloned();
    Slot::silent(Value::Items(items))
}
