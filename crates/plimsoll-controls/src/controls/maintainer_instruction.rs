//! The deprecated `MAINTAINER`.

use plimsoll_posture::{Plane, Posture, Recipe, Stage, StepKind};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "maintainer-instruction",
    title: "MAINTAINER is out of use",
    page: include_str!("maintainer_instruction.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "DL4000",
        "DS-0022",
        "CKV_DOCKER_6",
        "MaintainerDeprecated",
        "KICS: MAINTAINER Instruction Being Used",
    ],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let found = stage.steps.iter().filter(|step| matches!(step.kind, StepKind::Maintainer));
    let findings = found.map(|step| {
        Finding::place(
            stage.place(step.keyword_at),
            Plane::Declared,
            "deprecated",
            format!("stage `{}` names its author with MAINTAINER", stage.label()),
            "write `LABEL org.opencontainers.image.authors=\"…\"`",
        )
    });
    Verdict::from_findings(findings.collect(), Verdict::absent())
}
