//! The comments of a document, each with what it stands by.

use plimsoll_text::{SourceId, Span};

use super::syntax::{Document, NodeKind};
use crate::pragma::Comment;

/// Every comment; parser directives are among them, because `# check=` is one that other tools obey.
pub(super) fn collect(document: &Document, source: SourceId) -> Vec<Comment> {
    let span = |range: &std::ops::Range<usize>| Span::new(source, range.start, range.end);
    let mut found: Vec<Comment> = Vec::new();
    let mut waiting = 0;
    let mut leading = true;
    for node in &document.nodes {
        match &node.kind {
            NodeKind::Comment(range) => found.push(Comment { at: span(range), covers: None, leading }),
            NodeKind::Directive(_) => {
                let text = document.text.get(node.range.clone()).unwrap_or("");
                let end = node.range.start + text.trim_end().len();
                found.push(Comment { at: span(&(node.range.start..end)), covers: None, leading });
            }
            NodeKind::Instruction(instruction) => {
                leading = false;
                let covered = span(&instruction.range);
                for comment in found.iter_mut().skip(waiting) {
                    comment.covers = Some(covered);
                }
                for range in &instruction.comments {
                    found.push(Comment { at: span(range), covers: Some(covered), leading });
                }
                waiting = found.len();
            }
            NodeKind::Bom | NodeKind::Blank => {}
        }
    }
    found
}
