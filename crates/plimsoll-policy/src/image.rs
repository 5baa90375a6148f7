//! Which images a policy wants, and which labels they carry.

use plimsoll_controls::{Evidence, Finding, NamedImage, Verdict, each_image};
use plimsoll_posture::{ImageReference, Known, Layer, Plane, Posture, Provenance, Stage, Subject};

use crate::policy::quoted;
use crate::{Format, Pattern, Policy, Rule, Selector, StageChoice};

/// What is said of a subject that the selector leaves out.
pub(crate) const NOT_MEANT: &str = "the policy is not about it";

/// Judges every named image that the selector means.
pub(crate) fn judge(policy: &Policy, posture: &Posture) -> Vec<(Subject, Verdict)> {
    let mut verdicts = each_image(posture, &|image| one(policy, image));
    for (subject, verdict) in &mut verdicts {
        if !is_meant(&policy.selector, subject, posture) {
            *verdict = Verdict::NotApplicable(NOT_MEANT);
        }
    }
    verdicts
}

fn one(policy: &Policy, image: &NamedImage<'_>) -> Verdict {
    let matches = |list: &[Pattern]| list.iter().any(|pattern| fits(pattern, image.reference));
    let (right, advice) = match &policy.rule {
        Rule::Registries(list) => {
            (image.is_below(list), format!("take the image from {}", quoted(list.iter().map(String::as_str))))
        }
        Rule::AllowedImages(list) => {
            (matches(list), format!("use one of {}", quoted(list.iter().map(Pattern::as_str))))
        }
        Rule::ForbiddenImages(list) => (!matches(list), "use another image".to_owned()),
        _ => return image.pass(),
    };
    if right {
        return image.pass();
    }
    Verdict::fail(Finding::place(
        image.at.clone(),
        image.plane,
        "this image",
        format!("{}: {}", policy.control.title, image.sentence()),
        policy.fix.clone().unwrap_or(advice),
    ))
}

/// Without a tag in the pattern every tag fits; without one in the reference its tag is `latest`.
fn fits(pattern: &Pattern, reference: &ImageReference) -> bool {
    let written = pattern.as_str();
    let last = written.rsplit('/').next().unwrap_or(written);
    let tag = reference.tag.as_deref().unwrap_or("latest");
    reference_names(reference).iter().any(|name| {
        if written.contains('@') {
            let digest = reference.digest.as_deref().unwrap_or_default();
            pattern.matches(&format!("{name}@{digest}")) || pattern.matches(&format!("{name}:{tag}@{digest}"))
        } else if last.contains(':') {
            pattern.matches(&format!("{name}:{tag}"))
        } else {
            pattern.matches(name)
        }
    })
}

/// `node` and `docker.io/library/node`: both are the same image, and either may be written in a policy.
fn reference_names(reference: &ImageReference) -> Vec<String> {
    let short = reference.name();
    if &*reference.registry != "docker.io" {
        return vec![short];
    }
    let full = match short.contains('/') {
        true => format!("docker.io/{short}"),
        false => format!("docker.io/library/{short}"),
    };
    vec![short, full]
}

/// Whether a selector means the service or stage of a named image. A choice of stages alone leaves services out; a
/// choice of services means their Dockerfiles too.
fn is_meant(selector: &Selector, subject: &Subject, posture: &Posture) -> bool {
    if subject.kind.runs() {
        let service = posture.service(&subject.name);
        return (selector.stages.is_none() || !selector.services.is_empty())
            && service.is_some_and(|service| crate::service::is_meant(selector, service));
    }
    posture.recipes.iter().any(|recipe| {
        recipe.stages.iter().any(|stage| {
            stage.subject == *subject
                && stage_is_meant(selector, stage, &recipe.targets, posture, &recipe.built_by)
        })
    })
}

/// Whether a selector means a stage. `otherwise` is what holds when no stages were chosen.
pub(crate) fn stage_is_meant(
    selector: &Selector,
    stage: &Stage,
    targets: &[usize],
    posture: &Posture,
    built_by: &[std::sync::Arc<str>],
) -> bool {
    let built = || built_by.iter().filter_map(|name| posture.service(name));
    let by_service = (selector.services.is_empty() && selector.publishing.is_none())
        || built().any(|service| crate::service::is_meant(selector, service));
    let by_stage = match &selector.stages {
        None | Some(StageChoice::All) => stage.reached,
        Some(StageChoice::Final) => targets.contains(&stage.index),
        Some(StageChoice::Named(names)) => {
            let label = stage.label();
            names.iter().any(|name| name.matches(&label))
        }
    };
    by_service && by_stage
}

/// Judges the labels of every stage that is meant: those that are run, unless the policy says otherwise.
pub(crate) fn labels(
    policy: &Policy,
    posture: &Posture,
    required: &[(String, Format)],
    strict: bool,
) -> Vec<(Subject, Verdict)> {
    let mut selector = policy.selector.clone();
    selector.stages.get_or_insert(StageChoice::Final);
    let mut verdicts = Vec::new();
    for recipe in &posture.recipes {
        for stage in &recipe.stages {
            let verdict = if stage_is_meant(&selector, stage, &recipe.targets, posture, &recipe.built_by) {
                labels_of(policy, stage, required, strict)
            } else {
                Verdict::NotApplicable(NOT_MEANT)
            };
            verdicts.push((stage.subject.clone(), verdict));
        }
    }
    verdicts
}

fn labels_of(policy: &Policy, stage: &Stage, required: &[(String, Format)], strict: bool) -> Verdict {
    let written = stage
        .image
        .config
        .labels
        .effective()
        .filter(|(_, claim)| claim.layer >= Layer::Image)
        .map(|(name, claim)| (name, &claim.value, &claim.at));
    judge_labels(
        policy,
        written.collect(),
        required,
        strict,
        &Owner {
            name: format!("stage `{}`", stage.label()),
            anchor: stage.place(stage.subject.anchor),
            instruction: "LABEL",
        },
    )
}

/// Whose labels are judged.
pub(crate) struct Owner {
    /// ``service `api` ``.
    pub(crate) name: String,
    /// Where a missing label is missing.
    pub(crate) anchor: Provenance,
    /// How a label is written there.
    pub(crate) instruction: &'static str,
}

/// A label as it is written: name, value, place.
pub(crate) type Written<'a> = (&'a str, &'a Known<plimsoll_posture::Sensitive>, &'a Provenance);

/// Values are looked at and never told: a label may hold anything.
pub(crate) fn judge_labels(
    policy: &Policy,
    written: Vec<Written<'_>>,
    required: &[(String, Format)],
    strict: bool,
    owner: &Owner,
) -> Verdict {
    let message = policy.control.title;
    let mut findings = Vec::new();
    let mut unknown = None;
    let mut push = |at: &Provenance, label: &str, detail: String, advice: String| {
        findings.push(Finding::place(
            at.clone(),
            Plane::Declared,
            label,
            format!("{message}: {} {detail}", owner.name),
            policy.fix.clone().unwrap_or(advice),
        ));
    };
    for (name, format) in required {
        let Some((_, value, at)) = written.iter().find(|(own, ..)| own == name) else {
            let form = match format {
                Format::Text => "…".to_owned(),
                _ => format!("({})", format.noun()),
            };
            push(
                &owner.anchor,
                "no such label",
                format!("has no label `{name}`"),
                format!("add `{} {name}={form}`", owner.instruction),
            );
            continue;
        };
        match value {
            Known::Value(value) if format.fits(value.expose()) => {}
            Known::Value(_) => push(
                at,
                "this value",
                format!("has a label `{name}` that is not {}", format.noun()),
                format!("write {} there", format.noun()),
            ),
            Known::Unknown(_) if *format == Format::Text => {}
            Known::Unknown(reason) => unknown = unknown.or(Some(reason.clone())),
        }
    }
    if strict {
        for (name, _, at) in written.iter().filter(|(own, ..)| !required.iter().any(|(name, _)| name == own))
        {
            push(
                at,
                "another label",
                format!("has a label `{name}` that the policy does not list"),
                "remove it, or add it to the policy".to_owned(),
            );
        }
    }
    let otherwise = match unknown {
        Some(reason) => Verdict::Unknown(reason),
        None => Verdict::Pass(Evidence { at: Some(owner.anchor.clone()), plane: Plane::Declared }),
    };
    Verdict::from_findings(findings, otherwise)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_without_a_tag_fits_every_tag() {
        let fits = |pattern: &str, text: &str| {
            super::fits(&Pattern::parse(pattern).unwrap(), &ImageReference::parse(text).unwrap())
        };
        assert!(fits("node", "node:22") && fits("node", "node") && !fits("node", "node/node:22"));
        assert!(fits("node:22*-slim", "node:22.11.0-slim") && !fits("node:22*-slim", "node:22"));
        assert!(fits("docker.io/library/node", "node:22") && fits("docker.io/**", "bitnami/redis"));
        assert!(fits("**:latest", "ghcr.io/a/b") && fits("*:latest", "node") && !fits("*:latest", "node:22"));
        assert!(fits("localhost:5000/*", "localhost:5000/api:1") && !fits("localhost:5000/*", "api:1"));
        assert!(fits("**@sha256:*", "node:22@sha256:00") && !fits("**@sha256:*", "node:22"));
    }
}
