//! `FROM --platform` with a constant.

use plimsoll_posture::{Plane, Posture, Recipe, Stage};

use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, recipe_change,
};

pub(super) static CONTROL: Control = Control {
    id: "constant-platform",
    title: "base image is tied to one platform",
    page: include_str!("constant_platform.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3029", "FromPlatformFlagConstDisallowed", "KICS: Using Platform Flag with FROM Command"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let Some(platform) = &stage.platform else {
        return Verdict::NotApplicable("no platform is named");
    };
    if platform.value.contains('$') || is_named_for(stage, &platform.value) {
        return Verdict::absent();
    }
    let flag = super::redundant_platform::platform_flag(platform.at);
    Verdict::fail(
        Finding::place(
        stage.place(platform.at),
        Plane::Declared,
        "a constant",
        format!("stage `{}` is built for `{}` wherever it is built", stage.label(), platform.value),
        "remove `--platform`, or write `--platform=$BUILDPLATFORM` for a stage that cross-compiles",
    )
    .remedied(Remedy::risky(
        vec![recipe_change::drop_words(stage, flag)],
        "on a machine of another kind the image is built for that kind, and its base may not exist for it",
    )))
}

/// A stage for one platform says so in its name: `build-amd64`.
fn is_named_for(stage: &Stage, platform: &str) -> bool {
    let Some(name) = &stage.name else { return false };
    platform.split('/').take(2).any(|part| !part.is_empty() && name.value.contains(part))
}
