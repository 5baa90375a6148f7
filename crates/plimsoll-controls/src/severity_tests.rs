//! The promises of `docs/severity.md`.

use proptest::prelude::*;

use super::*;
use crate::{Scope, Standing, Verdict};

fn control(severity: Severity, foothold: Foothold) -> Control {
    Control {
        id: "a",
        title: "",
        page: "",
        severity,
        foothold,
        since: "0.1.0",
        peers: &[],
        covered_by: &[],
        standing: Standing::Ordinary,
        scope: Scope::Project(|_, _| Verdict::absent()),
    }
}

const FOOTHOLDS: [Foothold; 3] = [Foothold::None, Foothold::Service, Foothold::Root];

#[test]
fn the_table_of_the_page_is_what_is_computed() {
    let page = include_str!("../../../docs/severity.md");
    let mut rows = 0;
    for foothold in FOOTHOLDS {
        for (unreachable, not_root) in [(false, false), (true, false), (false, true), (true, true)] {
            let severities = Severity::ALL
                .map(|severity| weigh(&control(severity, foothold), unreachable, not_root).severity.name());
            let [info, low, medium, high, critical] = severities;
            let reached = if unreachable { "no" } else { "yes" };
            let root = if not_root { "no" } else { "yes" };
            let row = format!(
                "| {} | {reached} | {root} | {critical} | {high} | {medium} | {low} | {info} |",
                foothold.name()
            );
            assert!(page.contains(&row), "docs/severity.md lacks\n{row}");
            rows += 1;
        }
    }
    assert_eq!(page.lines().filter(|line| line.contains("| yes |") || line.contains("| no |")).count(), rows);
}

proptest! {
    #[test]
    fn more_reach_is_never_milder(severity in 0..5_usize, foothold in 0..3_usize, a in any::<bool>(), b in any::<bool>()) {
        let control = control(Severity::ALL[severity], FOOTHOLDS[foothold]);
        let at = |unreachable, not_root| weigh(&control, unreachable, not_root).severity;
        prop_assert!(at(false, b) >= at(true, b));
        prop_assert!(at(a, false) >= at(a, true));
        prop_assert!(at(false, false) == control.severity);
    }

    #[test]
    fn each_step_is_told(severity in 0..5_usize, foothold in 0..3_usize, a in any::<bool>(), b in any::<bool>()) {
        let control = control(Severity::ALL[severity], FOOTHOLDS[foothold]);
        let weight = weigh(&control, a, b);
        let steps = control.severity as usize - weight.severity as usize;
        prop_assert_eq!(weight.reasons().count(), steps);
    }
}
