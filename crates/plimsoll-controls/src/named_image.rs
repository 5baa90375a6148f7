//! Every place where a project names an image that somebody else published: one question per name, wherever it stands.
//!
//! An image that the project builds itself is judged through its Dockerfile's `FROM`; the name of a stage is no image.

use plimsoll_posture::{
    CopyFrom, ImageKnowledge, ImageReference, Known, Plane, Posture, Provenance, Publisher, Reason, Recipe,
    Service, Stage, StageBase, Subject,
};

use crate::{Settings, Verdict};

/// An image by name, and what it is taken for.
#[derive(Debug, Clone)]
pub struct NamedImage<'a> {
    /// The service or the stage.
    pub subject: &'a Subject,
    /// The name.
    pub reference: &'a ImageReference,
    /// Where the name stands.
    pub at: Provenance,
    /// How well the name is known.
    pub plane: Plane,
    /// What it is taken for.
    pub purpose: Purpose,
    /// What is known about it; `None` for an image that only files are copied from.
    pub knowledge: Option<&'a ImageKnowledge>,
    /// Whether its layers are part of what runs.
    pub ships: bool,
}

/// What a named image is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// `image:` of a service.
    Run,
    /// `FROM`.
    Base,
    /// `COPY --from=` or `RUN --mount=from=`.
    Files,
}

/// How a control judges one named image.
pub type Check = fn(&NamedImage<'_>, &Posture, &Settings) -> Verdict;

impl NamedImage<'_> {
    /// ``service `db` runs `postgres:16` ``, ``stage `build` starts from `node:22` ``.
    #[must_use]
    pub fn sentence(&self) -> String {
        let image = &self.reference.text;
        match self.purpose {
            Purpose::Run => format!("service `{}` runs `{image}`", self.subject.name),
            Purpose::Base => format!("{} starts from `{image}`", self.stage()),
            Purpose::Files => format!("{} copies files from `{image}`", self.stage()),
        }
    }

    fn stage(&self) -> String {
        let name = self.subject.name.rsplit_once('#').map_or("", |(_, stage)| stage);
        if name.is_empty() || name.bytes().all(|byte| byte.is_ascii_digit()) {
            "the image".to_owned()
        } else {
            format!("stage `{name}`")
        }
    }

    /// Why nothing is known about what is in it.
    #[must_use]
    pub fn not_inspected(&self) -> Verdict {
        Verdict::Unknown(Reason::ImageNotInspected(self.reference.text.clone()))
    }

    /// Who publishes it.
    #[must_use]
    pub fn publisher(&self) -> Option<Publisher> {
        self.knowledge.and_then(|knowledge| knowledge.publisher)
    }

    /// Whether the user named its registry or a prefix of its repository as trusted.
    #[must_use]
    pub fn is_trusted(&self, settings: &Settings) -> bool {
        self.is_below(&settings.trusted_registries)
    }

    /// Whether one of the entries is its registry or a prefix of its repository.
    #[must_use]
    pub fn is_below(&self, entries: &[String]) -> bool {
        is_below(self.reference, entries)
    }

    /// A pass shown by the name.
    #[must_use]
    pub fn pass(&self) -> Verdict {
        Verdict::Pass(crate::Evidence { at: Some(self.at.clone()), plane: self.plane })
    }
}

/// Whether one of the entries is the registry of an image or a prefix of its repository.
pub(crate) fn is_below(image: &ImageReference, entries: &[String]) -> bool {
    let short = image.name();
    let hub = &*image.registry == "docker.io";
    let full = if !hub {
        short.clone()
    } else if short.contains('/') {
        format!("docker.io/{short}")
    } else {
        format!("docker.io/library/{short}")
    };
    entries.iter().any(|entry| {
        let entry = entry.trim_end_matches('/');
        let below = |name: &str| {
            name.strip_prefix(entry).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        !entry.is_empty() && (below(&full) || below(&short))
    })
}

/// Asks the control about every image that the posture names.
pub(crate) fn judge(posture: &Posture, settings: &Settings, check: Check) -> Vec<(Subject, Verdict)> {
    each_image(posture, &|image| check(image, posture, settings))
}

/// Asks about every image that the posture names; what names none is answered here.
#[must_use]
pub fn each_image(posture: &Posture, check: &dyn Fn(&NamedImage<'_>) -> Verdict) -> Vec<(Subject, Verdict)> {
    let mut verdicts = Vec::new();
    for service in posture.services.iter().filter(|service| service.runtime) {
        verdicts.push((service.subject.clone(), of_service(service, posture, check)));
    }
    for recipe in &posture.recipes {
        for stage in &recipe.stages {
            let mut push = |verdict| verdicts.push((stage.subject.clone(), verdict));
            push(of_base(stage, recipe, check));
            if stage.reached {
                for image in files(stage, recipe) {
                    push(check(&image));
                }
            }
        }
    }
    verdicts
}

fn of_service(service: &Service, posture: &Posture, check: &dyn Fn(&NamedImage<'_>) -> Verdict) -> Verdict {
    if service.build.is_some() {
        return Verdict::NotApplicable("the service builds its image: its Dockerfile is judged");
    }
    let Some(claim) = service.image.effective() else {
        return Verdict::NotApplicable("the service names no image");
    };
    let reference = match &claim.value {
        Known::Value(reference) => reference,
        Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
    };
    let built_here = posture.services.iter().any(|other| {
        other.build.is_some() && other.image.value().is_some_and(|image| image.text == reference.text)
    });
    if built_here {
        return Verdict::NotApplicable("another service builds this image: its Dockerfile is judged");
    }
    let image = NamedImage {
        subject: &service.subject,
        reference,
        at: claim.at.clone(),
        plane: claim.plane,
        purpose: Purpose::Run,
        knowledge: Some(&service.knowledge),
        ships: true,
    };
    check(&image)
}

fn of_base(stage: &Stage, recipe: &Recipe, check: &dyn Fn(&NamedImage<'_>) -> Verdict) -> Verdict {
    let reference = match &stage.base {
        StageBase::Scratch => return Verdict::NotApplicable("the stage starts from nothing"),
        StageBase::Stage(_) => return Verdict::NotApplicable("the stage starts from another stage"),
        StageBase::Image(_) if !stage.reached => return Verdict::NotApplicable("the stage is never built"),
        StageBase::Image(Known::Unknown(reason)) => return Verdict::Unknown(reason.clone()),
        StageBase::Image(Known::Value(reference)) => reference,
    };
    let image = NamedImage {
        subject: &stage.subject,
        reference,
        at: stage.place(stage.base_at).routed(format!("stage {} FROM", stage.index)),
        plane: Plane::Declared,
        purpose: Purpose::Base,
        knowledge: Some(&stage.image.knowledge),
        ships: recipe.ships(stage.index),
    };
    check(&image)
}

fn files<'a>(stage: &'a Stage, recipe: &'a Recipe) -> Vec<NamedImage<'a>> {
    let named = |reference, span| NamedImage {
        subject: &stage.subject,
        reference,
        at: stage.place(span).routed(format!("stage {} COPY", stage.index)),
        plane: Plane::Declared,
        purpose: Purpose::Files,
        knowledge: None,
        ships: recipe.ships(stage.index),
    };
    stage
        .copies()
        .filter_map(|(step, copy)| match &copy.from {
            CopyFrom::Image(reference) => Some(named(reference, copy.from_at.unwrap_or(step.keyword_at))),
            _ => None,
        })
        .collect()
}
