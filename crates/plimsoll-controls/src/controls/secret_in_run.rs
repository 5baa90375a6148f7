//! Secrets in the text of a build step.

use plimsoll_posture::{BuiltImage, Place, Posture, Recipe, SecretSighting};

use crate::sightings::{build_mount, in_built, in_recipe, says};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "secret-in-run",
    title: "build step holds a secret",
    page: include_str!("secret_in_run.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DS-0031", "DD057", "DD058", "KICS: Secrets Stored In Dockerfile"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::RecipeAndBuilt(check, contents),
};

fn check(recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    in_recipe(recipe, Place::Run, message, fix, |_| None)
}

fn contents(image: &BuiltImage, _: &Posture, _: &Settings) -> Verdict {
    in_built(image, Place::Run, message, fix)
}

fn message(sighting: &SecretSighting) -> String {
    match (&*sighting.name, &*sighting.kind) {
        ("ADD", _) => format!("an `ADD` {}", says(sighting)),
        // What stands before the password of a URL is its user.
        ("RUN", _) | (_, "url-password") => format!("a `RUN` step {}", says(sighting)),
        (name, _) => format!("`{name}` in a `RUN` step {}", says(sighting)),
    }
}

fn fix(sighting: &SecretSighting) -> String {
    format!("{}; change the value: the image history shows it", build_mount(&sighting.name))
}
