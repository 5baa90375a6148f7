//! What `COPY --from` refers to when all stages are known: later stages, the stage itself, stages that do not exist.

use std::sync::Arc;

use plimsoll_posture::{CopyFrom, Stage, StepKind};

use super::stages::Builder;
use super::syntax::Fault;

impl Builder<'_> {
    /// Corrects and checks the references of every COPY.
    pub(super) fn references(&mut self) {
        self.forward_references();
        self.impossible_copies();
    }

    /// `COPY --from` a stage that comes later: no image of that name is meant.
    fn forward_references(&mut self) {
        let names: Vec<Arc<str>> = self
            .recipe
            .stages
            .iter()
            .filter_map(|stage| stage.name.as_ref().map(|name| name.value.clone()))
            .collect();
        for stage in &mut self.recipe.stages {
            for step in &mut stage.steps {
                if let StepKind::Copy(copy) = &mut step.kind
                    && let CopyFrom::Image(image) = &copy.from
                    && names.iter().any(|name| name.eq_ignore_ascii_case(&image.text))
                {
                    copy.from = CopyFrom::Other(image.text.clone());
                }
            }
        }
    }

    /// `COPY --from` of what is no stage before this one (`toCommand` and `dispatch` of BuildKit).
    fn impossible_copies(&mut self) {
        let stages = &self.recipe.stages;
        let mut found: Vec<Fault> = Vec::new();
        for stage in stages {
            for (step, copy) in stage.copies() {
                let (Some(at), false) = (copy.from_at, step.on_build) else { continue };
                let text = match &copy.from {
                    CopyFrom::Image(image) => image.text.as_ref(),
                    CopyFrom::Other(text) => text.as_ref(),
                    CopyFrom::Context | CopyFrom::Stage(_) => continue,
                };
                let number = text.parse::<usize>().ok();
                let named = |stage: &Stage| {
                    stage.name.as_ref().is_some_and(|own| own.value.eq_ignore_ascii_case(text))
                };
                let own = named(stage) || number == Some(stage.index);
                let exists = number.is_some_and(|number| number < stages.len()) || stages.iter().any(named);
                let (code, message, cure) = if text.contains('$') {
                    (
                        "copy-from-variable",
                        "COPY --from takes no variable".to_owned(),
                        "add a stage `FROM ${VARIABLE} AS name` and copy from it",
                    )
                } else if own {
                    (
                        "copy-from-itself",
                        format!("the stage copies from itself (`{text}`)"),
                        "name an earlier stage, or copy within a RUN",
                    )
                } else if exists && stage.reached {
                    (
                        "copy-from-later-stage",
                        format!("stage `{text}` comes after the stage that copies from it"),
                        "move it up",
                    )
                } else if number.is_some() && !exists {
                    ("copy-from-missing-stage", format!("there is no stage {text}"), "name the stage")
                } else {
                    continue;
                };
                found.push(Fault {
                    code,
                    range: at.range(),
                    message,
                    cure: Some(cure.to_owned()),
                    fatal: true,
                });
            }
        }
        for fault in &found {
            self.complain(fault);
        }
    }
}
