//! An image whose version is named and whose content may still change.

use plimsoll_posture::{Change, Pin, Posture};

use crate::{Control, Finding, Foothold, NamedImage, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "image-without-digest",
    title: "image is named by a tag that its publisher can move",
    page: include_str!("image_without_digest.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CL-0019"],
    covered_by: &["end-of-life-image", "unpinned-image", "untrusted-registry"],
    standing: Standing::Ordinary,
    scope: Scope::Image(check),
};

fn check(image: &NamedImage<'_>, posture: &Posture, _: &Settings) -> Verdict {
    match image.reference.pin() {
        Pin::Digest => image.pass(),
        Pin::Missing | Pin::Floating => {
            Verdict::NotApplicable("the image names no version yet: unpinned-image says so")
        }
        Pin::Version => {
            let text = &image.reference.text;
            let finding = Finding::place(
                image.at.clone(),
                image.plane,
                "a tag can be pushed again",
                format!("{} by tag, not by digest", image.sentence()),
                format!(
                    "append the digest that `docker buildx imagetools inspect {text}` prints: `{text}@sha256:…`"
                ),
            );
            Verdict::fail(finding.remedied_by(remedy(image, posture)))
        }
    }
}

/// The digest of what an engine has under this name.
fn remedy(image: &NamedImage<'_>, posture: &Posture) -> Option<Remedy> {
    let digest = posture.digests.get(&image.reference.tagged())?;
    let change = Change::Reword { at: image.at.clone(), text: format!("{}@{digest}", image.reference.text) };
    Some(Remedy::safe(
        vec![change],
        "it is what this engine runs under the tag today; from now on a newer image has to be written here",
    ))
}
