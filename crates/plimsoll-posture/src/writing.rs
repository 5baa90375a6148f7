//! How a recipe is written, where that matters to whoever builds or reads it: what the build refuses, names that
//! nothing declares, the case of keywords.
//!
//! Deliberately absent: judgement, and the text itself; spans lead there.

use std::sync::Arc;

use plimsoll_text::Span;

use crate::Spanned;

/// Something that the build refuses, or that does not mean what it seems to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipeFault {
    /// Stable, kebab-case: `unknown-instruction`, `duplicate-stage-name`.
    pub code: &'static str,
    /// Its bytes.
    pub at: Span,
    /// What is wrong. Never holds a secret.
    pub message: String,
    /// What to do, when there is something to do.
    pub cure: Option<String>,
    /// Whether a build stops here.
    pub refused: bool,
}

/// The case that a word is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterCase {
    /// `FROM`.
    Upper,
    /// `from`.
    Lower,
    /// `From`.
    Mixed,
}

impl LetterCase {
    /// The case of a word; one without letters counts as upper.
    #[must_use]
    pub fn of(word: &str) -> Self {
        let lower = word.bytes().any(|byte| byte.is_ascii_lowercase());
        let upper = word.bytes().any(|byte| byte.is_ascii_uppercase());
        match (lower, upper) {
            (true, true) => Self::Mixed,
            (true, false) => Self::Lower,
            (false, _) => Self::Upper,
        }
    }
}

/// A build argument that `FROM` uses and that has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromArgument {
    /// The name.
    pub name: Arc<str>,
    /// The word that uses it.
    pub at: Span,
    /// Whether an `ARG` before the first `FROM` declares it.
    pub declared: bool,
    /// Whether the word is of any use without the argument: `node${SUFFIX}` is, `node:${TAG}` is not.
    pub dispensable: bool,
}

/// A comment right above a named stage or an argument before the first `FROM`: tools show it as its description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The stage or argument.
    pub of: Arc<str>,
    /// The first word of the comment, and the comment's place.
    pub begins: Spanned<Arc<str>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_case_of_a_word_is_told_by_its_letters() {
        assert_eq!(LetterCase::of("FROM"), LetterCase::Upper);
        assert_eq!(LetterCase::of("from"), LetterCase::Lower);
        assert_eq!(LetterCase::of("From"), LetterCase::Mixed);
        assert_eq!(LetterCase::of("build-1"), LetterCase::Lower);
        assert_eq!(LetterCase::of("1"), LetterCase::Upper);
    }
}
