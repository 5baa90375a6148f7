//! Secret files in an image that is run.

use plimsoll_posture::{BuiltImage, Posture, Reason, Recipe, StepKind};

use crate::copied_secret::{copied_secrets, held, takes_unlisted_folder};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, layers};

pub(super) static CONTROL: Control = Control {
    id: "secret-file-copied",
    title: "secret file is copied into the image",
    page: include_str!("secret_file_copied.md"),
    severity: Severity::Critical,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DS-0031", "CIS-DI-0010", "DD052", "DD053"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::RecipeAndBuilt(check, contents),
};

fn check(recipe: &Recipe, posture: &Posture, _: &Settings) -> Verdict {
    let findings: Vec<Finding> = copied_secrets(recipe)
        .into_iter()
        .filter(|copied| copied.ships && copied.removed.is_none())
        .map(|copied| {
            let name = &copied.name;
            let (label, message, fix) = if copied.named {
                (
                    "copied into a layer",
                    if copied.unread {
                        format!("`{name}`, which usually holds a token, is copied into the image")
                    } else {
                        format!("secret file `{name}` is copied into the image")
                    },
                    format!(
                        "do not copy it: mount it when the container starts (`secrets:`), or for one \
                        build step with `RUN --mount=type=secret`; name `{name}` in .dockerignore"
                    ),
                )
            } else {
                (
                    "takes it along",
                    format!("secret file `{name}` gets into the image with the folder around it"),
                    format!("name `{name}` in .dockerignore"),
                )
            };
            Finding::place(copied.at, copied.plane, label, message, fix)
        })
        .collect();
    Verdict::from_findings(findings, otherwise(recipe, posture))
}

fn contents(image: &BuiltImage, _: &Posture, _: &Settings) -> Verdict {
    let findings = image.secrets.iter().filter(|secret| secret.hidden_by.is_none()).map(|secret| {
        let layer = layers::layer(image, secret.layer);
        layers::finding(
            image,
            secret.layer,
            "made by this step",
            format!("{} in {layer}", held(secret)),
            "change the secret, keep the file out of the image (.dockerignore), and mount it when the container starts",
        )
    });
    Verdict::from_findings(findings.collect(), layers::pass(image))
}

/// Whether everything that is copied could be looked at.
fn otherwise(recipe: &Recipe, posture: &Posture) -> Verdict {
    let context = recipe.context.and_then(|id| posture.contexts.get(id.0));
    let copies = || {
        recipe.stages.iter().filter(|stage| stage.reached).flat_map(|stage| &stage.steps).filter_map(|step| {
            match &step.kind {
                StepKind::Copy(copy) => Some(copy),
                _ => None,
            }
        })
    };
    if context.is_none_or(|context| !context.listed) && copies().any(takes_unlisted_folder) {
        let path = context.map_or("the build context", |context| &context.path);
        return Verdict::Unknown(Reason::MissingSource(path.into()));
    }
    Verdict::absent()
}
