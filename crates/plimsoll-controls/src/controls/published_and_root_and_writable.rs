//! Published, root and writable at once: what an intruder through the port finds.

use plimsoll_posture::{Claim, Known, Layer, Posture, PublishedPort, Reach, Role, Service, handover_of};

use super::{runs_as_root, writable_root_filesystem};
use crate::datastore::publishes;
use crate::debugger::is_debug_port;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "published-and-root-and-writable",
    title: "intruder through a published port is root and may write everywhere",
    page: include_str!("published_and_root_and_writable.md"),
    severity: Severity::High,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, settings: &Settings) -> Verdict {
    if !publishes(service) {
        return Verdict::NotApplicable("no port is published");
    }
    let Some(port) = widest(service) else {
        return Verdict::NotApplicable("no port is published");
    };
    match port.value.value().map(PublishedPort::reach) {
        Some(Known::Value(Reach::Loopback)) => {
            return Verdict::NotApplicable("its ports are published on the loopback address only");
        }
        Some(Known::Unknown(reason)) => return Verdict::Unknown(reason),
        _ => {}
    }
    let readonly = service.readonly_rootfs.effective();
    match readonly.map(|claim| (&claim.value, claim)) {
        Some((Known::Value(true), claim)) => return Verdict::pass(claim),
        Some((Known::Unknown(reason), _)) => return Verdict::Unknown(reason.clone()),
        _ => {}
    }
    let root = match (runs_as_root::check(service, posture, settings), service.kernel.uid.effective()) {
        (Verdict::Fail(_), Some(claim)) => claim,
        (Verdict::Unknown(reason), _) => return Verdict::Unknown(reason),
        (Verdict::Pass(evidence), _) => return Verdict::Pass(evidence),
        _ => return Verdict::absent(),
    };
    if !is_own(service, root) {
        return Verdict::NotApplicable("its image's maker decides as whom the program behind the port runs");
    }
    if steps_down(service) {
        return Verdict::NotApplicable("its command hands the program over to another account");
    }
    let text = port.value.value().map_or("", |port| &port.text);
    let number = port.value.value().and_then(|port| port.container.value()).map(ToString::to_string);
    let message = format!(
        "service `{}`: an intruder through port {} is root and may write everywhere",
        service.name(),
        number.as_deref().unwrap_or(text)
    );
    let label = if root.is_assumed() { "no user is set: uid 0" } else { "uid 0, set here" };
    let mut finding = Finding::at(root, label, message, fix(service, root))
        .near(port.at.clone(), format!("published here: `{text}`"));
    if let Some(claim) = readonly.filter(|claim| !claim.is_assumed()) {
        finding = finding.near(claim.at.clone(), "root file system left writable");
    }
    Verdict::fail(
        finding.remedied_by(service.runtime.then(|| writable_root_filesystem::remedy(service)).flatten()),
    )
}

/// Whether the program behind the port runs as the first process does: servers of others (nginx, Apache) start as root
/// and answer as somebody else, so there only a user that the project itself says counts.
fn is_own(service: &Service, root: &Claim<u32>) -> bool {
    let server = !matches!(service.knowledge.role, None | Some(Role::Runtime | Role::Distribution));
    !server && (service.build.is_some() || root.layer >= Layer::Image || service.knowledge.role.is_some())
}

/// Whether a script in its command starts something as somebody else: `bash -c "prepare; su -c serve app"`.
fn steps_down(service: &Service) -> bool {
    let lines = [&service.entrypoint, &service.command].into_iter().filter_map(|fact| fact.value());
    let mut words = lines.flat_map(|line| line.arguments());
    words.any(|word| {
        word.split(['\n', ';', '&', '|']).any(|command| {
            let words: Vec<&str> = command.split_whitespace().collect();
            handover_of(&words).is_some_and(|user| user.is_root() != Some(true))
        })
    })
}

/// The first of the ports that reach furthest; a debugger's is told by its own control.
fn widest(service: &Service) -> Option<&Claim<PublishedPort>> {
    let ports = || service.published.items();
    let debugger =
        |claim: &Claim<PublishedPort>| claim.value.value().is_some_and(|port| is_debug_port(service, port));
    ports().min_by_key(|claim| (std::cmp::Reverse(reach(claim)), debugger(claim)))
}

fn reach(claim: &Claim<PublishedPort>) -> Option<Reach> {
    claim.value.value()?.reach().value().copied()
}

fn fix(service: &Service, root: &Claim<u32>) -> String {
    let user = runs_as_root::fix(service, root);
    let tmpfs = if service.mounts.values().any(|(mount, _)| mount.target.trim_end_matches('/') == "/tmp") {
        ""
    } else {
        " with `tmpfs: [/tmp]`"
    };
    format!("{user}; then `read_only: true`{tmpfs}")
}
