//! A datastore moved to a network that does not lead outward, with those that need it.
//!
//! Deliberately absent: services in another network namespace, and datastores that are published: on such a network
//! nothing is.

use plimsoll_posture::{Attachment, Change, Claim, Known, NamespaceMode, Posture, Service, Setting};

use crate::Remedy;
use crate::datastore::{is_datastore, is_internal, publishes};
use crate::remedy::{give, withdraw};

/// Moves a datastore from the network that it shares with published services to an internal one.
pub(crate) fn remedy(
    store: &Service,
    from: &Attachment,
    claim: &Claim<Attachment>,
    posture: &Posture,
) -> Option<Remedy> {
    if publishes(store) || store.networks.unknown().is_some() || !from.aliases.is_empty() {
        return None;
    }
    let others: Vec<&Service> =
        posture.members(&from.network).filter(|other| other.name() != store.name()).collect();
    let needing: Vec<&Service> =
        others.iter().copied().filter(|other| mentions(other, store) || mentions(store, other)).collect();
    // Where nothing that was read names it, everybody may need it.
    let users = if needing.is_empty() { others } else { needing };
    if users.iter().any(|user| user.networks.unknown().is_some() || has_own_namespace(user)) {
        return None;
    }
    let internal =
        posture.networks.iter().find(|network| !network.external && is_internal(network) == Some(true));
    let name = match internal {
        Some(network) => network.name.clone(),
        None => free_name(posture)?.into(),
    };
    let joins = |service: &Service, network: &str| {
        service.networks.values().any(|(attachment, _)| &*attachment.network == network)
    };
    let mut changes = Vec::new();
    if internal.is_none() {
        changes.push(Change::Network { anchor: store.subject.anchor, name: name.clone(), internal: true });
    }
    if !joins(store, &name) {
        changes.push(give(store, Setting::Network(name.clone())));
    }
    if !claim.is_assumed() {
        changes.push(withdraw(claim));
    }
    for user in users {
        // A service that names a network is no longer on the one that was implied.
        if user.networks.items().all(Claim::is_assumed) {
            changes.extend(
                user.networks
                    .values()
                    .map(|(attachment, _)| give(user, Setting::Network(attachment.network.clone()))),
            );
        }
        if !joins(user, &name) {
            changes.push(give(user, Setting::Network(name.clone())));
        }
    }
    let store = store.name();
    Some(Remedy::risky(
        changes,
        format!(
            "`{store}` does not reach the outside any more, and only services that name it reach `{store}`"
        ),
    ))
}

fn has_own_namespace(service: &Service) -> bool {
    !matches!(service.network_mode.value(), None | Some(NamespaceMode::Private))
}

fn free_name(posture: &Posture) -> Option<&'static str> {
    ["back", "internal", "data"].into_iter().find(|name| posture.network(name).is_none())
}

/// Whether a service is seen to need another: it waits for it, links to it, or names it as a host.
fn mentions(service: &Service, other: &Service) -> bool {
    let name = other.name();
    let named = |text: &str| {
        text.match_indices(name).any(|(at, _)| {
            let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            let before = text.get(..at).and_then(|head| head.chars().next_back());
            let behind = text.get(at + name.len()..).and_then(|rest| rest.chars().next());
            !before.is_some_and(part) && !behind.is_some_and(part)
        })
    };
    let link = |link: &str| link.split(':').next() == Some(name);
    service.depends_on.values().any(|(own, _)| &**own == name)
        || service.links.values().any(|(own, _)| link(own))
        || service.env.effective().any(|(_, claim)| match &claim.value {
            Known::Value(value) => named(value.expose()),
            Known::Unknown(_) => false,
        })
        || [service.command.value(), service.entrypoint.value()]
            .into_iter()
            .flatten()
            .any(|line| line.words.iter().any(|word| named(word.expose())))
        || is_datastore(service) && is_datastore(other) && service.image.value() == other.image.value()
}
