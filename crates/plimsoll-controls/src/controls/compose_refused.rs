//! What Compose refuses before it starts anything.

use plimsoll_posture::{Plane, Posture};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "compose-refused",
    title: "Compose refuses the project",
    page: include_str!("compose_refused.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["invalid-yaml", "invalid-schema"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Project(check),
};

fn check(posture: &Posture, _: &Settings) -> Verdict {
    if !posture.services.iter().any(|service| service.runtime) {
        return Verdict::NotApplicable("there is no compose file");
    }
    let findings = posture.project.refusals.iter().map(|refusal| {
        Finding::place(
            refusal.at.clone(),
            Plane::Declared,
            "Compose stops here",
            refusal.message.clone(),
            refusal.cure.clone().unwrap_or_else(|| "correct it".to_owned()),
        )
    });
    Verdict::from_findings(findings.collect(), Verdict::absent())
}
