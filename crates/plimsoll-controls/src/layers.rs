//! How controls speak of the layers of a built image: which one, made by what, how large.
//!
//! Deliberately absent: which files are worth a word; the posture says so.

use plimsoll_posture::{BuiltImage, Known, Plane, Provenance};

use crate::{Evidence, Finding, Verdict};

/// ``layer 3 of 7 (`COPY`)``.
pub(crate) fn layer(image: &BuiltImage, layer: usize) -> String {
    let instruction = image.layers.get(layer).map_or("", |layer| &*layer.instruction);
    let number = format!("layer {} of {}", layer + 1, image.layers.len());
    if instruction.is_empty() { number } else { format!("{number} (`{instruction}`)") }
}

/// A finding about what a layer holds, at the step that made it.
pub(crate) fn finding(
    image: &BuiltImage,
    layer: usize,
    label: impl Into<String>,
    message: impl Into<String>,
    fix: impl Into<String>,
) -> Finding {
    let finding = Finding::place(image.layer_place(layer), Plane::Built, label, message, fix);
    match image.layers.get(layer).and_then(|layer| layer.step.clone()) {
        Some(step) => finding.near(step, "by this step of the Dockerfile"),
        None => finding,
    }
}

/// Nothing of the kind is in the image; unknown where a layer could not be read to its end.
pub(crate) fn pass(image: &BuiltImage) -> Verdict {
    let unread = image.layers.iter().find_map(|layer| match &layer.read {
        Known::Unknown(reason) => Some(reason.clone()),
        Known::Value(()) => None,
    });
    match unread {
        Some(reason) => Verdict::Unknown(reason),
        None => Verdict::Pass(Evidence { at: Some(place(image)), plane: Plane::Built }),
    }
}

/// The configuration of the image.
pub(crate) fn place(image: &BuiltImage) -> Provenance {
    BuiltImage::place(image.subject.anchor, "")
}

/// `1.4 MB`, `12 kB`: as `docker history` counts.
pub(crate) fn size(bytes: u64) -> String {
    // Whole numbers: nobody decides by the digits behind.
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", (bytes + 500) / 1_000),
        1_000_000..10_000_000 => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        _ => format!("{} MB", (bytes + 500_000) / 1_000_000),
    }
}

/// `/a`, `/b` and 3 more, in back quotes.
pub(crate) fn names<'a>(paths: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<&str> = paths.into_iter().collect();
    let shown: Vec<String> = all.iter().take(3).map(|path| format!("`/{path}`")).collect();
    match all.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_names() {
        assert_eq!(size(999), "999 B");
        assert_eq!(size(12_499), "12 kB");
        assert_eq!(size(1_499_999), "1.4 MB");
        assert_eq!(size(20_600_000), "21 MB");
        assert_eq!(names(["a", "b"]), "`/a`, `/b`");
        assert_eq!(names(["a", "b", "c", "d", "e"]), "`/a`, `/b`, `/c` and 2 more");
    }
}
