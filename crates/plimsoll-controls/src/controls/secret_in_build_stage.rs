//! Secrets in stages of a Dockerfile that are built and do not ship.

use plimsoll_posture::{Place, Posture, Recipe};

use crate::copied_secret::copied_secrets;
use crate::sightings::{build_mount, label, says};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, build_secret};

pub(super) static CONTROL: Control = Control {
    id: "secret-in-build-stage",
    title: "secret stands in a build stage that does not ship",
    page: include_str!("secret_in_build_stage.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3064", "SecretsUsedInArgOrEnv"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Recipe(check),
};

/// The image that is run is free of them; the file, the build cache and whoever gets that stage are not.
fn check(recipe: &Recipe, posture: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    for sighting in recipe.sightings.iter().filter(|sighting| !sighting.ships) {
        let name = &sighting.name;
        let what = match sighting.place {
            Place::ImageEnv if sighting.length == 0 => {
                format!("`ENV {name}` keeps the value of a build argument")
            }
            Place::ImageEnv => format!("`ENV {name}` {}", says(sighting)),
            Place::ImageArg if sighting.length == 0 => format!("`ARG {name}` takes a secret"),
            Place::ImageArg => format!("the default of `ARG {name}` {}", says(sighting)),
            Place::Run => format!("a `RUN` step {}", says(sighting)),
            Place::Label => format!("label `{name}` {}", says(sighting)),
            Place::Command => format!("a command {}", says(sighting)),
            _ => continue,
        };
        let stage = sighting.stage.and_then(|id| recipe.stages.get(id.stage));
        let stage = stage.map_or_else(String::new, |stage| format!(" `{}`", stage.label()));
        let remedy = match sighting.place {
            Place::ImageEnv | Place::ImageArg => {
                build_secret::remedy(recipe, posture, name, sighting.length > 0)
            }
            _ => None,
        };
        let finding = Finding::at(
            &sighting.at,
            label(sighting),
            format!("{what} in stage{stage}, which does not ship"),
            build_mount(name),
        );
        findings.push(finding.remedied_by(remedy));
    }
    for copied in copied_secrets(recipe).into_iter().filter(|copied| !copied.ships) {
        let stage = recipe.stages.get(copied.stage).map_or_else(String::new, |stage| stage.label());
        findings.push(Finding::place(
            copied.at,
            copied.plane,
            "copied here",
            format!("`{}` is copied into stage `{stage}`, which does not ship", copied.name),
            "use `RUN --mount=type=secret` in the step that needs the file, and name it in .dockerignore",
        ));
    }
    findings.sort_by_key(|finding| finding.primary.at.span);
    Verdict::from_findings(findings, Verdict::absent())
}
