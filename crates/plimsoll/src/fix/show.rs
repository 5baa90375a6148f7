//! What `plimsoll fix` did or would do, for people and for programs.

use plimsoll_controls::Applicability;
use plimsoll_report::plain;
use serde_json::{Value, json};

use super::{Left, Made, Outcome, unified};

/// Every remedy with its reason and its diff, what is left and why, and a summary.
#[must_use]
pub fn human(outcome: &Outcome, written: bool, verbose: bool) -> String {
    let mut out = String::new();
    for made in &outcome.made {
        one(&mut out, made);
    }
    if !outcome.left.is_empty() {
        out.push_str("# left as it is\n");
        for left in &outcome.left {
            let place = left.place.as_deref().map(|place| format!("{place}: ")).unwrap_or_default();
            out.push_str(&format!(
                "#   {place}{} [{}]\n#     {}\n",
                plain(&left.message),
                left.control,
                plain(&left.reason)
            ));
            if verbose {
                out.push_str(&format!("#     by hand: {}\n", plain(&left.fix)));
            }
        }
        out.push_str("#\n");
    }
    out.push_str(&summary(outcome, written));
    out
}

/// One remedy: `git apply` reads the diff and passes over the rest.
pub(super) fn one(out: &mut String, made: &Made) {
    out.push_str(&format!("# {} [{}], {}\n", plain(&made.message), made.control, made.applicability.name()));
    out.push_str(&format!("#   fix: {}\n", plain(made.fix.lines().next().unwrap_or_default())));
    let lead = match made.applicability {
        Applicability::Safe => "safe",
        Applicability::Risky => "look at it",
    };
    out.push_str(&format!("#   {lead}: {}\n", plain(&made.why)));
    for (path, (old, new)) in &made.files {
        out.push_str(&unified(path, old.as_deref(), new));
    }
    out.push('\n');
}

fn summary(outcome: &Outcome, written: bool) -> String {
    let safe = outcome.made.iter().filter(|made| made.applicability == Applicability::Safe).count();
    let risky = outcome.made.len() - safe;
    let files = outcome.files.len();
    let mut out = format!(
        "# {} ({safe} safe, {risky} risky) in {}; {} left; findings {} -> {}, score {} -> {}\n",
        count(outcome.made.len(), "fix", "fixes"),
        count(files, "file", "files"),
        outcome.left.len(),
        outcome.findings.0,
        outcome.findings.1,
        outcome.points.0,
        outcome.points.1,
    );
    if !outcome.made.is_empty() && !written {
        out.push_str("# nothing was written: --write does it\n");
    }
    out
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// `plimsoll.fix/1`.
#[must_use]
pub fn json(outcome: &Outcome, written: bool) -> String {
    let files: Vec<Value> = outcome
        .files
        .iter()
        .map(|(path, (old, new))| {
            json!({ "path": path, "new": old.is_none(), "diff": unified(path, old.as_deref(), new) })
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&json!({
        "schema": "plimsoll.fix/1",
        "written": written,
        "findings": { "before": outcome.findings.0, "after": outcome.findings.1 },
        "score": { "before": outcome.points.0, "after": outcome.points.1 },
        "made": outcome.made.iter().map(made).collect::<Vec<_>>(),
        "left": outcome.left.iter().map(left).collect::<Vec<_>>(),
        "files": files,
    }))
    .unwrap_or_default();
    text.push('\n');
    text
}

fn made(made: &Made) -> Value {
    let diffs: Vec<Value> = made
        .files
        .iter()
        .map(|(path, (old, new))| json!({ "path": path, "diff": unified(path, old.as_deref(), new) }))
        .collect();
    json!({
        "scenario": made.scenario,
        "control": made.control,
        "message": made.message,
        "fix": made.fix,
        "applicability": made.applicability.name(),
        "why": made.why,
        "diffs": diffs,
    })
}

fn left(left: &Left) -> Value {
    json!({
        "scenario": left.scenario,
        "control": left.control,
        "message": left.message,
        "place": left.place,
        "fix": left.fix,
        "reason": left.reason,
    })
}
