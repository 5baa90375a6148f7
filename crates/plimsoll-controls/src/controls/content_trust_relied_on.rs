//! Docker Content Trust, which is being retired.

use plimsoll_posture::{Known, Posture};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "content-trust-relied-on",
    title: "project relies on Docker Content Trust",
    page: include_str!("content_trust_relied_on.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-4.5", "CIS-DI-0005"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Project(check),
};

const VARIABLE: &str = "DOCKER_CONTENT_TRUST";

fn check(posture: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    let mut reason = None;
    for claim in &posture.project.content_trust {
        match &claim.value {
            Known::Value(true) => findings.push(Finding::at(claim, LABEL, MESSAGE, FIX)),
            Known::Value(false) => {}
            Known::Unknown(why) => reason = reason.or_else(|| Some(why.clone())),
        }
    }
    for service in &posture.services {
        let Some(claim) = service.env.get(VARIABLE).and_then(|fact| fact.effective()) else { continue };
        match &claim.value {
            Known::Value(value) if matches!(value.expose(), "" | "0" | "false") => {}
            Known::Value(_) => findings.push(Finding::at(
                claim,
                LABEL,
                format!("service `{}` relies on Docker Content Trust", service.name()),
                FIX,
            )),
            Known::Unknown(why) => reason = reason.or_else(|| Some(why.clone())),
        }
    }
    Verdict::from_findings(findings, reason.map_or_else(Verdict::absent, Verdict::Unknown))
}

const LABEL: &str = "the service behind it ends on 2026-12-08";
const MESSAGE: &str = "the project relies on Docker Content Trust";
const FIX: &str = "remove it; pin images by digest (`name:tag@sha256:…`) and verify signatures with cosign";
