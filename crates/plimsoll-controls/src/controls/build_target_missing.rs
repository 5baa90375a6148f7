//! `build.target` names no stage of the Dockerfile.

use plimsoll_posture::{Plane, Posture, Service};

use crate::wide_copy::list;
use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "build-target-missing",
    title: "service builds a stage that does not exist",
    page: include_str!("build_target_missing.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let target = service.build.as_ref().and_then(|build| Some((build, build.target.as_ref()?)));
    let Some((build, target)) = target else { return Verdict::NotApplicable("no stage is asked for") };
    let Some(at) = build.target_place(service.name()) else { return Verdict::absent() };
    if build.stage.is_some() {
        return Verdict::Pass(Evidence { at: Some(at), plane: Plane::Declared });
    }
    let recipe =
        posture.recipes.iter().find(|recipe| recipe.built_by.iter().any(|name| **name == *service.name()));
    let Some(recipe) = recipe.filter(|recipe| !recipe.stages.is_empty()) else {
        let path = format!("the Dockerfile of service {}", service.name());
        return Verdict::Unknown(plimsoll_posture::Reason::MissingSource(path.into()));
    };
    let names: Vec<&str> =
        recipe.stages.iter().filter_map(|stage| stage.name.as_ref().map(|name| &*name.value)).collect();
    let fix = if names.is_empty() {
        "name a stage of the Dockerfile with `AS`, or remove `target`".to_owned()
    } else {
        format!("write one of {}, or remove `target`", list(names.iter().copied()))
    };
    Verdict::fail(
        Finding::place(
            at,
            Plane::Declared,
            "no stage has that name",
            format!("service `{}` builds the stage `{}`, which does not exist", service.name(), target.value),
            fix,
        )
        .near(recipe.place(recipe.subject.anchor, "FROM"), "the last stage of the Dockerfile"),
    )
}
