//! What `plimsoll fix` would do, as actions of an editor: each remedy tried on the texts as they are in the editor.
//!
//! Nothing is offered that was not tried and judged. Deliberately absent: remedies of its own, and writing: the editor
//! makes the edits.

use std::path::Path;

use plimsoll_controls::Applicability;
use serde_json::{Value, json};

use super::address;
use super::overlay::Overlay;
use super::position::Lines;
use super::survey::{self, Job};
use crate::config::Config;
use crate::discover::Plan;
use crate::fix::{self, Choice, Made, Turn};
use crate::scan::Wishes;

/// The kind of the action that mends a whole document.
pub(super) const ALL: &str = "source.fixAll.plimsoll";

/// What the client can take, and what it calls its documents.
pub(super) struct Client<'c> {
    /// Edits with the version that they are for.
    pub(super) versioned: bool,
    /// Files that come to be.
    pub(super) creates: bool,
    /// Address and version of an open document.
    pub(super) open: &'c dyn Fn(&Path) -> Option<(String, Value)>,
}

/// A remedy for each diagnostic that has one, tried alone.
pub(super) fn each(job: &Job, client: &Client<'_>, diagnostics: &[(&Value, String)]) -> Vec<Value> {
    let Some((world, plan, config, wishes)) = stage(job) else { return Vec::new() };
    let world_of_all = fix::Snapshot::new(&world);
    let before = fix::look(&world_of_all, &plan, &config, &wishes).report;
    let choice = Choice { risky: true, ..Choice::default() };
    let wanted = |fingerprint: &str| diagnostics.iter().any(|(_, wanted)| wanted == fingerprint);
    let made = fix::offers(&world_of_all, &plan, (&config, &wishes), &choice, &before, &wanted);
    let mut offers = Vec::new();
    for (diagnostic, wanted) in diagnostics {
        let Some(made) = made.iter().find(|made| made.fingerprint == *wanted) else { continue };
        let files: Vec<(&str, &Turn)> = made.files.iter().map(|(path, turn)| (path.as_str(), turn)).collect();
        let Some(edit) = edit(job, client, &world, &files) else { continue };
        let risky = made.applicability == Applicability::Risky;
        offers.push(json!({
            "title": format!("{}{}", if risky { "(risky) " } else { "" }, title(made)),
            "kind": "quickfix",
            "diagnostics": [diagnostic],
            "isPreferred": !risky,
            "edit": edit,
        }));
    }
    offers
}

/// All safe remedies of a document, made together; nothing when there is none.
pub(super) fn all(job: &Job, client: &Client<'_>, document: &Path) -> Option<Value> {
    let (world, plan, config, wishes) = stage(job)?;
    let elsewhere = |path: &str| (world.place(path) != document).then(|| "it is another file".to_owned());
    let choice = Choice { obstacle: Some(&elsewhere), ..Choice::default() };
    let outcome = fix::propose(&world, &plan, &config, &wishes, &choice, |_| true);
    let count = outcome.made.len();
    let (path, (old, new)) = outcome.files.into_iter().next()?;
    // What is hidden before the first remedy and behind the last one.
    let of = |made: Option<&Made>| made.and_then(|made| made.files.get(&path)).cloned();
    let (first, last) = (of(outcome.made.first())?, of(outcome.made.last())?);
    let turn = Turn { old, new, hidden_old: first.hidden_old, hidden_new: last.hidden_new };
    let edit = edit(job, client, &world, &[(&path, &turn)])?;
    let findings = if count == 1 { "finding" } else { "findings" };
    Some(json!({
        "title": format!("Fix all that is safe in this file (plimsoll, {count} {findings})"),
        "kind": ALL,
        "edit": edit,
    }))
}

fn stage(job: &Job) -> Option<(Overlay, Plan, Config, Wishes)> {
    let (world, plan, config) = survey::stage(job)?;
    let mut wishes = survey::wishes(job, &config);
    // Nothing is to get worse, however mild it is.
    wishes.min_severity = None;
    Some((world, plan, config, wishes))
}

fn title(made: &Made) -> String {
    let fix = made.fix.lines().next().unwrap_or_default();
    let mut letters = fix.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{} ({})", letters.as_str(), made.control)
}

/// The edits of some files; nothing when the client cannot take them, or when one would carry a secret.
fn edit(job: &Job, client: &Client<'_>, world: &Overlay, files: &[(&str, &Turn)]) -> Option<Value> {
    let mut changes: Vec<(String, Value, Vec<Value>)> = Vec::new();
    let mut made: Vec<Value> = Vec::new();
    for (path, turn) in files {
        let place = world.place(path);
        let (uri, version) = (client.open)(&place).unwrap_or_else(|| (address::of(&place), Value::Null));
        if turn.old.is_none() {
            if !(client.creates && client.versioned) {
                return None;
            }
            made.push(json!({ "kind": "create", "uri": uri }));
        }
        let old = turn.old.as_deref().unwrap_or("");
        let lines = Lines::of(old, job.encoding);
        let mut edits = Vec::new();
        for (gone, come) in fix::replaced(old, &turn.new) {
            let (gone, come) = fix::narrowed((old, gone), (&turn.new, come));
            if turn.hidden_new.iter().any(|hidden| hidden.start < come.end && come.start < hidden.end) {
                return None;
            }
            edits.push(json!({ "range": lines.span(&gone), "newText": turn.new.get(come)? }));
        }
        changes.push((uri, version, edits));
    }
    if !client.versioned {
        let changes: serde_json::Map<String, Value> =
            changes.into_iter().map(|(uri, _, edits)| (uri, json!(edits))).collect();
        return Some(json!({ "changes": changes }));
    }
    made.extend(changes.into_iter().map(
        |(uri, version, edits)| json!({ "textDocument": { "uri": uri, "version": version }, "edits": edits }),
    ));
    Some(json!({ "documentChanges": made }))
}
