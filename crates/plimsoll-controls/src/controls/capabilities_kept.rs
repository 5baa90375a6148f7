//! The capabilities that the engine leaves to every container.

use plimsoll_posture::{CapabilityEntry, CapabilitySet, Known, Posture, Service};

use crate::deciding::{or_unknown, unless_privileged, unset};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "capabilities-kept",
    title: "default capabilities are kept",
    page: include_str!("capabilities_kept.md"),
    severity: Severity::Medium,
    foothold: Foothold::Root,
    since: "0.1.0",
    peers: &["CL-0006", "CIS-5.4", "KICS: Container Capabilities Unrestricted"],
    covered_by: &[],
    standing: Standing::Baseline,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    if service.cap_add.values().any(|(entry, _)| *entry == CapabilityEntry::All) {
        return Verdict::NotApplicable("`cap_add: ALL` covers it");
    }
    unless_privileged(service, || judge(service))
}

fn judge(service: &Service) -> Verdict {
    let mut kept = CapabilitySet::docker_default();
    for (entry, claim) in service.cap_drop.values() {
        match entry {
            CapabilityEntry::All => return Verdict::pass(claim),
            CapabilityEntry::One(capability) => {
                kept = kept.without([*capability].into_iter().collect());
            }
            CapabilityEntry::Unheard(_) => {}
        }
        if kept.is_empty() {
            return Verdict::pass(claim);
        }
    }
    let name = service.name();
    let left = kept.iter().count();
    let finding = match service.cap_drop.items().next() {
        None => unset(
            service,
            "cap_drop",
            format!("service `{name}` keeps the engine's {left} default capabilities"),
            fix(service),
        ),
        Some(first) => Finding::at(
            first,
            format!("{left} default capabilities stay"),
            format!("service `{name}` keeps {left} of the engine's default capabilities"),
            fix(service),
        ),
    };
    or_unknown(&service.cap_drop, Verdict::fail(finding))
}

fn fix(service: &Service) -> String {
    let drop = if service.cap_drop.is_empty() {
        "add `cap_drop: [ALL]`"
    } else {
        "replace the entries of `cap_drop` by `ALL`"
    };
    let uid = service.kernel.uid.effective().map(|claim| &claim.value);
    match (uid, &service.knowledge.steps_down_to) {
        (Some(Known::Value(uid)), _) if *uid != 0 => {
            format!("{drop}: uid {uid} has no effective capability that it could miss")
        }
        (Some(Known::Value(0)), Some(account)) => format!(
            "{drop} and `cap_add: [CHOWN, DAC_OVERRIDE, FOWNER, SETGID, SETUID]`, with which the entrypoint hands over \
             to `{account}`"
        ),
        _ => format!("{drop}, and `cap_add` with the few that the program turns out to need"),
    }
}
