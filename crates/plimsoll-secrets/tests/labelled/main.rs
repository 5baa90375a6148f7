//! Precision and recall on a labelled set of made-up values, and what may never happen on any text.
//!
//! The set is written by hand from the documented forms and from what real files are full of; no value of it is or was
//! in use. Tokens are put together here, so that no scanner takes this file for a leak.

mod files;
mod negatives;
mod positives;
mod random;
mod recipe;

use plimsoll_secrets::{Certainty, Detection, judge_value, scan_text};

/// One labelled case.
pub(crate) struct Case {
    /// Name of the value; empty for free text.
    pub(crate) name: &'static str,
    /// The value or text, after its tokens were put together.
    pub(crate) text: String,
    /// For positives: what the range must cover.
    pub(crate) secret: String,
    /// For positives: the kind, empty for any.
    pub(crate) kind: &'static str,
}

fn detect(case: &Case) -> Vec<Detection> {
    if case.name.is_empty() {
        scan_text(&case.text)
    } else {
        judge_value(case.name, &case.text).into_iter().collect()
    }
}

fn hit(case: &Case) -> bool {
    detect(case).iter().any(|found| {
        case.text.get(found.range.clone()) == Some(case.secret.as_str())
            && (case.kind.is_empty() || found.kind == case.kind)
    })
}

#[test]
fn precision_and_recall_on_the_labelled_set() {
    let positives = positives::cases();
    let negatives = negatives::cases();
    assert!(positives.len() >= 120, "{} positives", positives.len());
    assert!(negatives.len() >= 200, "{} negatives", negatives.len());

    let missed: Vec<&Case> = positives.iter().filter(|case| !hit(case)).collect();
    let wrong: Vec<&Case> = negatives.iter().filter(|case| !detect(case).is_empty()).collect();
    for case in &missed {
        println!("missed: {} {:?} found {:?}", case.name, case.text, detect(case));
    }
    for case in &wrong {
        println!("wrong: {} {:?} found {:?}", case.name, case.text, detect(case));
    }
    let found = positives.len() - missed.len();
    let precision = ratio(found, found + wrong.len());
    let recall = ratio(found, positives.len());
    println!(
        "{} positives, {} negatives: precision {precision:.3}, recall {recall:.3}",
        positives.len(),
        negatives.len()
    );
    assert!(precision >= 0.95, "precision {precision:.3}");
    assert!(recall >= 0.9, "recall {recall:.3}");
}

fn ratio(part: usize, whole: usize) -> f64 {
    let (part, whole) = (u32::try_from(part).expect("small"), u32::try_from(whole).expect("small"));
    f64::from(part) / f64::from(whole.max(1))
}

#[test]
fn certainty_follows_name_and_value() {
    let random = recipe::build("{a28}");
    let certain = |name: &str, value: &str| judge_value(name, value).map(|found| found.certainty);
    assert_eq!(certain("DB_PASSWORD", &random), Some(Certainty::Certain));
    assert_eq!(certain("DB_PASSWORD", "postgres"), Some(Certainty::Likely));
    assert_eq!(certain("DB_PASSWORD", "changeme"), Some(Certainty::Likely));
    assert_eq!(certain("JWT_SECRET", "changeme"), Some(Certainty::Likely));
    // A made-up token of somebody else's service opens nothing.
    assert_eq!(certain("STRIPE_API_KEY", "changeme"), None);
    assert_eq!(certain("API_KEY", &random), Some(Certainty::Certain));
}

#[test]
fn no_answer_holds_the_value() {
    for case in positives::cases() {
        for found in detect(&case) {
            // Kinds are fixed words; a weak password may happen to be part of one.
            let said = format!("{found:?}").replace(found.kind, "");
            assert!(case.secret.len() < 4 || !said.contains(&case.secret), "{}", found.kind);
        }
    }
}
