//! Secrets that one layer holds and a later one removes.

use plimsoll_posture::{BuiltImage, Plane, Posture, Recipe};

use crate::copied_secret::{copied_secrets, held, removed_later};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, layers};

pub(super) static CONTROL: Control = Control {
    id: "secret-removed-later",
    title: "secret is removed in a later layer and stays in the image",
    page: include_str!("secret_removed_later.md"),
    severity: Severity::Critical,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-4.10"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::RecipeAndBuilt(check, contents),
};

fn check(recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings: Vec<Finding> = Vec::new();
    for sighting in removed_later(recipe).filter(|sighting| sighting.ships) {
        findings.push(Finding::at(&sighting.at, LABEL, message(&sighting.name), FIX));
    }
    for copied in copied_secrets(recipe).into_iter().filter(|copied| copied.ships) {
        let Some(removed) = copied.removed else { continue };
        let told = recipe.sightings.iter().any(|sighting| {
            sighting.place == plimsoll_posture::Place::RemovedLater && *sighting.name == *copied.name
        });
        if !told {
            let at = recipe.place(removed, copied.at.route.clone());
            findings.push(
                Finding::place(copied.at, Plane::Declared, LABEL, message(&copied.name), FIX)
                    .near(at, "removed here, from this layer's view only"),
            );
        }
    }
    Verdict::from_findings(findings, Verdict::absent())
}

fn contents(image: &BuiltImage, _: &Posture, _: &Settings) -> Verdict {
    let findings = image.secrets.iter().filter_map(|secret| {
        let later = secret.hidden_by?;
        let (own, other) = (layers::layer(image, secret.layer), layers::layer(image, later));
        let message = format!("{} in {own}; {other} hides the file and does not remove it", held(secret));
        let finding = layers::finding(image, secret.layer, LABEL, message, FIX);
        Some(finding.near(image.layer_place(later), "hidden here, from this layer's view only"))
    });
    Verdict::from_findings(findings.collect(), layers::pass(image))
}

const LABEL: &str = "stays in this layer";

fn message(name: &str) -> String {
    format!("`{name}` is removed in a later layer and stays in the image")
}

const FIX: &str = "use `RUN --mount=type=secret` in the step that needs the file, so that no layer holds \
    it, and change the secret";
