//! JSON arrays of strings, as in exec forms, with the place of every string.

use std::ops::Range;

/// Nesting beyond this is not read; what lies deeper cannot be an array of strings anyway.
const MAX_DEPTH: usize = 64;

/// What a text is that may be an exec form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Array {
    /// An array of strings: text after escapes, and the bytes with quotes.
    Strings(Vec<(String, Range<usize>)>),
    /// A JSON array that holds something else.
    Mixed,
    /// No JSON array.
    No,
}

/// Reads a text that may be a JSON array. Nothing but white space may follow it.
pub(super) fn array(text: &str) -> Array {
    let mut reader = Reader { text, at: 0 };
    reader.space();
    if !reader.eat('[') {
        return Array::No;
    }
    let mut strings = Vec::new();
    let mut mixed = false;
    reader.space();
    if !reader.eat(']') {
        loop {
            reader.space();
            let start = reader.at;
            if reader.peek() == Some('"') {
                let Some(value) = reader.string() else { return Array::No };
                strings.push((value, start..reader.at));
            } else if reader.value(0) {
                mixed = true;
            } else {
                return Array::No;
            }
            reader.space();
            if reader.eat(']') {
                break;
            }
            if !reader.eat(',') {
                return Array::No;
            }
        }
    }
    reader.space();
    match (reader.at == text.len(), mixed) {
        (false, _) => Array::No,
        (true, true) => Array::Mixed,
        (true, false) => Array::Strings(strings),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..).and_then(|rest| rest.chars().next())
    }

    fn next(&mut self) -> Option<char> {
        let ch = self.peek()?;
        self.at += ch.len_utf8();
        Some(ch)
    }

    fn eat(&mut self, ch: char) -> bool {
        let found = self.peek() == Some(ch);
        if found {
            self.at += ch.len_utf8();
        }
        found
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Option<String> {
        let mut out = String::new();
        self.eat('"');
        loop {
            match self.next()? {
                '"' => return Some(out),
                '\\' => match self.next()? {
                    ch @ ('"' | '\\' | '/') => out.push(ch),
                    'b' => out.push('\u{8}'),
                    'f' => out.push('\u{c}'),
                    'n' => out.push('\n'),
                    'r' => out.push('\r'),
                    't' => out.push('\t'),
                    'u' => out.push(self.unicode()?),
                    _ => return None,
                },
                ch if ch < ' ' => return None,
                ch => out.push(ch),
            }
        }
    }

    /// Four hexadecimal digits, or two groups that form a pair; half a pair is U+FFFD.
    fn unicode(&mut self) -> Option<char> {
        let first = self.hex()?;
        if let Some(ch) = char::from_u32(first) {
            return Some(ch);
        }
        let back = self.at;
        if first < 0xdc00 && self.eat('\\') && self.eat('u') {
            let second = self.hex()?;
            if (0xdc00..0xe000).contains(&second) {
                return char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00));
            }
        }
        self.at = back;
        Some('\u{fffd}')
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    /// Skips any value; whether there was one.
    fn value(&mut self, depth: usize) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        match self.peek() {
            Some('"') => self.string().is_some(),
            Some('[') => self.members(']', depth, false),
            Some('{') => self.members('}', depth, true),
            Some('-' | '0'..='9') => self.number(),
            _ => ["true", "false", "null"].into_iter().any(|word| {
                let found = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word));
                if found {
                    self.at += word.len();
                }
                found
            }),
        }
    }

    fn members(&mut self, close: char, depth: usize, keys: bool) -> bool {
        self.next();
        self.space();
        if self.eat(close) {
            return true;
        }
        loop {
            self.space();
            if keys {
                if self.peek() != Some('"') || self.string().is_none() {
                    return false;
                }
                self.space();
                if !self.eat(':') {
                    return false;
                }
                self.space();
            }
            if !self.value(depth + 1) {
                return false;
            }
            self.space();
            if self.eat(close) {
                return true;
            }
            if !self.eat(',') {
                return false;
            }
        }
    }

    fn digits(&mut self) -> bool {
        let start = self.at;
        while matches!(self.peek(), Some('0'..='9')) {
            self.at += 1;
        }
        self.at > start
    }

    fn number(&mut self) -> bool {
        self.eat('-');
        if !self.eat('0') && !self.digits() {
            return false;
        }
        if self.eat('.') && !self.digits() {
            return false;
        }
        if self.eat('e') || self.eat('E') {
            let _ = self.eat('+') || self.eat('-');
            return self.digits();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_have_text_and_place() {
        let Array::Strings(strings) = array(" [ \"a\\nb\", \"\\u00e4\" ] ") else { panic!("an array") };
        assert_eq!(strings, [("a\nb".to_owned(), 3..9), ("ä".to_owned(), 11..19)]);
        assert_eq!(array("[]"), Array::Strings(Vec::new()));
    }

    #[test]
    fn anything_but_strings_is_told_from_no_json() {
        assert_eq!(array("[1, \"a\"]"), Array::Mixed);
        assert_eq!(array("[{\"a\": [null, -1.5e3]}]"), Array::Mixed);
        for text in ["['a']", "[\"a\"", "[\"a\"] x", "[ -f x ]", "[\"a\",]", "echo", "[\"\\x\"]"] {
            assert_eq!(array(text), Array::No, "{text}");
        }
    }
}
