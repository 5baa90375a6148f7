//! `ENV name value`.

use plimsoll_posture::{Plane, Posture, Recipe, Stage, StepKind};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "legacy-key-value",
    title: "ENV or LABEL is written without `=`",
    page: include_str!("legacy_key_value.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["LegacyKeyValueFormat"],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let findings = stage.steps.iter().filter(|step| step.legacy).map(|step| {
        let (keyword, name) = match &step.kind {
            StepKind::Env(pairs) => ("ENV", pairs.first()),
            StepKind::Label(pairs) => ("LABEL", pairs.first()),
            _ => ("ENV", None),
        };
        let name = name.map_or("NAME", |(name, _)| &*name.value);
        Finding::place(
            stage.place(step.at),
            Plane::Declared,
            "a space in place of `=`",
            format!("stage `{}` writes {keyword} `{name}` in the old form", stage.label()),
            format!("write `{keyword} {name}=\"…\"`"),
        )
    });
    Verdict::from_findings(findings.collect(), Verdict::absent())
}
