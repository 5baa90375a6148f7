//! The score: one number for "how far from safe", and its grade. The formula is published in `docs/score.md`;
//! a test here holds the tables of that page against the constants.
//!
//! Deliberately absent: any division by the number of services or controls. It would make a score rise when
//! something bad is added beside something good.

use std::collections::{BTreeMap, HashMap};

use plimsoll_posture::{Exposure, Posture, Service, Subject, SubjectKind};

use crate::{Judgement, Severity, Verdict};

/// How safe, and the letter for it. 100 means: nothing open and nothing unknown that weighs anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    /// 0 (worst) to 100.
    pub points: u8,
    /// The letter.
    pub grade: Grade,
}

/// A (best) to F.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "letters")]
pub enum Grade {
    A,
    B,
    C,
    D,
    E,
    F,
}

impl Grade {
    /// The letter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
            Self::F => "F",
        }
    }

    /// The grade of a number of points.
    #[must_use]
    pub fn of(points: u8) -> Self {
        match points {
            90.. => Self::A,
            75.. => Self::B,
            60.. => Self::C,
            45.. => Self::D,
            25.. => Self::E,
            _ => Self::F,
        }
    }
}

/// One verdict as it counts: after allowances, baselines and the configuration's severities.
#[derive(Debug, Clone, Copy)]
pub struct Counted<'a> {
    /// The verdict.
    pub judgement: &'a Judgement,
    /// Its severity in this run.
    pub severity: Severity,
    /// How many findings of a failure count; allowed ones do not. Ignored for every other verdict.
    pub open: usize,
}

/// Scores judgements with the severities of their controls and every finding open.
#[must_use]
pub fn score(judgements: &[Judgement], posture: &Posture) -> Score {
    score_counted(
        judgements.iter().map(|judgement| Counted {
            judgement,
            severity: judgement.control.severity,
            open: match &judgement.verdict {
                Verdict::Fail(findings) => findings.len(),
                _ => 0,
            },
        }),
        posture,
    )
}

/// Scores verdicts as they count in a run.
#[must_use]
pub fn score_counted<'a>(counted: impl IntoIterator<Item = Counted<'a>>, posture: &Posture) -> Score {
    let mut by_control: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut cap = 100;
    let reaches = Reaches::of_posture(posture);
    for Counted { judgement, severity, open } in counted {
        let reach = reaches.of(judgement.subject.as_ref());
        let weights = by_control.entry(judgement.control.id).or_default();
        match &judgement.verdict {
            Verdict::Fail(_) if open > 0 => {
                cap = cap.min(ceiling(severity));
                weights.extend(std::iter::repeat_n(weight(severity) * reach, open.min(MOST)));
            }
            Verdict::Unknown(_) => weights.push(weight(severity) * reach * UNKNOWN),
            _ => {}
        }
    }
    let damage: f64 = by_control.into_values().map(repeated).sum();
    let points = (100.0 * (-damage / HALF).exp2()).floor().clamp(0.0, f64::from(cap));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=100 above")]
    let points = points as u8;
    Score { points, grade: Grade::of(points) }
}

/// The damage that halves the score.
const HALF: f64 = 40.0;

/// What an unknown weighs against a failure of the same control.
const UNKNOWN: f64 = 0.25;

/// Repetitions beyond this many weigh nothing measurable (2^-40 of the first).
const MOST: usize = 40;

fn weight(severity: Severity) -> f64 {
    match severity {
        Severity::Critical => 40.0,
        Severity::High => 15.0,
        Severity::Medium => 5.0,
        Severity::Low => 1.0,
        Severity::Info => 0.0,
    }
}

/// The most points that one open finding of a severity leaves.
fn ceiling(severity: Severity) -> u8 {
    match severity {
        Severity::Critical => 59,
        Severity::High => 89,
        Severity::Medium | Severity::Low | Severity::Info => 100,
    }
}

/// The same mistake made again weighs half of the time before. Sorted from heavy to light, so that one more weight,
/// or a heavier one, never makes the sum smaller.
fn repeated(mut weights: Vec<f64>) -> f64 {
    weights.sort_by(|a, b| b.total_cmp(a));
    let mut share = 1.0;
    let mut sum = 0.0;
    for weight in weights.into_iter().take(MOST) {
        sum += weight * share;
        share /= 2.0;
    }
    sum
}

/// How much of a weight counts: by who can reach the services that the subject belongs to. What belongs to no service
/// that is known to run counts whole. Kept by name, because every verdict asks.
struct Reaches<'a> {
    posture: &'a Posture,
    /// Of every service.
    services: HashMap<&'a str, f64>,
    /// Of every recipe and stage: the most of the services that are built by it.
    recipes: HashMap<&'a str, Option<f64>>,
    /// The most of all services.
    all: Option<f64>,
}

impl<'a> Reaches<'a> {
    fn of_posture(posture: &'a Posture) -> Self {
        let mut services: HashMap<&str, f64> = HashMap::new();
        for service in &posture.services {
            services.entry(service.name()).or_insert_with(|| service_reach(service));
        }
        let mut recipes = HashMap::new();
        for recipe in &posture.recipes {
            let built = recipe.built_by.iter().filter_map(|name| services.get(&**name).copied());
            let built = built.fold(None, most);
            let stages = recipe.stages.iter().map(|stage| &*stage.subject.name);
            for name in std::iter::once(&*recipe.subject.name).chain(stages) {
                recipes.entry(name).or_insert(built);
            }
        }
        let all = services.values().copied().fold(None, most);
        Self { posture, services, recipes, all }
    }

    fn of(&self, subject: Option<&Subject>) -> f64 {
        let named = |name: &str| self.services.get(name).copied();
        let found = match subject {
            None => self.all,
            Some(subject) => match (&subject.service, subject.kind) {
                (Some(name), _) => named(name),
                (None, SubjectKind::Service) => named(&subject.name),
                (None, SubjectKind::Image | SubjectKind::Stage) => {
                    self.recipes.get(&*subject.name).copied().flatten()
                }
                (None, SubjectKind::Network) => {
                    self.posture.members(&subject.name).map(service_reach).fold(None, most)
                }
                (None, _) => self.all,
            },
        };
        found.unwrap_or(1.0)
    }
}

fn most(so_far: Option<f64>, next: f64) -> Option<f64> {
    Some(so_far.map_or(next, |so_far: f64| so_far.max(next)))
}

fn service_reach(service: &Service) -> f64 {
    if !service.runtime {
        return 1.0;
    }
    let exposure = service.kernel.exposure.as_ref().and_then(|claim| claim.value.value());
    exposure.map_or(1.0, |&exposure| exposure_share(exposure))
}

fn exposure_share(exposure: Exposure) -> f64 {
    match exposure {
        Exposure::AllInterfaces => 1.0,
        Exposure::HostLoopback => 0.75,
        Exposure::SameNetwork => 0.5,
        Exposure::SameContainer | Exposure::None => 0.25,
    }
}

#[cfg(test)]
#[path = "score_tests.rs"]
mod tests;
