//! The capabilities that the engine leaves to every container.

use plimsoll_posture::{
    Capability, CapabilityEntry, CapabilitySet, Change, Claim, Known, Posture, Role, Service, Setting,
};

use crate::deciding::{or_unknown, unless_privileged, unset};
use crate::remedy::{give, withdraw};
use crate::service_account::is_told_the_account;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "capabilities-kept",
    title: "default capabilities are kept",
    page: include_str!("capabilities_kept.md"),
    severity: Severity::Medium,
    foothold: Foothold::Root,
    since: "0.1.0",
    peers: &["CL-0006", "CIS-5.4", "KICS: Container Capabilities Unrestricted"],
    covered_by: &["privileged-container"],
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
    or_unknown(&service.cap_drop, Verdict::fail(finding.remedied(remedy(service))))
}

/// What an entrypoint needs that gives its data to another account and goes on as that one.
const HANDOVER: &[Capability] = &[
    Capability::CHOWN,
    Capability::DAC_OVERRIDE,
    Capability::FOWNER,
    Capability::SETGID,
    Capability::SETUID,
];

/// What a server needs that starts as root and answers through workers of another account. Ports below 1024 need none:
/// the engine opens them to everybody in a container since 20.10.
const WORKERS: &[Capability] = &[Capability::CHOWN, Capability::SETGID, Capability::SETUID];

/// Official images that give their files to `www-data` and then serve them with Apache, whose workers are that account.
const APACHE: &[&str] = &["drupal", "joomla", "matomo", "nextcloud", "phpmyadmin", "wordpress"];

fn needed(service: &Service) -> &'static [Capability] {
    if starts_as_other(service) {
        return &[];
    }
    let hands_over = service.knowledge.steps_down_to.is_some() || service.steps_down.is_some();
    let image = service.image.value().map(|image| image.name());
    let apache = image.as_deref().is_some_and(|name| APACHE.contains(&name));
    if hands_over || apache || is_told_the_account(service) {
        HANDOVER
    } else if service.knowledge.role == Some(Role::Proxy) {
        WORKERS
    } else {
        &[]
    }
}

/// Whether the first process is known not to be root from its start on.
fn starts_as_other(service: &Service) -> bool {
    let uid = service.kernel.uid.value().is_some_and(|uid| *uid != 0);
    uid && service.user.value().is_some_and(|user| user.is_root() != Some(true))
}

fn remedy(service: &Service) -> Remedy {
    let mut changes = Vec::new();
    let mut entries = service.cap_drop.items();
    match entries.next() {
        None => changes.push(give(service, Setting::CapDrop("ALL".into()))),
        Some(first) => {
            changes.push(Change::Reword { at: first.at.clone(), text: "ALL".to_owned() });
            changes.extend(entries.map(|claim: &Claim<CapabilityEntry>| withdraw(claim)));
        }
    }
    let has = |capability: Capability| {
        service.cap_add.values().any(|(entry, _)| *entry == CapabilityEntry::One(capability))
    };
    let missing = needed(service).iter().filter(|capability| !has(**capability));
    changes.extend(missing.map(|capability| give(service, Setting::CapAdd(capability.name().into()))));
    let other = starts_as_other(service)
        && service.kernel.uid.effective().is_some_and(|claim| !claim.is_assumed())
        && service.hooks.is_empty();
    if other && service.no_new_privileges.value() == Some(&true) {
        return Remedy::safe(
            changes,
            "the first process is not root and none gains privileges, so that none has a capability to lose",
        );
    }
    Remedy::risky(
        changes,
        match (needed(service), other) {
            ([], true) => "a program that gains a capability through a setuid or marked file fails",
            ([], false) => "a program that runs as root and relies on one of them fails",
            _ => "a program that relies on one that is not given back fails",
        },
    )
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
