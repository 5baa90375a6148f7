//! Secrets that a build takes as arguments of an image that is run.

use plimsoll_posture::{Change, Place, Posture, Recipe, StepKind};
use plimsoll_text::Span;

use crate::sightings::{build_mount, in_recipe, says};
use crate::{Control, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, recipe_change};

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
    scope: Scope::Recipe(check),
};

fn check(recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let verdict = in_recipe(
        recipe,
        Place::ImageArg,
        |sighting| match sighting.length {
            0 => format!("`ARG {}` leaves its value in the image history", sighting.name),
            _ => format!("the default of `ARG {}` {}", sighting.name, says(sighting)),
        },
        |sighting| format!("remove the argument and {}", build_mount(&sighting.name)),
    );
    match verdict {
        Verdict::Fail(findings) => Verdict::Fail(
            findings
                .into_iter()
                .map(|finding| match mounted(recipe, finding.primary.at.span) {
                    Some(changes) => finding.remedied(Remedy::risky(
                        changes,
                        "whoever builds gives the value with `--secret` instead of `--build-arg` from now on",
                    )),
                    None => finding,
                })
                .collect(),
        ),
        other => other,
    }
}

/// The argument gone, and its value mounted into each step that reads it, where only RUN does.
fn mounted(recipe: &Recipe, at: Span) -> Option<Vec<Change>> {
    let (stage, step, arg) = recipe.stages.iter().find_map(|stage| {
        stage.steps.iter().find_map(|step| match &step.kind {
            StepKind::Arg(args) if args.len() == 1 && step.at.contains(at) && !step.on_build => {
                Some((stage, step, args.first()?))
            }
            _ => None,
        })
    })?;
    let name = &*arg.name;
    let uses = |text: &str| text.contains(&format!("${name}")) || text.contains(&format!("${{{name}"));
    let mut changes = vec![Change::Withdraw { at: stage.place(step.at) }];
    let flag = format!(" --mount=type=secret,id={},env={name}", name.to_ascii_lowercase());
    for other in recipe.stages.iter().flat_map(|stage| &stage.steps).filter(|other| other.at != step.at) {
        match &other.kind {
            StepKind::Run(run) if uses(run.script.expose()) => {
                if run.exec_form || other.on_build || !stage.steps.iter().any(|own| own.at == other.at) {
                    return None;
                }
                changes.push(recipe_change::add_behind(stage, other.keyword_at, flag.clone()));
            }
            StepKind::Copy(copy) => {
                let paths = copy.sources.iter().filter_map(|source| source.path.value());
                if paths.chain([&copy.destination.value]).any(|path| uses(path))
                    || copy.sources.iter().any(|source| source.path.value().is_none())
                {
                    return None;
                }
            }
            _ if uses(other.written.value.expose()) => return None,
            _ => {}
        }
    }
    (changes.len() > 1).then_some(changes)
}
