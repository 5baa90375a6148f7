//! Runs policies over a posture.

use plimsoll_controls::{Judgement, Verdict, Weight};
use plimsoll_posture::{Posture, Subject};
use plimsoll_text::Span;

use crate::{Policy, Rule, image, package, service};

/// A judgement and the line of the rule that made it, in the configuration's own documents.
#[derive(Debug, Clone)]
pub struct Ruling {
    /// The judgement.
    pub judgement: Judgement,
    /// The rule.
    pub at: Span,
}

/// Judges every policy, in order, over its subjects, in the order of the posture.
#[must_use]
pub fn judge<'a>(posture: &Posture, policies: impl IntoIterator<Item = &'a Policy>) -> Vec<Ruling> {
    let mut rulings = Vec::new();
    for policy in policies {
        for (subject, verdict) in verdicts(policy, posture) {
            let judgement = Judgement {
                control: policy.control,
                subject: Some(subject),
                weight: Weight::of(policy.control.severity),
                verdict,
            };
            rulings.push(Ruling { judgement, at: policy.at });
        }
    }
    rulings
}

fn verdicts(policy: &Policy, posture: &Posture) -> Vec<(Subject, Verdict)> {
    match &policy.rule {
        Rule::Registries(_) | Rule::AllowedImages(_) | Rule::ForbiddenImages(_) => {
            image::judge(policy, posture)
        }
        Rule::ImageLabels { required, strict } => image::labels(policy, posture, required, *strict),
        Rule::ForbiddenPackages(list) => package::judge(policy, posture, list),
        _ => posture
            .services
            .iter()
            .map(|service| (service.subject.clone(), service::judge(policy, service)))
            .collect(),
    }
}
