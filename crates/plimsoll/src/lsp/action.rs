//! What an editor offers at a diagnostic: the control's page, and an allowance in place.
//!
//! [`offers`] puts together what each kind of action gives for one diagnostic; an action that edits says where by asking
//! the lens, never by looking for text. Deliberately absent: edits that mend a finding (see `mend`).

use std::ops::Range;

use plimsoll_controls::{Control, find};
use plimsoll_lens::pragma::Comment;
use plimsoll_lens::{Memory, compose, dockerfile};
use plimsoll_text::{SourceKind, Sources};
use serde_json::{Value, json};

use super::position::Lines;
use crate::classify::FileClass;

/// The command that shows a control's page.
pub(super) const EXPLAIN: &str = "plimsoll.explain";

/// How far above a finding the beginning of what it stands in is looked for, in lines.
const MAX_ROWS: usize = 200;

/// The longest document that is read again for every place that is tried, in bytes.
const MAX_TEXT: usize = 512 * 1024;

/// The document that actions are asked for.
pub(super) struct Target<'a> {
    pub(super) uri: &'a str,
    pub(super) text: &'a str,
    pub(super) lines: Lines<'a>,
    pub(super) class: Option<FileClass>,
    /// What was last said of it.
    pub(super) shown: &'a [Value],
}

/// The actions for these diagnostics.
pub(super) fn offers(target: &Target<'_>, diagnostics: &[Value]) -> Vec<Value> {
    let mut offers: Vec<Value> = Vec::new();
    for diagnostic in diagnostics {
        let ours = diagnostic.get("source").and_then(Value::as_str) == Some("plimsoll");
        let code = diagnostic.get("code").and_then(Value::as_str).filter(|_| ours);
        let Some(control) = code.and_then(find) else { continue };
        offers.push(explain(control, diagnostic));
        offers.extend(allow(target, control, diagnostic));
    }
    offers
}

/// The diagnostics that have a remedy, each with its finding's fingerprint.
pub(super) fn remedied<'d>(shown: &[Value], diagnostics: &'d [Value]) -> Vec<(&'d Value, String)> {
    let of = |diagnostic: &'d Value| {
        let same = |shown: &&Value| {
            ["range", "code", "message"].iter().all(|field| shown.get(field) == diagnostic.get(field))
        };
        // A client need not give back what the server added.
        let known = shown.iter().find(same)?;
        known.pointer("/data/remedy").and_then(Value::as_str)?;
        let fingerprint = known.pointer("/data/fingerprint").and_then(Value::as_str)?;
        Some((diagnostic, fingerprint.to_owned()))
    };
    diagnostics.iter().filter_map(of).collect()
}

fn explain(control: &Control, diagnostic: &Value) -> Value {
    let title = format!("Explain {}: {}", control.id, control.title);
    json!({
        "title": title,
        "kind": "quickfix",
        "diagnostics": [diagnostic],
        "command": { "title": title, "command": EXPLAIN, "arguments": [control.id] },
    })
}

/// The reason is left to whoever allows: an allowance without one allows nothing, and a notice says so until it is there.
fn allow(target: &Target<'_>, control: &Control, diagnostic: &Value) -> Option<Value> {
    // What stands in a document inside of the document has no comment of its own there.
    let known = target.shown.iter().any(|shown| {
        ["code", "message"].iter().all(|field| shown.get(field) == diagnostic.get(field))
            && shown.pointer("/data/inner") == Some(&Value::Bool(false))
    });
    let range = target.lines.bytes(diagnostic.get("range")?).filter(|_| known)?;
    let (at, line) = allowance(target, &range, control.id)?;
    let edit = json!({ "range": target.lines.span(&(at..at)), "newText": line });
    Some(json!({
        "title": format!("Allow {} here (write the reason behind the dash)", control.id),
        "kind": "quickfix",
        "diagnostics": [diagnostic],
        "edit": { "changes": { target.uri: [edit] } },
    }))
}

/// Where a comment must stand so that its lens sees it before what it covers, and its line.
fn allowance(target: &Target<'_>, range: &Range<usize>, id: &str) -> Option<(usize, String)> {
    let class = target.class.filter(|_| target.text.len() <= MAX_TEXT)?;
    let end = if target.text.contains("\r\n") { "\r\n" } else { "\n" };
    let complaints = comments(class, target.text).1;
    let first = target.lines.row(range.start);
    for row in (first.saturating_sub(MAX_ROWS)..=first).rev() {
        let words = target.lines.line(row);
        let indent = &words[..words.len() - words.trim_start().len()];
        let line = format!("{indent}# plimsoll: allow {id} - {end}");
        let at = target.lines.range(row).start;
        let mut text = String::with_capacity(target.text.len() + line.len());
        text.push_str(target.text.get(..at)?);
        text.push_str(&line);
        text.push_str(target.text.get(at..)?);
        let (read, after) = comments(class, &text);
        let place = range.start + line.len();
        let last = (range.end + line.len()).max(place + 1);
        let stands = read.iter().any(|comment| {
            let own = comment.at.start as usize == at + indent.len();
            let covered = comment.covers.map(plimsoll_text::Span::range).filter(|_| own);
            covered.is_some_and(|covered| {
                covered.start >= at + line.trim_end().len() && covered.start < last && place < covered.end
            })
        });
        if stands && after <= complaints {
            return Some((at, line));
        }
    }
    None
}

/// The comments as the lens of the document reads them, and how much it complains of.
fn comments(class: FileClass, text: &str) -> (Vec<Comment>, usize) {
    let mut sources = Sources::new();
    if class == FileClass::Dockerfile {
        let id = sources.add_text("Dockerfile", SourceKind::Dockerfile, text);
        let reading = dockerfile::read(&sources, id, &dockerfile::Options::default());
        return (reading.comments, reading.complaints.len());
    }
    let world = Memory::of(&[("compose.yaml", text)]);
    let project = compose::ProjectFiles {
        files: vec!["compose.yaml".to_owned()],
        directory: ".".to_owned(),
        ..compose::ProjectFiles::default()
    };
    let loaded = compose::load(&world, &mut sources, &project);
    (loaded.comments, loaded.complaints.len())
}

#[cfg(test)]
mod tests {
    use super::super::position::Encoding;
    use super::*;

    /// The text with the allowance for the first `mark`.
    fn allowed(class: FileClass, text: &str, mark: &str) -> String {
        let start = text.find(mark).unwrap();
        let lines = Lines::of(text, Encoding::Utf16);
        let target = Target { uri: "", text, lines, class: Some(class), shown: &[] };
        let (at, line) = allowance(&target, &(start..start + mark.len()), "x-y").unwrap();
        format!("{}{line}{}", &text[..at], &text[at..])
    }

    #[test]
    fn a_comment_stands_above_the_instruction() {
        let text = "# syntax=docker/dockerfile:1\nFROM a\nRUN <<EOF\nsudo x\nEOF\nRUN one && \\\n    two\n";
        let allowed = |mark| allowed(FileClass::Dockerfile, text, mark);
        let comment = "# plimsoll: allow x-y - \n";
        assert_eq!(allowed("FROM"), text.replace("FROM", &format!("{comment}FROM")));
        assert_eq!(allowed("sudo"), text.replace("RUN <<", &format!("{comment}RUN <<")));
        assert_eq!(allowed("two"), text.replace("RUN one", &format!("{comment}RUN one")));
    }

    #[test]
    fn a_comment_stands_above_the_entry_and_not_in_its_text() {
        let text = "services:\r\n  api:\r\n    image: a\r\n    command: |\r\n      one\r\n      two\r\n    \
                    ports:\r\n      - \"80:80\"\r\n";
        let allowed = |mark| allowed(FileClass::ComposeBase, text, mark);
        let comment = "# plimsoll: allow x-y - \r\n";
        assert_eq!(allowed("two"), text.replace("command:", &format!("{comment}    command:")));
        assert_eq!(allowed("api"), text.replace("api:", &format!("{comment}  api:")));
        assert_eq!(allowed("\"80"), text.replace("- \"80", &format!("{comment}      - \"80")));
    }
}
