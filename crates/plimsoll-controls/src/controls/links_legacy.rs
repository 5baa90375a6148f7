//! `links`, from before networks had names.

use plimsoll_posture::{Posture, Service};

use crate::deciding::by_items;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

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

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_items(&service.links, |link, claim| {
        let (target, alias) = link.split_once(':').unwrap_or((link, link));
        let fix = if alias == target {
            format!("remove the link: `{target}` is found by its name on a shared network")
        } else {
            format!("remove the link and give `{target}` the alias `{alias}` on a shared network")
        };
        let message = format!("service `{}` is linked to `{target}`", service.name());
        Some(Finding::at(claim, "legacy", message, fix))
    })
}
