//! An image from a registry that the user did not list.

use plimsoll_posture::Posture;

use crate::{Control, Finding, Foothold, NamedImage, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "untrusted-registry",
    title: "image comes from a registry that is not trusted",
    page: include_str!("untrusted_registry.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3026"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Image(check),
};

fn check(image: &NamedImage<'_>, _: &Posture, settings: &Settings) -> Verdict {
    if settings.trusted_registries.is_empty() {
        return Verdict::NotApplicable("no trusted registries are configured");
    }
    if image.is_trusted(settings) {
        return image.pass();
    }
    let registry = &image.reference.registry;
    Verdict::fail(Finding::place(
        image.at.clone(),
        image.plane,
        format!("from {registry}"),
        format!("{} from a source that `trusted-registries` does not list", image.sentence()),
        format!("mirror `{}` to a trusted registry, or list it in plimsoll.toml", image.reference.name()),
    ))
}
