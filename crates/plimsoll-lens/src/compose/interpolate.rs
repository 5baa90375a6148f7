//! Variables in texts: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?message}`, `${NAME?message}`,
//! `${NAME:+other}`, `${NAME+other}`, nested, and `$$`.
//!
//! The reading of braces follows Compose to the letter: a `${NAME:-` takes everything up to the last `}` of the line, and
//! then counts braces to find its own end. Deliberately absent: where variables come from.

use std::sync::Arc;

use plimsoll_posture::Sensitive;
use plimsoll_text::Span;

use super::scalar::narrow;
use super::tree::{Piece, PieceKind, Text};

/// Defaults may hold variables with defaults; nobody nests deeper on purpose.
const DEEPEST: usize = 32;
/// Bytes that variables may add to one text; beyond it the rest is dropped.
const MOST: usize = 1 << 16;

/// The value of a variable.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) value: Sensitive,
    /// Where it is set, when that is in a file.
    pub(super) at: Option<Span>,
}

/// Why Compose refuses a text.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) at: Span,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) cure: String,
}

/// A text after interpolation.
pub(super) struct Substituted {
    pub(super) text: Text,
    pub(super) refusals: Vec<Refusal>,
}

/// Replaces the variables of a text that lies at `whole`.
pub(super) fn substitute(
    template: &Text,
    whole: Span,
    lookup: &dyn Fn(&str) -> Option<Found>,
) -> Substituted {
    let mut work = Work { template, whole, lookup, out: Output::default(), refusals: Vec::new() };
    work.template(0, template.text.len(), 0);
    let Work { out, refusals, .. } = work;
    let text = Text {
        text: out.text.into(),
        unset: out.unset,
        defaults: out.defaults,
        interpolated: out.interpolated,
        pieces: out.pieces,
    };
    Substituted { text, refusals }
}

#[derive(Default)]
struct Output {
    text: String,
    pieces: Vec<Piece>,
    unset: Vec<Arc<str>>,
    defaults: Vec<(Arc<str>, Span)>,
    interpolated: bool,
}

struct Work<'a> {
    template: &'a Text,
    whole: Span,
    lookup: &'a dyn Fn(&str) -> Option<Found>,
    out: Output,
    refusals: Vec<Refusal>,
}

/// What `${NAME` is followed by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Default,
    Required,
    Alternative,
}

impl Work<'_> {
    fn text(&self, start: usize, end: usize) -> &str {
        self.template.text.get(start..end).unwrap_or("")
    }

    fn span(&self, start: usize, end: usize) -> Span {
        self.template.part(self.whole, start, end).1
    }

    fn template(&mut self, start: usize, end: usize, depth: usize) {
        let mut at = start;
        while at < end && self.out.text.len() < self.template.text.len() + MOST {
            let Some(dollar) = self.text(at, end).find('$').map(|offset| at + offset) else {
                self.verbatim(at, end);
                return;
            };
            self.verbatim(at, dollar);
            let after = dollar + 1;
            at = match self.text(after, end).as_bytes().first() {
                Some(b'$') => {
                    self.decoded("$", dollar, after + 1);
                    after + 1
                }
                Some(b'{') => self.braced(dollar, end, depth),
                Some(c) if c.is_ascii_alphabetic() || *c == b'_' => {
                    let stop = after + name_length(self.text(after, end));
                    self.variable(after, stop, dollar, stop);
                    stop
                }
                _ => {
                    self.verbatim(dollar, after);
                    after
                }
            };
        }
    }

    /// A `${` at `dollar`; returns where reading goes on.
    fn braced(&mut self, dollar: usize, end: usize, depth: usize) -> usize {
        let name = dollar + 2;
        let length = name_length(self.text(name, end));
        let name_end = name + length;
        let after = self.text(name_end, end);
        let operator = operator(after);
        let line = after.split('\n').next().unwrap_or("");
        let stop = match operator {
            _ if length == 0 => None,
            None => after.starts_with('}').then_some(name_end + 1),
            Some(_) => line.rfind('}').map(|offset| name_end + offset + 1),
        };
        let (Some(stop), true) = (stop, depth < DEEPEST) else {
            self.refusals.push(Refusal {
                at: self.span(dollar, name_end),
                code: "interpolation",
                message: "this `${` is not a variable that Compose can read".to_owned(),
                cure: "write `${NAME}`, or `$${` for the characters themselves".to_owned(),
            });
            self.verbatim(dollar, dollar + 2);
            return dollar + 2;
        };
        let Some((operator, when_empty, width)) = operator else {
            self.variable(name, name_end, dollar, stop);
            return stop;
        };
        // The match may reach over several `${…}`; its own end is where the braces close.
        let close = closing(self.text(dollar, stop)).map(|offset| dollar + offset + 1);
        let own = close.unwrap_or(stop);
        self.operation(
            dollar,
            (name, name_end),
            operator,
            when_empty,
            (name_end + width, own - 1),
            own,
            depth,
        );
        self.template(own, stop, depth + 1);
        stop
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one `${…}`")]
    fn operation(
        &mut self,
        dollar: usize,
        (name, name_end): (usize, usize),
        operator: Operator,
        when_empty: bool,
        (word, word_end): (usize, usize),
        own: usize,
        depth: usize,
    ) {
        self.out.interpolated = true;
        let variable: Arc<str> = self.text(name, name_end).into();
        let found = (self.lookup)(&variable);
        let usable = found.as_ref().is_some_and(|found| !when_empty || !found.value.expose().is_empty());
        let taken = match operator {
            Operator::Default => !usable,
            Operator::Alternative => usable,
            Operator::Required => false,
        };
        if !taken && (operator != Operator::Required || usable) {
            self.unused(word, word_end, depth);
        }
        match operator {
            Operator::Default if !usable => {
                if word <= word_end {
                    let place = self.span(word, word_end);
                    self.out.defaults.push((variable, place));
                }
                self.template(word, word_end, depth + 1);
            }
            Operator::Alternative if usable => self.template(word, word_end, depth + 1),
            Operator::Required if !usable => {
                self.unset(&variable, dollar, own);
                let how = if when_empty { "has no value" } else { "is not set" };
                self.refusals.push(Refusal {
                    at: self.span(dollar, own),
                    code: "required-variable",
                    message: format!("the variable {variable} {how}, and this text requires it"),
                    cure: format!("set {variable} in .env or in the environment"),
                });
            }
            // `${NAME+other}` without NAME is empty by design, not for lack of a value.
            _ => {
                if let Some(found) = found {
                    self.found(&variable, &found, dollar, own);
                }
            }
        }
    }

    /// Compose evaluates a default or message even where it is not taken, and refuses what is wrong in it.
    fn unused(&mut self, start: usize, end: usize, depth: usize) {
        let out = std::mem::take(&mut self.out);
        self.template(start, end, depth + 1);
        self.out = out;
    }

    fn variable(&mut self, name: usize, name_end: usize, start: usize, end: usize) {
        self.out.interpolated = true;
        let variable: Arc<str> = self.text(name, name_end).into();
        match (self.lookup)(&variable) {
            Some(found) => self.found(&variable, &found, start, end),
            None => self.unset(&variable, start, end),
        }
    }

    fn found(&mut self, name: &Arc<str>, found: &Found, start: usize, end: usize) {
        let at = self.span(start, end);
        let from = self.out.text.len();
        self.out.text.push_str(found.value.expose());
        self.piece(from, at, PieceKind::Variable(name.clone(), found.at));
    }

    fn unset(&mut self, name: &Arc<str>, start: usize, end: usize) {
        let at = self.span(start, end);
        if !self.out.unset.contains(name) {
            self.out.unset.push(name.clone());
        }
        let from = self.out.text.len();
        self.piece(from, at, PieceKind::Unset(name.clone()));
    }

    fn decoded(&mut self, text: &str, start: usize, end: usize) {
        let at = self.span(start, end);
        let from = self.out.text.len();
        self.out.text.push_str(text);
        self.piece(from, at, PieceKind::Decoded);
    }

    fn verbatim(&mut self, start: usize, end: usize) {
        if start >= end {
            return;
        }
        let base = self.out.text.len();
        let text = self.template.text.get(start..end).unwrap_or("");
        self.out.text.push_str(text);
        if self.template.pieces.is_empty() {
            let from = self.whole.start as usize + start;
            let at = Span::new(self.whole.source, from, from + text.len());
            self.piece(base, at, PieceKind::Verbatim);
            return;
        }
        let (part, _, _) = self.template.part(self.whole, start, end);
        if part.pieces.is_empty() {
            let at = self.span(start, end);
            self.piece(base, at, PieceKind::Verbatim);
        }
        for piece in part.pieces {
            self.out.pieces.push(Piece {
                start: piece.start + narrow(base),
                end: piece.end + narrow(base),
                ..piece
            });
        }
    }

    fn piece(&mut self, from: usize, at: Span, kind: PieceKind) {
        self.out.pieces.push(Piece { start: narrow(from), end: narrow(self.out.text.len()), at, kind });
    }
}

/// `[_a-zA-Z][_a-zA-Z0-9]*` at the start of a text.
fn name_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    match bytes.first() {
        Some(c) if c.is_ascii_alphabetic() || *c == b'_' => {
            bytes.iter().position(|c| !c.is_ascii_alphanumeric() && *c != b'_').unwrap_or(bytes.len())
        }
        _ => 0,
    }
}

/// The operator, whether an empty value counts as none, and its width.
fn operator(text: &str) -> Option<(Operator, bool, usize)> {
    let (rest, colon) = match text.strip_prefix(':') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let operator = match rest.as_bytes().first()? {
        b'-' => Operator::Default,
        b'?' => Operator::Required,
        b'+' => Operator::Alternative,
        _ => return None,
    };
    Some((operator, colon, 1 + usize::from(colon)))
}

/// The offset of the brace that closes the first one. The byte after an opening brace is not looked at, as in Compose.
fn closing(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut open = 0_i32;
    let mut i = 0;
    while let Some(byte) = bytes.get(i) {
        match byte {
            b'}' => {
                open -= 1;
                if open == 0 {
                    return Some(i);
                }
            }
            b'{' => {
                open += 1;
                i += 1;
            }
            _ => {}
        }
        i += 1;
    }
    None
}
