//! Images that nothing runs.

use plimsoll_posture::{Host, Known, Plane, Posture};

use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "unused-images-kept",
    title: "images without a name are kept",
    page: include_str!("unused_images_kept.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-6.1"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    let (images, containers) = match (&host.images, &host.containers) {
        (Known::Unknown(reason), _) | (_, Known::Unknown(reason)) => return Verdict::Unknown(reason.clone()),
        (Known::Value(images), Known::Value(containers)) => (images, containers),
    };
    let unused: Vec<_> = images
        .iter()
        .filter(|image| image.tags.is_empty())
        .filter(|image| containers.iter().all(|container| container.image_id != image.id))
        .collect();
    let Some(first) = unused.first() else {
        let at = images.first().map(|image| image.at.clone());
        return Verdict::Pass(Evidence { at, plane: Plane::Running });
    };
    let bytes: u64 = unused.iter().fold(0, |sum, image| sum.saturating_add(image.size));
    let images =
        if unused.len() == 1 { "1 image has".to_owned() } else { format!("{} images have", unused.len()) };
    Verdict::fail(Finding::place(
        first.at.clone(),
        Plane::Running,
        "without a name",
        format!("{images} no name and no container ({} MB)", bytes / 1_000_000),
        "`docker image prune`",
    ))
}
