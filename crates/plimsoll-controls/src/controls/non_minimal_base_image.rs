//! A whole distribution under the application where a lean variant exists.

use plimsoll_posture::{Flavour, Posture};

use crate::{Control, Finding, Foothold, NamedImage, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "non-minimal-base-image",
    title: "base image carries more than the application needs",
    page: include_str!("non_minimal_base_image.md"),
    severity: Severity::Low,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["DD018", "CIS-4.3"],
    covered_by: &["end-of-life-image", "build-toolchain-shipped"],
    standing: Standing::Ordinary,
    scope: Scope::Image(check),
};

fn check(image: &NamedImage<'_>, _: &Posture, _: &Settings) -> Verdict {
    let Some(knowledge) = image.knowledge else {
        return Verdict::NotApplicable("only files are copied from the image");
    };
    if !image.ships {
        return Verdict::NotApplicable("the stage does not ship");
    }
    match (knowledge.flavour, &knowledge.leaner) {
        (Some(Flavour::Full), Some(leaner)) => Verdict::fail(Finding::place(
            image.at.clone(),
            image.plane,
            "with compilers, version control and a package manager",
            format!("{}, a whole distribution", image.sentence()),
            format!("use `{leaner}`, or build in this image and copy the result into that one"),
        )),
        (Some(Flavour::Full), None) => Verdict::NotApplicable("no leaner image of the same kind is known"),
        (Some(_), _) => image.pass(),
        (None, _) if knowledge.role.is_some() => {
            Verdict::NotApplicable("no leaner image of the same kind is known")
        }
        (None, _) => image.not_inspected(),
    }
}
