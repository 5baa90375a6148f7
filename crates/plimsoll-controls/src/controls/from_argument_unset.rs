//! A build argument in `FROM` that nothing declares, or that has no default where one is needed.

use plimsoll_posture::{Plane, Posture, Recipe, Stage, StepKind};
use plimsoll_text::Span;

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "from-argument-unset",
    title: "FROM uses an argument without a value",
    page: include_str!("from_argument_unset.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["UndefinedArgInFrom", "InvalidDefaultArgInFrom"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let wrong = stage.open_arguments.iter().filter(|open| !(open.declared && open.dispensable));
    let findings = wrong.map(|open| {
        let name = &open.name;
        let stage_name = stage.label();
        if open.declared {
            return Finding::place(
                stage.place(open.at),
                Plane::Declared,
                format!("`{name}` is empty without --build-arg"),
                format!("stage `{stage_name}` has no base image until `{name}` is given"),
                format!("give it a default: `ARG {name}=value`"),
            );
        }
        let inside = declared_inside(recipe, name);
        let fix = match inside {
            Some(_) => format!("move `ARG {name}` above the first FROM"),
            None => format!("declare it above the first FROM: `ARG {name}=value`"),
        };
        let finding = Finding::place(
            stage.place(open.at),
            Plane::Declared,
            format!("`{name}` is empty here"),
            format!(
                "stage `{stage_name}` starts from a name with `{name}`, which nothing declares before it"
            ),
            fix,
        );
        match inside {
            Some(at) => finding.near(stage.place(at), "declared here, within a stage"),
            None => finding,
        }
    });
    Verdict::from_findings(findings.collect(), Verdict::absent())
}

/// An `ARG` of that name below a FROM, where no FROM sees it.
fn declared_inside(recipe: &Recipe, name: &str) -> Option<Span> {
    let steps = recipe.stages.iter().flat_map(|stage| &stage.steps);
    let args = steps.filter_map(|step| match &step.kind {
        StepKind::Arg(args) => Some(args),
        _ => None,
    });
    args.flatten().find(|arg| &*arg.name == name).map(|arg| arg.at)
}
