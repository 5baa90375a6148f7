//! Words and statements of a text that may be a script, a configuration file or a single command.
//!
//! Deliberately forgiving: a quote that is never closed is a character, unknown syntax is a word.

use std::ops::Range;

/// One word with its quotes.
#[derive(Debug, Default)]
pub(crate) struct Word {
    /// The bytes of the word.
    pub(crate) at: Range<usize>,
    /// The insides of its quoted parts.
    pub(crate) quoted: Vec<Range<usize>>,
}

/// The words up to a line end, `;`, `|` or `&`.
#[derive(Debug, Default)]
pub(crate) struct Statement {
    pub(crate) words: Vec<Word>,
    /// The next statement reads the output of this one.
    pub(crate) piped: bool,
}

/// The statements of `text[range]`.
pub(crate) fn statements(text: &str, range: Range<usize>) -> Vec<Statement> {
    let end = range.end.min(text.len());
    let mut lexer =
        Lexer { bytes: text.as_bytes().get(..end).unwrap_or_default(), at: range.start, ..Lexer::default() };
    lexer.run();
    lexer.done
}

#[derive(Default)]
struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Start of the word that is being read.
    start: Option<usize>,
    quoted: Vec<Range<usize>>,
    statement: Statement,
    done: Vec<Statement>,
    /// Quote characters that have no closing one any more.
    open: [bool; 3],
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn run(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' if matches!(self.peek(1), b'\n' | b'\r') => {
                    self.end_word();
                    self.at += if self.peek(1) == b'\r' && self.peek(2) == b'\n' { 3 } else { 2 };
                    continue;
                }
                b'\\' => {
                    self.start.get_or_insert(self.at);
                    // The escaped character belongs to the word whatever it is, unless it starts a longer sequence.
                    self.at += if self.peek(1).is_ascii() && self.peek(1) != 0 { 2 } else { 1 };
                    continue;
                }
                b'\n' | b';' => self.end_statement(false),
                b'|' => self.end_statement(self.peek(1) != b'|'),
                b'&' if self.start.is_some_and(|start| self.is_url(start)) => {}
                b'&' => self.end_statement(false),
                b' ' | b'\t' | b'\r' => self.end_word(),
                b'#' if self.start.is_none() && self.statement.words.is_empty() => {
                    while self.bytes.get(self.at).is_some_and(|byte| *byte != b'\n') {
                        self.at += 1;
                    }
                    continue;
                }
                b'"' | b'\'' | b'`' if self.quote(byte) => continue,
                b'[' | b'{' | b'(' | b',' if matches!(self.peek(1), b'"' | b'\'') => self.end_word(),
                b']' | b'}' | b')' | b','
                    if self
                        .at
                        .checked_sub(1)
                        .is_some_and(|before| matches!(self.bytes.get(before), Some(b'"' | b'\''))) =>
                {
                    self.end_word()
                }
                b'{' | b'}' | b'[' | b']' if self.start.is_none() => {}
                _ => {
                    self.start.get_or_insert(self.at);
                }
            }
            self.at += 1;
        }
        self.end_statement(false);
    }

    fn is_url(&self, start: usize) -> bool {
        self.bytes.get(start..self.at).is_some_and(|word| word.windows(3).any(|part| part == b"://"))
    }

    /// Reads a quoted part; `false` when the quote is never closed.
    fn quote(&mut self, quote: u8) -> bool {
        let slot = match quote {
            b'"' => 0,
            b'\'' => 1,
            _ => 2,
        };
        if self.open.get(slot).copied().unwrap_or(true) {
            return false;
        }
        let mut end = self.at + 1;
        loop {
            match self.bytes.get(end) {
                None => {
                    if let Some(open) = self.open.get_mut(slot) {
                        *open = true;
                    }
                    return false;
                }
                Some(b'\\') if quote != b'\'' => end += 2,
                Some(byte) if *byte == quote => break,
                Some(_) => end += 1,
            }
        }
        self.start.get_or_insert(self.at);
        self.quoted.push(self.at + 1..end);
        self.at = end + 1;
        true
    }

    fn end_word(&mut self) {
        if let Some(start) = self.start.take() {
            let at = start..self.at.min(self.bytes.len());
            self.statement.words.push(Word { at, quoted: std::mem::take(&mut self.quoted) });
        }
    }

    fn end_statement(&mut self, piped: bool) {
        self.end_word();
        if !self.statement.words.is_empty() {
            self.statement.piped = piped;
            self.done.push(std::mem::take(&mut self.statement));
        }
    }
}
