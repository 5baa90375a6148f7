//! From which image a service comes in the end, to say which one nobody has looked into.

use std::sync::Arc;

use plimsoll_posture::{Flavour, Known, Posture, Publisher, Reason, Recipe, Service, Stage, StageBase};

/// Why the image's own configuration is not known: the outermost base image, a missing Dockerfile, or a variable.
pub(crate) fn not_inspected(service: &Service, posture: &Posture) -> Reason {
    let name = || -> Arc<str> {
        service.image.value().map_or_else(|| service.subject.name.clone(), |image| image.text.clone())
    };
    match built_from(service, posture) {
        Some((recipe, stage)) => match recipe.lineage(stage.index).first().map(|stage| &stage.base) {
            Some(StageBase::Image(Known::Value(image))) => Reason::ImageNotInspected(image.text.clone()),
            Some(StageBase::Image(Known::Unknown(reason))) => reason.clone(),
            _ => Reason::ImageNotInspected(name()),
        },
        None if service.build.is_some() => {
            Reason::MissingSource(format!("the Dockerfile of service {}", service.name()).into())
        }
        None => match service.image.effective().and_then(|claim| claim.value.reason()) {
            Some(reason) => reason.clone(),
            None => Reason::ImageNotInspected(name()),
        },
    }
}

/// Whether everything below the service was read or is known: its Dockerfile, and a base image that is official,
/// whose defaults are documented, or empty.
pub(crate) fn is_known(service: &Service, posture: &Posture) -> bool {
    if service.build.is_some() && built_from(service, posture).is_none() {
        return false;
    }
    let scratch = built_from(service, posture).is_some_and(|(recipe, stage)| {
        recipe.lineage(stage.index).first().is_some_and(|stage| stage.base == StageBase::Scratch)
    });
    scratch
        || service.knowledge.publisher == Some(Publisher::Official)
        || service.knowledge.flavour == Some(Flavour::Scratch)
}

/// The stage that the service runs.
pub(crate) fn built_from<'a>(service: &Service, posture: &'a Posture) -> Option<(&'a Recipe, &'a Stage)> {
    if service.runtime {
        return posture.stage(service.build.as_ref()?.stage?);
    }
    let recipe = posture.recipes.iter().find(|recipe| recipe.subject.name == service.subject.name)?;
    Some((recipe, recipe.final_stages().last()?))
}
