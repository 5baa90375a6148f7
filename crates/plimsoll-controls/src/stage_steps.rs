//! Walking the steps of a stage together with those of the stages it is built from.

use plimsoll_posture::{Recipe, Stage, Step, StepKind};

/// The steps whose layers the stage holds, outermost base first, each with its stage. `ONBUILD` steps are left out.
pub(crate) fn lineage<'a>(recipe: &'a Recipe, stage: &Stage) -> impl Iterator<Item = (&'a Stage, &'a Step)> {
    recipe
        .lineage(stage.index)
        .into_iter()
        .flat_map(|stage| stage.steps.iter().map(move |step| (stage, step)))
        .filter(|(_, step)| !step.on_build)
}

/// The value of an `ENV` variable that is in force before a step; `None` when no step of the lineage sets it.
pub(crate) fn env_before<'a>(
    recipe: &'a Recipe,
    stage: &Stage,
    before: &Step,
    name: &str,
) -> Option<&'a str> {
    let mut value = None;
    for (_, step) in lineage(recipe, stage) {
        if step.at == before.at {
            break;
        }
        if let StepKind::Env(pairs) = &step.kind {
            for (key, text) in pairs {
                if &*key.value == name {
                    value = Some(text.value.expose());
                }
            }
        }
    }
    value
}
