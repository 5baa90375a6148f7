//! An image whose version is named and whose content may still change.

use plimsoll_posture::{Pin, Posture};

use crate::{Control, Finding, Foothold, NamedImage, Scope, Settings, Severity, Standing, Verdict};

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

fn check(image: &NamedImage<'_>, _: &Posture, _: &Settings) -> Verdict {
    match image.reference.pin() {
        Pin::Digest => image.pass(),
        Pin::Missing | Pin::Floating => {
            Verdict::NotApplicable("the image names no version yet: unpinned-image says so")
        }
        Pin::Version => {
            let text = &image.reference.text;
            Verdict::fail(Finding::place(
                image.at.clone(),
                image.plane,
                "a tag can be pushed again",
                format!("{} by tag, not by digest", image.sentence()),
                format!(
                    "append the digest that `docker buildx imagetools inspect {text}` prints: `{text}@sha256:…`"
                ),
            ))
        }
    }
}
