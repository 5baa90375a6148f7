//! The account that a service of a project runs as when its file says root, or when its image does and nobody here
//! builds it.
//!
//! Deliberately absent: images that are built here, whose recipe is another document's; services that hold the
//! engine's socket, which only root may use; and those that start as root in order to hand over to an account.

use plimsoll_posture::{Change, Claim, Known, Layer, MountKind, Service, Setting, UserSpec, handover};

use crate::Remedy;
use crate::host_path::runtime_socket;
use crate::remedy::{give, withdraw};

/// Another account than root for a service.
pub(crate) fn remedy(service: &Service, uid: &Claim<u32>) -> Option<Remedy> {
    let socket = service
        .mounts
        .values()
        .any(|(mount, _)| mount.host_path().is_some_and(|path| runtime_socket(path).is_some()));
    let host = service.privileged.value() == Some(&true) || service.use_api_socket.value() == Some(&true);
    if !service.runtime || socket || host || uid.value != Known::Value(0) {
        return None;
    }
    if is_told_the_account(service) || command_hands_over(service) {
        return None;
    }
    if uid.layer >= Layer::Compose {
        return Some(instead_of_root(service));
    }
    if service.build.is_some() {
        return None;
    }
    let image = service.image.value().map(|image| image.name());
    let knowledge = &service.knowledge;
    if image.as_deref() == Some("nginx") {
        return Some(unprivileged_nginx(service));
    }
    match knowledge.offers_user.as_ref().or(knowledge.steps_down_to.as_ref()) {
        Some(user) => Some(run_as(service, user, "that account owns")),
        None => Some(run_as(service, NOBODYS, "uid 1000 owns")),
    }
}

/// Variables by which the images of linuxserver.io and those made like them are told whom to hand over to. They start as
/// root, write the account down, give it the data and go on as that account.
const ACCOUNT: &[&str] = &["PGID", "PUID", "USERMAP_GID", "USERMAP_UID", "USER_GID", "USER_UID"];

/// Whether a variable tells the image which account to hand over to.
pub(crate) fn is_told_the_account(service: &Service) -> bool {
    ACCOUNT.iter().any(|name| service.env.get(name).is_some())
}

/// Whether what is started says itself that another account goes on, for which it must be root before.
fn command_hands_over(service: &Service) -> bool {
    [&service.entrypoint, &service.command].into_iter().any(|line| line.value().and_then(handover).is_some())
}

/// A number that owns nothing in most images.
const NOBODYS: &str = "1000:1000";

fn run_as(service: &Service, user: &str, owner: &str) -> Remedy {
    Remedy::risky(
        vec![give(service, Setting::User(user.into()))],
        format!(
            "files and volumes that root owns cannot be written any more: give the program a place that {owner}"
        ),
    )
}

/// The project's file says root.
fn instead_of_root(service: &Service) -> Remedy {
    let says_root = |claim: &&Claim<UserSpec>| {
        claim.layer >= Layer::Compose && claim.value.value().and_then(UserSpec::is_root) == Some(true)
    };
    let better = service
        .user
        .claims()
        .iter()
        .any(|claim| claim.value.value().is_some_and(|user| user.is_root() != Some(true)));
    let own_entrypoint = service.entrypoint.effective().is_none_or(|claim| claim.layer == Layer::Base);
    let steps_down =
        service.knowledge.steps_down_to.is_some() && own_entrypoint || service.steps_down.is_some();
    if better || steps_down {
        let changes = service.user.claims().iter().filter(says_root).map(withdraw::<UserSpec>).collect();
        return Remedy::risky(
            changes,
            "files and volumes that root has written until now may not be writable for the image's own account",
        );
    }
    match &service.knowledge.offers_user {
        Some(user) => run_as(service, user, "that account owns"),
        None => run_as(service, NOBODYS, "uid 1000 owns"),
    }
}

/// The official image has an account 101 and starts as it when its scratch directories can be written; ports below 1024
/// are open to everybody in a container.
fn unprivileged_nginx(service: &Service) -> Remedy {
    let mounted = |path: &str| {
        service
            .mounts
            .values()
            .any(|(mount, _)| mount.kind == MountKind::Tmpfs && mount.target.trim_end_matches('/') == path)
    };
    let mut changes: Vec<Change> = vec![give(service, Setting::User("101:101".into()))];
    let scratch = ["/run", "/var/cache/nginx"].into_iter().filter(|path| !mounted(path));
    changes.extend(scratch.map(|path| give(service, Setting::Tmpfs(path.into()))));
    Remedy::risky(
        changes,
        "certificates and files that only root may read cannot be served, and other paths cannot be written",
    )
}
/// Images such as postgres start as root and hand over to their own account, as long as nobody replaces the entrypoint
/// or asks for root explicitly.
pub(crate) fn hands_over(service: &Service, uid: &Claim<u32>) -> bool {
    service.knowledge.steps_down_to.is_some()
        && uid.layer == Layer::Base
        && service.entrypoint.effective().is_none_or(|claim| claim.layer == Layer::Base)
}
