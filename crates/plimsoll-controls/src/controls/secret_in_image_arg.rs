//! Secrets that a build takes as arguments of an image that is run.

use plimsoll_posture::{BuiltImage, Place, Posture, Recipe};

use crate::sightings::{build_mount, in_built, in_recipe, says};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict, build_secret};

pub(super) static CONTROL: Control = Control {
    id: "secret-in-image-arg",
    title: "build argument leaves a secret in the image history",
    page: include_str!("secret_in_image_arg.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3064", "DS-0031", "SecretsUsedInArgOrEnv", "KICS: Secrets Stored In Dockerfile"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::RecipeAndBuilt(check, contents),
};

fn check(recipe: &Recipe, posture: &Posture, _: &Settings) -> Verdict {
    in_recipe(
        recipe,
        Place::ImageArg,
        |sighting| match sighting.length {
            0 => format!("`ARG {}` leaves its value in the image history", sighting.name),
            _ => format!("the default of `ARG {}` {}", sighting.name, says(sighting)),
        },
        |sighting| format!("remove the argument and {}", build_mount(&sighting.name)),
        |sighting| build_secret::remedy(recipe, posture, &sighting.name, sighting.length > 0),
    )
}

fn contents(image: &BuiltImage, _: &Posture, _: &Settings) -> Verdict {
    in_built(
        image,
        Place::ImageArg,
        |sighting| format!("the history keeps the build argument `{}`: it {}", sighting.name, says(sighting)),
        |sighting| format!("change the value, remove the argument and {}", build_mount(&sighting.name)),
    )
}
