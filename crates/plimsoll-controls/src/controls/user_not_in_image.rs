//! `USER` with a name that neither the base nor the build knows.

use plimsoll_posture::{Known, Plane, Posture, Reason, Recipe, Stage, StageBase, Step, StepKind};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, stage_steps};

pub(super) static CONTROL: Control = Control {
    id: "user-not-in-image",
    title: "image runs as a user that it does not have",
    page: include_str!("user_not_in_image.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    if !stage.reached {
        return Verdict::NotApplicable("the stage is never built");
    }
    if stage.image.knowledge.distribution.as_deref() == Some("windows") {
        return Verdict::NotApplicable("accounts of Windows are looked up elsewhere");
    }
    let mut verdict = Verdict::NotApplicable("no `USER` with a name is set");
    let mut findings = Vec::new();
    for step in stage.steps.iter().filter(|step| !step.on_build) {
        let StepKind::User(user) = &step.kind else { continue };
        let user = match user {
            Known::Value(user) => user,
            Known::Unknown(reason) => {
                verdict = Verdict::Unknown(reason.clone());
                continue;
            }
        };
        if user.is_root().is_some() {
            continue;
        }
        if has_account(stage, &user.user) {
            verdict = Verdict::absent();
            continue;
        }
        if user.user.contains(['$', '%']) {
            continue;
        }
        let Some(base) = closed_base(recipe, stage) else {
            let image = base_name(recipe, stage).into();
            verdict = Verdict::Unknown(Reason::AccountNotListed { name: user.user.clone(), image });
            continue;
        };
        if may_create(recipe, stage, step) {
            let image = stage.label().into();
            verdict = Verdict::Unknown(Reason::AccountNotListed { name: user.user.clone(), image });
            continue;
        }
        findings.push(
            Finding::place(
                stage.place(step.at),
                Plane::Assumed,
                "no such account",
                format!("stage `{}` runs as `{}`, which is not in the image", stage.label(), user.user),
                "create the account before this line, or write a number: `USER 65532:65532`",
            )
            .near(stage.place(stage.base_at), base),
        );
    }
    Verdict::from_findings(findings, verdict)
}

fn has_account(stage: &Stage, name: &str) -> bool {
    let created = stage.image.created.iter().filter_map(|claim| claim.value.value());
    created.chain(&stage.image.knowledge.accounts).any(|account| &*account.name == name)
}

/// What is said of the outermost base when all of its accounts are known.
fn closed_base(recipe: &Recipe, stage: &Stage) -> Option<&'static str> {
    let outermost = recipe.lineage(stage.index).into_iter().next()?;
    match &outermost.base {
        StageBase::Scratch => Some("an empty image has no accounts"),
        StageBase::Image(Known::Value(_)) if stage.image.knowledge.accounts_complete => {
            Some("has no account of that name")
        }
        _ => None,
    }
}

fn base_name(recipe: &Recipe, stage: &Stage) -> String {
    let outermost = recipe.lineage(stage.index).into_iter().next();
    match outermost.map(|stage| &stage.base) {
        Some(StageBase::Image(Known::Value(image))) => image.to_string(),
        _ => "the base image".to_owned(),
    }
}

/// Whether a step before this one may bring the account in a way that was not read.
fn may_create(recipe: &Recipe, stage: &Stage, until: &Step) -> bool {
    stage_steps::lineage(recipe, stage)
        .take_while(|(_, step)| step.at != until.at)
        .any(|(_, step)| stage_steps::may_add_accounts(step))
}
