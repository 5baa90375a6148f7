//! `FROM --platform=$TARGETPLATFORM`.

use plimsoll_posture::{Plane, Posture, Recipe, Stage};
use plimsoll_text::Span;

use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, recipe_change,
};

pub(super) static CONTROL: Control = Control {
    id: "redundant-platform",
    title: "FROM names the platform that is taken anyway",
    page: include_str!("redundant_platform.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3065", "RedundantTargetPlatform"],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let Some(platform) = &stage.platform else {
        return Verdict::NotApplicable("no platform is named");
    };
    if !matches!(&*platform.value, "$TARGETPLATFORM" | "${TARGETPLATFORM}") {
        return Verdict::absent();
    }
    let flag = platform_flag(platform.at);
    Verdict::fail(
        Finding::place(
            stage.place(platform.at),
            Plane::Declared,
            "the default",
            format!("stage `{}` names the target's platform, which it has anyway", stage.label()),
            "remove `--platform`",
        )
        .remedied(Remedy::safe(
            vec![recipe_change::drop_words(stage, flag)],
            "the target's platform is taken without it",
        )),
    )
}

/// The flag as a whole, of which only the value has a place.
pub(super) fn platform_flag(value: Span) -> Span {
    let start = (value.start as usize).saturating_sub("--platform=".len());
    Span::new(value.source, start, value.end as usize)
}
