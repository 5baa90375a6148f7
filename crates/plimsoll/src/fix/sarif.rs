//! The report of a scan as SARIF, with the remedies as `fixes` of its results.
//!
//! A fix of SARIF (section 3.55 of the standard) stands for itself: each is what its remedy alone makes of the texts as
//! they are. One that would have to show a secret is left out. Deliberately absent: remedies built on one another.

use std::collections::BTreeMap;
use std::ops::Range;

use plimsoll_report::{Report, to_json};
use serde_json::{Value, json};

use super::{Made, Turn, replaced};

/// The log: `offers` are the remedies, each tried alone.
#[must_use]
pub fn sarif(report: &Report, offers: &[Made]) -> String {
    let log = plimsoll_report::sarif(report);
    let mut fixes: BTreeMap<&str, Value> = BTreeMap::new();
    for made in offers {
        if let Some(fix) = fix(made) {
            fixes.entry(&made.fingerprint).or_insert(fix);
        }
    }
    let Ok(mut value) = serde_json::from_str::<Value>(&log) else { return log };
    let results = value.pointer_mut("/runs/0/results").and_then(Value::as_array_mut);
    for result in results.into_iter().flatten() {
        let fingerprint = result.pointer("/partialFingerprints/plimsoll~1v1").and_then(Value::as_str);
        let fix = fingerprint.and_then(|fingerprint| fixes.get(fingerprint)).cloned();
        if let (Some(fix), Some(fields)) = (fix, result.as_object_mut()) {
            fields.insert("fixes".to_owned(), json!([fix]));
        }
    }
    to_json(&value)
}

fn fix(made: &Made) -> Option<Value> {
    let changes: Option<Vec<Value>> = made.files.iter().map(|(path, turn)| change(path, turn)).collect();
    let text = format!(
        "{} ({}: {})",
        made.fix.lines().next().unwrap_or_default(),
        made.applicability.name(),
        made.why
    );
    Some(json!({ "description": { "text": text }, "artifactChanges": changes? }))
}

/// The change of one file; nothing when what comes in holds a secret.
fn change(path: &str, turn: &Turn) -> Option<Value> {
    let old = turn.old.as_deref().unwrap_or("");
    let mut replacements = Vec::new();
    for (gone, come) in replaced(old, &turn.new) {
        if turn.hidden_new.iter().any(|hidden| hidden.start < come.end && come.start < hidden.end) {
            return None;
        }
        let inserted = turn.new.get(come)?;
        replacements
            .push(json!({ "deletedRegion": region(old, gone), "insertedContent": { "text": inserted } }));
    }
    let location = json!({ "uri": plimsoll_report::uri(path), "uriBaseId": "%SRCROOT%" });
    Some(json!({ "artifactLocation": location, "replacements": replacements }))
}

/// Whole lines: from the beginning of the first to the beginning of the one behind the last, or to the text's end.
fn region(text: &str, range: Range<usize>) -> Value {
    let place = |at: usize| {
        let head = text.get(..at).unwrap_or("");
        let line = head.matches('\n').count() + 1;
        let column = head.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    };
    let (start, end) = (place(range.start), place(range.end));
    json!({ "startLine": start.0, "startColumn": start.1, "endLine": end.0, "endColumn": end.1 })
}
