//! A variable that is empty because nothing declares it.

use std::sync::Arc;

use plimsoll_posture::{
    Flavour, Known, Plane, Posture, Reason, Recipe, Spanned, Stage, StageBase, Step, StepKind,
};

use crate::{
    Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, spelling, stage_steps,
};

pub(super) static CONTROL: Control = Control {
    id: "undefined-variable",
    title: "instruction uses a variable that nothing sets",
    page: include_str!("undefined_variable.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["UndefinedVar"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

/// What the builder knows and a stage sees only after an `ARG` of its own.
const PLATFORM: [&str; 8] = [
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
];

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings: Vec<Finding> = Vec::new();
    let mut told: Vec<&str> = Vec::new();
    let mut doubt = None;
    let mut asked = false;
    for step in &stage.steps {
        for open in &step.undeclared {
            let by_base = stage.image.knowledge.variables.as_deref();
            asked = true;
            if by_base.is_some_and(|names| names.contains(&open.value)) {
                continue;
            }
            if sets_beside(step, open) || told.contains(&&*open.value) || keeps_default(step, &open.value) {
                continue;
            }
            match cause(stage, recipe, step, &open.value) {
                Some((label, fix)) => {
                    told.push(&open.value);
                    findings.push(Finding::place(
                        stage.place(open.at),
                        Plane::Declared,
                        label,
                        format!("stage `{}` uses `{}`, which nothing has set", stage.label(), open.value),
                        fix,
                    ));
                }
                None => doubt = doubt.or_else(|| base_name(stage, recipe)),
            }
        }
    }
    match (findings.is_empty(), doubt) {
        (false, _) => Verdict::Fail(findings),
        (true, Some(reason)) => Verdict::Unknown(reason),
        (true, None) if asked => Verdict::absent(),
        (true, None) => Verdict::NotApplicable("every variable that is used is set before"),
    }
}

/// Set by another pair of the same `ENV`: that is a matter of its own.
fn sets_beside(step: &Step, open: &Spanned<Arc<str>>) -> bool {
    matches!(&step.kind, StepKind::Env(pairs)
        if pairs.iter().any(|(name, value)| name.value == open.value && value.at != open.at))
}

/// Lists of directories in which an empty entry stands for the program's own list, so that `/mine:$MANPATH` is right
/// where nothing was set before (man-db `manpath(1)`, `info(1)`, kpathsea).
const OWN_DEFAULT: [&str; 5] = ["BIBINPUTS", "BSTINPUTS", "INFOPATH", "MANPATH", "TEXINPUTS"];

fn keeps_default(step: &Step, name: &str) -> bool {
    OWN_DEFAULT.contains(&name) && is_own(step, name)
}

/// Why the variable is empty for certain, and the cure; `None` when the base image may set it.
fn cause(stage: &Stage, recipe: &Recipe, step: &Step, name: &str) -> Option<(&'static str, String)> {
    if PLATFORM.contains(&name) {
        return Some(("known only after an `ARG`", format!("add `ARG {name}` to the stage")));
    }
    if recipe.global_args.iter().any(|arg| &*arg.name == name) {
        return Some(("declared before FROM only", format!("repeat `ARG {name}` in the stage")));
    }
    let later = stage.steps.iter().skip_while(|other| other.at != step.at).skip(1);
    let args = |step: &Step| match &step.kind {
        StepKind::Arg(args) => args.iter().any(|arg| &*arg.name == name),
        _ => false,
    };
    if later.clone().any(args) {
        return Some(("declared further down", format!("move `ARG {name}` up")));
    }
    let known = stage.image.knowledge.variables.as_deref();
    let scratch = stage.image.knowledge.flavour == Some(Flavour::Scratch);
    if scratch || known.is_some_and(|known| !known.iter().any(|own| &**own == name)) {
        let fix = match near(stage, recipe, step, name) {
            Some(meant) => format!("did you mean `${meant}`?"),
            None if is_own(step, name) => format!("leave `${name}` out: it adds an empty entry"),
            None if matches!(step.kind, StepKind::Label(_)) => {
                format!("declare it with `ARG {name}`, or write `\\${name}` when the text itself is meant")
            }
            None => format!("declare it: `ARG {name}` or `ENV {name}=value`"),
        };
        return Some(("empty", fix));
    }
    let meant = near(stage, recipe, step, name)?;
    Some(("probably misspelt", format!("did you mean `${meant}`?")))
}

/// `ENV X=/a:$X`.
fn is_own(step: &Step, name: &str) -> bool {
    matches!(&step.kind, StepKind::Env(pairs) if pairs.iter().any(|(own, _)| &*own.value == name))
}

/// A variable that is set before the step and differs by a slip of the finger.
fn near<'a>(stage: &Stage, recipe: &'a Recipe, before: &Step, name: &str) -> Option<&'a str> {
    let bare = |name: &str| name.trim_end_matches(|ch: char| ch.is_ascii_digit()).to_owned();
    let mut found = None;
    for (_, step) in stage_steps::lineage(recipe, stage) {
        if step.at == before.at {
            break;
        }
        let names: Vec<&str> = match &step.kind {
            StepKind::Arg(args) => args.iter().map(|arg| &*arg.name).collect(),
            StepKind::Env(pairs) => pairs.iter().map(|(own, _)| &*own.value).collect(),
            _ => continue,
        };
        // `V1` and `V2` are two names.
        let slip = names.into_iter().find(|own| bare(own) != bare(name) && spelling::is_near(own, name));
        found = found.or(slip);
    }
    found
}

fn base_name(stage: &Stage, recipe: &Recipe) -> Option<Reason> {
    match &recipe.lineage(stage.index).first()?.base {
        StageBase::Image(Known::Value(image)) => Some(Reason::ImageNotInspected(image.text.clone())),
        StageBase::Image(Known::Unknown(reason)) => Some(reason.clone()),
        StageBase::Scratch | StageBase::Stage(_) => None,
    }
}
