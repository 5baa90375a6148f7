//! Replacements of byte ranges, and how a set of them becomes a new text.

use crate::{Source, Span};

/// One replacement. An empty span inserts, an empty replacement deletes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What goes.
    pub span: Span,
    /// What comes in its place.
    pub replacement: String,
}

/// Why a set of edits cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditError {
    /// Two edits claim the same byte.
    Overlap(Span, Span),
    /// A span reaches past the text, cuts a character, or belongs to another document.
    OutOfPlace(Span),
    /// The document was not UTF-8, so offsets in its text are not offsets in its bytes.
    Lossy,
}

impl std::fmt::Display for EditError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Overlap(a, b) => {
                write!(f, "edits overlap: bytes {}..{} and {}..{}", a.start, a.end, b.start, b.end)
            }
            Self::OutOfPlace(span) => write!(f, "edit outside the text: bytes {}..{}", span.start, span.end),
            Self::Lossy => f.write_str("the document is not UTF-8 and is not edited"),
        }
    }
}

impl std::error::Error for EditError {}

/// The text of `source` after all `edits`; bytes outside their spans are kept as they are.
/// Insertions at one place keep the order of `edits`.
///
/// # Errors
/// [`EditError`] when the edits overlap or do not fit the text; nothing is applied then.
pub fn apply(source: &Source, edits: &[Edit]) -> Result<String, EditError> {
    if source.lossy {
        return Err(EditError::Lossy);
    }
    let mut order: Vec<&Edit> = edits.iter().collect();
    order.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut out = String::with_capacity(source.text.len());
    let mut at = 0;
    let mut last: Option<Span> = None;
    for edit in order {
        if edit.span.source != source.id || source.text.get(edit.span.range()).is_none() {
            return Err(EditError::OutOfPlace(edit.span));
        }
        let start = edit.span.start as usize;
        if start < at {
            return Err(EditError::Overlap(last.unwrap_or(edit.span), edit.span));
        }
        out.push_str(&source.text[at..start]);
        out.push_str(&edit.replacement);
        at = edit.span.end as usize;
        last = Some(edit.span);
    }
    out.push_str(&source.text[at..]);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SourceKind, Sources};

    fn edit(source: &Source, start: usize, end: usize, replacement: &str) -> Edit {
        Edit { span: Span::new(source.id, start, end), replacement: replacement.into() }
    }

    #[test]
    fn keeps_every_byte_outside_the_edits() {
        let mut sources = Sources::new();
        let id = sources.add_text("a", SourceKind::Other, "USER root\r\nCMD x\r\n");
        let source = sources.get(id);
        let new = apply(source, &[edit(source, 11, 11, "# y\r\n"), edit(source, 5, 9, "node")]).unwrap();
        assert_eq!(new, "USER node\r\n# y\r\nCMD x\r\n");
    }

    #[test]
    fn refuses_overlap_and_cut_characters() {
        let mut sources = Sources::new();
        let id = sources.add_text("a", SourceKind::Other, "aäb");
        let source = sources.get(id);
        assert!(matches!(
            apply(source, &[edit(source, 0, 3, ""), edit(source, 1, 4, "")]),
            Err(EditError::Overlap(..))
        ));
        assert!(matches!(apply(source, &[edit(source, 2, 3, "")]), Err(EditError::OutOfPlace(_))));
        let lossy = sources.add("b", SourceKind::Other, b"\xff");
        assert_eq!(apply(sources.get(lossy), &[]), Err(EditError::Lossy));
    }
}
