//! An exact build of Node.js with known vulnerabilities.

use plimsoll_posture::{Change, Posture, Runtime};

use crate::locked_package::{impact, told};
use crate::{
    Control, Finding, Foothold, NamedImage, Purpose, Remedy, Scope, Settings, Severity, Standing, Verdict,
};

pub(super) static CONTROL: Control = Control {
    id: "vulnerable-runtime",
    title: "runtime has known vulnerabilities",
    page: include_str!("vulnerable_runtime.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Image(check),
};

fn check(image: &NamedImage<'_>, posture: &Posture, _: &Settings) -> Verdict {
    if image.purpose == Purpose::Files {
        return Verdict::NotApplicable("only files are copied from the image");
    }
    let Some(runtime) = posture.runtimes.iter().find(|runtime| runtime.image == image.reference.text) else {
        return Verdict::NotApplicable("the name tells no exact version of a runtime");
    };
    if runtime.advisories.is_empty() {
        return image.pass();
    }
    let count = match runtime.advisories.len() {
        1 => "a known vulnerability".to_owned(),
        count => format!("{count} known vulnerabilities"),
    };
    let (fix, remedy) = match (&runtime.mended, &image.knowledge.and_then(|known| known.maintained.clone())) {
        (Some(version), _) => (
            format!("move to {} {version}, the next of its line without them", runtime.product),
            reworded(image, runtime, version),
        ),
        (None, Some(maintained)) => {
            (format!("move to `{maintained}`: its own line gets no more fixes"), None)
        }
        (None, None) => (format!("move to a line of {} that still gets fixes", runtime.product), None),
    };
    let mut finding = Finding::place(
        image.at.clone(),
        image.plane,
        format!("{} {}", runtime.product, runtime.version),
        format!("{}: {} {} has {count}", image.sentence(), runtime.product, runtime.version),
        fix,
    )
    .rated(impact(&runtime.advisories))
    .about(&runtime.advisories)
    .because(format!("Known: {}", told(&runtime.advisories, 6)))
    .remedied_by(remedy);
    if !image.ships {
        // What does not ship is not reached; it still runs what the build feeds it.
        finding = finding.rated(Severity::Low);
    }
    Verdict::fail(finding)
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
