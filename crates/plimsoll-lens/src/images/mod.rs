//! What is known about an image by its name and tag, before anybody looked into it.

mod lines;

use plimsoll_posture::{ImageChain, ImageReference, Provenance};

/// What is known about the image. The claims are of layer Base and plane Assumed, at the given place.
#[must_use]
pub fn look_up(reference: &ImageReference, at: &Provenance) -> ImageChain {
    let _ = (reference, at);
    ImageChain::default()
}

/// The day of the embedded data, `YYYY-MM-DD`: "ended" is judged against it, never against the clock.
#[must_use]
pub fn data_date() -> &'static str {
    "2026-11-22"
}
