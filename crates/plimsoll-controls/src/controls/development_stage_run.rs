//! A service builds a stage that is there for development.

use plimsoll_posture::{Plane, Posture, Service};

use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "development-stage-run",
    title: "service runs a stage that is meant for development",
    page: include_str!("development_stage_run.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &["development-server-run"],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let target = service.build.as_ref().and_then(|build| Some((build, build.target.as_ref()?)));
    let Some((build, target)) = target else { return Verdict::NotApplicable("no stage is asked for") };
    let (Some(at), Some(id)) = (build.target_place(service.name()), build.stage) else {
        return Verdict::NotApplicable("the stage is not known");
    };
    let Some((recipe, stage)) = posture.stage(id) else {
        return Verdict::NotApplicable("the stage is not known");
    };
    let name = stage.name.as_ref().map_or(&*target.value, |name| &*name.value);
    if !is_development(name) {
        return Verdict::Pass(Evidence { at: Some(at), plane: Plane::Declared });
    }
    let mut finding = Finding::place(
        at,
        Plane::Declared,
        "a stage for development",
        format!("service `{}` runs the stage `{name}`", service.name()),
        "let production build the last stage, and move `target` to an override file for development",
    )
    .near(stage.place(stage.base_at), "the stage");
    if let Some(last) = recipe.last().filter(|last| last.index != stage.index) {
        finding = finding.near(last.place(last.base_at), "what is built without `target`");
    }
    Verdict::fail(finding)
}

/// Whether the name of a stage says that it is not for production.
fn is_development(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.split(['-', '_', '.']).any(|word| {
        matches!(
            word,
            "dev" | "develop" | "development" | "devel" | "debug" | "test" | "tests" | "testing" | "local"
        )
    })
}
