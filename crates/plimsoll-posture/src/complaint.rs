//! What a lens could not read. A complaint never hides the rest of the document.

use plimsoll_text::Span;

/// Whose fault and how bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ComplaintKind {
    /// The document is wrong: the tool it is meant for refuses it.
    Invalid,
    /// It works, but not as its writer may think.
    Doubtful,
    /// Something it refers to is not there.
    Missing,
    /// A bound was reached or something is not supported: part was not read.
    Skipped,
}

impl ComplaintKind {
    /// Lower-case name in output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Doubtful => "doubtful",
            Self::Missing => "missing",
            Self::Skipped => "skipped",
        }
    }
}

/// One complaint: place, cause, cure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Kind.
    pub kind: ComplaintKind,
    /// Stable, kebab-case: `unknown-instruction`, `duplicate-key`, `unset-variable`.
    pub code: &'static str,
    /// Where.
    pub at: Span,
    /// What is wrong. Never holds a secret.
    pub message: String,
    /// What to do, when there is something to do.
    pub cure: Option<String>,
}
