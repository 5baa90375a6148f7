//! An image whose name does not say which version.

use plimsoll_posture::{Change, Pin, Posture, Role};

use crate::{
    Control, Finding, Foothold, NamedImage, Purpose, Remedy, Scope, Settings, Severity, Standing, Verdict,
};

pub(super) static CONTROL: Control = Control {
    id: "unpinned-image",
    title: "image has no version",
    page: include_str!("unpinned_image.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "DL3006",
        "DL3007",
        "DS-0001",
        "CKV_DOCKER_7",
        "CL-0004",
        "CIS-5.28",
        "DKL-DI-0006",
        "DD001",
        "DH002",
        "service-image-require-explicit-tag",
        "KICS: Image Version Not Explicit",
        "KICS: Image Version Using 'latest'",
    ],
    covered_by: &["unknown-copy-source"],
    standing: Standing::Ordinary,
    scope: Scope::Image(check),
};

fn check(image: &NamedImage<'_>, _: &Posture, _: &Settings) -> Verdict {
    let tag = image.reference.tag.as_deref().unwrap_or("latest");
    let (label, what) = match image.reference.pin() {
        Pin::Digest | Pin::Version => return image.pass(),
        Pin::Missing => ("no tag means `latest`".to_owned(), "without a version".to_owned()),
        Pin::Floating => {
            (format!("`{tag}` moves from version to version"), format!("and `{tag}` is no version"))
        }
    };
    let fix = match image.knowledge.and_then(|knowledge| knowledge.maintained.as_deref()) {
        Some(maintained) => format!("name a version: `{maintained}`"),
        None => format!("name the version you have tested: `{}:VERSION`", image.reference.name()),
    };
    let mut finding =
        Finding::place(image.at.clone(), image.plane, label, format!("{} {what}", image.sentence()), fix);
    let maintained = image.knowledge.and_then(|knowledge| knowledge.maintained.as_ref());
    let datastore = image.knowledge.is_some_and(|knowledge| knowledge.role == Some(Role::Datastore));
    // What a datastore is built into has its files from this version; what is pulled gets the newest anyway.
    if let Some(maintained) = maintained.filter(|_| image.purpose == Purpose::Run || !datastore) {
        let why = match (image.purpose, datastore) {
            (Purpose::Run, true) => {
                "what was pulled until now may have been another version, whose files this one may not read"
            }
            (Purpose::Run, false) => "what was pulled until now may have been another version: run the tests",
            _ => "what was pulled until now may have been another version: build it and run the tests",
        };
        let change = Change::Reword { at: image.at.clone(), text: maintained.to_string() };
        finding = finding.remedied(Remedy::risky(vec![change], why));
    }
    Verdict::fail(finding)
}
