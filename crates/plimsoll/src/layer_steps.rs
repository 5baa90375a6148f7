//! Which step of a Dockerfile made which layer of the image that is built from it.
//!
//! The history of an image names instructions, of `RUN` with the script. From the last layer down, layers and steps are laid side by side as
//! long as they say the same; below the first that differ nothing is said, because there the base image begins or the Dockerfile is another
//! one than the image was built from.

use plimsoll_posture::{BuiltImage, Recipe, Step, StepKind};
use plimsoll_text::Sources;

/// Joins the layers of an image with the steps of the stage that it is built from.
pub(crate) fn join(image: &mut BuiltImage, recipe: &Recipe, stage: usize, sources: &Sources) {
    let steps: Vec<_> = recipe
        .lineage(stage)
        .into_iter()
        .flat_map(|stage| stage.steps.iter().map(move |step| (stage, step)))
        .filter(|(_, step)| !step.on_build && keyword(step).is_some())
        .collect();
    for (layer, (stage, step)) in image.layers.iter_mut().rev().zip(steps.into_iter().rev()) {
        let source = sources.get(layer.at.span.source);
        let told = source.text.get(layer.at.span.start as usize..layer.at.span.end as usize).unwrap_or("");
        if !keyword(step).is_some_and(|own| own.contains(&&*layer.instruction)) || !says(told, step) {
            break;
        }
        layer.step = Some(stage.place(step.at));
    }
}

/// What the history calls a step that makes a layer.
fn keyword(step: &Step) -> Option<&'static [&'static str]> {
    match &step.kind {
        StepKind::Run(_) => Some(&["RUN"]),
        StepKind::Copy(_) => Some(&["COPY", "ADD"]),
        StepKind::Workdir(_) => Some(&["WORKDIR"]),
        _ => None,
    }
}

/// Whether the history's text, as it stands in the configuration, has the script of a `RUN`; of other steps the keyword says enough.
fn says(told: &str, step: &Step) -> bool {
    let StepKind::Run(run) = &step.kind else { return true };
    squeezed(&told.replace("\\n", " ").replace("\\t", " ")).contains(&squeezed(run.script.expose()))
}

/// Without blanks and what quotes and continues lines: builders lay scripts out otherwise.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\\').collect()
}
