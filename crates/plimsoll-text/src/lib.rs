//! Sources, byte spans, line index, edits, and the escapes of JSON strings.
//!
//! Everything that plimsoll says points into a [`Source`]; everything it changes is an [`Edit`].
//! Deliberately absent: any notion of what a document means, and any input or output.

mod edit;
mod json_escape;
mod lines;
mod source;
mod span;

pub use edit::{Edit, EditError, apply};
pub use json_escape::unescaped;
pub use lines::{LineColumn, LineIndex};
pub use source::{Source, SourceId, SourceKind, Sources, Stretch};
pub use span::Span;
