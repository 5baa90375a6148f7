//! JavaScript and TypeScript as a row of tokens: enough to see which function is called with which literal.
//!
//! Comments are gone, strings are their content, regular expressions are told from division by what stands before them.
//! Deliberately absent: a grammar. What needs one (types, scopes, flow) is not read here.

use std::borrow::Cow;
use std::ops::Range;

/// A token and where it begins and ends, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether a line ended between the token before and this one.
    pub(super) fresh: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind<'a> {
    /// An identifier or a keyword.
    Word(&'a str),
    /// A number, as written.
    Number(&'a str),
    /// A string, or a template without substitutions.
    Text(Cow<'a, str>),
    /// A template with substitutions, or a regular expression.
    Opaque,
    /// Any other character.
    Mark(u8),
}

impl Token<'_> {
    pub(super) fn is(&self, mark: u8) -> bool {
        self.kind == Kind::Mark(mark)
    }

    pub(super) fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A file of more tokens is not read to its end: it is a bundle.
const MAX_TOKENS: usize = 200_000;

/// Cuts a text into tokens.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut found: Vec<Token<'_>> = Vec::new();
    let mut at = 0;
    let mut fresh = true;
    while let Some(&byte) = bytes.get(at) {
        if found.len() >= MAX_TOKENS {
            break;
        }
        let rest = text.get(at..).unwrap_or("");
        let start = at;
        let kind = match byte {
            b'\n' => {
                fresh = true;
                at += 1;
                continue;
            }
            _ if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'/' if rest.starts_with("//") => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            b'#' if at == 0 && rest.starts_with("#!") => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            b'/' if rest.starts_with("/*") => {
                let length = rest.find("*/").map_or(rest.len(), |end| end + 2);
                fresh |= rest.get(..length).is_some_and(|comment| comment.contains('\n'));
                at += length;
                continue;
            }
            b'\'' | b'"' => {
                let length = quoted(bytes, at, byte);
                at += length;
                Kind::Text(unescaped(text.get(start + 1..(start + length).saturating_sub(1)).unwrap_or("")))
            }
            b'`' => {
                let (length, plain) = template(bytes, at);
                at += length;
                let content = text.get(start + 1..(start + length).saturating_sub(1)).unwrap_or("");
                if plain { Kind::Text(unescaped(content)) } else { Kind::Opaque }
            }
            b'/' if regex_may_begin(found.last()) => match regex(bytes, at) {
                Some(length) => {
                    at += length;
                    Kind::Opaque
                }
                None => {
                    at += 1;
                    Kind::Mark(byte)
                }
            },
            _ if byte.is_ascii_digit() => {
                at += rest
                    .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))
                    .unwrap_or(rest.len());
                Kind::Number(text.get(start..at).unwrap_or(""))
            }
            _ if is_word(byte) => {
                at += rest
                    .bytes()
                    .position(|byte| !(is_word(byte) || byte.is_ascii_digit()))
                    .unwrap_or(rest.len());
                Kind::Word(text.get(start..at).unwrap_or(""))
            }
            _ => {
                at += 1;
                Kind::Mark(byte)
            }
        };
        found.push(Token { kind, start, end: at, fresh: std::mem::take(&mut fresh) });
    }
    found
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

/// The bytes of a string with its quotes; it ends with its line at the latest.
fn quoted(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' => return at - start,
            _ if byte == quote => return at + 1 - start,
            _ => {}
        }
        at += 1;
    }
    bytes.len() - start
}

/// The bytes of a template with its quotes, and whether nothing is put into it. Templates within are skipped by their
/// braces, which is right unless a string within holds one alone.
fn template(bytes: &[u8], start: usize) -> (usize, bool) {
    let (mut at, mut depth, mut plain) = (start + 1, 0_usize, true);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                plain = false;
                depth += 1;
                at += 1;
            }
            b'{' if depth > 0 => depth += 1,
            b'}' if depth > 0 => depth -= 1,
            b'`' if depth == 0 => return (at + 1 - start, plain),
            _ => {}
        }
        at += 1;
    }
    (bytes.len() - start, plain)
}

fn regex_may_begin(before: Option<&Token<'_>>) -> bool {
    match before.map(|token| &token.kind) {
        None | Some(Kind::Mark(_)) => before.is_none_or(|token| !token.is(b')') && !token.is(b']')),
        Some(Kind::Word(word)) => {
            matches!(*word, "return" | "typeof" | "case" | "in" | "of" | "do" | "else" | "void")
        }
        Some(Kind::Number(_) | Kind::Text(_) | Kind::Opaque) => false,
    }
}

/// The bytes of a regular expression, if it ends on its line.
fn regex(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut at, mut class) = (start + 1, false);
    loop {
        match *bytes.get(at)? {
            b'\n' => return None,
            b'\\' => at += 1,
            b'[' => class = true,
            b']' => class = false,
            b'/' if !class => return Some(at + 1 - start),
            _ => {}
        }
        at += 1;
    }
}

/// The content of a string. Paths and hosts have no escapes worth a table: the backslash goes.
fn unescaped(content: &str) -> Cow<'_, str> {
    if content.contains('\\') { Cow::Owned(content.replace('\\', "")) } else { Cow::Borrowed(content) }
}

/// Tokens, and for each bracket the one that it belongs to, so that what is within can be stepped over.
pub(super) struct Script<'a> {
    pub(super) tokens: Vec<Token<'a>>,
    pair: Vec<usize>,
}

impl<'a> Script<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let tokens = tokens(text);
        let mut pair = vec![usize::MAX; tokens.len()];
        let mut open = Vec::new();
        for (index, token) in tokens.iter().enumerate() {
            match token.kind {
                Kind::Mark(b'(' | b'[' | b'{') => open.push(index),
                Kind::Mark(b')' | b']' | b'}') => {
                    let Some(start) = open.pop() else { continue };
                    pair[start] = index;
                    pair[index] = start;
                }
                _ => {}
            }
        }
        Self { tokens, pair }
    }

    pub(super) fn get(&self, index: usize) -> Option<&Token<'a>> {
        self.tokens.get(index)
    }

    pub(super) fn word(&self, index: usize) -> Option<&str> {
        self.get(index)?.word()
    }

    pub(super) fn is(&self, index: usize, mark: u8) -> bool {
        self.get(index).is_some_and(|token| token.is(mark))
    }

    /// The bracket that the one at `index` belongs to.
    pub(super) fn partner(&self, index: usize) -> Option<usize> {
        self.pair.get(index).copied().filter(|partner| *partner != usize::MAX)
    }

    /// What stands within the brackets that open at `open`.
    pub(super) fn within(&self, open: usize) -> Range<usize> {
        open + 1..self.partner(open).filter(|end| *end > open).unwrap_or(self.tokens.len())
    }

    pub(super) fn slice(&self, range: Range<usize>) -> &[Token<'a>] {
        self.tokens.get(range).unwrap_or(&[])
    }

    /// What stands between the commas on the outermost level; no more than fifty parts.
    pub(super) fn split(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let (mut parts, mut start, mut at) = (Vec::new(), range.start, range.start);
        while at < range.end && parts.len() < 50 {
            match self.tokens.get(at).map(|token| &token.kind) {
                Some(Kind::Mark(b'(' | b'[' | b'{')) => at = self.partner(at).unwrap_or(at).max(at),
                Some(Kind::Mark(b',')) => {
                    parts.push(start..at);
                    start = at + 1;
                }
                _ => {}
            }
            at += 1;
        }
        if start < range.end {
            parts.push(start..range.end);
        }
        parts
    }

    /// The value of a key of the object literal that opens at `open`; for `{ port }` the name itself.
    pub(super) fn member(&self, open: usize, key: &str) -> Option<Range<usize>> {
        if !self.is(open, b'{') {
            return None;
        }
        self.split(self.within(open)).into_iter().find_map(|part| {
            let first = self.get(part.start)?;
            let named = first.word().or_else(|| first.text()) == Some(key);
            match part.len() {
                _ if !named => None,
                1 => Some(part),
                _ if self.is(part.start + 1, b':') => Some(part.start + 2..part.end),
                _ => None,
            }
        })
    }

    /// The end of the expression that begins at `start`: a comma, a semicolon, a bracket that closes more than was
    /// opened, or a new line that does not go on.
    pub(super) fn expression(&self, start: usize) -> Range<usize> {
        let mut at = start;
        while let Some(token) = self.get(at) {
            if at > start && token.fresh {
                let goes_on = |token: &Token<'_>| match token.kind {
                    Kind::Mark(mark) => !matches!(mark, b')' | b']' | b'}' | b'@' | b'#' | b'{'),
                    _ => false,
                };
                let before = self.get(at - 1).is_some_and(|before| {
                    goes_on(before) && !before.is(b'!') || before.is(b'(') || before.is(b'{')
                });
                if !before && !goes_on(token) {
                    break;
                }
            }
            match token.kind {
                Kind::Mark(b',' | b';' | b')' | b']' | b'}') => break,
                Kind::Mark(b'(' | b'[' | b'{') => at = self.partner(at).unwrap_or(at).max(at),
                _ => {}
            }
            at += 1;
        }
        start..at.min(self.tokens.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        tokens(text)
            .iter()
            .map(|token| match &token.kind {
                Kind::Word(word) => (*word).to_owned(),
                Kind::Number(number) => (*number).to_owned(),
                Kind::Text(text) => format!("'{text}'"),
                Kind::Opaque => "?".to_owned(),
                Kind::Mark(mark) => char::from(*mark).to_string(),
            })
            .collect()
    }

    #[test]
    fn comments_strings_templates_and_patterns_are_told_apart() {
        assert_eq!(
            shown(
                "#!/usr/bin/env node\na /* 'x' */ = \"b\\\"c\" // d\nf(`g`, `h${i('`')}`, /[/'\"]\\//g, j / k / l)"
            ),
            ["a", "=", "'b\"c'", "f", "(", "'g'", ",", "?", ",", "?", "g", ",", "j", "/", "k", "/", "l", ")"]
        );
        assert_eq!(shown("port ?? 3_000; x"), ["port", "?", "?", "3_000", ";", "x"]);
    }

    #[test]
    fn parts_and_members_are_found() {
        let script = Script::of("{ host: '::', port: f(1, 2), url, 'a': 1 }");
        assert_eq!(script.split(script.within(0)).len(), 4);
        assert_eq!(script.member(0, "port").map(|part| part.len()), Some(6));
        assert_eq!(script.member(0, "url").map(|part| part.len()), Some(1));
        assert_eq!(script.member(0, "f"), None);
    }

    #[test]
    fn an_expression_ends_with_its_line_unless_it_goes_on() {
        for (text, count) in [
            ("a || 3\nb", 4),
            ("a\n  || 3\nb", 4),
            ("f(1,\n2)\ng()", 6),
            ("a ??\n 3; b", 4),
            ("a, b", 1),
            ("a) b", 1),
        ] {
            assert_eq!(Script::of(text).expression(0).len(), count, "{text}");
        }
    }

    #[test]
    fn nothing_makes_it_hang_or_fall_over() {
        for text in ["", "`", "`${", "/", "'", "\\", "/*", "//", "é`${`é`}`é", "'\\", ")", "(((", "}{", "{a:"]
        {
            let script = Script::of(text);
            script.split(script.within(0));
            script.member(0, "a");
            script.expression(0);
        }
    }
}
