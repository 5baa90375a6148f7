//! Captured tables: plain text, one line a thing; lines that begin with `#` say what the table is.

use std::sync::Arc;

use plimsoll_posture::Provenance;
use plimsoll_text::{Source, Span};

use super::LENS;

/// No captured table is longer.
const MAX_LINES: usize = 65_536;

/// A line and its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    source: &'a Source,
    start: usize,
}

/// A word and its place.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) text: Arc<str>,
    pub(super) at: Span,
}

/// The lines of a table that say something.
pub(super) fn lines(source: &Source) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    source
        .text
        .split_inclusive('\n')
        .map(move |line| {
            let own = start;
            start += line.len();
            Line { text: line.trim_end_matches(['\n', '\r']), source, start: own }
        })
        .filter(|line| !line.text.trim().is_empty() && !line.text.starts_with('#'))
        .take(MAX_LINES)
}

impl<'a> Line<'a> {
    pub(super) fn span(&self) -> Span {
        Span::new(self.source.id, self.start, self.start + self.text.len())
    }

    pub(super) fn at(&self, route: impl Into<Arc<str>>) -> Provenance {
        Provenance::new(LENS, self.span(), route)
    }

    /// What follows the first so many bytes.
    pub(super) fn after(&self, bytes: usize) -> Line<'a> {
        let text = self.text.get(bytes..).unwrap_or("");
        Line { text, source: self.source, start: self.start + self.text.len() - text.len() }
    }

    /// What precedes and what follows a mark.
    pub(super) fn split(&self, mark: &str) -> Option<(&'a str, Line<'a>)> {
        let at = self.text.find(mark)?;
        Some((self.text.get(..at)?, self.after(at + mark.len())))
    }

    /// The words of a command line: blanks part them, quotes hold them together, and a backslash takes the next character as it is.
    pub(super) fn words(&self) -> Vec<Word> {
        let mut words = Vec::new();
        let mut word: Option<(usize, String)> = None;
        let mut quote: Option<char> = None;
        let mut letters = self.text.char_indices();
        while let Some((at, letter)) = letters.next() {
            match (letter, quote) {
                (' ' | '\t', None) => {
                    if let Some((start, text)) = word.take() {
                        words.push(self.word(start, at, text));
                    }
                    continue;
                }
                (letter, Some(open)) if letter == open => quote = None,
                ('"' | '\'', None) => {
                    quote = Some(letter);
                    word.get_or_insert_with(|| (at, String::new()));
                }
                ('\\', None | Some('"')) => {
                    if let Some((_, next)) = letters.next() {
                        word.get_or_insert_with(|| (at, String::new())).1.push(next);
                    }
                }
                _ => word.get_or_insert_with(|| (at, String::new())).1.push(letter),
            }
        }
        if let Some((start, text)) = word {
            words.push(self.word(start, self.text.len(), text));
        }
        words
    }

    fn word(&self, start: usize, end: usize, text: String) -> Word {
        let at = Span::new(self.source.id, self.start + start, self.start + end);
        Word { text: text.into(), at }
    }
}
