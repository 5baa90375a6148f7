//! Comments that carry instructions to linters: what they allow, for what, and why.

use plimsoll_text::Span;

/// A comment of a document, as its lens saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// From `#` to the end of the line.
    pub at: Span,
    /// What it stands by: the instruction or mapping entry that follows it, or the one on whose line it ends.
    /// `None` for a comment with nothing after it.
    pub covers: Option<Span>,
    /// Whether it stands before everything else in the document.
    pub leading: bool,
}
