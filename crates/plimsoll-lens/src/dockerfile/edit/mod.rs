//! Changes to a Dockerfile as byte edits: what did not have to move does not move.
//!
//! Comments, line breaks, continuation lines, line ends and the escape character stay. An edit is checked before it is
//! given out: the new text is parsed, and every instruction must be what it was but for the change.
//! Deliberately absent: which change is wanted, and whether it is wise.

use std::fmt;
use std::ops::Range;

use plimsoll_text::{Edit, Source, Span, apply};

use super::syntax::{self, Document, Instruction};

/// One change to a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Adds an instruction on lines of its own.
    Insert {
        /// The instruction beside which it goes: any bytes of it.
        beside: Span,
        /// Whether it goes behind or before that one.
        side: Side,
        /// One instruction or several, without a line end behind them; line feeds become those of the document.
        text: String,
    },
    /// Writes other bytes within one instruction.
    Replace {
        /// What goes; empty to insert.
        at: Span,
        /// What comes. Empty to take words away: the blanks before them go too, and a continued line that holds
        /// nothing else.
        text: String,
    },
    /// Takes an instruction away with its line end.
    Remove {
        /// Any bytes of it.
        at: Span,
    },
}

/// Which side of an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// On the lines before it, and before the comments that stand on them.
    Before,
    /// On the lines behind it.
    Behind,
}

/// Why a change is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The document is not UTF-8, or BuildKit refuses it as it is.
    Unreadable,
    /// No instruction stands at the place, or more than one.
    NotThere,
    /// A comment stands in what would go.
    Comment,
    /// The result would not say what was meant.
    Unproven,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "the Dockerfile cannot be read as a whole",
            Self::NotThere => "no instruction stands at this place",
            Self::Comment => "a comment stands in what would be rewritten",
            Self::Unproven => "the change could not be proven to do only what it should",
        })
    }
}

impl std::error::Error for Refusal {}

/// The edits that make all changes together, proven.
///
/// # Errors
/// [`Refusal`] when one of them cannot be made; the text stays as it is then.
pub fn edits(source: &Source, operations: &[Operation]) -> Result<Vec<Edit>, Refusal> {
    if source.lossy {
        return Err(Refusal::Unreadable);
    }
    let before = syntax::parse(source.text.clone());
    if before.faults().any(|fault| fault.fatal) {
        return Err(Refusal::Unreadable);
    }
    let mut edits = Vec::with_capacity(operations.len());
    let mut expected: Vec<Expected> =
        before.instructions().map(|instruction| Expected::Same(written(&before, instruction))).collect();
    let mut added: Vec<(usize, Side, usize)> = Vec::new();
    for operation in operations {
        match operation {
            Operation::Insert { beside, side, text } => {
                let (index, instruction) = found(&before, *beside)?;
                edits.push(insert(source, &before, instruction, *side, text));
                added.push((index, *side, syntax::parse(text.as_str().into()).instructions().count()));
            }
            Operation::Replace { at, text } => {
                let (index, instruction) = found(&before, *at)?;
                let span = if text.is_empty() { swept(&before, instruction, *at) } else { *at };
                if instruction.comments.iter().any(|comment| overlaps(comment, span)) {
                    return Err(Refusal::Comment);
                }
                edits.push(Edit { span, replacement: text.clone() });
                if let Some(one) = expected.get_mut(index) {
                    *one = Expected::Other;
                }
            }
            Operation::Remove { at } => {
                let (index, instruction) = found(&before, *at)?;
                if !instruction.comments.is_empty() {
                    return Err(Refusal::Comment);
                }
                edits.push(remove(source, instruction));
                if let Some(one) = expected.get_mut(index) {
                    *one = Expected::Gone;
                }
            }
        }
    }
    let expected = with_added(expected, &added);
    let new = apply(source, &edits).map_err(|_| Refusal::Unproven)?;
    let after = syntax::parse(new.into());
    if is_as_expected(&before, &after, &expected) { Ok(edits) } else { Err(Refusal::Unproven) }
}

/// What an instruction must be after the change.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Expected {
    /// As it was.
    Same(String),
    /// Something else.
    Other,
    Gone,
}

fn with_added(expected: Vec<Expected>, added: &[(usize, Side, usize)]) -> Vec<Expected> {
    let mut all = Vec::with_capacity(expected.len() + added.len());
    for (index, one) in expected.into_iter().enumerate() {
        let count = |side| {
            let there = added.iter().filter(|(at, on, _)| (*at, *on) == (index, side));
            there.map(|(_, _, count)| count).sum()
        };
        all.extend(std::iter::repeat_n(Expected::Other, count(Side::Before)));
        all.push(one);
        all.extend(std::iter::repeat_n(Expected::Other, count(Side::Behind)));
    }
    all.retain(|one| *one != Expected::Gone);
    all
}

fn is_as_expected(before: &Document, after: &Document, expected: &[Expected]) -> bool {
    let all: Vec<&Instruction> = after.instructions().collect();
    let same = all.len() == expected.len()
        && all.iter().zip(expected).all(|(instruction, expected)| match expected {
            Expected::Same(text) => written(after, instruction) == *text,
            Expected::Other => true,
            Expected::Gone => false,
        });
    let fatal = after.faults().any(|fault| fault.fatal);
    // A directive that was one must stay one, and none may come to be: they count only at the top.
    let directives = |document: &Document| {
        ["syntax", "escape", "check"].map(|name| {
            document
                .directive(name)
                .and_then(|found| document.text.get(found.value.clone()))
                .map(str::to_owned)
        })
    };
    same && !fatal && directives(before) == directives(after)
}

/// The bytes of an instruction, with its heredocs.
fn written(document: &Document, instruction: &Instruction) -> String {
    document.text.get(instruction.range.clone()).unwrap_or("").trim_end().to_owned()
}

fn found(document: &Document, at: Span) -> Result<(usize, &Instruction), Refusal> {
    document
        .instructions()
        .enumerate()
        .find(|(_, instruction)| {
            instruction.range.start <= at.start as usize && at.end as usize <= instruction.range.end
        })
        .ok_or(Refusal::NotThere)
}

fn overlaps(range: &Range<usize>, span: Span) -> bool {
    range.start < span.end as usize && (span.start as usize) < range.end
}

/// What goes when words go: the blanks before them, and the whole of a continued line that holds nothing else.
fn swept(document: &Document, instruction: &Instruction, at: Span) -> Span {
    let text: &str = &document.text;
    let (start, end) = (at.start as usize, at.end as usize);
    let line = line_start(text, start);
    let next = lines_end(text, end);
    let before = text.get(line..start).unwrap_or("");
    let after = text.get(end..next).unwrap_or("").trim_end();
    let span = |start, end| Span::new(at.source, start, end);
    let continued = line > instruction.range.start && before.trim().is_empty();
    if continued && after.trim_start().chars().eq([document.escape]) {
        return span(line, next);
    }
    if continued && after.is_empty() {
        // The last line: the continuation before it goes too.
        let above = text.get(..line).unwrap_or("").trim_end();
        let open = above.strip_suffix(document.escape).map(str::trim_end);
        return open.map_or(at, |open| span(open.len(), end));
    }
    let blanks = before.len() - before.trim_end_matches([' ', '\t']).len();
    if !continued && blanks > 0 && (after.is_empty() || after.starts_with([' ', '\t'])) {
        return span(start - blanks, end);
    }
    span(start, end + (after.len() - after.trim_start_matches([' ', '\t']).len()))
}

fn newline(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text.as_bytes().get(at.wrapping_sub(1)) == Some(&b'\r') => "\r\n",
        _ => "\n",
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|head| head.rfind('\n')).map_or(0, |end| end + 1)
}

/// The end of the lines of an instruction, behind the line end where there is one.
fn lines_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end + 1)
}

fn insert(source: &Source, document: &Document, beside: &Instruction, side: Side, text: &str) -> Edit {
    let own = source.text.as_ref();
    let newline = newline(own);
    let text = text.replace('\n', newline);
    let (at, replacement) = match side {
        Side::Before => {
            (above_comments(document, line_start(own, beside.range.start)), format!("{text}{newline}"))
        }
        Side::Behind => {
            let last = own.get(..beside.range.end).map_or(0, |text| text.trim_end().len());
            let end = lines_end(own, last);
            let open = !own.get(..end).is_some_and(|head| head.ends_with('\n'));
            let lead = if open { newline } else { "" };
            let tail = if open { "" } else { newline };
            (end, format!("{lead}{text}{tail}"))
        }
    };
    Edit { span: Span::new(source.id, at, at), replacement }
}

/// The begin of the comment lines that stand directly above a line; directives are no comments.
fn above_comments(document: &Document, line: usize) -> usize {
    let text: &str = &document.text;
    let floor = ["syntax", "escape", "check"]
        .into_iter()
        .filter_map(|name| document.directive(name))
        .map(|directive| lines_end(text, directive.value.end))
        .max()
        .unwrap_or(0);
    let mut at = line;
    while at > floor {
        let above = line_start(text, at - 1);
        let is_comment = text.get(above..at).is_some_and(|line| line.trim_start().starts_with('#'));
        if !is_comment || above < floor {
            break;
        }
        at = above;
    }
    at
}

fn remove(source: &Source, instruction: &Instruction) -> Edit {
    let text = source.text.as_ref();
    let last = text.get(..instruction.range.end).map_or(0, |text| text.trim_end().len());
    let span = Span::new(source.id, line_start(text, instruction.range.start), lines_end(text, last));
    Edit { span, replacement: String::new() }
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
