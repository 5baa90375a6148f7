//! The score: one number for "how far from safe", and its grade. The formula is published in `docs/score.md`;
//! a test here holds the tables of that page against the constants.
//!
//! Deliberately absent: any division by the number of services or controls. It would make a score rise when
//! something bad is added beside something good.

use std::collections::BTreeMap;

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

/// Scores judgements with the severities that the judge gave and every finding open.
#[must_use]
pub fn score(judgements: &[Judgement]) -> Score {
    score_counted(judgements.iter().map(|judgement| Counted {
        judgement,
        severity: judgement.weight.severity,
        open: match &judgement.verdict {
            Verdict::Fail(findings) => findings.len(),
            _ => 0,
        },
    }))
}

/// Scores verdicts as they count in a run.
#[must_use]
pub fn score_counted<'a>(counted: impl IntoIterator<Item = Counted<'a>>) -> Score {
    let mut by_control: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for Counted { judgement, severity, open } in counted {
        let (weight, times) = match &judgement.verdict {
            Verdict::Fail(_) => (weight(severity), open.min(MOST)),
            Verdict::Unknown(_) => (weight(severity) * UNKNOWN, 1),
            Verdict::Pass(_) | Verdict::NotApplicable(_) => continue,
        };
        if times > 0 {
            by_control.entry(judgement.control.id).or_default().extend(std::iter::repeat_n(weight, times));
        }
    }
    let damage: f64 = by_control.into_values().map(repeated).sum();
    let points = (100.0 * (-damage / HALF).exp2()).floor().clamp(0.0, 100.0);
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

#[cfg(test)]
#[path = "score_tests.rs"]
mod tests;
