//! Byte spans to files, lines and columns.
//!
//! Lines and columns count from 1, columns count Unicode scalar values, and the end is exclusive. A span that ends
//! with a line end is drawn up to it, and knowledge that ships with plimsoll has no place.

use std::ops::Range;

use plimsoll_controls::{Finding, Label};
use plimsoll_text::{LineColumn, Source, SourceKind, Sources, Span};

use crate::Judged;

/// Where something is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) source: &'a Source,
    /// First byte.
    pub(crate) first: usize,
    /// One past the last byte.
    pub(crate) last: usize,
    pub(crate) start: LineColumn,
    pub(crate) end: LineColumn,
}

impl<'a> Place<'a> {
    /// The place of a span; `None` for built-in knowledge and for documents that are not there.
    pub(crate) fn of(sources: &'a Sources, span: Span) -> Option<Self> {
        let span = sources.written(span);
        let source = sources.lookup(span.source).filter(|source| source.kind != SourceKind::Builtin)?;
        let Range { start, end } = fit(&source.text, span.range());
        Some(Self { source, first: start, last: end, start: source.place(start), end: source.place(end) })
    }

    pub(crate) fn of_label(sources: &'a Sources, label: &Label) -> Option<Self> {
        Self::of(sources, label.at.span)
    }

    /// Where a finding is: its primary place, or the anchor of its subject when that is built-in knowledge.
    pub(crate) fn of_finding(sources: &'a Sources, judged: &Judged, finding: &Finding) -> Option<Self> {
        Self::of_label(sources, &finding.primary).or_else(|| {
            judged.judgement.subject.as_ref().and_then(|subject| Self::of(sources, subject.anchor))
        })
    }

    /// The path of the document.
    pub(crate) fn file(&self) -> &'a str {
        &self.source.name
    }

    /// Whether it stands for the document as a whole.
    pub(crate) fn is_whole(&self) -> bool {
        self.first == 0 && self.last == 0
    }

    /// What documents and places sort by.
    pub(crate) fn order(&self) -> (&'a str, usize, usize) {
        (self.file(), self.first, self.last)
    }
}

impl std::fmt::Display for Place<'_> {
    /// `compose.yaml:14:11`, harmless for a terminal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", crate::veil::plain(self.file()), self.start.line, self.start.column)
    }
}

/// Moves a range into the text, onto character boundaries, and off a line end it finishes with.
fn fit(text: &str, range: Range<usize>) -> Range<usize> {
    let boundary = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(range.start);
    let mut end = boundary(range.end).max(start);
    while end > start && matches!(text.as_bytes().get(end - 1), Some(b'\n' | b'\r')) {
        end -= 1;
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_never_leaves_the_text() {
        let mut sources = Sources::new();
        let id = sources.add_text("f", SourceKind::Other, "aä\r\nb\r\n");
        let place = |start, end| {
            let place = Place::of(&sources, Span::new(id, start, end)).unwrap();
            (place.start.line, place.start.column, place.end.line, place.end.column)
        };
        assert_eq!(place(0, 5), (1, 1, 1, 3), "without its line end");
        assert_eq!(place(2, 3), (1, 2, 1, 3), "a cut character begins before the cut");
        assert_eq!(place(0, 99), (1, 1, 2, 2));
        assert_eq!(place(99, 99), (3, 1, 3, 1));
        let table = sources.add_text("images", SourceKind::Builtin, "node");
        assert!(Place::of(&sources, Span::whole(table)).is_none());
    }
}
