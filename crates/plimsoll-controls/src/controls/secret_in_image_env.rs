//! Secrets in the environment of an image that is run.

use plimsoll_posture::{Place, Posture, Recipe};

use crate::sightings::{in_recipe, says};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "secret-in-image-env",
    title: "secret is built into the environment of the image",
    page: include_str!("secret_in_image_env.md"),
    severity: Severity::Critical,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "DL3064",
        "DS-0031",
        "SecretsUsedInArgOrEnv",
        "CIS-4.10",
        "CIS-DI-0010",
        "DD020",
        "DH006",
        "KICS: Secrets Stored In Dockerfile",
    ],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Recipe(check),
};

fn check(recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    in_recipe(
        recipe,
        Place::ImageEnv,
        |sighting| match sighting.length {
            0 => format!("`ENV {}` keeps the value of a build argument in the image", sighting.name),
            _ => format!("`ENV {}` {}", sighting.name, says(sighting)),
        },
        |sighting| {
            let name = &sighting.name;
            format!(
                "remove it, change the value, and give it when the container starts: `environment: \
                 {name}: ${{{name}:?set {name}}}` or a mounted secret"
            )
        },
    )
}
