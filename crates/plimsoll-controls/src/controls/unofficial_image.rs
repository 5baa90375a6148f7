//! An image by somebody who is neither Docker, nor the software's maker, nor the organisation itself.

use plimsoll_posture::{Posture, Publisher};

use crate::{Control, Finding, Foothold, NamedImage, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "unofficial-image",
    title: "image comes from an unknown publisher",
    page: include_str!("unofficial_image.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-4.2"],
    covered_by: &["untrusted-registry"],
    standing: Standing::Ordinary,
    scope: Scope::Image(check),
};

fn check(image: &NamedImage<'_>, _: &Posture, settings: &Settings) -> Verdict {
    if image.is_trusted(settings) {
        return image.pass();
    }
    if image.knowledge.is_none() {
        return Verdict::NotApplicable("only files are copied from the image");
    }
    match image.publisher() {
        Some(Publisher::Official | Publisher::Verified | Publisher::Private) => image.pass(),
        None => image.not_inspected(),
        Some(Publisher::Community) => {
            let registry = &image.reference.registry;
            let owner = image.reference.repository.split('/').next().unwrap_or_default();
            let prefix =
                if &**registry == "docker.io" { format!("{owner}/") } else { format!("{registry}/{owner}/") };
            Verdict::fail(Finding::place(
                image.at.clone(),
                image.plane,
                format!("published by `{owner}` on {registry}"),
                format!("{}, which is not official, and its publisher is not known here", image.sentence()),
                format!(
                    "use the official image, or add `\"{prefix}\"` to `trusted-registries` in plimsoll.toml \
                     when `{owner}` is yours or you have looked into it"
                ),
            ))
        }
    }
}
