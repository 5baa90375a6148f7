//! Faults of a recipe's text as findings, so that every control words them alike.

use plimsoll_posture::{Plane, Recipe, RecipeFault};

use crate::{Finding, Verdict};

/// A failure with a finding per fault that `of` takes; its label goes to the place. A pass when there is none.
pub(crate) fn judge(recipe: &Recipe, of: impl Fn(&RecipeFault) -> Option<&'static str>) -> Verdict {
    let findings = recipe.faults.iter().filter_map(|fault| {
        let label = of(fault)?;
        Some(Finding::place(
            recipe.place(fault.at, fault.code),
            Plane::Declared,
            label,
            fault.message.clone(),
            fault.cure.clone().unwrap_or_else(|| "correct the line".to_owned()),
        ))
    });
    Verdict::from_findings(findings.collect(), Verdict::absent())
}
