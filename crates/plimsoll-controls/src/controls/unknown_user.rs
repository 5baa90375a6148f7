//! `user:` names an account that the image does not have. A Dockerfile's own `USER` is another control's.

use plimsoll_posture::{Flavour, Known, Layer, Posture, Reason, Service, UserSpec};

use crate::image_base::built_from;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, stage_steps};

pub(super) static CONTROL: Control = Control {
    id: "unknown-user",
    title: "service asks for a user that its image does not have",
    page: include_str!("unknown_user.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let Some(claim) = service.user.effective() else { return Verdict::NotApplicable("no user is set") };
    let user = match &claim.value {
        Known::Value(user) => user,
        Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
    };
    if claim.layer < Layer::Compose {
        return Verdict::NotApplicable("the image decides");
    }
    let windows = service.knowledge.distribution.as_deref() == Some("windows");
    if user.is_root().is_some() || windows {
        return Verdict::NotApplicable("a number and root need no entry in the list of accounts");
    }
    if has(service, user) {
        return Verdict::pass(claim);
    }
    if !complete(service, posture) {
        let image =
            service.image.value().map_or_else(|| service.subject.name.clone(), |image| image.text.clone());
        return Verdict::Unknown(Reason::AccountNotListed { name: user.user.clone(), image });
    }
    let offered = service.created_accounts.iter().rev().find_map(|claim| claim.value.value());
    let offered = offered.map(|account| &*account.name).or(service.knowledge.offers_user.as_deref());
    let fix = match offered {
        Some(name) => {
            format!("use `{name}`, which the image has, or create `{}` in a step before", user.user)
        }
        None => format!("create `{}` in the image, or use a number", user.user),
    };
    Verdict::fail(Finding::at(
        claim,
        "no such account in the image",
        format!(
            "service `{}` starts as `{}`, an account that its image does not have",
            service.name(),
            user.user
        ),
        fix,
    ))
}

fn has(service: &Service, user: &UserSpec) -> bool {
    let created = service.created_accounts.iter().filter_map(|claim| claim.value.value());
    created.chain(&service.knowledge.accounts).any(|account| account.name == user.user)
}

/// Whether every account is known: the base's whole list, and nothing in the build that may add others unseen.
fn complete(service: &Service, posture: &Posture) -> bool {
    let scratch = service.knowledge.flavour == Some(Flavour::Scratch);
    if !scratch && !service.knowledge.accounts_complete {
        return false;
    }
    match built_from(service, posture) {
        Some((recipe, stage)) => {
            !stage_steps::lineage(recipe, stage).any(|(_, step)| stage_steps::may_add_accounts(step))
        }
        None => service.build.is_none(),
    }
}
