//! What conditions see of one service and of its host: every field as a known or an unknown value, with the place that
//! says so.
//!
//! Deliberately absent: what is wrong with any of it. What a plain scan cannot know of the host is unknown here, except for
//! what the engine documents as its default.

use std::borrow::Cow;

use plimsoll_posture::{CapabilitySet, Claim, Fact, Host, Known, Plane, Provenance, Reason, Service};

use super::field::Field;
use super::version::Version;

/// A value of a field.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    /// There is none.
    Null,
    Flag(bool),
    Number(u64),
    Text(Cow<'a, str>),
    /// A version as written, and read where it can be.
    Version(Option<Version>, Cow<'a, str>),
    Caps(CapabilitySet),
    Items(Items<'a>),
    Binds(Binds<'a>),
}

/// A list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Items<'a> {
    pub(crate) all: Vec<Item<'a>>,
    /// Why it may hold more.
    pub(crate) open: Option<Reason>,
}

/// One entry.
#[derive(Debug, Clone)]
pub(crate) struct Item<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) spot: Option<Spot<'a>>,
    /// The other service that it is of.
    pub(crate) of: Option<&'a str>,
}

/// What is mounted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Binds<'a> {
    pub(crate) all: Vec<Bind<'a>>,
    /// Mounts of which the source is not known, each with its reason and whether it may be written.
    pub(crate) open: Vec<(&'a Reason, &'a Known<bool>)>,
}

/// One mount.
#[derive(Debug, Clone)]
pub(crate) struct Bind<'a> {
    /// The path on the host, or the name of a volume.
    pub(crate) path: String,
    pub(crate) writable: &'a Known<bool>,
    pub(crate) spot: Spot<'a>,
    pub(crate) kind: BindKind,
    /// Whether what lies there is in every image.
    pub(crate) harmless: bool,
    /// Another service that mounts the same.
    pub(crate) shared_with: Option<&'a str>,
}

/// What a mount is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BindKind {
    /// A path of the host.
    Host,
    /// A path of the project's own directory.
    Project,
    /// A named volume.
    Volume,
}

impl Bind<'_> {
    /// Whether it is a path of the host that is not the project's own.
    pub(crate) fn is_of_host(&self) -> bool {
        self.kind == BindKind::Host
    }
}

/// Where something is said, and how sure it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot<'a> {
    pub(crate) at: &'a Provenance,
    pub(crate) plane: Plane,
}

impl<'a> Spot<'a> {
    pub(crate) fn of<T>(claim: &'a Claim<T>) -> Self {
        Self { at: &claim.at, plane: claim.plane }
    }
}

/// A field's value.
#[derive(Debug, Clone)]
pub(crate) struct Slot<'a> {
    pub(crate) value: Known<Value<'a>>,
    /// The place that decides; the service's own where nobody says anything.
    pub(crate) spot: Option<Spot<'a>>,
}

impl<'a> Slot<'a> {
    pub(crate) fn silent(value: Value<'a>) -> Self {
        Self { value: Known::Value(value), spot: None }
    }

    pub(crate) fn unknown(reason: Reason) -> Self {
        Self { value: Known::Unknown(reason), spot: None }
    }

    pub(crate) fn of<T>(claim: &'a Claim<T>, value: impl FnOnce(&'a T) -> Value<'a>) -> Self {
        let known = match &claim.value {
            Known::Value(inner) => Known::Value(value(inner)),
            Known::Unknown(reason) => Known::Unknown(reason.clone()),
        };
        Self { value: known, spot: Some(Spot::of(claim)) }
    }

    /// What a fact says, and what holds where nobody has spoken.
    pub(crate) fn of_fact<T>(
        fact: &'a Fact<T>,
        value: impl FnOnce(&'a T) -> Value<'a>,
        silent: impl FnOnce() -> Known<Value<'a>>,
    ) -> Self {
        match fact.effective() {
            Some(claim) => Self::of(claim, value),
            None => Self { value: silent(), spot: None },
        }
    }
}

/// Everything that conditions see.
#[derive(Debug, Clone)]
pub(crate) struct View<'a> {
    /// The service; none where only the host is looked at.
    pub(crate) service: Option<&'a Service>,
    /// The host.
    pub(crate) host: Option<&'a Host>,
    slots: Vec<Slot<'a>>,
}

impl<'a> View<'a> {
    /// A view of which every field is not known.
    pub(crate) fn blank(service: Option<&'a Service>, host: Option<&'a Host>) -> Self {
        let slots = Field::ALL.iter().map(|field| Slot::unknown(Reason::NeedsEngine(field.command())));
        Self { service, host, slots: slots.collect() }
    }

    pub(crate) fn slot(&self, field: Field) -> &Slot<'a> {
        // Every field has its slot: `blank` makes them all.
        &self.slots[field as usize]
    }

    pub(crate) fn set(&mut self, field: Field, slot: Slot<'a>) {
        if let Some(own) = self.slots.get_mut(field as usize) {
            *own = slot;
        }
    }

    /// The same service if its first process were root: what a program with the setuid bit may make of it.
    pub(crate) fn as_root(&self) -> Self {
        let mut root = self.clone();
        root.set(
            Field::Uid,
            Slot { value: Known::Value(Value::Number(0)), spot: self.slot(Field::Uid).spot },
        );
        root.set(Field::CapEff, self.slot(Field::CapBnd).clone());
        root
    }
}
