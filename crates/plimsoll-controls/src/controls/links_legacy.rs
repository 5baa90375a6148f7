//! `links`, from before networks had names.

use plimsoll_posture::{Posture, Service};

use crate::deciding::by_items;
use crate::remedy::withdraw;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "links-legacy",
    title: "service uses legacy links",
    page: include_str!("links_legacy.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    by_items(&service.links, |link, claim| {
        let (target, alias) = link.split_once(':').unwrap_or((link, link));
        let fix = if alias == target {
            format!("remove the link: `{target}` is found by its name on a shared network")
        } else {
            format!("remove the link and give `{target}` the alias `{alias}` on a shared network")
        };
        let message = format!("service `{}` is linked to `{target}`", service.name());
        let remedy = (alias == target && meets(service, target, posture)).then(|| {
            let changes = vec![withdraw(claim)];
            match service.depends_on.values().any(|(name, _)| &**name == target) {
                true => {
                    Remedy::safe(changes, "the two meet on a network under the same name, in the same order")
                }
                false => Remedy::risky(changes, "it may start before the other one"),
            }
        });
        Some(Finding::at(claim, "legacy", message, fix).remedied_by(remedy))
    })
}

/// Whether both are on one network of the project, where each finds the other by its name.
fn meets(service: &Service, target: &str, posture: &Posture) -> bool {
    posture.service(target).is_some_and(|other| {
        let theirs: Vec<_> = other.networks.values().map(|(attachment, _)| &attachment.network).collect();
        service.networks.values().any(|(attachment, _)| theirs.contains(&&attachment.network))
    })
}
