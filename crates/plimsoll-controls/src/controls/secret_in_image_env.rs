//! Secrets in the environment of an image that is run.

use plimsoll_posture::{
    BuiltImage, Change, Layer, Place, Posture, Recipe, SecretSighting, Service, Setting, StepKind,
    is_registry_variable,
};
use plimsoll_text::Span;

use crate::build_secret::{self, builders, names_variable};
use crate::remedy::give;
use crate::sightings::{in_built, in_recipe, is_variable, says};
use crate::{Control, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, recipe_change};

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
    scope: Scope::RecipeAndBuilt(check, contents),
};

fn check(recipe: &Recipe, posture: &Posture, _: &Settings) -> Verdict {
    in_recipe(recipe, Place::ImageEnv, message, fix, |sighting| match is_registry_variable(&sighting.name) {
        true => build_secret::remedy(recipe, posture, &sighting.name, sighting.length > 0),
        false => asked_for(recipe, posture, sighting),
    })
}

fn contents(image: &BuiltImage, _: &Posture, _: &Settings) -> Verdict {
    in_built(image, Place::ImageEnv, message, fix)
}

fn message(sighting: &SecretSighting) -> String {
    match sighting.length {
        0 => format!("`ENV {}` keeps the value of a build argument in the image", sighting.name),
        _ => format!("`ENV {}` {}", sighting.name, says(sighting)),
    }
}

fn fix(sighting: &SecretSighting) -> String {
    let name = &sighting.name;
    format!(
        "remove it, change the value, and give it when the container starts: `environment: \
         {name}: ${{{name}:?set {name}}}` or a mounted secret"
    )
}

/// The value gone from the image, and asked for by every service that runs it. Without one nobody would ask.
fn asked_for(recipe: &Recipe, posture: &Posture, sighting: &SecretSighting) -> Option<Remedy> {
    let name = &*sighting.name;
    let at = sighting.at.at.span;
    let (stage, step, pairs) = recipe.stages.iter().find_map(|stage| {
        let step = stage.steps.iter().find(|step| step.at.contains(at) && !step.on_build)?;
        match &step.kind {
            StepKind::Env(pairs) => Some((stage, step, pairs)),
            _ => None,
        }
    })?;
    let holds = |service: &&Service| {
        let target = service.build.as_ref().and_then(|build| build.stage);
        target.is_some_and(|target| recipe.lineage(target.stage).iter().any(|own| own.index == stage.index))
    };
    let services: Vec<&Service> = builders(recipe, posture).filter(holds).collect();
    if services.is_empty() || !is_variable(name) || sighting.length == 0 {
        return None;
    }
    let (key, value) = pairs.iter().find(|(key, _)| *key.value == *name)?;
    let others = recipe.stages.iter().flat_map(|stage| &stage.steps).filter(|other| other.at != step.at);
    let used = others.into_iter().any(|other| match &other.kind {
        // A shell puts it in when the container runs, where it still is.
        StepKind::Cmd(_) | StepKind::Entrypoint(_) | StepKind::Healthcheck(_) => false,
        StepKind::Run(run) => names_variable(run.script.expose(), name),
        StepKind::Copy(copy) => copy.sources.iter().any(|source| source.path.value().is_none()),
        _ => names_variable(other.written.value.expose(), name),
    });
    if used {
        return None;
    }
    let mut changes = vec![match pairs.len() {
        1 => Change::Withdraw { at: stage.place(step.at) },
        _ => {
            let pair = Span::new(key.at.source, key.at.start as usize, value.at.end as usize);
            recipe_change::drop_words(stage, pair)
        }
    }];
    for service in services {
        let own = service.env.get(name).and_then(|fact| fact.effective());
        if own.is_none_or(|claim| claim.layer < Layer::Compose) {
            let text = format!("${{{name}:?set {name}}}");
            changes.push(give(service, Setting::Environment(name.into(), text.into())));
        }
    }
    Some(Remedy::risky(
        changes,
        format!(
            "nothing starts until somebody sets {name}; the value that stood here is in old images and in the file's history: \
             change it"
        ),
    ))
}
