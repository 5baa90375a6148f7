//! The obsolete top-level `version`.

use plimsoll_posture::{Change, Posture};

use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "compose-version-field",
    title: "compose file has an obsolete version",
    page: include_str!("compose_version_field.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["no-version-field"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Project(check),
};

fn check(posture: &Posture, _: &Settings) -> Verdict {
    if !posture.services.iter().any(|service| service.runtime) {
        return Verdict::NotApplicable("there is no compose file");
    }
    match &posture.project.version {
        None => Verdict::absent(),
        Some(claim) => Verdict::fail(
            Finding::at(
                claim,
                "has no effect",
                "the compose file has a `version`, which Compose ignores",
                "delete the line",
            )
            .remedied(Remedy::safe(
                vec![Change::Withdraw { at: claim.at.clone() }],
                "Compose 2 reads every file by the one current specification",
            )),
        ),
    }
}
