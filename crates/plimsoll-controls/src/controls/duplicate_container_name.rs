//! Two services that want the same container name.

use plimsoll_posture::{Known, Posture, Service};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "duplicate-container-name",
    title: "two services have the same container name",
    page: include_str!("duplicate_container_name.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["no-duplicate-container-names"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

/// Judges a service against those before it, so that a pair is told once.
fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let Some(claim) = service.container_name.effective() else {
        return Verdict::NotApplicable("Compose makes the name");
    };
    let name = match &claim.value {
        Known::Value(name) => name,
        Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
    };
    let same = posture.services.iter().take_while(|other| !std::ptr::eq(*other, service)).find_map(|other| {
        Some((other, other.container_name.effective()?))
            .filter(|(_, claim)| claim.value.value() == Some(name))
    });
    let Some((other, at)) = same else { return Verdict::pass(claim) };
    Verdict::fail(
        Finding::at(
            claim,
            "taken already",
            format!(
                "services `{}` and `{}` both have the container name `{name}`",
                other.name(),
                service.name()
            ),
            "give one of them another name, or remove `container_name`",
        )
        .with(at, format!("`{}` takes it here", other.name())),
    )
}
