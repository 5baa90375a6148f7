//! How bad a finding is: the impact that its control names, made milder by who can reach it. `docs/severity.md` is
//! written from this file, and a test there holds the two together.

use std::collections::{HashMap, HashSet};

use plimsoll_posture::{Exposure, Posture, Role, Service, Subject, SubjectKind};

use crate::Control;
use crate::proxy::{behind, upstreams};

/// How bad a failure is: impact times reach (`docs/severity.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know; no risk by itself.
    Info,
    /// Weakens a second line of defence.
    Low,
    /// Makes a break-in worse, or likely to be needed for one.
    Medium,
    /// One more step and the data or the host is lost.
    High,
    /// The host or the secrets are lost as soon as somebody looks.
    Critical,
}

impl Severity {
    /// All, mildest first.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// Lower-case name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Reads a lower-case name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.name() == text)
    }
}

/// What somebody must hold already to use a weakness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foothold {
    /// Nobody has to break in first: what is published, shipped, built or written down, or fails by itself.
    None,
    /// Whoever has broken into the service.
    Service,
    /// Whoever has broken into the service and is root there.
    Root,
}

impl Foothold {
    /// The name in output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Service => "service",
            Self::Root => "root",
        }
    }
}

/// A severity and what made it milder than the control's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weight {
    /// The severity here.
    pub severity: Severity,
    /// One step less: nobody outside can open a connection to the service.
    pub unreachable: bool,
    /// One step less: the service does not run as root.
    pub not_root: bool,
}

impl Weight {
    /// The severity of a control by itself.
    #[must_use]
    pub fn of(severity: Severity) -> Self {
        Self { severity, unreachable: false, not_root: false }
    }

    /// Why it is milder than the control's own severity; empty when it is not.
    pub fn reasons(self) -> impl Iterator<Item = &'static str> {
        let reasons = [
            (self.unreachable, "nobody outside can open a connection to it"),
            (self.not_root, "it does not run as root"),
        ];
        reasons.into_iter().filter(|(holds, _)| *holds).map(|(_, reason)| reason)
    }
}

/// The severity of a failure of `control`, `unreachable` and `not_root` being known of its subject.
#[must_use]
pub fn weigh(control: &Control, unreachable: bool, not_root: bool) -> Weight {
    weigh_impact(control, control.severity, unreachable, not_root)
}

fn weigh_impact(control: &Control, impact: Severity, unreachable: bool, not_root: bool) -> Weight {
    let mut weight = Weight::of(impact);
    if control.foothold != Foothold::None && unreachable {
        weight.lower(|weight| weight.unreachable = true);
    }
    if control.foothold == Foothold::Root && not_root {
        weight.lower(|weight| weight.not_root = true);
    }
    weight
}

impl Weight {
    /// Low is the least that a risk can be; info is no risk from the start.
    fn lower(&mut self, note: fn(&mut Self)) {
        let milder = match self.severity {
            Severity::Critical => Severity::High,
            Severity::High => Severity::Medium,
            Severity::Medium => Severity::Low,
            Severity::Low | Severity::Info => return,
        };
        self.severity = milder;
        note(self);
    }
}

/// What is known about who reaches the subjects of a posture, looked up once.
pub(crate) struct Reached<'a> {
    posture: &'a Posture,
    services: HashMap<&'a str, Standpoint>,
    recipes: HashMap<&'a str, Standpoint>,
}

/// What makes a weakness of a subject milder. What is not known makes nothing milder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Standpoint {
    unreachable: bool,
    not_root: bool,
}

impl Standpoint {
    /// Of two services that share what is wrong, the worse counts.
    fn worse(so_far: Option<Self>, next: Self) -> Option<Self> {
        Some(so_far.map_or(next, |so_far| Self {
            unreachable: so_far.unreachable && next.unreachable,
            not_root: so_far.not_root && next.not_root,
        }))
    }
}

impl<'a> Reached<'a> {
    pub(crate) fn of_posture(posture: &'a Posture) -> Self {
        let mut services: HashMap<&str, Standpoint> = HashMap::new();
        let forwarded = forwarded(posture);
        for service in &posture.services {
            services.entry(service.name()).or_insert_with(|| standpoint(service, posture, &forwarded));
        }
        let mut recipes = HashMap::new();
        for recipe in &posture.recipes {
            let built = recipe.built_by.iter().filter_map(|name| services.get(&**name).copied());
            let Some(built) = built.fold(None, Standpoint::worse) else { continue };
            let stages = recipe.stages.iter().map(|stage| &*stage.subject.name);
            for name in std::iter::once(&*recipe.subject.name).chain(stages) {
                recipes.entry(name).or_insert(built);
            }
        }
        Self { posture, services, recipes }
    }

    pub(crate) fn weigh(&self, control: &Control, impact: Severity, subject: Option<&Subject>) -> Weight {
        if control.foothold == Foothold::None {
            return Weight::of(impact);
        }
        let standpoint = self.standpoint(subject);
        weigh_impact(control, impact, standpoint.unreachable, standpoint.not_root)
    }

    /// Whether nobody outside opens a connection to a service.
    pub(crate) fn is_shut(&self, service: &str) -> bool {
        self.services.get(service).is_some_and(|standpoint| standpoint.unreachable)
    }

    fn standpoint(&self, subject: Option<&Subject>) -> Standpoint {
        let named = |name: &str| self.services.get(name).copied();
        let found = subject.and_then(|subject| match (&subject.service, subject.kind) {
            (Some(name), _) => named(name),
            (None, SubjectKind::Service | SubjectKind::Container) => named(&subject.name),
            (None, SubjectKind::Image | SubjectKind::Stage) => self.recipes.get(&*subject.name).copied(),
            (None, SubjectKind::Network) => self
                .posture
                .members(&subject.name)
                .filter_map(|service| named(service.name()))
                .fold(None, Standpoint::worse),
            (None, _) => None,
        });
        found.unwrap_or_default()
    }
}

fn standpoint(service: &Service, posture: &Posture, forwarded: &HashSet<&str>) -> Standpoint {
    Standpoint { unreachable: is_unreachable(service, posture, forwarded), not_root: is_not_root(service) }
}

/// The services to which published proxies forward, directly or through other proxies.
fn forwarded(posture: &Posture) -> HashSet<&str> {
    let mut reached: HashSet<&str> = HashSet::new();
    let mut open: Vec<&Service> =
        posture.services.iter().filter(|service| service.proxy.is_some() && is_published(service)).collect();
    while let Some(front) = open.pop() {
        for upstream in front.proxy.iter().flat_map(upstreams) {
            if let Some(target) = behind(front, upstream, posture)
                && reached.insert(target.name())
            {
                open.push(target);
            }
        }
    }
    reached
}

fn is_published(service: &Service) -> bool {
    exposure(service).is_none_or(|exposure| exposure >= Exposure::HostLoopback)
}

/// Whether all places are known to which a proxy forwards.
fn has_known_routes(service: &Service) -> bool {
    service.proxy.as_ref().is_some_and(|proxy| {
        proxy.unread.is_none()
            && !proxy.forwards_more
            && upstreams(proxy).all(|upstream| upstream.host.is_some())
    })
}

/// Only other services reach it, and no published proxy lets the outside through: one whose routes are known does so
/// where it forwards, any other wherever it shares a network.
fn is_unreachable(service: &Service, posture: &Posture, forwarded: &HashSet<&str>) -> bool {
    if !service.runtime {
        return false;
    }
    match exposure(service) {
        Some(Exposure::None | Exposure::SameContainer) => true,
        Some(Exposure::SameNetwork) if forwarded.contains(service.name()) => false,
        Some(Exposure::SameNetwork) => !service.networks.values().any(|(attachment, _)| {
            posture.members(&attachment.network).any(|member| {
                member.knowledge.role == Some(Role::Proxy)
                    && is_published(member)
                    && !has_known_routes(member)
            })
        }),
        Some(Exposure::HostLoopback | Exposure::AllInterfaces) | None => false,
    }
}

fn exposure(service: &Service) -> Option<Exposure> {
    service.kernel.exposure.as_ref().and_then(|claim| claim.value.value()).copied()
}

fn is_not_root(service: &Service) -> bool {
    service.kernel.uid.effective().and_then(|claim| claim.value.value()).is_some_and(|uid| *uid != 0)
}

#[cfg(test)]
#[path = "severity_tests.rs"]
mod tests;
