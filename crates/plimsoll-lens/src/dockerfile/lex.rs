//! Docker's own word processor: quote removal, escapes and variables (`shell/lex.go` of BuildKit).
//!
//! It knows which bytes of the result are written in the input, so that a secret inside a quoted value or inside the
//! default of a variable has an exact place. Deliberately absent: which variables exist; the caller looks them up.

use std::ops::Range;

use super::pattern;

/// `${a:-${b:-…}}` deeper than this is refused.
const MAX_DEPTH: usize = 24;
/// A result longer than this is refused: `${A//x/$B}` in a chain of ARGs doubles at every step.
const MAX_RESULT: usize = 1 << 20;

/// How a text is processed.
#[derive(Clone, Copy)]
pub(super) struct Lex<'a> {
    /// The escape character of the document.
    pub(super) escape: char,
    /// Quotes stay in the result.
    pub(super) raw_quotes: bool,
    /// Escape characters stay in the result.
    pub(super) raw_escapes: bool,
    /// A variable that is not set stays as it is written.
    pub(super) skip_unset: bool,
    /// The value of a variable.
    pub(super) lookup: &'a dyn Fn(&str) -> Option<&'a str>,
}

/// The result of processing a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Expanded {
    /// The text.
    pub(super) text: String,
    /// The text split at white space that is neither quoted nor escaped, each word with its start in the input.
    pub(super) words: Vec<(String, usize)>,
    /// Runs of the result that are copied from the input: start in the result, start in the input, length.
    copied: Vec<(usize, usize, usize)>,
    /// Variables that were needed and are not set.
    pub(super) unset: Vec<String>,
    /// Variables whose value is part of the result.
    pub(super) used: Vec<String>,
}

impl Expanded {
    /// A text that needs no processing.
    pub(super) fn verbatim(text: &str) -> Self {
        Self { text: text.to_owned(), copied: vec![(0, 0, text.len())], ..Self::default() }
    }

    fn push(&mut self, ch: char, at: usize) {
        let out = self.text.len();
        let len = ch.len_utf8();
        match self.copied.last_mut() {
            Some((start, from, length)) if *start + *length == out && *from + *length == at => *length += len,
            _ => self.copied.push((out, at, len)),
        }
        self.text.push(ch);
    }

    fn append(&mut self, other: Self) {
        let shift = self.text.len();
        self.copied
            .extend(other.copied.into_iter().map(|(start, from, length)| (start + shift, from, length)));
        self.text.push_str(&other.text);
        self.unset.extend(other.unset);
        self.used.extend(other.used);
    }

    /// The bytes of the input that hold this range of the result; `None` when a variable's value is part of it.
    pub(super) fn origin(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let mut at = range.start;
        let (mut first, mut last) = (None, None);
        for &(start, from, length) in &self.copied {
            if at >= range.end {
                break;
            }
            if start <= at && at < start + length {
                let end = (start + length).min(range.end);
                first = first.or(Some(from + (at - start)));
                last = Some(from + (end - start));
                at = end;
            }
        }
        if at < range.end {
            return None;
        }
        first.zip(last).map(|(first, last)| first..last.max(first))
    }
}

impl Lex<'_> {
    /// Processes a text.
    ///
    /// # Errors
    /// What BuildKit refuses: an open quote, a bad substitution.
    pub(super) fn process(&self, text: &str) -> Result<Expanded, &'static str> {
        let mut cursor = Cursor { text, at: 0, depth: 0 };
        let mut words = Words::default();
        let mut result = self.until(&mut cursor, None, self.raw_escapes, Some(&mut words))?;
        words.end();
        result.words = words.done;
        Ok(result)
    }

    fn until(
        &self,
        cursor: &mut Cursor<'_>,
        stop: Option<char>,
        raw_escapes: bool,
        mut words: Option<&mut Words>,
    ) -> Result<Expanded, &'static str> {
        let mut out = Expanded::default();
        while let Some(ch) = cursor.peek() {
            if out.text.len() > MAX_RESULT {
                return Err("the text grows too long");
            }
            let at = cursor.at;
            if Some(ch) == stop {
                cursor.next();
                return Ok(out);
            }
            let part = match ch {
                '\'' => self.single_quotes(cursor)?,
                '"' => self.double_quotes(cursor, raw_escapes)?,
                '$' => self.dollar(cursor)?,
                '<' => heredoc_sign(cursor),
                _ => {
                    cursor.next();
                    if ch != self.escape {
                        out.push(ch, at);
                        if let Some(words) = words.as_deref_mut() {
                            words.add(ch, at);
                        }
                        continue;
                    }
                    if raw_escapes {
                        out.push(ch, at);
                        if let Some(words) = words.as_deref_mut() {
                            words.add_raw(ch.encode_utf8(&mut [0; 4]), at);
                        }
                    }
                    let after = cursor.at;
                    let Some(escaped) = cursor.next() else { break };
                    out.push(escaped, after);
                    if let Some(words) = words.as_deref_mut() {
                        words.add_raw(escaped.encode_utf8(&mut [0; 4]), at);
                    }
                    continue;
                }
            };
            if let Some(words) = words.as_deref_mut() {
                if ch == '$' {
                    part.text.chars().for_each(|ch| words.add(ch, at));
                } else {
                    words.add_raw(&part.text, at);
                }
            }
            out.append(part);
        }
        match stop {
            Some('/') => Err("missing '/' in ${}"),
            Some(_) => Err("missing '}'"),
            None => Ok(out),
        }
    }

    fn single_quotes(&self, cursor: &mut Cursor<'_>) -> Result<Expanded, &'static str> {
        let mut out = Expanded::default();
        let open = cursor.at;
        cursor.next();
        if self.raw_quotes {
            out.push('\'', open);
        }
        loop {
            let at = cursor.at;
            match cursor.next() {
                None => return Err("a single quote is not closed"),
                Some('\'') => {
                    if self.raw_quotes {
                        out.push('\'', at);
                    }
                    return Ok(out);
                }
                Some(ch) => out.push(ch, at),
            }
        }
    }

    fn double_quotes(&self, cursor: &mut Cursor<'_>, raw_escapes: bool) -> Result<Expanded, &'static str> {
        let mut out = Expanded::default();
        let open = cursor.at;
        cursor.next();
        if self.raw_quotes {
            out.push('"', open);
        }
        loop {
            let at = cursor.at;
            match cursor.peek() {
                None => return Err("a double quote is not closed"),
                Some('"') => {
                    cursor.next();
                    if self.raw_quotes {
                        out.push('"', at);
                    }
                    return Ok(out);
                }
                Some('$') => out.append(self.dollar(cursor)?),
                Some(ch) => {
                    cursor.next();
                    if ch != self.escape {
                        out.push(ch, at);
                        continue;
                    }
                    if raw_escapes {
                        out.push(ch, at);
                    }
                    let after = cursor.at;
                    match cursor.peek() {
                        None => {}
                        Some(next) if next == '"' || next == '$' || next == self.escape => {
                            cursor.next();
                            out.push(next, after);
                        }
                        Some(_) => out.push(ch, at),
                    }
                }
            }
        }
    }

    fn dollar(&self, cursor: &mut Cursor<'_>) -> Result<Expanded, &'static str> {
        let start = cursor.at;
        cursor.next();
        if cursor.peek() != Some('{') {
            let name = cursor.name();
            let mut out = Expanded::default();
            if name.is_empty() {
                out.push('$', start);
                return Ok(out);
            }
            self.value(name, &format!("${name}"), &mut out);
            return Ok(out);
        }
        cursor.next();
        match cursor.peek() {
            None => return Err("missing '}'"),
            Some('{' | '}' | ':') => return Err("bad substitution"),
            Some(_) => {}
        }
        cursor.depth += 1;
        if cursor.depth > MAX_DEPTH {
            return Err("substitutions are nested too deeply");
        }
        let result = self.braced(cursor, start);
        cursor.depth -= 1;
        result
    }

    fn braced(&self, cursor: &mut Cursor<'_>, start: usize) -> Result<Expanded, &'static str> {
        let name = cursor.name();
        let mut out = Expanded::default();
        let mut sign = cursor.next();
        if sign == Some('}') {
            self.value(name, cursor.since(start), &mut out);
            return Ok(out);
        }
        let empty_is_unset = sign == Some(':');
        if empty_is_unset {
            sign = cursor.next();
        }
        let value = (self.lookup)(name);
        let given = value.filter(|value| !(empty_is_unset && value.is_empty()));
        match sign {
            Some(sign @ ('-' | '+' | '?')) => {
                let word = self.until(cursor, Some('}'), false, None)?;
                if self.skip_unset && value.is_none() {
                    out.text.push_str(cursor.since(start));
                    return Ok(out);
                }
                match (sign, given) {
                    ('-', Some(_)) | ('?', Some(_)) => self.value(name, cursor.since(start), &mut out),
                    ('-', None) | ('+', Some(_)) => out = word,
                    ('+', None) => {}
                    _ => out.unset.push(name.to_owned()),
                }
            }
            Some(sign @ ('#' | '%')) => {
                let word = self.until(cursor, Some('}'), true, None)?;
                let Some(value) = value else {
                    self.value(name, cursor.since(start), &mut out);
                    return Ok(out);
                };
                let (pattern, greedy) = match word.text.strip_prefix(sign) {
                    Some(rest) => (rest, true),
                    None => (word.text.as_str(), false),
                };
                let trimmed = if sign == '#' {
                    pattern::trim_start(value, pattern, greedy)?
                } else {
                    pattern::trim_end(value, pattern, greedy)?
                };
                out.text.push_str(trimmed);
                out.used.push(name.to_owned());
            }
            Some('/') if !empty_is_unset => {
                let all = cursor.peek() == Some('/');
                if all {
                    cursor.next();
                }
                let pattern = self.until(cursor, Some('/'), true, None)?;
                let replacement = self.until(cursor, Some('}'), true, None)?;
                let Some(value) = value else {
                    self.value(name, cursor.since(start), &mut out);
                    return Ok(out);
                };
                out.text = pattern::replace(value, &pattern.text, &replacement.text, all)?;
                out.used.push(name.to_owned());
            }
            None => return Err("missing '}'"),
            Some(_) => return Err("unsupported modifier in ${}"),
        }
        Ok(out)
    }

    fn value(&self, name: &str, written: &str, out: &mut Expanded) {
        match (self.lookup)(name) {
            Some(value) => {
                out.text.push_str(value);
                out.used.push(name.to_owned());
            }
            None if self.skip_unset => out.text.push_str(written),
            None => out.unset.push(name.to_owned()),
        }
    }
}

/// `<<` takes the white space behind it into its word: `<< EOF` is a heredoc.
fn heredoc_sign(cursor: &mut Cursor<'_>) -> Expanded {
    let mut out = Expanded::default();
    out.push('<', cursor.at);
    cursor.next();
    if cursor.peek() == Some('<') {
        out.push('<', cursor.at);
        cursor.next();
        while let Some(ch @ (' ' | '\t' | '\r' | '\n')) = cursor.peek() {
            out.push(ch, cursor.at);
            cursor.next();
        }
    }
    out
}

#[derive(Default)]
struct Words {
    done: Vec<(String, usize)>,
    word: String,
    start: usize,
    inside: bool,
}

impl Words {
    fn add(&mut self, ch: char, at: usize) {
        if !ch.is_whitespace() {
            self.add_raw(ch.encode_utf8(&mut [0; 4]), at);
        } else if self.inside {
            self.end();
        }
    }

    fn add_raw(&mut self, text: &str, at: usize) {
        if self.word.is_empty() {
            self.start = at;
        }
        self.word.push_str(text);
        self.inside = true;
    }

    fn end(&mut self) {
        if !self.word.is_empty() {
            self.done.push((std::mem::take(&mut self.word), self.start));
            self.inside = false;
        }
    }
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let ch = self.peek()?;
        self.at += ch.len_utf8();
        Some(ch)
    }

    /// Letters, digits and underscores; or digits alone; or one of the special parameters.
    fn name(&mut self) -> &'a str {
        let rest = self.rest();
        let first = rest.chars().next();
        let length = match first {
            Some(ch) if ch.is_numeric() => rest.find(|ch: char| !ch.is_numeric()).unwrap_or(rest.len()),
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => 1,
            _ => rest.find(|ch: char| !ch.is_alphanumeric() && ch != '_').unwrap_or(rest.len()),
        };
        self.at += length;
        rest.get(..length).unwrap_or("")
    }
}
