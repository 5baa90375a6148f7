//! Every expected text was written by hand from the rule: the change is made, and nothing else moves.

use super::*;
use plimsoll_text::{SourceKind, Sources};

fn made(text: &str, operations: impl Fn(&dyn Fn(&str) -> Span) -> Vec<Operation>) -> Result<String, Refusal> {
    let mut sources = Sources::new();
    let id = sources.add_text("Dockerfile", SourceKind::Dockerfile, text);
    let source = sources.get(id);
    let place = |words: &str| {
        let start = text.find(words).expect("the words are there");
        Span::new(id, start, start + words.len())
    };
    edits(source, &operations(&place)).map(|edits| apply(source, &edits).expect("proven edits fit"))
}

fn insert(text: &str, beside: &str, side: Side, new: &str) -> Result<String, Refusal> {
    made(text, |place| vec![Operation::Insert { beside: place(beside), side, text: new.to_owned() }])
}

#[test]
fn an_instruction_goes_on_lines_of_its_own() {
    let text = "# syntax=docker/dockerfile:1\n# base\nFROM a\n\n# why\nCMD [\"x\"]\n";
    assert_eq!(
        insert(text, "CMD", Side::Before, "USER node").as_deref(),
        Ok("# syntax=docker/dockerfile:1\n# base\nFROM a\n\nUSER node\n# why\nCMD [\"x\"]\n")
    );
    assert_eq!(
        insert(text, "FROM", Side::Behind, "USER node").as_deref(),
        Ok("# syntax=docker/dockerfile:1\n# base\nFROM a\nUSER node\n\n# why\nCMD [\"x\"]\n")
    );
    // A directive counts at the top only: nothing goes above it.
    assert_eq!(
        insert(text, "FROM", Side::Before, "ARG V=1").as_deref(),
        Ok("# syntax=docker/dockerfile:1\nARG V=1\n# base\nFROM a\n\n# why\nCMD [\"x\"]\n")
    );
    // CRLF, and no line end at the end.
    assert_eq!(
        insert("FROM a\r\nCMD x", "CMD", Side::Behind, "USER b").as_deref(),
        Ok("FROM a\r\nCMD x\r\nUSER b")
    );
    // Continuation lines and heredocs are part of the instruction.
    assert_eq!(
        insert("FROM a\nRUN b \\\n  # note\n  && c\nCMD x\n", "RUN", Side::Behind, "USER b").as_deref(),
        Ok("FROM a\nRUN b \\\n  # note\n  && c\nUSER b\nCMD x\n")
    );
    assert_eq!(
        insert("FROM a\nRUN <<EOF\nb\nEOF\nCMD x\n", "RUN", Side::Behind, "USER b").as_deref(),
        Ok("FROM a\nRUN <<EOF\nb\nEOF\nUSER b\nCMD x\n")
    );
}

#[test]
fn bytes_within_an_instruction_are_replaced() {
    let replace = |text: &str, old: &str, new: &str| {
        made(text, |place| vec![Operation::Replace { at: place(old), text: new.to_owned() }])
    };
    assert_eq!(
        replace("FROM a\nRUN npm install \\\n  # note\n  && b\n", "install", "ci").as_deref(),
        Ok("FROM a\nRUN npm ci \\\n  # note\n  && b\n")
    );
    assert_eq!(
        replace("FROM a\nCMD npm start\n", "npm start", "[\"node\", \"x.js\"]").as_deref(),
        Ok("FROM a\nCMD [\"node\", \"x.js\"]\n")
    );
    // Two instructions are not one, and an open continuation would swallow the next.
    assert_eq!(replace("FROM a\nCMD x\n", "a\nCMD", "b"), Err(Refusal::NotThere));
    assert_eq!(replace("FROM a\nRUN b\nCMD x\n", "b", "b \\"), Err(Refusal::Unproven));
}

#[test]
fn several_changes_are_made_together() {
    let text = "FROM a\nMAINTAINER me\nCMD x\n";
    let new = made(text, |place| {
        vec![
            Operation::Remove { at: place("MAINTAINER") },
            Operation::Replace { at: place("a"), text: "b".to_owned() },
            Operation::Insert { beside: place("CMD"), side: Side::Before, text: "USER n".to_owned() },
        ]
    });
    assert_eq!(new.as_deref(), Ok("FROM b\nUSER n\nCMD x\n"));
}

#[test]
fn what_cannot_be_read_is_not_edited() {
    assert_eq!(insert("FROM a\nRUN <<EOF\nb\n", "FROM", Side::Behind, "USER b"), Err(Refusal::Unreadable));
    // An instruction that turns into a directive, or takes one away.
    assert_eq!(insert("FROM a\n", "FROM", Side::Before, "# escape=`"), Err(Refusal::Unproven));
}
