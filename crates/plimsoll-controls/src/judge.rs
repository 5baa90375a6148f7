//! Runs controls over a posture.

use plimsoll_posture::{BuiltImage, Posture, Recipe, Stage, Subject, SubjectKind};

use crate::severity::Reached;
use crate::{Control, Scope, Settings, Verdict, Weight};

/// One verdict with its control and subject.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The control.
    pub control: &'static Control,
    /// What it judged; `None` for the scenario as a whole.
    pub subject: Option<Subject>,
    /// How bad a failure is here.
    pub weight: Weight,
    /// The answer.
    pub verdict: Verdict,
}

/// Runs `controls` over the posture: in the order of the controls, and for each in the order of its subjects.
#[must_use]
pub fn judge(posture: &Posture, controls: &[&'static Control], settings: &Settings) -> Vec<Judgement> {
    let mut judgements = Vec::new();
    judge_each(posture, controls, settings, |control, subject, weight, verdict| {
        judgements.push(Judgement { control, subject: subject.cloned(), weight, verdict });
    });
    judgements
}

/// The same, each verdict handed over as it is given: most are a pass of which nobody wants more than the number.
pub fn judge_each(
    posture: &Posture,
    controls: &[&'static Control],
    settings: &Settings,
    mut take: impl FnMut(&'static Control, Option<&Subject>, Weight, Verdict),
) {
    let reached = Reached::of_posture(posture);
    for &control in controls {
        let mut push = |subject: Option<&Subject>, verdict| {
            let container = subject.filter(|subject| subject.kind == SubjectKind::Container);
            let verdict = match container {
                Some(container) => of_container(verdict, &container.name),
                None => verdict,
            };
            let weight = match verdict {
                Verdict::Fail(_) | Verdict::Unknown(_) => {
                    let impact = verdict.impact().unwrap_or(control.severity);
                    reached.weigh(control, impact, subject)
                }
                Verdict::Pass(_) | Verdict::NotApplicable(_) => Weight::of(control.severity),
            };
            take(control, subject, weight, verdict);
        };
        match control.scope {
            Scope::Runtime(check) => {
                for service in &posture.services {
                    let verdict = if service.runtime {
                        check(service, posture, settings)
                    } else {
                        Verdict::NotApplicable("no compose file says how the image is run")
                    };
                    push(Some(&service.subject), verdict);
                }
            }
            Scope::Process(check) => {
                for service in &posture.services {
                    push(Some(&service.subject), check(service, posture, settings));
                }
            }
            Scope::Recipe(check) => recipes(posture, settings, check, &mut push),
            Scope::Stage(check) => stages(posture, settings, check, &mut push),
            Scope::Built(check) => built(posture, settings, check, &mut push),
            Scope::RecipeAndBuilt(check, contents) => {
                recipes(posture, settings, check, &mut push);
                built(posture, settings, contents, &mut push);
            }
            Scope::StageAndBuilt(check, contents) => {
                stages(posture, settings, check, &mut push);
                built(posture, settings, contents, &mut push);
            }
            Scope::Image(check) => {
                for (subject, verdict) in crate::named_image::judge(posture, settings, check) {
                    push(Some(&subject), verdict);
                }
            }
            Scope::ImageAndBuilt(check, contents) => {
                for (subject, verdict) in crate::named_image::judge(posture, settings, check) {
                    push(Some(&subject), verdict);
                }
                built(posture, settings, contents, &mut push);
            }
            Scope::App(check) => {
                for app in &posture.dependencies {
                    push(Some(&app.subject), check(app, posture, settings));
                }
            }
            Scope::Package(check) => {
                for (subject, verdict) in crate::locked_package::judge(posture, settings, check) {
                    push(Some(&subject), verdict);
                }
            }
            Scope::Contents(check) => {
                for (subject, verdict) in
                    posture.built.iter().flat_map(|image| check(image, posture, settings))
                {
                    push(Some(&subject), verdict);
                }
            }
            Scope::File(check) => {
                let Some(search) = &posture.search else { continue };
                if search.found.is_empty() {
                    push(None, Verdict::absent());
                }
                for file in &search.found {
                    push(Some(&file.subject), check(file, settings));
                }
            }
            Scope::Host(check) => {
                if let Some(host) = posture.host.as_ref().filter(|host| host.judged) {
                    push(Some(&host.subject), check(host, posture, settings));
                }
            }
            Scope::HostContents(check) => {
                let judged = posture.host.iter().filter(|host| host.judged);
                for (subject, verdict) in judged.flat_map(|host| check(host, posture, settings)) {
                    push(Some(&subject), verdict);
                }
            }
            Scope::Project(check) => push(None, check(posture, settings)),
        }
    }
}

/// Controls speak of services, which is what most of what they judge is.
fn of_container(mut verdict: Verdict, name: &str) -> Verdict {
    if let Verdict::Fail(findings) = &mut verdict {
        let (service, container) = (format!("service `{name}`"), format!("container `{name}`"));
        for finding in findings {
            // It has no file that could be mended.
            finding.remedy = None;
            for text in [&mut finding.message, &mut finding.fix] {
                if text.contains(&service) {
                    *text = text.replace(&service, &container);
                }
            }
        }
    }
    verdict
}

type Push<'p> = dyn FnMut(Option<&Subject>, Verdict) + 'p;

fn recipes(
    posture: &Posture,
    settings: &Settings,
    check: fn(&Recipe, &Posture, &Settings) -> Verdict,
    push: &mut Push<'_>,
) {
    for recipe in &posture.recipes {
        push(Some(&recipe.subject), check(recipe, posture, settings));
    }
}

fn stages(
    posture: &Posture,
    settings: &Settings,
    check: fn(&Stage, &Recipe, &Posture, &Settings) -> Verdict,
    push: &mut Push<'_>,
) {
    for recipe in &posture.recipes {
        for stage in &recipe.stages {
            push(Some(&stage.subject), check(stage, recipe, posture, settings));
        }
    }
}

fn built(
    posture: &Posture,
    settings: &Settings,
    check: fn(&BuiltImage, &Posture, &Settings) -> Verdict,
    push: &mut Push<'_>,
) {
    for image in &posture.built {
        push(Some(&image.subject), check(image, posture, settings));
    }
}
