//! Secrets in the text of a build step.

use plimsoll_posture::{Place, Posture, Recipe};

use crate::sightings::{build_mount, in_recipe, says};
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
    scope: Scope::Recipe(check),
};

fn check(recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    in_recipe(
        recipe,
        Place::Run,
        |sighting| match (&*sighting.name, &*sighting.kind) {
            ("ADD", _) => format!("an `ADD` {}", says(sighting)),
            // What stands before the password of a URL is its user.
            ("RUN", _) | (_, "url-password") => format!("a `RUN` step {}", says(sighting)),
            (name, _) => format!("`{name}` in a `RUN` step {}", says(sighting)),
        },
        |sighting| format!("{}; change the value: the image history shows it", build_mount(&sighting.name)),
        |_| None,
    )
}
