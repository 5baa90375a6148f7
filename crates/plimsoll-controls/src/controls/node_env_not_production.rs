//! A Node service that does not run in production mode.

use plimsoll_posture::{Change, Known, Layer, Posture, Provenance, Service, Setting, StageBase, StepKind};

use crate::image_base::{built_from, is_known, not_inspected};
use crate::remedy::give;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "node-env-not-production",
    title: "Node service does not run with NODE_ENV=production",
    page: include_str!("node_env_not_production.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DD067"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    if !runs_node(service, posture) {
        return Verdict::NotApplicable("not known to run Node");
    }
    let what = if service.runtime { "service" } else { "image" };
    let fix = "set `NODE_ENV=production` in the last stage, after the build";
    match service.env.get("NODE_ENV").and_then(|fact| fact.effective()) {
        Some(claim) => match &claim.value {
            Known::Value(value) if value.expose() == "production" => Verdict::pass(claim),
            Known::Value(_) => Verdict::fail(
                Finding::at(
                    claim,
                    "another mode is set here",
                    format!("{what} `{}` does not run Node in production mode", service.name()),
                    "set `NODE_ENV` to `production`",
                )
                .remedied_by((service.runtime && claim.layer == Layer::Compose).then(|| production(service))),
            ),
            Known::Unknown(reason) => Verdict::Unknown(reason.clone()),
        },
        // What an image's maker has set is in the image.
        None if service.runtime && service.build.is_none() && !is_known(service, posture) => {
            Verdict::Unknown(not_inspected(service, posture))
        }
        None => Verdict::fail(in_the_image(
            service,
            posture,
            Finding::place(
                Provenance::absent(service.subject.anchor),
                plimsoll_posture::Plane::Declared,
                "`NODE_ENV` is not set",
                format!("{what} `{}` does not run Node in production mode", service.name()),
                fix,
            ),
        )),
    }
}

fn production(service: &Service) -> Remedy {
    Remedy::risky(
        vec![give(service, Setting::Environment("NODE_ENV".into(), "production".into()))],
        "what the program does in development only is off: reloading, long error messages, tools that are not installed",
    )
}

/// The base is a Node image, or the first program is one that comes with Node.
fn runs_node(service: &Service, posture: &Posture) -> bool {
    let program = |fact: &plimsoll_posture::Fact<plimsoll_posture::CommandLine>| {
        fact.value().is_some_and(|command| {
            matches!(
                command.program(),
                Some(
                    "node" | "npm" | "yarn" | "pnpm" | "npx" | "nodemon" | "ts-node" | "tsx" | "pm2-runtime"
                )
            )
        })
    };
    program(&service.command)
        || program(&service.entrypoint)
        || service.knowledge.lines.iter().any(|line| &*line.product == "Node.js")
        || starts_from_node(service, posture)
}

/// `node:lts` names no version and is Node all the same.
fn starts_from_node(service: &Service, posture: &Posture) -> bool {
    let base = built_from(service, posture)
        .and_then(|(recipe, stage)| recipe.lineage(stage.index).into_iter().next())
        .map(|stage| &stage.base);
    matches!(base, Some(StageBase::Image(Known::Value(image))) if image.name() == "node")
}

/// The variable behind everything that is built: an install or a build that saw it would leave out what it needs.
fn in_the_image(service: &Service, posture: &Posture, finding: Finding) -> Finding {
    let Some((_, stage)) = built_from(service, posture) else { return finding };
    let own = || stage.steps.iter().filter(|step| !step.on_build);
    let last = own().rfind(|step| matches!(step.kind, StepKind::Run(_)));
    let behind = last.map_or(0, |step| step.at.end);
    let command = own().find(|step| {
        step.at.start >= behind && matches!(step.kind, StepKind::Cmd(_) | StepKind::Entrypoint(_))
    });
    let (beside, before) = match (command, stage.steps.last()) {
        (Some(step), _) => (step.at, true),
        (None, Some(step)) => (step.at, false),
        (None, None) => (stage.subject.anchor, false),
    };
    finding.remedied(Remedy::risky(
        vec![Change::Step { beside: stage.place(beside), before, text: "ENV NODE_ENV=production".to_owned() }],
        "the program and its libraries behave as in production: no development server, shorter errors, caches",
    ))
}
