//! `.env` files, `--env-file` and `env_file:` in the syntax that Compose reads: quotes, `export`, comments, values of
//! several lines, expansion of variables. Every value keeps its place.
//!
//! Deliberately absent: who wins when several files set a name; see [`super::environment`].

use std::sync::Arc;

use plimsoll_text::{Source, Span};

use super::interpolate::{self, Found};
use super::scalar::narrow;
use super::tree::{Piece, PieceKind, Text};

/// Bytes that the values of one file may unfold to.
const MOST: usize = 4 << 20;

/// One assignment of an env file.
#[derive(Debug, Clone)]
pub(super) struct Assignment {
    pub(super) name: Arc<str>,
    pub(super) name_at: Span,
    /// The value; `None` for a name alone, which takes the value from outside or is not set at all.
    pub(super) value: Option<Text>,
    /// The bytes of the value, without quotes; for a name alone, the name.
    pub(super) at: Span,
}

/// Why an env file is refused; what stands before the place was read.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) at: Span,
    pub(super) message: String,
}

/// All assignments of a file. `outside` is asked first for variables in values, then the file itself so far.
pub(super) fn read(
    source: &Source,
    outside: &dyn Fn(&str) -> Option<Found>,
) -> (Vec<Assignment>, Option<Refusal>) {
    let text = &*source.text;
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut reader = Reader { source, text, at: start, out: Vec::new(), outside };
    let refusal = reader.all().err();
    (reader.out, refusal)
}

/// All lines of a file as `NAME=value` without any processing: `format: raw`.
pub(super) fn read_raw(source: &Source) -> Vec<Assignment> {
    let mut out = Vec::new();
    let mut start = 0;
    for line in source.text.split_inclusive('\n') {
        let body = line.trim_end_matches(['\n', '\r']);
        let lead = body.len() - body.trim_start().len();
        let from = start + lead;
        start += line.len();
        let body = body.trim_start();
        if body.is_empty() || body.starts_with('#') {
            continue;
        }
        let (name, value) = match body.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (body, None),
        };
        let name_at = Span::new(source.id, from, from + name.len());
        let at = value.map_or(name_at, |value| {
            Span::new(source.id, from + name.len() + 1, from + name.len() + 1 + value.len())
        });
        out.push(Assignment { name: name.trim_end().into(), name_at, value: value.map(Text::plain), at });
    }
    out
}

struct Reader<'a> {
    source: &'a Source,
    text: &'a str,
    at: usize,
    out: Vec<Assignment>,
    outside: &'a dyn Fn(&str) -> Option<Found>,
}

impl<'a> Reader<'a> {
    fn all(&mut self) -> Result<(), Refusal> {
        let mut grown = 0;
        while self.statement() {
            let (name, name_at, alone) = self.name()?;
            if name.contains(' ') {
                return Err(Refusal {
                    at: name_at,
                    message: "the name of a variable holds a space".to_owned(),
                });
            }
            if alone {
                let value = (self.outside)(&name).map(|found| Text::plain(found.value.expose()));
                self.out.push(Assignment { name, name_at, value, at: name_at });
                continue;
            }
            let (value, at) = self.value()?;
            grown += value.text.len();
            if grown > MOST + self.text.len() {
                return Err(Refusal {
                    at: name_at,
                    message: "the variables of this file unfold to more than is read".to_owned(),
                });
            }
            self.out.push(Assignment { name, name_at, value: Some(value), at });
        }
        Ok(())
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source.id, start, end)
    }

    /// Skips blank lines and comments; whether anything follows.
    fn statement(&mut self) -> bool {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with('#') {
                return !trimmed.is_empty();
            }
            match trimmed.find('\n') {
                Some(end) => self.at += end,
                None => return false,
            }
        }
    }

    fn name(&mut self) -> Result<(Arc<str>, Span, bool), Refusal> {
        if let Some(rest) = self.rest().strip_prefix("export")
            && rest.starts_with([' ', '\t', '\n', '\r', '\x0c'])
        {
            let trimmed = rest.trim_start_matches(is_blank);
            self.at = self.text.len() - trimmed.len();
        }
        let from = self.at;
        let rest = self.text.get(from..).unwrap_or("");
        let mut end = None;
        for (offset, c) in rest.char_indices() {
            match c {
                '=' | ':' | '\n' => {
                    end = Some((offset, c));
                    break;
                }
                '_' | '.' | '-' | '[' | ']' => {}
                c if is_blank(c) || c.is_alphabetic() || c.is_numeric() => {}
                _ => {
                    let at = self.span(from + offset, from + offset + c.len_utf8());
                    return Err(Refusal {
                        at,
                        message: "a name of a variable cannot hold this character".to_owned(),
                    });
                }
            }
        }
        // A name alone at the very end of the file, without a line end, is the value of a variable without a name.
        let Some((offset, terminator)) = end else {
            return Ok(("".into(), self.span(from, from), false));
        };
        let name = rest.get(..offset).unwrap_or("").trim_end();
        let name_at = self.span(from, from + name.len());
        let left = self.text.get(from + offset + 1..).unwrap_or("");
        self.at = self.text.len() - left.trim_start_matches(is_blank).len();
        Ok((name.into(), name_at, terminator == '\n'))
    }

    fn value(&mut self) -> Result<(Text, Span), Refusal> {
        let quote = self.rest().chars().next().filter(|c| matches!(c, '"' | '\''));
        let Some(quote) = quote else { return self.unquoted() };
        let from = self.at + 1;
        let mut decoded = String::new();
        let mut pieces = Vec::new();
        let mut escaped = None;
        for (offset, c) in self.text.get(from..).unwrap_or("").char_indices() {
            let here = from + offset;
            if let Some(backslash) = escaped.take() {
                if c != quote {
                    decoded.push('\\');
                    note(&mut pieces, decoded.len(), 1, self.span(backslash, backslash + 1), true);
                }
                decoded.push(c);
                note(&mut pieces, decoded.len(), c.len_utf8(), self.span(here, here + c.len_utf8()), true);
                continue;
            }
            if c == '\\' {
                escaped = Some(here);
                continue;
            }
            if c == quote {
                let at = self.span(from, here);
                self.at = here + c.len_utf8();
                let text = Text { text: decoded.into(), pieces, ..Text::default() };
                return if quote == '"' {
                    self.expand(unescape(&text, at), at)
                } else {
                    Ok((tidy(text), at))
                };
            }
            decoded.push(c);
            note(&mut pieces, decoded.len(), c.len_utf8(), self.span(here, here + c.len_utf8()), true);
        }
        let end = self.rest().find('\n').map_or(self.text.len(), |end| self.at + end);
        Err(Refusal { at: self.span(self.at, end), message: "a quote is not closed".to_owned() })
    }

    fn unquoted(&mut self) -> Result<(Text, Span), Refusal> {
        let rest = self.rest();
        let line = rest.split('\n').next().unwrap_or("");
        let value = line.split(" #").next().unwrap_or("").trim_end();
        let at = self.span(self.at, self.at + value.len());
        let text = Text::plain(value);
        self.at += (line.len() + 1).min(rest.len());
        self.expand(text, at)
    }

    fn expand(&self, text: Text, at: Span) -> Result<(Text, Span), Refusal> {
        let lookup = |name: &str| {
            (self.outside)(name).or_else(|| {
                self.out.iter().rev().find(|assignment| &*assignment.name == name).and_then(|assignment| {
                    let value = assignment.value.as_ref()?;
                    Some(Found {
                        value: plimsoll_posture::Sensitive::new(value.text.clone()),
                        at: Some(assignment.at),
                    })
                })
            })
        };
        let result = interpolate::substitute(&text, at, &lookup);
        match result.refusals.first() {
            Some(refusal) => Err(Refusal { at: refusal.at, message: refusal.message.clone() }),
            None => Ok((tidy(result.text), at)),
        }
    }
}

/// Notes where the last `length` bytes of a text of `end` bytes are written.
fn note(pieces: &mut Vec<Piece>, end: usize, length: usize, at: Span, verbatim: bool) {
    if let Some(last) = pieces.last_mut()
        && verbatim
        && last.kind == PieceKind::Verbatim
        && last.at.end == at.start
    {
        last.end = narrow(end);
        last.at.end = at.end;
        return;
    }
    let kind = if verbatim { PieceKind::Verbatim } else { PieceKind::Decoded };
    pieces.push(Piece { start: narrow(end - length), end: narrow(end), at, kind });
}

/// A text that is written as it is needs no pieces.
fn tidy(mut text: Text) -> Text {
    if let [piece] = text.pieces.as_slice()
        && piece.kind == PieceKind::Verbatim
        && piece.at.len() == text.text.len()
    {
        text.pieces.clear();
    }
    text
}

/// Escapes between double quotes. `\$` becomes `$$`, which the expansion that follows turns into `$`.
fn unescape(text: &Text, at: Span) -> Text {
    let from = &*text.text;
    let mut out = String::with_capacity(from.len());
    let mut pieces = Vec::new();
    let mut i = 0;
    while let Some(c) = from.get(i..).and_then(|rest| rest.chars().next()) {
        let escape = from.get(i..).and_then(escape);
        let (length, value) = match escape {
            Some((length, value)) => (length, value),
            None => (c.len_utf8(), None),
        };
        let (_, place, _) = text.part(at, i, i + length);
        let before = out.len();
        match value {
            Some(value) => out.push_str(&value),
            None => out.push_str(from.get(i..i + length).unwrap_or("")),
        }
        note(&mut pieces, out.len(), out.len() - before, place, escape_is_plain(from, i, length));
        i += length;
    }
    Text { text: out.into(), pieces, ..Text::default() }
}

fn escape_is_plain(from: &str, i: usize, length: usize) -> bool {
    length == 1 && from.as_bytes().get(i) != Some(&b'\\')
}

/// The escape at the start of a text: how long it is and what it stands for; `None` inside for what Go does not know as
/// an escape and leaves as it is.
fn escape(rest: &str) -> Option<(usize, Option<String>)> {
    let mut chars = rest.chars();
    if chars.next() != Some('\\') {
        return None;
    }
    let simple = match chars.next()? {
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        '\\' => '\\',
        '"' => '"',
        '$' => return Some((2, Some("$$".to_owned()))),
        'c' => return Some((2, None)),
        '0' => {
            let digits: String = chars.take_while(char::is_ascii_digit).take(3).collect();
            // What is no octal byte loses the zero and keeps the rest, as in Compose.
            let octal = (digits.len() == 3).then(|| u32::from_str_radix(&digits, 8).ok()).flatten();
            let octal = octal.filter(|&value| value <= 255).and_then(char::from_u32).map(String::from);
            return Some((2 + digits.len(), Some(octal.unwrap_or_else(|| format!("\\{digits}")))));
        }
        _ => return None,
    };
    Some((2, Some(simple.to_string())))
}

/// White space that does not end a line.
fn is_blank(c: char) -> bool {
    matches!(c, '\t' | '\x0b' | '\x0c' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}
