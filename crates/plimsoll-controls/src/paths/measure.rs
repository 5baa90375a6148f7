//! What closes a way: for each fact that a path rests on, the change that takes it away and the control that tells of it.
//!
//! Deliberately absent: how a change is made. That is the remedy of the control's own finding.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_posture::{
    Capability, CapabilityEntry, CapabilitySet, Claim, Known, Plane, Provenance, Service, Subject,
};

use super::condition::{Leaf, Scalar, Test};
use super::cut::Weight;
use super::field::Field;
use super::view::{BindKind, Spot, Value, View};
use crate::capability_risk::{Risk, risk};
use crate::{Applicability, Control, Finding};

/// A finding of the scenario, as far as paths need it.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Who tells it.
    pub control: &'static Control,
    /// What it is about.
    pub subject: Option<&'a Subject>,
    /// What it says.
    pub finding: &'a Finding,
    /// Whether somebody accepted it.
    pub accepted: bool,
}

/// A change that closes ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// The service, or the host.
    pub subject: Arc<str>,
    /// What to do, in the imperative: ``remove the mount of `/etc` ``.
    pub words: String,
    /// The controls that tell of it; the first is the nearest.
    pub controls: Vec<&'static str>,
    /// The place of what is taken away.
    pub at: Provenance,
    /// Whether `fix` makes it, and how freely; `None` where a person has to.
    pub applicability: Option<Applicability>,
    /// How many changes it is.
    pub changes: usize,
    /// Whether somebody accepted what it would change.
    pub accepted: bool,
}

impl Measure {
    pub(super) fn weight(&self) -> Weight {
        let by_hand = match self.applicability {
            Some(Applicability::Safe) => 0,
            Some(Applicability::Risky) => 1,
            None => 2,
        };
        // Another account changes more of what the program does than anything else that is taken away.
        let account = if self.changes > 1 { 4 } else { 0 };
        Weight { size: self.changes, cost: by_hand + account }
    }
}

/// A fact that a path rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Because {
    /// What holds, as the end of a sentence about the service: ``mounts `/etc` of the host``.
    pub words: String,
    /// Where it is said.
    pub at: Provenance,
    /// How well it is known.
    pub plane: Plane,
    /// The control that tells of it.
    pub control: Option<&'static str>,
}

/// The measures of a posture, each once, in the order of what they are about.
#[derive(Debug, Default)]
pub(super) struct Measures {
    places: BTreeMap<(String, String), usize>,
    pub(super) all: Vec<Measure>,
}

impl Measures {
    fn add(&mut self, key: String, measure: Measure) -> usize {
        *self.places.entry((measure.subject.to_string(), key)).or_insert_with(|| {
            self.all.push(measure);
            self.all.len() - 1
        })
    }
}

/// Findings by control and by the service or other subject that they are about.
pub(super) struct Findings<'a> {
    by: BTreeMap<(&'static str, &'a str), Vec<Told<'a>>>,
}

impl<'a> Findings<'a> {
    pub(super) fn of(told: &[Told<'a>]) -> Self {
        let mut by: BTreeMap<(&'static str, &'a str), Vec<Told<'a>>> = BTreeMap::new();
        for one in told {
            let name = one.subject.map_or("", |subject| subject.service.as_deref().unwrap_or(&subject.name));
            by.entry((one.control.id, name)).or_default().push(*one);
        }
        Self { by }
    }

    /// The finding of a control about a subject; at a place, where several may be told.
    fn get(&self, control: &'static str, subject: &str, at: Option<&Provenance>) -> Option<Told<'a>> {
        let told = self.by.get(&(control, subject))?;
        match at {
            Some(at) => told.iter().copied().find(|one| one.finding.primary.at.span == at.span),
            None => told.first().copied(),
        }
    }
}

/// What takes a fact away.
struct Plan {
    key: String,
    words: String,
    /// Who may tell of it, nearest first.
    controls: &'static [&'static str],
    /// Whether each place is a finding of its own.
    each: bool,
}

impl Plan {
    fn new(key: &str, words: impl Into<String>, controls: &'static [&'static str]) -> Self {
        Self { key: key.to_owned(), words: words.into(), controls, each: false }
    }

    fn at(key: &str, spot: Spot<'_>, words: impl Into<String>, controls: &'static [&'static str]) -> Self {
        let span = spot.at.span;
        let key = format!("{key} {:?} {} {}", span.source, span.start, span.end);
        Self { key, words: words.into(), controls, each: true }
    }
}

/// A fact with what would take it away.
pub(super) struct Fact {
    pub(super) because: Option<Because>,
    pub(super) measure: Option<usize>,
    /// Whether somebody wrote it, and it is no default.
    pub(super) written: bool,
}

/// Tells of an answer that holds.
pub(super) fn tell(
    leaf: &Leaf,
    item: Option<usize>,
    view: &View<'_>,
    findings: &Findings<'_>,
    measures: &mut Measures,
) -> Fact {
    let spot = spot(leaf, item, view);
    let anchor = match (view.service, view.host) {
        (Some(service), _) if !leaf.field.is_of_host() => service.subject.anchor,
        (_, Some(host)) => host.subject.anchor,
        (Some(service), None) => service.subject.anchor,
        (None, None) => return Fact { because: None, measure: None, written: false },
    };
    let at = spot.map_or_else(|| Provenance::absent(anchor), |spot| spot.at.clone());
    let plane = spot.map_or(Plane::Assumed, |spot| spot.plane);
    let subject: Arc<str> = match (owner(leaf, item, view), view.service, view.host) {
        (Some(other), ..) => other.into(),
        (None, Some(service), _) if !leaf.field.is_of_host() => service.subject.name.clone(),
        (None, _, Some(host)) => host.subject.name.clone(),
        (None, Some(service), None) => service.subject.name.clone(),
        (None, None, None) => "".into(),
    };
    let plan = plan(leaf, item, view, spot);
    let mut control = None;
    let measure = plan.map(|plan| {
        let place = spot.filter(|_| plan.each).map(|spot| spot.at);
        let told: Vec<Told<'_>> =
            plan.controls.iter().filter_map(|id| findings.get(id, &subject, place)).collect();
        let first = told.first();
        control = first.map(|told| told.control.id).or_else(|| plan.controls.first().copied());
        let changes = if leaf.field == Field::Uid && !escalation_is_off(view) { 2 } else { 1 };
        measures.add(
            plan.key,
            Measure {
                subject,
                words: plan.words,
                controls: match told.is_empty() {
                    true => plan.controls.iter().copied().take(1).collect(),
                    false => told.iter().map(|told| told.control.id).collect(),
                },
                at: first.map_or_else(|| at.clone(), |told| told.finding.primary.at.clone()),
                applicability: first
                    .and_then(|told| told.finding.remedy.as_ref())
                    .map(|remedy| remedy.applicability),
                changes,
                accepted: !told.is_empty() && told.iter().all(|told| told.accepted),
            },
        )
    });
    let because = words(leaf, item, view).map(|words| Because { words, at, plane, control });
    let written = is_telling(leaf, view) && plane > Plane::Assumed;
    Fact { because, measure, written }
}

fn spot<'a>(leaf: &Leaf, item: Option<usize>, view: &View<'a>) -> Option<Spot<'a>> {
    let slot = view.slot(leaf.field);
    match (&slot.value, item, &leaf.test) {
        (Known::Value(Value::Items(list)), Some(at), _) => list.all.get(at).and_then(|item| item.spot),
        (Known::Value(Value::Binds(list)), Some(at), _) => list.all.get(at).map(|bind| bind.spot),
        (_, _, Test::Holds(capability)) => {
            view.service.and_then(|service| holder(service, *capability)).or(slot.spot.filter(|spot| {
                // Where a default is kept, the place is the service's own.
                spot.plane > Plane::Assumed && view.service.is_some_and(|service| service.cap_drop.is_empty())
            }))
        }
        _ => slot.spot,
    }
}

/// Who gives a service a capability: `privileged` or an entry of `cap_add`; nobody where it is a default.
fn holder(service: &Service, capability: Capability) -> Option<Spot<'_>> {
    if let Some(claim) = privileged(service) {
        return Some(Spot::of(claim));
    }
    if CapabilitySet::docker_default().contains(capability) {
        return None;
    }
    added(service, capability).map(|(_, claim)| Spot::of(claim))
}

fn privileged(service: &Service) -> Option<&Claim<bool>> {
    service.privileged.effective().filter(|claim| claim.value == Known::Value(true))
}

fn added(service: &Service, capability: Capability) -> Option<(&CapabilityEntry, &Claim<CapabilityEntry>)> {
    let wanted = CapabilityEntry::One(capability);
    let find = |entry: &CapabilityEntry| service.cap_add.values().find(|(own, _)| *own == entry);
    find(&wanted).or_else(|| find(&CapabilityEntry::All))
}

/// The other service that an entry is of.
fn owner<'a>(leaf: &Leaf, item: Option<usize>, view: &View<'a>) -> Option<&'a str> {
    let Known::Value(Value::Items(list)) = &view.slot(leaf.field).value else { return None };
    list.all.get(item?).filter(|_| leaf.field == Field::PeerEnv).and_then(|item| item.of)
}

fn escalation_is_off(view: &View<'_>) -> bool {
    matches!(view.slot(Field::NoNewPrivileges).value, Known::Value(Value::Flag(true)))
}

/// Whether a fact distinguishes the service from any other.
fn is_telling(leaf: &Leaf, view: &View<'_>) -> bool {
    match (leaf.field, &leaf.test) {
        (Field::CapEff, Test::Holds(capability)) => {
            view.service.is_some_and(|service| holder(service, *capability).is_some())
        }
        (Field::NetworkMode, Test::In(wanted)) => !wanted.contains(&Scalar::Text("bridge".to_owned())),
        (Field::Seccomp, Test::In(wanted)) => !wanted.contains(&Scalar::Text("default".to_owned())),
        (
            Field::Privileged
            | Field::PidMode
            | Field::IpcMode
            | Field::SystemPaths
            | Field::UsernsMode
            | Field::Mounts
            | Field::Propagation
            | Field::Devices
            | Field::DeviceRules
            | Field::Groups
            | Field::PeerEnv
            | Field::EnvSecrets,
            _,
        ) => true,
        _ => false,
    }
}

/// What a fact is, as the end of a sentence about the service; nothing where it is what nearly everybody has.
fn words(leaf: &Leaf, item: Option<usize>, view: &View<'_>) -> Option<String> {
    let entry = entry(leaf, item, view);
    Some(match (leaf.field, &leaf.test) {
        (Field::Uid, Test::In(_)) => "runs as root".to_owned(),
        (Field::Uid, _) => "does not run as root".to_owned(),
        (Field::Groups, _) => format!("is in the group {entry} of the socket"),
        (Field::CapEff, Test::Holds(capability)) => {
            let service = view.service?;
            let how = match (privileged(service), CapabilitySet::docker_default().contains(*capability)) {
                (Some(_), _) => "is privileged and so holds",
                (None, true) => "keeps the default capability",
                (None, false) => "adds the capability",
            };
            format!("{how} {}", capability.name())
        }
        (Field::CapBnd, _) => "has capabilities to regain".to_owned(),
        (Field::NoNewPrivileges, _) => "may gain privileges".to_owned(),
        (Field::Seccomp, Test::In(wanted)) if !wanted.contains(&Scalar::Text("default".to_owned())) => {
            "runs without seccomp".to_owned()
        }
        (Field::Mac, _) => "is confined by neither AppArmor nor SELinux".to_owned(),
        (Field::Privileged, _) => "is privileged".to_owned(),
        (Field::PidMode, Test::In(wanted)) if wanted.contains(&Scalar::Text("host".to_owned())) => {
            "sees the host's processes".to_owned()
        }
        (Field::PidMode, _) => "shares its processes with another service".to_owned(),
        (Field::IpcMode, _) => "shares the host's memory".to_owned(),
        (Field::NetworkMode, Test::In(wanted)) if wanted.contains(&Scalar::Text("host".to_owned())) => {
            "is on the host's network".to_owned()
        }
        (Field::NetworkMode, Test::In(wanted)) if wanted.contains(&Scalar::Text("container".to_owned())) => {
            "shares the network of another service".to_owned()
        }
        (Field::UsernsMode, _) => "opts out of the engine's mapping of accounts".to_owned(),
        (Field::SystemPaths, _) => "has /proc and /sys unmasked".to_owned(),
        (Field::Mounts, test) => mount_words(item, test, view)?,
        (Field::Propagation, _) => "has a mount that is shared with the host".to_owned(),
        (Field::Devices, _) => format!("has the device `{entry}`"),
        (Field::DeviceRules, _) => format!("may use the devices `{entry}`"),
        (Field::Peers, Test::Glob(_)) => format!("is beside the proxy `{entry}`"),
        (Field::Peers, _) => format!("has neighbours on its network, `{entry}` for one"),
        (Field::PeerEnv, _) => format!("may use what `{entry}` opens"),
        (Field::Exposure, _) => "is published on every interface".to_owned(),
        (Field::Setuid, _) => format!("has the setuid program `{entry}`"),
        (Field::SecretsEnv | Field::SecretsHistory | Field::SecretsLayer, _) => {
            format!("has the secret `{entry}` in its image")
        }
        (Field::EnvSecrets, _) => format!("has the secret `{entry}` in its environment"),
        (Field::HostDocker, Test::Unfixed { .. }) | (Field::HostRunc, Test::Unfixed { .. }) => return None,
        (field, _) if field.is_of_host() => host_words(field, view)?,
        _ => return None,
    })
}

fn entry<'v>(leaf: &Leaf, item: Option<usize>, view: &'v View<'_>) -> &'v str {
    match (&view.slot(leaf.field).value, item) {
        (Known::Value(Value::Items(list)), Some(at)) => list.all.get(at).map_or("", |item| &item.text),
        _ => "",
    }
}

fn mount_words(item: Option<usize>, test: &Test, view: &View<'_>) -> Option<String> {
    let Known::Value(Value::Binds(list)) = &view.slot(Field::Mounts).value else { return None };
    let bind = list.all.get(item?)?;
    let path = &bind.path;
    if let (Test::Shared, Some(other)) = (test, bind.shared_with) {
        return Some(format!("writes `{path}`, which `{other}` mounts too"));
    }
    let writable = matches!(
        test,
        Test::BindCovers { writable: true, .. }
            | Test::BindWithin { writable: true, .. }
            | Test::BindIs { writable: true, .. }
    );
    Some(format!("mounts `{path}`{}", if writable { " writable" } else { "" }))
}

fn host_words(field: Field, view: &View<'_>) -> Option<String> {
    let value = match &view.slot(field).value {
        Known::Value(Value::Version(_, text)) => text.to_string(),
        Known::Value(Value::Number(number)) => number.to_string(),
        Known::Value(Value::Text(text)) => text.to_string(),
        Known::Value(_) => String::new(),
        Known::Unknown(_) => return None,
    };
    Some(match field {
        Field::HostDocker => format!("the engine is {value}"),
        Field::HostRunc => format!("runc is {value}"),
        Field::HostContainerd => format!("containerd is {value}"),
        Field::HostKernel => format!("the kernel is {value}"),
        Field::HostCgroup => format!("the host uses cgroup v{value}"),
        Field::HostTcp | Field::HostTcpTls => return None,
        Field::HostTcpBind => format!("the engine listens on {value} without asking for certificates"),
        Field::HostDesktop => format!("Docker Desktop is {value}"),
        Field::HostAuthz => "the engine asks an authorization plugin".to_owned(),
        Field::HostRemap => "the engine maps accounts for others".to_owned(),
        _ => return None,
    })
}

const MOUNT: &[&str] = &[
    "runtime-socket-mounted",
    "api-socket-used",
    "sensitive-host-path-writable",
    "sensitive-host-path-readable",
    "host-information-mounted",
];

/// What takes a fact away; nothing where no single change does.
fn plan(leaf: &Leaf, item: Option<usize>, view: &View<'_>, spot: Option<Spot<'_>>) -> Option<Plan> {
    let entry = entry(leaf, item, view);
    match (leaf.field, &leaf.test) {
        (Field::Uid, Test::In(_)) => {
            let words = match escalation_is_off(view) {
                true => "run it as another account than root",
                false => "run it as another account than root, without new privileges",
            };
            Some(Plan::new("uid", words, &["runs-as-root"]))
        }
        (Field::Groups, _) => Some(Plan::at(
            "group",
            spot?,
            format!("take it out of the group {entry}"),
            &["docker-group-added"],
        )),
        (Field::CapEff, Test::Holds(capability)) => capability_plan(view.service?, *capability),
        (Field::CapBnd, _) => {
            Some(Plan::new("caps", "drop every capability it does not need", &["capabilities-kept"]))
        }
        (Field::NoNewPrivileges, _) => {
            Some(Plan::new("escalation", "set `no-new-privileges`", &["privilege-escalation-allowed"]))
        }
        (Field::Seccomp | Field::Mac, _) if view.service.is_some_and(|own| privileged(own).is_some()) => {
            Some(unprivileged())
        }
        (Field::Seccomp, Test::In(wanted)) if !wanted.contains(&Scalar::Text("default".to_owned())) => {
            Some(Plan::new("seccomp", "use the default seccomp profile", &["seccomp-unconfined"]))
        }
        (Field::Mac, _) if matches!(&view.slot(Field::Mac).value, Known::Value(Value::Text(word)) if word != "none") => {
            Some(Plan::new("mac", "switch AppArmor or SELinux on again", &["lsm-unconfined"]))
        }
        (Field::Privileged, _) => Some(unprivileged()),
        (Field::PidMode, Test::In(wanted)) if wanted.contains(&Scalar::Text("host".to_owned())) => {
            Some(Plan::new("pid", "remove `pid: host`", &["host-pid-namespace"]))
        }
        (Field::PidMode, _) => {
            Some(Plan::new("pid", "give it process ids of its own", &["namespace-joined"]))
        }
        (Field::IpcMode, _) => Some(Plan::new("ipc", "remove `ipc: host`", &["host-ipc-namespace"])),
        (Field::NetworkMode, Test::In(wanted)) if wanted.contains(&Scalar::Text("host".to_owned())) => {
            Some(Plan::new("network", "remove `network_mode: host`", &["host-network"]))
        }
        (Field::NetworkMode, Test::In(wanted)) if wanted.contains(&Scalar::Text("container".to_owned())) => {
            Some(Plan::new("network", "give it a network of its own", &["namespace-joined"]))
        }
        (Field::UsernsMode, _) => {
            Some(Plan::new("userns", "remove `userns_mode: host`", &["host-user-namespace"]))
        }
        (Field::SystemPaths, _) => {
            Some(Plan::new("paths", "remove `systempaths=unconfined`", &["system-paths-unmasked"]))
        }
        (Field::Mounts, test) => {
            let Known::Value(Value::Binds(list)) = &view.slot(Field::Mounts).value else { return None };
            let bind = list.all.get(item?)?;
            let path = &bind.path;
            Some(match (test, bind.kind) {
                (Test::Shared, _) => Plan::at(
                    "read-only",
                    bind.spot,
                    format!("mount `{path}` read-only where it is only read"),
                    &[],
                ),
                (_, BindKind::Host | BindKind::Project | BindKind::Volume) => {
                    Plan::at("mount", bind.spot, format!("remove the mount of `{path}`"), MOUNT)
                }
            })
        }
        (Field::Propagation, _) => {
            Some(Plan::at("propagation", spot?, "make the mount private", &["shared-mount-propagation"]))
        }
        (Field::Devices, _) => Some(Plan::at(
            "device",
            spot?,
            format!("do not pass in `{entry}`"),
            &["raw-host-device-passed", "host-device-passed"],
        )),
        (Field::DeviceRules, _) => Some(Plan::at(
            "rule",
            spot?,
            format!("remove the device rule `{entry}`"),
            &["device-cgroup-wildcard"],
        )),
        (Field::PeerEnv, _) => Some(Plan::at("switch", spot?, format!("switch `{entry}` off"), &[])),
        (Field::Exposure, _) => {
            Some(Plan::new("port", "publish it on 127.0.0.1 only", &["port-published-everywhere"]))
        }
        (Field::Setuid, _) => Some(Plan::new(
            &format!("setuid {entry}"),
            format!("remove the setuid bit of `{entry}`"),
            &["setuid-bit-added"],
        )),
        (Field::SecretsEnv, _) => Some(Plan::at(
            "secret",
            spot?,
            format!("take `{entry}` out of the image"),
            &["secret-in-image-env"],
        )),
        (Field::SecretsHistory, _) => Some(Plan::at(
            "secret",
            spot?,
            format!("take `{entry}` out of the image"),
            &["secret-in-image-arg", "secret-in-run", "secret-in-label"],
        )),
        (Field::SecretsLayer, _) => Some(Plan::at(
            "secret",
            spot?,
            format!("take `{entry}` out of the image"),
            &["secret-file-copied", "secret-removed-later"],
        )),
        (Field::EnvSecrets, _) => Some(Plan::at(
            "secret",
            spot?,
            format!("give it `{entry}` as a file"),
            &["secret-in-environment", "secret-in-env-file", "secret-in-url"],
        )),
        (Field::HostDocker, _) => {
            Some(Plan::new("engine", "update the engine", &["vulnerable-engine-part", "end-of-life-engine"]))
        }
        (Field::HostRunc, _) => Some(Plan::new("runc", "update runc", &["vulnerable-engine-part"])),
        (Field::HostContainerd, _) => {
            Some(Plan::new("containerd", "update containerd", &["vulnerable-engine-part"]))
        }
        (Field::HostKernel, _) => Some(Plan::new("kernel", "update the kernel", &[])),
        (Field::HostDesktop, _) => Some(Plan::new("desktop", "update Docker Desktop", &[])),
        (Field::HostNvidia, _) => Some(Plan::new("nvidia", "update the NVIDIA container toolkit", &[])),
        (Field::HostTcp | Field::HostTcpBind | Field::HostTcpTls, _) => Some(Plan::new(
            "tcp",
            "close the engine's TCP port, or ask clients for certificates",
            &["engine-open-to-network", "engine-clients-unverified"],
        )),
        _ => None,
    }
}

fn unprivileged() -> Plan {
    Plan::new("privileged", "remove `privileged: true`", &["privileged-container"])
}

fn capability_plan(service: &Service, capability: Capability) -> Option<Plan> {
    if privileged(service).is_some() {
        return Some(unprivileged());
    }
    let name = capability.name();
    if CapabilitySet::docker_default().contains(capability) {
        let words = format!("drop {name} and every other capability it does not need");
        return Some(Plan { key: "caps".to_owned(), words, controls: &["capabilities-kept"], each: false });
    }
    let (entry, claim) = added(service, capability)?;
    let controls: &'static [&'static str] = match (entry, risk(capability)) {
        (CapabilityEntry::All, _) | (_, Some((Risk::HostTakeover, _))) => {
            &["capability-grants-host-takeover"]
        }
        (_, Some((Risk::ReachesHost, _))) => &["capability-reaches-host"],
        (_, Some((Risk::Bounded, _))) => &["capability-bounded-risk"],
        (_, None) => &[],
    };
    let what = if *entry == CapabilityEntry::All { "ALL" } else { name };
    Some(Plan::at("cap", Spot::of(claim), format!("remove `{what}` from `cap_add`"), controls))
}

impl Findings<'_> {
    /// The control, where it tells something of a subject that nobody accepted.
    pub(super) fn tells(&self, control: &'static str, subject: &str) -> Option<&'static str> {
        self.get(control, subject, None).filter(|told| !told.accepted).map(|told| told.control.id)
    }
}
