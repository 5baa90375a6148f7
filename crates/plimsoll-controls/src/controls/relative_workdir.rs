//! A first `WORKDIR` that is relative.

use plimsoll_posture::{Known, Plane, Posture, Publisher, Recipe, Role, Stage, StageBase, StepKind};

use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, recipe_change,
    stage_steps,
};

pub(super) static CONTROL: Control = Control {
    id: "relative-workdir",
    title: "working directory depends on the base image",
    page: include_str!("relative_workdir.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3000", "DS-0009", "CKV_DOCKER_10", "WorkdirRelativePath", "KICS: WORKDIR Path Not Absolute"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let steps = stage_steps::lineage(recipe, stage);
    let mut workdirs = steps.filter_map(|(owner, step)| match &step.kind {
        StepKind::Workdir(path) => Some((owner, step, path)),
        _ => None,
    });
    let Some((owner, step, path)) = workdirs.next() else {
        return Verdict::NotApplicable("no working directory is set");
    };
    let path = match path {
        Known::Value(path) => path,
        Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
    };
    let drive = path.as_bytes().get(1) == Some(&b':');
    // In an empty image it starts at the root.
    if path.starts_with(['/', '\\']) || drive || owner.base == StageBase::Scratch {
        return Verdict::absent();
    }
    if owner.index != stage.index {
        return Verdict::NotApplicable("the stage that it starts from sets the working directory");
    }
    let finding = Finding::place(
        stage.place(step.at),
        Plane::Declared,
        "below whatever the base image sets",
        format!("stage `{}` works in `{path}`, wherever that is", stage.label()),
        format!("write it from the root: `WORKDIR /{}`", path.trim_start_matches("./")),
    );
    // Where the base image works is known of some.
    let knowledge = &stage.image.knowledge;
    let official = knowledge.publisher == Some(Publisher::Official);
    let bare = knowledge.role == Some(Role::Distribution)
        || knowledge.lines.iter().any(|line| &*line.product == "Node.js");
    let base = match step.workdir.as_deref() {
        Some(base) => Some(base).filter(|base| base.starts_with('/')),
        // The official images of distributions and of Node set none, and the engine starts at the root then.
        None => (official && bare && matches!(owner.base, StageBase::Image(_))).then_some("/"),
    };
    let plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte))
        && !path.contains("..");
    Verdict::fail(match base.filter(|_| plain && step.written.at.len() == path.len() && !step.on_build) {
        Some(base) => {
            let path = path.trim_start_matches("./").trim_end_matches('/');
            finding.remedied(Remedy::safe(
                vec![recipe_change::reword(
                    stage,
                    step.written.at,
                    format!("{}/{path}", base.trim_end_matches('/')),
                )],
                "it is the folder that it stands for today: the base image is known to work there",
            ))
        }
        None => finding,
    })
}
