//! Names and values in files, by the notation of the file: `name: "value"`, `NAME=value`, `process.env.NAME || "value"`,
//! `<name>value</name>`, `name: NAME` with `value: …` behind it.
//!
//! Only places where a part of a name stands that may announce a secret are looked at. In a program only literals are values.
//! Deliberately absent: commands (`command`), and what makes a file more or less believable (`document`).

use std::ops::Range;

use crate::name::{self, Announces};
use crate::place::Dialect;
use crate::{Certainty, Detection, value, words};

/// The longest name and the longest way from a name to its value.
const MAX_NAME: usize = 100;
const MAX_WAY: usize = 160;
/// The longest value.
const MAX_VALUE: usize = 4096;

/// A secret with the name that it stands beside.
pub(crate) struct Assigned {
    pub(crate) name: String,
    pub(crate) found: Detection,
}

/// The secrets of a text beside names that stand at `names`.
pub(crate) fn find(text: &str, names: &[Range<usize>], dialect: Dialect) -> Vec<Assigned> {
    let reader = Reader { text, bytes: text.as_bytes(), dialect };
    let mut all: Vec<Assigned> = Vec::new();
    let mut done = 0;
    for hit in names {
        // A value that holds such a word itself is no name.
        if hit.start < done {
            continue;
        }
        let key = reader.key(hit.clone());
        done = key.end;
        let name = text.get(key.clone()).unwrap_or("");
        let Some(announces) = name::announces(name.trim_matches(['.', '-', '$'])) else { continue };
        let Some(given) = reader.value(&key) else { continue };
        let Some(found) = reader.judge(announces, name, &given) else { continue };
        done = done.max(given.at.end.min(found.range.end));
        all.push(Assigned { name: name.to_owned(), found });
    }
    all
}

/// A value that was found beside a name.
struct Given {
    at: Range<usize>,
    /// It stands in quotes.
    quoted: bool,
    /// It is what a program takes when nothing else is set.
    fallback: bool,
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    dialect: Dialect,
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$')
}

impl Reader<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn starts(&self, at: usize, with: &str) -> bool {
        self.bytes.get(at..).is_some_and(|rest| rest.starts_with(with.as_bytes()))
    }

    /// Past blanks, and line ends where a value may stand on the next line.
    fn skip(&self, mut at: usize, lines: bool) -> usize {
        let end = at + MAX_WAY;
        while at < end
            && (matches!(self.byte(at), b' ' | b'\t') || lines && matches!(self.byte(at), b'\n' | b'\r'))
        {
            at += 1;
        }
        at
    }

    /// The whole name around a part of it.
    fn key(&self, hit: Range<usize>) -> Range<usize> {
        let mut start = hit.start;
        while start > 0 && hit.start - start < MAX_NAME && is_name(self.byte(start - 1)) {
            start -= 1;
        }
        let mut end = hit.end;
        while end - hit.end < MAX_NAME && end < self.bytes.len() && is_name(self.byte(end)) {
            end += 1;
        }
        start..end
    }

    fn value(&self, key: &Range<usize>) -> Option<Given> {
        let before = key.start.checked_sub(1).map_or(0, |at| self.byte(at));
        let mut at = key.end;
        let quoted = matches!(self.byte(at), b'"' | b'\'' | b'`') && self.byte(at) == before;
        if self.byte(at) == b'\\' && before == b'"' && self.byte(at + 1) == b'"' {
            // A document in a string of another one.
            at += 1;
        }
        if quoted || self.byte(at) == b'"' && before == b'"' {
            at += 1;
        } else if matches!(self.byte(at), b'"' | b'\'' | b'`') && before != b'<' {
            return None;
        }
        if before == b'<' && matches!(self.byte(key.end), b'>' | b' ') {
            return self.element(key.end);
        }
        // `config["password"] = …`
        if self.byte(at) == b']' {
            at += 1;
        }
        if let Some(pair) = self.pair(key, at) {
            return Some(pair);
        }
        let next = self.skip(at, false);
        if quoted
            && self.byte(next) == b','
            && key.start >= 2
            && self.byte(key.start - 2) == b'('
            && self.takes_pair(key.start - 2)
        {
            return self.literal(self.skip(next + 1, true), true);
        }
        for mark in ["||", "??", "or ", "?:"] {
            if self.starts(next, mark) {
                let rest = next + mark.len() + usize::from(self.byte(next + mark.len()) == b'=');
                return self.literal(self.skip(rest, true), true);
            }
        }
        if matches!(before, b'"' | b'\'') && !quoted && self.byte(at) == b'=' {
            return self.inner(before, at + 1);
        }
        let (operator, length) = self.operator(next)?;
        let rest = self.skip(next + length, self.dialect != Dialect::Yaml);
        if let Some(given) = self.literal(rest, false) {
            return Some(given);
        }
        match self.dialect {
            Dialect::Env | Dialect::Settings | Dialect::Yaml | Dialect::Shell
                if !quoted || self.dialect == Dialect::Yaml =>
            {
                self.bare(key, next + length, operator)
            }
            Dialect::Code | Dialect::Markup | Dialect::Prose | Dialect::Json => {
                self.expression(rest, operator)
            }
            _ => None,
        }
    }

    /// `:`, `=`, `:=`, `=>`; no comparison and no path.
    fn operator(&self, at: usize) -> Option<(u8, usize)> {
        let next = self.byte(at + 1);
        match self.byte(at) {
            b':' if next == b':' => None,
            b':' if next == b'=' => Some((b'=', 2)),
            b':' => Some((b':', 1)),
            b'=' if next == b'=' || next == b'~' => None,
            b'=' if next == b'>' => Some((b':', 2)),
            b'=' => Some((b'=', 1)),
            b'?' if next == b'=' && matches!(self.dialect, Dialect::Shell) => Some((b'=', 2)),
            b'?' if next == b':' && self.dialect == Dialect::Code => Some((b':', 2)),
            _ => None,
        }
    }

    /// A literal in quotes at `at`; not one that goes on as an expression.
    fn literal(&self, mut at: usize, fallback: bool) -> Option<Given> {
        for wrap in [
            "String::from(",
            "Some(",
            "Buffer.from(",
            "new String(",
            "SecretString::from(",
            "SecretString::new(",
        ] {
            if self.starts(at, wrap) {
                at += wrap.len();
            }
        }
        // Prefixes of literals: raw, bytes, formatted.
        if matches!(self.byte(at), b'r' | b'b' | b'u' | b'L' | b'@' | b'$')
            && matches!(self.byte(at + 1), b'"' | b'\'')
        {
            at += 1;
        }
        let escaped = self.byte(at) == b'\\' && self.byte(at + 1) == b'"';
        at += usize::from(escaped);
        let quote = self.byte(at);
        if !matches!(quote, b'"' | b'\'' | b'`') {
            return None;
        }
        let start = at + 1;
        let mut end = start;
        loop {
            let byte = *self.bytes.get(end)?;
            if end - start > MAX_VALUE || byte == b'\n' && quote != b'`' {
                return None;
            }
            if escaped && byte == b'\\' && self.byte(end + 1) == b'"' || byte == quote {
                break;
            }
            end += if byte == b'\\' && self.dialect != Dialect::Settings { 2 } else { 1 };
        }
        if end > self.bytes.len() || self.text.get(start..end).is_none() {
            return None;
        }
        let behind = self.skip(end + 1, false);
        let goes_on = self.dialect == Dialect::Code
            && (matches!(self.byte(behind), b'+' | b'%' | b'?')
                || self.byte(end + 1) == b'.'
                    && ![".to_", ".into()", ".as_", ".encode("].iter().any(|own| self.starts(end + 1, own)));
        (!goes_on).then_some(Given { at: start..end, quoted: true, fallback })
    }

    /// `"NAME=value"`: up to the quote that closes both.
    fn inner(&self, quote: u8, start: usize) -> Option<Given> {
        let end = (start + MAX_VALUE).min(self.bytes.len());
        let rest = self.bytes.get(start..end)?;
        let close =
            rest.iter().position(|byte| *byte == quote || *byte == b'\n').filter(|close| *close > 0)?;
        (rest.get(close) == Some(&quote)).then_some(Given {
            at: start..start + close,
            quoted: true,
            fallback: false,
        })
    }

    /// A value without quotes: to the end of the line, behind a name that begins it.
    fn bare(&self, key: &Range<usize>, at: usize, operator: u8) -> Option<Given> {
        let line = self.text.get(key.start.saturating_sub(MAX_WAY * 2)..key.start).or(Some(""))?;
        let lead = line.rsplit('\n').next().unwrap_or("").trim();
        let lead = lead.trim_start_matches("- ").trim_start_matches(['"', '\'']);
        let first = matches!(
            lead,
            "" | "-" | "export" | "set" | "ENV" | "ARG" | "local" | "readonly" | "declare -x" | "?"
        ) || lead.starts_with("//") && lead.ends_with(':')
            || lead == "$env:"
            || self.dialect == Dialect::Shell && operator == b'=' && lead.starts_with("export ");
        if !first || operator == b':' && self.dialect == Dialect::Shell {
            return None;
        }
        if self.dialect == Dialect::Yaml && operator == b':' && !matches!(self.byte(at), b' ' | b'\t') {
            return None;
        }
        let start = self.skip(at, false);
        let rest = self
            .text
            .get(start..(start + MAX_VALUE).min(self.text.len()))
            .or_else(|| self.text.get(start..))?;
        let mut end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        if self.dialect == Dialect::Shell {
            end = rest
                .find(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|'))
                .unwrap_or(end)
                .min(end);
        }
        let value = rest.get(..end)?;
        if let Some(comment) = value.find(" #").or_else(|| value.find("\t#")) {
            end = comment;
        }
        let value = rest.get(..end)?.trim_end();
        // YAML: blocks, anchors, tags, maps and lists.
        let starts = |marks: &[char]| value.starts_with(marks);
        if value.is_empty()
            || self.dialect == Dialect::Yaml && starts(&['|', '>', '&', '*', '!', '{', '[', '@', '%'])
            || value.ends_with(['{', '('])
        {
            return None;
        }
        // An item of a list in quotes ends with one.
        let value = value.trim_end_matches(if lead.is_empty() { &[][..] } else { &['"', '\''][..] });
        Some(Given { at: start..start + value.len(), quoted: false, fallback: false })
    }

    /// `: string = "…"`, `= process.env.X || "…"`.
    fn expression(&self, at: usize, operator: u8) -> Option<Given> {
        let mut end = (at + MAX_WAY).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let rest = self.text.get(at..end)?;
        let rest = rest.get(..rest.find([';', '\n', '{', '"', '\'', '`']).map_or(rest.len(), |at| at + 1))?;
        let quote = rest.len().checked_sub(1)?;
        if !rest.ends_with(['"', '\'', '`']) {
            return None;
        }
        let words = rest.get(..quote)?.trim_end();
        let fallback = ["||", "??", " or", "?:"].iter().any(|mark| words.ends_with(mark))
            && ["env", "ENV", "config", "Config", "settings", "options", "opts", "argv"]
                .iter()
                .any(|mark| words.contains(mark));
        let typed = operator == b':'
            && words.ends_with('=')
            && words.trim_end_matches('=').bytes().all(|byte| {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b' ' | b'<' | b'>' | b'|' | b'[' | b']' | b'_' | b'&' | b'.')
            })
            && !words.ends_with("==");
        (fallback || typed).then(|| self.literal(at + quote, fallback)).flatten()
    }

    /// A call that takes a name and a value: `getenv("X", "…")`, `headers.set("X-Api-Key", "…")`.
    fn takes_pair(&self, bracket: usize) -> bool {
        let head = self.text.get(bracket.saturating_sub(40)..bracket).unwrap_or("");
        let start = head
            .rfind(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.' | ':'))
            .map_or(0, |at| at + 1);
        let call = head.get(start..).unwrap_or("").to_ascii_lowercase();
        let last = call.rsplit(['.', ':']).next().unwrap_or("");
        [
            "env", "get", "fetch", "set", "put", "config", "property", "header", "add", "append", "default",
            "define",
        ]
        .iter()
        .any(|word| last.ends_with(word) || last.starts_with(word))
    }

    /// `<password>…</password>`.
    fn element(&self, at: usize) -> Option<Given> {
        let end = (at + MAX_WAY).min(self.bytes.len());
        let open = at + self.bytes.get(at..end)?.iter().position(|byte| *byte == b'>')?;
        let rest = self.text.get(open + 1..(open + MAX_VALUE).min(self.text.len()))?;
        let close =
            rest.find('<').filter(|close| rest.get(*close..).is_some_and(|rest| rest.starts_with("</")))?;
        let inside = rest.get(..close)?;
        let start = open + 1 + (inside.len() - inside.trim_start().len());
        Some(Given { at: start..start + inside.trim().len(), quoted: true, fallback: false })
    }

    /// The name is itself a value: `name: NAME` and `value: …` behind it, `key="NAME" value="…"`.
    fn pair(&self, key: &Range<usize>, at: usize) -> Option<Given> {
        let head = self.text.get(key.start.saturating_sub(12)..key.start)?.trim_end_matches(['"', '\'', ' ']);
        let head = head.strip_suffix([':', '='])?.trim_end_matches(['"', '\'', ' ']).to_ascii_lowercase();
        if !["name", "key"].iter().any(|word| head.ends_with(word)) {
            return None;
        }
        let mut at = at;
        let end = at + MAX_WAY;
        while at < end && matches!(self.byte(at), b' ' | b'\t' | b'\n' | b'\r' | b',' | b'"' | b'\'') {
            at += 1;
        }
        if !self.starts(at, "value") && !self.starts(at, "Value") {
            return None;
        }
        at += 5;
        at += usize::from(matches!(self.byte(at), b'"' | b'\''));
        at = self.skip(at, false);
        if !matches!(self.byte(at), b':' | b'=') {
            return None;
        }
        let rest = self.skip(at + 1, false);
        self.literal(rest, false).or_else(|| {
            (self.dialect == Dialect::Yaml).then(|| {
                let line = self.text.get(rest..)?.lines().next()?;
                let line = line.split(" #").next().unwrap_or(line).trim_end();
                let plain = !line.is_empty() && !line.starts_with(['|', '>', '&', '*', '!', '{', '[']);
                plain.then_some(Given { at: rest..rest + line.len(), quoted: false, fallback: false })
            })?
        })
    }

    fn judge(&self, announces: Announces, name: &str, given: &Given) -> Option<Detection> {
        let text = self.text.get(given.at.clone())?;
        let code = matches!(self.dialect, Dialect::Code | Dialect::Markup | Dialect::Prose);
        let strict = code || self.dialect == Dialect::Json || self.dialect == Dialect::Yaml && given.quoted;
        if is_label(name, text) && self.dialect != Dialect::Env || given.quoted && strict && is_wording(text)
        {
            return None;
        }
        let strong = value::is_strong(text.trim());
        if code && !strong {
            let chosen = matches!(announces, Announces::Password | Announces::Chosen);
            // A password is made of words and numbers, too.
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            let password = announces == Announces::Password && digits >= 2 && text.len() >= 8;
            if is_identifier(text) && !(given.fallback && chosen || password)
                || words::known(text) && !given.fallback
            {
                return None;
            }
        }
        let found = value::judge(announces, name, text, self.dialect == Dialect::Shell)?;
        // `token: "abc12345"` of a program is a test more often than a token.
        if code && announces == Announces::Issued && found.certainty == Certainty::Likely {
            return None;
        }
        let start = given.at.start;
        Some(Detection { range: start + found.range.start..start + found.range.end, ..found })
    }
}

/// `Password`, `Your token`, `Passwort`: what is shown beside a field, or the name once more.
fn is_label(name: &str, text: &str) -> bool {
    let letters = !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '_' | '?' | '!' | '.' | ':' | '\'' | '’'));
    let upper = text.chars().filter(|c| c.is_uppercase()).count();
    let words = text.split([' ', '-']).filter(|word| !word.is_empty()).count();
    letters && text.starts_with(char::is_uppercase) && upper <= words && text.chars().any(char::is_lowercase)
        || letters && name::repeats(name, text) && text.len() > 8
}

/// Patterns, templates, markup and sentences.
fn is_wording(text: &str) -> bool {
    let digit = text.bytes().any(|byte| byte.is_ascii_digit());
    text.contains(char::is_whitespace)
        && (!digit || words::prose(text) || text.split_whitespace().count() >= 3)
        || [
            "%s", "%d", "%v", "{0}", "{}", "\\w", "\\d", "\\s", "[^", "(?", "</", "/>", "=>", "&&", "()",
            "{{", "${", "#{",
        ]
        .iter()
        .any(|mark| text.contains(mark))
        || !digit
            && text.starts_with([
                '/', '.', '#', '$', '@', ':', '-', '[', '(', '{', '*', '?', '&', '+', ',', ';', '<', '%', '^',
            ])
        || !text.is_ascii() && !digit
}

/// Words joined as programs join them: `auth.token`, `current-password`, `setToken`, `user_token_2`, `x-api-key`.
fn is_identifier(text: &str) -> bool {
    let parts = text.split([
        '-', '_', '.', '/', ':', ' ', '#', '@', '|', ',', '+', '[', ']', '(', ')', '{', '}', '<', '>', '*',
        '=', '$',
    ]);
    let mut parts = parts.filter(|part| !part.is_empty());
    parts.all(|part| {
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = part.len() - letters.len();
        letters.chars().all(char::is_alphabetic)
            && (digits <= 2 || letters.is_empty() && digits <= 4)
            && (digits == 0 || text.len() > part.len() || letters.len() <= 6)
    })
}
