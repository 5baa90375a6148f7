//! Services whose image is built here, but asked of a public registry first.

use plimsoll_posture::{ImageReference, Known, Posture, Service, Setting};

use crate::named_image::is_below;
use crate::remedy::give;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "built-image-pulled",
    title: "image that is built here is asked of Docker Hub first",
    page: include_str!("built_image_pulled.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["no-build-and-image"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, settings: &Settings) -> Verdict {
    let (Some(_), Some(claim)) = (&service.build, service.image.effective()) else {
        return Verdict::NotApplicable("it does not both build an image and name one");
    };
    let image = match &claim.value {
        Known::Value(image) => image,
        Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
    };
    match service.pull_policy.effective().map(|policy| (policy, &policy.value)) {
        Some((_, Known::Unknown(reason))) => return Verdict::Unknown(reason.clone()),
        Some((policy, Known::Value(said))) if matches!(&**said, "build" | "never") => {
            return Verdict::pass(policy);
        }
        _ => {}
    }
    if !anybody_may_publish(image, settings) {
        return Verdict::pass(claim);
    }
    let name = service.name();
    let fix = match service.pull_policy.effective() {
        Some(_) => "set `pull_policy: build`",
        None => "add `pull_policy: build`, or name a registry of your own in `image`",
    };
    Verdict::fail(Finding::at(
        claim,
        "pulled when it is not there yet",
        format!("service `{name}` builds `{}`, but Compose asks Docker Hub for it first", image.text),
        fix,
    )
    .remedied(Remedy::risky(
        vec![give(service, Setting::PullPolicy("build".into()))],
        "`docker compose up` builds the image each time; who relied on the pulled one does not get it any more",
    )))
}

/// On Docker Hub everybody may register a name that is free; only Docker publishes names without a slash. A registry
/// that is named, or trusted, is somebody's own.
fn anybody_may_publish(image: &ImageReference, settings: &Settings) -> bool {
    let hub = &*image.registry == "docker.io" && image.repository.contains('/');
    hub && image.digest.is_none() && !is_below(image, &settings.trusted_registries)
}
