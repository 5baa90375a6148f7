//! Entries of the capability lists that change nothing.

use plimsoll_posture::{Capability, CapabilityEntry, CapabilitySet, Claim, Posture, Service, Union};

use crate::deciding::unless_privileged;
use crate::remedy::withdraw;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "redundant-capability",
    title: "entry of the capability lists has no effect",
    page: include_str!("redundant_capability.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    unless_privileged(service, || {
        if service.cap_add.is_empty() && service.cap_drop.is_empty() {
            return Verdict::NotApplicable("no capability is added or dropped");
        }
        // Whether an entry has an effect depends on all the others.
        if let Some(reason) = service.cap_add.unknown().or(service.cap_drop.unknown()) {
            return Verdict::Unknown(reason.clone());
        }
        let mut findings = list(service, "cap_add", &service.cap_add, added(service));
        findings.extend(list(service, "cap_drop", &service.cap_drop, dropped(service)));
        Verdict::from_findings(findings, Verdict::absent())
    })
}

fn list(
    service: &Service,
    key: &'static str,
    entries: &Union<CapabilityEntry>,
    idle: impl Fn(Capability) -> Option<&'static str>,
) -> Vec<Finding> {
    let all = has_all(entries);
    let mut seen: Vec<&CapabilityEntry> = Vec::new();
    let mut findings = Vec::new();
    for (entry, claim) in entries.values() {
        let name = match entry {
            CapabilityEntry::All => "ALL",
            CapabilityEntry::One(capability) => capability.name(),
            CapabilityEntry::Unheard(name) => name,
        };
        let why = match entry {
            _ if seen.contains(&entry) => Some("named twice"),
            CapabilityEntry::Unheard(_) => Some("no kernel knows this capability"),
            CapabilityEntry::One(_) if all => Some("`ALL` holds it already"),
            CapabilityEntry::One(capability) => idle(*capability),
            CapabilityEntry::All => None,
        };
        seen.push(entry);
        if let Some(why) = why {
            findings.push(finding(service, key, name, why, claim));
        }
    }
    findings
}

fn finding(service: &Service, key: &str, name: &str, why: &str, claim: &Claim<CapabilityEntry>) -> Finding {
    Finding::at(
        claim,
        why,
        format!("`{name}` in `{key}` of service `{}` has no effect", service.name()),
        format!("delete the entry `{name}`"),
    )
    // A name that no kernel knows is most likely a slip, and only a person knows which one was meant.
    .remedied_by((!matches!(claim.value.value(), Some(CapabilityEntry::Unheard(_)))).then(|| {
        let mut changes = vec![withdraw(claim)];
        if key == "cap_drop" {
            changes.extend(given_back_by(service, claim).map(withdraw));
        }
        Remedy::safe(changes, "the container has the same capabilities with and without it")
    }))
}

/// What adds a capability of the engine's default again that is dropped: without the one the other is idle too.
fn given_back_by<'s>(
    service: &'s Service,
    dropped: &Claim<CapabilityEntry>,
) -> impl Iterator<Item = &'s Claim<CapabilityEntry>> {
    let own = match dropped.value.value() {
        Some(CapabilityEntry::One(capability))
            if !has_all(&service.cap_drop) && CapabilitySet::docker_default().contains(*capability) =>
        {
            Some(*capability)
        }
        _ => None,
    };
    service
        .cap_add
        .items()
        .filter(move |claim| own.is_some_and(|own| claim.value.value() == Some(&CapabilityEntry::One(own))))
}

/// What the engine leaves to a container anyway.
fn added(service: &Service) -> impl Fn(Capability) -> Option<&'static str> {
    let all_dropped = has_all(&service.cap_drop);
    let dropped = set(&service.cap_drop);
    move |capability| {
        let idle = !all_dropped
            && !dropped.contains(capability)
            && CapabilitySet::docker_default().contains(capability);
        idle.then_some("the engine's default has it already")
    }
}

/// What a container never had, or gets back: moby adds after it has dropped.
fn dropped(service: &Service) -> impl Fn(Capability) -> Option<&'static str> {
    let everything = has_all(&service.cap_add);
    let added = set(&service.cap_add);
    move |capability| {
        if added.contains(capability) {
            return Some("`cap_add` gives it back");
        }
        let never = !everything && !CapabilitySet::docker_default().contains(capability);
        never.then_some("the engine's default does not have it")
    }
}

fn has_all(entries: &Union<CapabilityEntry>) -> bool {
    entries.values().any(|(entry, _)| *entry == CapabilityEntry::All)
}

fn set(entries: &Union<CapabilityEntry>) -> CapabilitySet {
    entries
        .values()
        .filter_map(|(entry, _)| match entry {
            CapabilityEntry::One(capability) => Some(*capability),
            _ => None,
        })
        .collect()
}
