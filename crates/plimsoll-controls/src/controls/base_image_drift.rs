//! A built image whose base is another one than the Dockerfile beside it names.

use plimsoll_posture::{BuiltImage, Known, Plane, Posture, Provenance, StageBase};

use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "base-image-drift",
    title: "image was built from another base than its Dockerfile names",
    page: include_str!("base_image_drift.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Built(check),
};

fn check(image: &BuiltImage, posture: &Posture, _: &Settings) -> Verdict {
    let Some((built, at)) = &image.trust.lineage.base_digest else {
        return Verdict::NotApplicable("the image does not say which base it was built from");
    };
    let Some((named, from)) = named(image, posture) else {
        return Verdict::NotApplicable("no Dockerfile of the image pins its base by digest");
    };
    if named == &**built {
        return Verdict::Pass(Evidence { at: Some(at.clone()), plane: Plane::Built });
    }
    Verdict::fail(
        Finding::place(
            at.clone(),
            Plane::Built,
            "the base it says it has",
            "the image was built from another base than its Dockerfile names now",
            "build the image again from this Dockerfile, or bring the digest in `FROM` up to what was built",
        )
        .near(from, "the base that the Dockerfile names"),
    )
}

/// The digest in `FROM` of what the service builds, at the bottom of its stages.
fn named<'p>(image: &BuiltImage, posture: &'p Posture) -> Option<(&'p str, Provenance)> {
    let service = posture.service(image.subject.service.as_deref()?)?;
    let (recipe, mut stage) = posture.stage(service.build.as_ref()?.stage?)?;
    // A stage stands on an earlier one.
    for _ in 0..recipe.stages.len() {
        match &stage.base {
            StageBase::Stage(earlier) => stage = recipe.stages.get(*earlier)?,
            StageBase::Image(Known::Value(reference)) => {
                return Some((reference.digest.as_deref()?, stage.place(stage.base_at)));
            }
            StageBase::Image(Known::Unknown(_)) | StageBase::Scratch => return None,
        }
    }
    None
}
