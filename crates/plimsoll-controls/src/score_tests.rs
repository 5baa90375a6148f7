//! The promises of `docs/score.md`, each as a property over random verdicts.

use plimsoll_posture::{Plane, Provenance, Reason, Subject, SubjectKind};
use plimsoll_text::{SourceKind, Sources, Span};
use proptest::prelude::*;

use super::*;
use crate::{Control, Evidence, Finding, Foothold, Scope, Standing, Weight};

const fn control(id: &'static str, severity: Severity) -> Control {
    Control {
        id,
        title: "",
        page: "",
        severity,
        foothold: Foothold::None,
        since: "0.1.0",
        peers: &[],
        covered_by: &[],
        standing: Standing::Ordinary,
        scope: Scope::Project(|_, _| Verdict::absent()),
    }
}

static CONTROLS: [Control; 5] = [
    control("a-critical", Severity::Critical),
    control("b-high", Severity::High),
    control("c-medium", Severity::Medium),
    control("d-low", Severity::Low),
    control("e-info", Severity::Info),
];

fn anchor() -> Span {
    let mut sources = Sources::new();
    Span::whole(sources.add_text("compose.yaml", SourceKind::Compose, ""))
}

fn finding() -> Finding {
    Finding::place(Provenance::absent(anchor()), Plane::Declared, "", "m", "f")
}

/// 0 pass, 1 not applicable, 2 unknown, 3 and more: a failure with that many findings less two.
fn judgement(control: usize, subject: usize, outcome: usize) -> Judgement {
    let verdict = match outcome {
        0 => Verdict::Pass(Evidence { at: None, plane: Plane::Declared }),
        1 => Verdict::NotApplicable("so"),
        2 => Verdict::Unknown(Reason::NeedsEngine("docker info")),
        more => Verdict::Fail(vec![finding(); more - 2]),
    };
    let subject = match subject {
        0 => None,
        at => Some(Subject::new(SubjectKind::Service, format!("s{}", at - 1), anchor())),
    };
    let control = &CONTROLS[control];
    Judgement { control, subject, weight: Weight::of(control.severity), verdict }
}

fn judgements(raw: &[(usize, usize, usize)]) -> Vec<Judgement> {
    raw.iter().map(|&(control, subject, outcome)| judgement(control, subject, outcome)).collect()
}

fn raw() -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
    prop::collection::vec((0..5_usize, 0..4_usize, 0..7_usize), 1..40)
}

proptest! {
    #[test]
    fn one_more_failure_never_raises(raw in raw(), new in (0..5_usize, 0..4_usize, 3..7_usize)) {
        let before = score(&judgements(&raw));
        let mut worse = raw;
        worse.push(new);
        let after = score(&judgements(&worse));
        prop_assert!(after.points <= before.points);
        prop_assert!(after.grade >= before.grade);
    }

    #[test]
    fn a_verdict_that_turns_worse_never_raises(mut raw in raw(), at in any::<prop::sample::Index>(), outcome in 2..7_usize) {
        let at = at.index(raw.len());
        // Pass and not-applicable weigh the same; beyond them a larger number is a worse outcome.
        let worse = outcome.max(raw[at].2);
        let before = score(&judgements(&raw));
        raw[at].2 = worse;
        prop_assert!(score(&judgements(&raw)).points <= before.points);
    }

    #[test]
    fn a_graver_severity_never_raises(raw in raw(), at in any::<prop::sample::Index>()) {
        let judgements = judgements(&raw);
        let at = at.index(judgements.len());
        let counted = |graver: bool| {
            judgements.iter().enumerate().map(move |(index, judgement)| Counted {
                judgement,
                severity: match judgement.control.severity {
                    severity if !graver || index != at => severity,
                    Severity::Info => Severity::Low,
                    Severity::Low => Severity::Medium,
                    Severity::Medium => Severity::High,
                    Severity::High | Severity::Critical => Severity::Critical,
                },
                open: 1,
            })
        };
        let before = score_counted(counted(false));
        let after = score_counted(counted(true));
        prop_assert!(after.points <= before.points);
    }

    #[test]
    fn good_company_changes_nothing(raw in raw(), passes in prop::collection::vec((0..5_usize, 0..4_usize, 0..2_usize), 0..20)) {
        let mut more = raw.clone();
        more.extend(passes);
        prop_assert_eq!(score(&judgements(&raw)), score(&judgements(&more)));
    }

    #[test]
    fn order_changes_nothing(raw in raw()) {
        let mut turned = raw.clone();
        turned.reverse();
        prop_assert_eq!(score(&judgements(&raw)), score(&judgements(&turned)));
    }
}

#[test]
fn nothing_open_and_nothing_unknown_is_a_hundred() {
    let all = judgements(&[(0, 1, 0), (1, 1, 0), (2, 1, 1), (4, 1, 4)]);
    assert_eq!(score(&all), Score { points: 100, grade: Grade::A });
}

#[test]
fn the_usual_project_fails() {
    // One published service: runs as root and three secrets (high), five hardening gaps (medium would be one
    // control each; here they share one, so this is the mild reading), and a low one.
    let all = judgements(&[(1, 1, 3), (1, 1, 5), (2, 1, 3), (2, 1, 3), (2, 1, 3), (3, 1, 3)]);
    // 15 × (1 + 1/2 + 1/4 + 1/8) + 5 × (1 + 1/2 + 1/4) + 1 = 37.875; 100 × 2^(-37.875 / 40) = 51.87…
    assert_eq!(score(&all), Score { points: 51, grade: Grade::D });
    // The same seven as controls of their own: 4 × 15 + 3 × 5 + 1 = 76; 100 × 2^(-76 / 40) = 26.79…
    let points = (100.0 * (-76.0 / HALF).exp2()).floor();
    assert!((25.0..45.0).contains(&points), "{points} is an E");
}

#[test]
fn the_example_of_the_page() {
    // The page's setuid programs and memory limit are two controls; two of different ids stand in for them here.
    static MORE: [Control; 2] =
        [control("f-medium", Severity::Medium), control("g-medium", Severity::Medium)];
    let mut all = judgements(&[(1, 1, 3), (2, 1, 3), (2, 2, 3)]);
    all[2].weight = Weight::of(Severity::Low);
    for control in &MORE {
        let mut judgement = judgement(2, 1, 3);
        judgement.control = control;
        all.push(judgement);
    }
    assert_eq!(score(&all), Score { points: 58, grade: Grade::D });
}

#[test]
fn one_critical_leaves_a_d_and_one_high_a_b() {
    // 100 × 2^(-40 / 40) and 100 × 2^(-15 / 40) = 77.1…
    assert_eq!(score(&judgements(&[(0, 1, 3)])), Score { points: 50, grade: Grade::D });
    assert_eq!(score(&judgements(&[(1, 1, 3)])), Score { points: 77, grade: Grade::B });
}

#[test]
fn what_is_allowed_weighs_nothing() {
    let all = judgements(&[(0, 1, 3)]);
    let counted = all.iter().map(|judgement| Counted { judgement, severity: Severity::Critical, open: 0 });
    assert_eq!(score_counted(counted).points, 100);
}

#[test]
fn the_page_holds_the_figures_of_the_program() {
    let page = include_str!("../../../docs/score.md");
    for severity in Severity::ALL {
        let row = format!("| {} | {} |", severity.name(), weight(severity));
        assert!(page.contains(&row), "{row}");
    }
    for (grade, least) in
        [(Grade::A, 90), (Grade::B, 75), (Grade::C, 60), (Grade::D, 45), (Grade::E, 25), (Grade::F, 0)]
    {
        assert!(page.contains(&format!("| {} | {least} |", grade.name())));
        assert_eq!(Grade::of(least), grade);
        if least > 0 {
            assert!(Grade::of(least - 1) > grade);
        }
    }
    assert!(page.contains("The first 40 count") && MOST == 40);
    assert!(page.contains("2^(-damage / 40)") && (HALF - 40.0).abs() < f64::EPSILON);
    assert!(page.contains("a quarter of the weight") && (UNKNOWN - 0.25).abs() < f64::EPSILON);
}
