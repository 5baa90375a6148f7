//! An exact build of a runtime or a server with known vulnerabilities.

use plimsoll_posture::{
    BuiltImage, Change, ImageReference, Known, Plane, Posture, Provenance, Runtime, StageBase,
};

use crate::installed_package::{pass, service_of};
use crate::locked_package::{impact, told};
use crate::{
    Control, Finding, Foothold, NamedImage, Purpose, Remedy, Scope, Settings, Severity, Standing, Verdict,
    layers,
};

pub(super) static CONTROL: Control = Control {
    id: "vulnerable-runtime",
    title: "runtime or server has known vulnerabilities",
    page: include_str!("vulnerable_runtime.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::ImageAndBuilt(check, contents),
};

fn check(image: &NamedImage<'_>, posture: &Posture, _: &Settings) -> Verdict {
    if image.purpose == Purpose::Files {
        return Verdict::NotApplicable("only files are copied from the image");
    }
    let Some(runtime) = posture.runtimes.iter().find(|runtime| runtime.image == image.reference.text) else {
        return Verdict::NotApplicable("the name tells no exact version of a runtime or a server");
    };
    if runtime.advisories.is_empty() {
        return image.pass();
    }
    let maintained = image.knowledge.and_then(|known| known.maintained.as_deref());
    let mut finding = finding(runtime, image.at.clone(), image.plane, &image.sentence(), maintained)
        .remedied_by(runtime.mended.as_deref().and_then(|version| reworded(image, runtime, version)));
    if !image.ships {
        // What does not ship is not reached; it still runs what the build feeds it.
        finding = finding.rated(Severity::Low);
    }
    Verdict::fail(finding)
}

/// What the environment tells, and the builds of Node.js by their own bytes; what a distribution built is told with its other packages.
fn contents(image: &BuiltImage, posture: &Posture, _: &Settings) -> Verdict {
    let builds = image.installed.runtimes.iter().filter_map(|runtime| {
        let package = image.packages.get(runtime.package)?;
        let layer = layers::layer(image, package.layer.unwrap_or(0));
        Some((&runtime.build, package.at.clone(), format!("`/{}` in {layer}", package.path)))
    });
    let by_bytes =
        |told: &Runtime| image.installed.runtimes.iter().any(|runtime| runtime.build.product == told.product);
    let told = image.runtimes.iter().filter(|(_, runtime)| !by_bytes(runtime));
    let told = told.map(|(at, runtime)| (runtime, at.clone(), format!("image `{}`", image.subject.name)));
    let mut known = builds.chain(told).filter(|(runtime, ..)| !is_named(image, runtime, posture)).peekable();
    if known.peek().is_none() {
        return Verdict::NotApplicable("it shows no exact version of a server, or its name does");
    }
    let findings: Vec<Finding> = known
        .filter(|(runtime, ..)| !runtime.advisories.is_empty())
        .map(|(runtime, at, sentence)| finding(runtime, at, Plane::Built, &sentence, None))
        .collect();
    Verdict::from_findings(findings, pass(image, "Node.js"))
}

/// Whether a name tells the build already, the image's own or one in the project: that is where it is told, and changed.
fn is_named(image: &BuiltImage, build: &Runtime, posture: &Posture) -> bool {
    let named = |name: &str| {
        posture.runtimes.iter().any(|known| {
            *known.image == *name && known.product == build.product && known.version == build.version
        })
    };
    if image.names.iter().any(|name| named(name)) {
        return true;
    }
    let Some(service) = service_of(image, posture) else { return false };
    let same = |reference: &ImageReference| named(&reference.text);
    let recipe = service.build.as_ref().and_then(|build| build.stage);
    let recipe = recipe.and_then(|stage| posture.recipes.get(stage.recipe.0));
    let based = recipe.into_iter().flat_map(|recipe| &recipe.stages).any(|stage| match &stage.base {
        StageBase::Image(Known::Value(reference)) => same(reference),
        _ => false,
    });
    based || (service.build.is_none() && service.image.value().is_some_and(same))
}

fn finding(
    runtime: &Runtime,
    at: Provenance,
    plane: Plane,
    sentence: &str,
    maintained: Option<&str>,
) -> Finding {
    let (product, version) = (runtime.product, &runtime.version);
    let count = match runtime.advisories.len() {
        1 => "a known vulnerability".to_owned(),
        count => format!("{count} known vulnerabilities"),
    };
    let fix = match (&runtime.mended, maintained) {
        (Some(mended), _) => format!("move to {product} {mended}, the next of its line without them"),
        (None, Some(maintained)) => format!("move to `{maintained}`: its own line gets no more fixes"),
        (None, None) => {
            format!("move to a newer line of {product}: of its own no version without them is known")
        }
    };
    Finding::place(
        at,
        plane,
        format!("{product} {version}"),
        format!("{sentence}: {product} {version} has {count}"),
        fix,
    )
    .rated(impact(&runtime.advisories))
    .about(&runtime.advisories)
    .because(format!("Known: {}", told(&runtime.advisories, 6)))
}

/// The same image in the mended version, where it is sure that there is one: not every old variant is built for new versions.
fn reworded(image: &NamedImage<'_>, runtime: &Runtime, version: &str) -> Option<Remedy> {
    let tag = image.reference.tag.as_deref()?;
    let variant = tag.strip_prefix(&*runtime.version)?;
    if !matches!(variant, "" | "-slim" | "-alpine") || image.reference.digest.is_some() {
        return None;
    }
    let head = image.reference.text.strip_suffix(tag)?;
    let text = format!("{head}{version}{variant}");
    Some(Remedy::risky(
        vec![Change::Reword { at: image.at.clone(), text }],
        "a later release of the same line can behave otherwise in places: build it and run the tests",
    ))
}
