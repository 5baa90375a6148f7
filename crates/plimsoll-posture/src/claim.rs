//! Claims, and how those about one thing stack into a fact.
//!
//! Override rule: on a plane, among the claims of that plane or below, the highest layer wins, and within it the
//! freshest plane; among equals the later claim.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_text::Span;

use crate::Known;

/// Who overrides whom: a later variant overrides an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// The engine's defaults.
    Engine,
    /// The base image.
    Base,
    /// The image that is built, or pulled and run as it is.
    Image,
    /// The compose project.
    Compose,
    /// A container as it was created.
    Container,
}

impl Layer {
    /// The name in output: lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Base => "base",
            Self::Image => "image",
            Self::Compose => "compose",
            Self::Container => "container",
        }
    }
}

/// How we know: a later variant is better evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plane {
    /// A documented default or a table; nobody said it here.
    Assumed,
    /// Written in a file of the project.
    Declared,
    /// Read from a built image.
    Built,
    /// Read from a running engine.
    Running,
}

impl Plane {
    /// The name in output: lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Assumed => "assumed",
            Self::Declared => "declared",
            Self::Built => "built",
            Self::Running => "running",
        }
    }
}

/// By what way a value came to where it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ViaKind {
    /// A YAML alias `*name`.
    Alias,
    /// A YAML merge key `<<`.
    MergeKey,
    /// Compose `extends`.
    Extends,
    /// Compose `include`.
    Include,
    /// A later compose file.
    Override,
    /// The default of `${NAME:-default}`.
    Default,
    /// The value of a variable (its span is where the variable is set, when known).
    Variable,
    /// An `env_file`.
    EnvFile,
    /// `FROM` an earlier stage or a base image.
    From,
    /// `network_mode: service:x`, `volumes_from` and the like.
    Service,
}

/// One step of the way; `span` is the place of the alias, the `extends`, the variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Via {
    /// What kind of step.
    pub kind: ViaKind,
    /// Where the step is written, when it is written.
    pub span: Option<Span>,
}

/// Where a claim was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The lens that read it (`dockerfile`, `compose`, `images`, `defaults`), and that could write it.
    pub lens: &'static str,
    /// The bytes that say so; for what nobody said, the anchor of the subject.
    pub span: Span,
    /// Symbolic path (`services.api.user`, `stage 2 USER`): survives moving text.
    pub route: Arc<str>,
    /// The way from `span` to the subject, nearest step first.
    pub via: Vec<Via>,
}

impl Provenance {
    /// A place reached directly.
    #[must_use]
    pub fn new(lens: &'static str, span: Span, route: impl Into<Arc<str>>) -> Self {
        Self { lens, span, route: route.into(), via: Vec::new() }
    }

    /// The place that stands for an absence: the subject's anchor.
    #[must_use]
    pub fn absent(anchor: Span) -> Self {
        Self::new("defaults", anchor, "")
    }

    /// The same place under another route.
    #[must_use]
    pub fn routed(self, route: impl Into<Arc<str>>) -> Self {
        Self { route: route.into(), ..self }
    }

    /// The same place with one more step on the way.
    #[must_use]
    pub fn through(mut self, kind: ViaKind, span: Option<Span>) -> Self {
        self.via.push(Via { kind, span });
        self
    }
}

/// One statement about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim<T> {
    /// What is claimed.
    pub value: Known<T>,
    /// Who says it, in order of precedence.
    pub layer: Layer,
    /// How we know.
    pub plane: Plane,
    /// Where it was said.
    pub at: Provenance,
}

impl<T> Claim<T> {
    /// A claim written in a file.
    pub fn declared(value: Known<T>, layer: Layer, at: Provenance) -> Self {
        Self { value, layer, plane: Plane::Declared, at }
    }

    /// A documented default of the engine, placed at the anchor of the subject.
    pub fn default(value: T, anchor: Span) -> Self {
        Self {
            value: Known::Value(value),
            layer: Layer::Engine,
            plane: Plane::Assumed,
            at: Provenance::absent(anchor),
        }
    }

    /// Whether nobody said it: the engine's default or a table.
    pub fn is_assumed(&self) -> bool {
        self.plane == Plane::Assumed
    }

    /// The same claim about another value.
    pub fn map<U>(&self, f: impl FnOnce(&T) -> Known<U>) -> Claim<U> {
        Claim {
            value: match &self.value {
                Known::Value(value) => f(value),
                Known::Unknown(reason) => Known::Unknown(reason.clone()),
            },
            layer: self.layer,
            plane: self.plane,
            at: self.at.clone(),
        }
    }
}

/// All claims about one single-valued thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact<T> {
    claims: Vec<Claim<T>>,
}

impl<T> Default for Fact<T> {
    fn default() -> Self {
        Self { claims: Vec::new() }
    }
}

impl<T> Fact<T> {
    /// A fact on which nobody has spoken yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A fact with the engine's default.
    pub fn with_default(value: T, anchor: Span) -> Self {
        Self { claims: vec![Claim::default(value, anchor)] }
    }

    /// A fact with one claim.
    pub fn of(claim: Claim<T>) -> Self {
        Self { claims: vec![claim] }
    }

    /// Adds a claim; order matters only among claims of the same layer and plane.
    pub fn push(&mut self, claim: Claim<T>) {
        self.claims.push(claim);
    }

    /// Every claim in the order it was added.
    pub fn claims(&self) -> &[Claim<T>] {
        &self.claims
    }

    /// The claim that holds when only evidence of `plane` or below counts.
    pub fn on(&self, plane: Plane) -> Option<&Claim<T>> {
        // `max_by_key` returns the last of equals, which is the later claim.
        self.claims.iter().filter(|claim| claim.plane <= plane).max_by_key(|claim| (claim.layer, claim.plane))
    }

    /// The claim that holds with all evidence.
    pub fn effective(&self) -> Option<&Claim<T>> {
        self.on(Plane::Running)
    }

    /// The claim that would hold if nobody on this layer or above had spoken.
    pub fn beneath(&self, layer: Layer) -> Option<&Claim<T>> {
        self.claims.iter().filter(|claim| claim.layer < layer).max_by_key(|claim| (claim.layer, claim.plane))
    }

    /// A container was seen that has what was said of it: the same claim, better known. What nobody said stays so.
    pub fn confirm(&mut self) {
        let said = self.claims.iter_mut().filter(|claim| claim.layer < Layer::Container);
        let strongest = said.max_by_key(|claim| (claim.layer, claim.plane));
        if let Some(claim) = strongest.filter(|claim| claim.layer > Layer::Engine) {
            claim.plane = Plane::Running;
        }
    }

    /// The effective value, when there is one and it is known.
    pub fn value(&self) -> Option<&T> {
        self.effective().and_then(|claim| claim.value.value())
    }

    /// The claims that somebody made and that do not hold, strongest first. Engine defaults are not listed.
    pub fn overridden(&self) -> Vec<&Claim<T>> {
        let Some(effective) = self.effective() else { return Vec::new() };
        let mut lost: Vec<&Claim<T>> = self
            .claims
            .iter()
            .filter(|claim| !std::ptr::eq(*claim, effective) && claim.layer != Layer::Engine)
            .collect();
        lost.reverse();
        lost.sort_by_key(|claim| std::cmp::Reverse((claim.layer, claim.plane)));
        lost
    }

    /// The declared and the running claim where both exist and differ.
    pub fn drift(&self) -> Option<(&Claim<T>, &Claim<T>)>
    where
        T: PartialEq,
    {
        let declared = self.on(Plane::Built)?;
        let running = self.effective()?;
        (running.plane == Plane::Running && declared.value != running.value).then_some((declared, running))
    }

    /// The same claims about a derived value.
    pub fn map<U>(&self, mut f: impl FnMut(&T) -> Known<U>) -> Fact<U> {
        Fact { claims: self.claims.iter().map(|claim| claim.map(&mut f)).collect() }
    }
}

/// All claims about a set of things (capabilities, mounts, ports): layers add up, except that a container as created
/// is complete in itself and replaces what the layers below say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Union<T> {
    claims: Vec<Claim<T>>,
    /// Whether a container told all it has, which may be nothing.
    created: bool,
}

impl<T> Default for Union<T> {
    fn default() -> Self {
        Self { claims: Vec::new(), created: false }
    }
}

impl<T> Union<T> {
    /// The empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an item.
    pub fn push(&mut self, claim: Claim<T>) {
        self.claims.push(claim);
    }

    /// The items that hold, in the order they were added.
    pub fn items(&self) -> impl Iterator<Item = &Claim<T>> {
        let created = self.created || self.claims.iter().any(|claim| claim.layer == Layer::Container);
        self.claims.iter().filter(move |claim| !created || claim.layer == Layer::Container)
    }

    /// The items that would hold without a container's.
    pub fn beneath(&self) -> impl Iterator<Item = &Claim<T>> {
        self.claims.iter().filter(|claim| claim.layer != Layer::Container)
    }

    /// A container was seen that has these items and no others: the same claims, better known.
    pub fn confirm(&mut self) {
        for claim in &mut self.claims {
            claim.plane = Plane::Running;
        }
    }

    /// A container has these items, and nothing else.
    pub fn replace(&mut self, items: Vec<Claim<T>>) {
        self.created = true;
        self.claims.extend(items);
    }

    /// The items whose value is known, each with its claim.
    pub fn values(&self) -> impl Iterator<Item = (&T, &Claim<T>)> {
        self.items().filter_map(|claim| claim.value.value().map(|value| (value, claim)))
    }

    /// The first reason why an item is not known.
    pub fn unknown(&self) -> Option<&crate::Reason> {
        self.items().find_map(|claim| claim.value.reason())
    }

    /// Whether nothing holds.
    pub fn is_empty(&self) -> bool {
        self.items().next().is_none()
    }
}

/// Facts by key (environment, labels, sysctls): each key stacks by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyed<T> {
    entries: BTreeMap<Arc<str>, Fact<T>>,
}

impl<T> Default for Keyed<T> {
    fn default() -> Self {
        Self { entries: BTreeMap::new() }
    }
}

impl<T> Keyed<T> {
    /// No entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a claim about a key.
    pub fn push(&mut self, key: &str, claim: Claim<T>) {
        self.entries.entry(key.into()).or_default().push(claim);
    }

    /// The fact of a key.
    pub fn get(&self, key: &str) -> Option<&Fact<T>> {
        self.entries.get(key)
    }

    /// All facts, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Fact<T>)> {
        self.entries.iter().map(|(key, fact)| (&**key, fact))
    }

    /// The effective claims, by key.
    pub fn effective(&self) -> impl Iterator<Item = (&str, &Claim<T>)> {
        self.iter().filter_map(|(key, fact)| fact.effective().map(|claim| (key, claim)))
    }
}

impl<T: Clone> Keyed<T> {
    /// Adds every claim of another set.
    pub fn extend(&mut self, other: &Self) {
        for (key, fact) in other.iter() {
            for claim in fact.claims() {
                self.push(key, claim.clone());
            }
        }
    }
}

impl<T: Clone> Fact<T> {
    /// Adds every claim of another fact.
    pub fn extend(&mut self, other: &Self) {
        self.claims.extend(other.claims.iter().cloned());
    }
}

impl<T: Clone> Union<T> {
    /// Adds every claim of another set.
    pub fn extend(&mut self, other: &Self) {
        self.claims.extend(other.claims.iter().cloned());
    }
}
