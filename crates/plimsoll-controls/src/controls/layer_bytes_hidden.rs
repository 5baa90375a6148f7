//! Bytes in the layers of a built image that no container sees.

use plimsoll_posture::{BuiltImage, Posture};

use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict, layers};

pub(super) static CONTROL: Control = Control {
    id: "layer-bytes-hidden",
    title: "much of the image is hidden by later layers",
    page: include_str!("layer_bytes_hidden.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Built(check),
};

/// Below this nobody wins anything by building otherwise.
const LEAST: u64 = 20_000_000;
/// One byte of so many.
const SHARE: u64 = 10;

fn check(image: &BuiltImage, _: &Posture, _: &Settings) -> Verdict {
    let (all, hidden) = image.bytes();
    if hidden < LEAST || hidden.saturating_mul(SHARE) < all {
        return layers::pass(image);
    }
    let most = image
        .layers
        .iter()
        .enumerate()
        .max_by_key(|(at, layer)| (layer.hidden_bytes, std::cmp::Reverse(*at)));
    let Some((worst, layer)) = most else { return layers::pass(image) };
    let mut files: Vec<(u64, &str, usize)> = Vec::new();
    for (at, layer) in image.layers.iter().enumerate() {
        files.extend(layer.hidden_files.iter().map(|(path, bytes)| (*bytes, &**path, at)));
    }
    files.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.cmp(b)));
    let named = files
        .iter()
        .take(5)
        .map(|(bytes, path, at)| format!("`/{path}` ({} in layer {})", layers::size(*bytes), at + 1));
    let named: Vec<String> = named.collect();
    let (own, told) = (layers::size(layer.hidden_bytes), layers::layer(image, worst));
    Verdict::fail(layers::finding(
        image,
        worst,
        format!("{own} of it are hidden"),
        format!(
            "{} of {} in the layers are of files that a later layer removes or replaces, {own} of them in {told}",
            layers::size(hidden),
            layers::size(all)
        ),
        "remove files in the step that makes them, build in a stage of its own and copy the result, and set owner and mode \
         with `COPY --chown` and `--chmod` instead of a later `RUN`",
    )
    .because(format!("Largest: {}. Efficiency: {} %", named.join(", "), 100 - hidden.saturating_mul(100) / all.max(1))))
}
