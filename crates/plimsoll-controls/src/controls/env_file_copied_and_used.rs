//! A file of settings that the container is given and that its image holds as well.

use plimsoll_posture::{CopyFrom, Plane, Posture, Service, StepKind};

use crate::image_base::built_from;
use crate::{
    Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, deciding, stage_steps,
};

pub(super) static CONTROL: Control = Control {
    id: "env-file-copied-and-used",
    title: "settings are given to the container and copied into its image as well",
    page: include_str!("env_file_copied_and_used.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &["secret-file-copied"],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    if service.env_files.is_empty() {
        return Verdict::NotApplicable("no env file is given");
    }
    let built = built_from(service, posture);
    let context = built.and_then(|(recipe, _)| posture.contexts.get(recipe.context?.0));
    let (Some((recipe, stage)), Some(context)) = (built, context) else {
        return Verdict::NotApplicable("the image is not built from a context that was read");
    };
    let mut findings = Vec::new();
    for (file, claim) in service.env_files.values() {
        let inner = match &*context.path {
            "." => Some(&**file),
            folder => file.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')),
        };
        let Some(inner) = inner else { continue };
        for (at, step) in stage_steps::lineage(recipe, stage) {
            let StepKind::Copy(copy) = &step.kind else { continue };
            if copy.from != CopyFrom::Context {
                continue;
            }
            let named = |path: &str| path.trim_start_matches("./").trim_start_matches('/') == inner;
            let source = copy.sources.iter().find(|source| {
                source.takes.iter().any(|entry| &*entry.path == inner)
                    || source.path.value().is_some_and(|path| named(path))
            });
            let Some(source) = source else { continue };
            findings.push(
                Finding::place(
                    at.place(source.at),
                    Plane::Declared,
                    format!("takes `{inner}` into the image"),
                    format!("`{inner}` is in the image of service `{}` and in its `env_file`", service.name()),
                    format!("leave `{inner}` out of the image: name it in .dockerignore; the container gets it when it starts"),
                )
                .with(claim, "given to the container here"),
            );
            break;
        }
    }
    Verdict::from_findings(findings, deciding::or_unknown(&service.env_files, Verdict::absent()))
}
