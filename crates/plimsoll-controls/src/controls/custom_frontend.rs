//! The image that turns a Dockerfile into build steps.

use plimsoll_posture::{ImageReference, Plane, Posture, Recipe};

use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "custom-frontend",
    title: "build is translated by an unknown or moving frontend",
    page: include_str!("custom_frontend.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Recipe(check),
};

fn check(recipe: &Recipe, _: &Posture, settings: &Settings) -> Verdict {
    let Some(frontend) = &recipe.frontend else {
        return Verdict::NotApplicable("no frontend is named: the builder's own is used");
    };
    let reference = ImageReference::parse(&frontend.value);
    let image = reference.as_ref().map_or(&*frontend.value, |reference| &*reference.text);
    let (label, message, fix) = match reference.as_ref().map(|reference| judge(reference, settings)) {
        Some(Judged::Fine) => {
            return Verdict::Pass(Evidence {
                at: Some(recipe.place(frontend.at, "syntax")),
                plane: Plane::Declared,
            });
        }
        Some(Judged::Moving) => (
            "moves without notice",
            format!("`{image}` is no release of the Dockerfile frontend"),
            "write `# syntax=docker/dockerfile:1`, or a version with its digest",
        ),
        Some(Judged::Unknown) | None => (
            "decides what every line means",
            format!("the build is translated by `{image}`, which is not Docker's frontend"),
            "write `# syntax=docker/dockerfile:1`, or pin the image by digest and name its registry in `trusted-registries`",
        ),
    };
    Verdict::fail(Finding::place(recipe.place(frontend.at, "syntax"), Plane::Declared, label, message, fix))
}

enum Judged {
    Fine,
    Moving,
    Unknown,
}

fn judge(reference: &ImageReference, settings: &Settings) -> Judged {
    let own = &*reference.registry == "docker.io";
    let full = format!("{}/{}", reference.registry, reference.repository);
    match &*reference.repository {
        _ if reference.digest.is_some() && (own || is_trusted(&full, settings)) => Judged::Fine,
        "docker/dockerfile" if own => {
            let tag = reference.tag.as_deref().unwrap_or("latest");
            let release = tag.starts_with(|ch: char| ch.is_ascii_digit());
            if release && !tag.contains("labs") && !tag.contains("experimental") {
                Judged::Fine
            } else {
                Judged::Moving
            }
        }
        "docker/dockerfile-upstream" if own => Judged::Moving,
        _ if is_trusted(&full, settings) => Judged::Fine,
        _ => Judged::Unknown,
    }
}

fn is_trusted(full: &str, settings: &Settings) -> bool {
    settings.trusted_registries.iter().any(|entry| {
        let entry = entry.trim_end_matches('/');
        !entry.is_empty()
            && full.strip_prefix(entry).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}
