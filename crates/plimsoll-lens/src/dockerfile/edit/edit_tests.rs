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

#[test]
fn words_go_with_the_blanks_before_them() {
    let drop = |text: &str, old: &str| {
        made(text, |place| vec![Operation::Replace { at: place(old), text: String::new() }])
    };
    assert_eq!(drop("FROM a\nRUN x -k b\n", "-k").as_deref(), Ok("FROM a\nRUN x b\n"));
    assert_eq!(drop("FROM a\nRUN sudo x\n", "sudo").as_deref(), Ok("FROM a\nRUN x\n"));
    assert_eq!(drop("FROM a\nRUN x -k\n", "-k").as_deref(), Ok("FROM a\nRUN x\n"));
    // A line of its own goes as a whole, its neighbours and their comments stay.
    assert_eq!(
        drop("FROM a\nRUN x \\\n  # why\n  -k \\\n  b\n", "-k").as_deref(),
        Ok("FROM a\nRUN x \\\n  # why\n  b\n")
    );
    assert_eq!(
        drop("FROM a\r\nRUN x \\\r\n  -k\r\nCMD y\r\n", "-k").as_deref(),
        Ok("FROM a\r\nRUN x\r\nCMD y\r\n")
    );
    // Behind a comment the last word cannot go: the line before it would continue into nothing.
    assert!(drop("FROM a\nRUN x \\\n  # why\n  -k\nCMD y\n", "-k").is_err());
    // The escape character may be another.
    assert_eq!(
        drop("# escape=`\nFROM a\nRUN x `\n  -k `\n  b\n", "-k").as_deref(),
        Ok("# escape=`\nFROM a\nRUN x `\n  b\n")
    );
}

#[test]
fn no_comment_is_lost() {
    let text = "FROM a\nCMD x \\\n  # why\n  y\n";
    let replaced = made(text, |place| {
        vec![Operation::Replace { at: place("x \\\n  # why\n  y"), text: "z".to_owned() }]
    });
    assert_eq!(replaced, Err(Refusal::Comment));
    assert_eq!(made(text, |place| vec![Operation::Remove { at: place("CMD") }]), Err(Refusal::Comment));
}

#[test]
fn several_instructions_come_at_once() {
    assert_eq!(
        insert("FROM a\r\nCMD x\r\n", "CMD", Side::Before, "RUN b\nUSER c").as_deref(),
        Ok("FROM a\r\nRUN b\r\nUSER c\r\nCMD x\r\n")
    );
}
