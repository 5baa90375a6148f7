//! JSON with the place of every value, borrowed from the text: lockfiles are large and written by programs.
//!
//! Comments and trailing commas are read over (`bun.lock` has them). What is broken ends the reading there, and all that
//! was read before it stays. Deliberately absent: numbers as numbers.

use std::borrow::Cow;

use plimsoll_text::unescaped;

/// A value and its bytes.
#[derive(Debug, Clone)]
pub(crate) struct Json<'a> {
    pub(crate) value: Value<'a>,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    /// `null`, numbers.
    Other,
    Bool(bool),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Map(Vec<Member<'a>>),
}

/// One member of an object; the place is that of the key.
#[derive(Debug, Clone)]
pub(crate) struct Member<'a> {
    pub(crate) key: Cow<'a, str>,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) value: Json<'a>,
}

impl<'a> Json<'a> {
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.member(key).map(|member| &member.value)
    }

    /// The last one where a key is repeated, as `JSON.parse` has it.
    pub(crate) fn member(&self, key: &str) -> Option<&Member<'a>> {
        self.members().iter().rev().find(|member| member.key == key)
    }

    pub(crate) fn members(&self) -> &[Member<'a>] {
        match &self.value {
            Value::Map(members) => members,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn text(&self) -> Option<&Cow<'a, str>> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a key.
    pub(crate) fn text_of(&self, key: &str) -> Option<&Cow<'a, str>> {
        self.get(key)?.text()
    }

    /// Where it stands.
    pub(crate) fn bytes(&self) -> (usize, usize) {
        (self.start, self.end)
    }

    /// Whether a key is `true`.
    pub(crate) fn is_set(&self, key: &str) -> bool {
        matches!(self.get(key).map(|json| &json.value), Some(Value::Bool(true)))
    }
}

/// Nesting beyond this is not read.
const DEEPEST: usize = 200;

/// What was read, and where reading ended if the text is broken there.
pub(crate) struct Reading<'a> {
    pub(crate) root: Option<Json<'a>>,
    pub(crate) broken: Option<usize>,
}

/// Reads a document.
pub(crate) fn read(text: &str) -> Reading<'_> {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut reader = Reader { text, bytes: text.as_bytes(), at: start, broken: None };
    reader.skip();
    let root = reader.value(0);
    reader.skip();
    if reader.broken.is_none() && reader.at < text.len() {
        reader.broken = Some(reader.at);
    }
    Reading { root, broken: reader.broken }
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    broken: Option<usize>,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn fail(&mut self) {
        self.broken.get_or_insert(self.at.min(self.text.len()));
    }

    /// White space and comments.
    fn skip(&mut self) {
        loop {
            while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
                self.at += 1;
            }
            if self.peek() != Some(b'/') {
                return;
            }
            let rest = self.text.get(self.at..).unwrap_or("");
            let length = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if let Some(inside) = rest.strip_prefix("/*") {
                inside.find("*/").map_or(rest.len(), |end| end + 4)
            } else {
                return;
            };
            self.at += length;
        }
    }

    fn value(&mut self, depth: usize) -> Option<Json<'a>> {
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') if depth < DEEPEST => self.map(depth),
            Some(b'[') if depth < DEEPEST => self.list(depth),
            Some(b'"') => Value::Text(self.string()?),
            Some(b't') if self.word("true") => Value::Bool(true),
            Some(b'f') if self.word("false") => Value::Bool(false),
            Some(b'n') if self.word("null") => Value::Other,
            Some(b'-' | b'0'..=b'9') => {
                while matches!(self.peek(), Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) {
                    self.at += 1;
                }
                Value::Other
            }
            _ => {
                self.fail();
                return None;
            }
        };
        Some(Json { value, start, end: self.at })
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        if found {
            self.at += word.len();
        }
        found
    }

    fn map(&mut self, depth: usize) -> Value<'a> {
        let mut members = Vec::new();
        self.at += 1;
        while self.next(b'}', members.is_empty()) {
            let start = self.at;
            let Some(key) = self.string() else { break };
            let end = self.at;
            self.skip();
            if self.peek() != Some(b':') {
                self.fail();
                break;
            }
            self.at += 1;
            self.skip();
            let Some(value) = self.value(depth + 1) else { break };
            members.push(Member { key, start, end, value });
        }
        Value::Map(members)
    }

    fn list(&mut self, depth: usize) -> Value<'a> {
        let mut items = Vec::new();
        self.at += 1;
        while self.next(b']', items.is_empty()) {
            let Some(item) = self.value(depth + 1) else { break };
            items.push(item);
        }
        Value::List(items)
    }

    /// Goes to the next item; `false` behind the last one, or where the text is broken.
    fn next(&mut self, close: u8, first: bool) -> bool {
        if self.broken.is_some() {
            return false;
        }
        self.skip();
        let comma = self.peek() == Some(b',');
        if comma {
            self.at += 1;
            self.skip();
        }
        match self.peek() {
            Some(byte) if byte == close => {
                self.at += 1;
                false
            }
            Some(_) if comma != first => true,
            _ => {
                self.fail();
                false
            }
        }
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        if self.peek() != Some(b'"') {
            self.fail();
            return None;
        }
        let start = self.at + 1;
        let mut owned: Option<String> = None;
        let mut from = start;
        self.at = start;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or(&[]);
            let Some(plain) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | b'\n')) else {
                self.at = start;
                self.fail();
                return None;
            };
            self.at += plain;
            let part = self.text.get(from..self.at).unwrap_or("");
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Some(match owned {
                        Some(mut text) => {
                            text.push_str(part);
                            Cow::Owned(text)
                        }
                        None => Cow::Borrowed(part),
                    });
                }
                Some(b'\\') => {
                    let text = owned.get_or_insert_default();
                    text.push_str(part);
                    self.at += 1;
                    let rest = self.text.get(self.at..).unwrap_or("");
                    let (character, length) = unescaped(rest).unwrap_or((char::REPLACEMENT_CHARACTER, 0));
                    self.at += length;
                    text.push(character);
                    from = self.at;
                }
                _ => {
                    self.fail();
                    return None;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_bytes() {
        let text = "\u{feff}{ \"a\": [1, -2.5e3, true, null], // c\n \"b\": {\"c\": \"x\\ny \\u00e9 \\ud83d\\ude00\",}, /* d */ }\n";
        let reading = read(text);
        assert_eq!(reading.broken, None);
        let root = reading.root.unwrap();
        let list = root.get("a").unwrap();
        assert_eq!(&text[list.start..list.end], "[1, -2.5e3, true, null]");
        assert_eq!(list.items().len(), 4);
        assert_eq!(root.get("b").unwrap().text_of("c").unwrap(), "x\ny é 😀");
        let member = root.member("b").unwrap();
        assert_eq!(&text[member.start..member.end], "\"b\"");
    }

    #[test]
    fn what_was_read_before_a_break_stays() {
        for (text, at) in [
            ("{\"a\": \"1\",\n<<<<<<< HEAD\n\"b\": 2}", 11),
            ("{\"a\": \"1\" \"b\": 2}", 10),
            ("{\"a\": \"1\", \"b\": \"open\n}", 21),
            ("{\"a\": \"1\"", 9),
            ("{\"a\": \"1\"} x", 11),
        ] {
            let reading = read(text);
            assert_eq!(reading.broken, Some(at), "{text}");
            assert_eq!(reading.root.unwrap().text_of("a").unwrap(), "1", "{text}");
        }
    }

    #[test]
    fn nothing_makes_it_hang_or_fall_over() {
        for text in
            ["", " ", "}", ",", "\"", "\\", "{]", "[}", "{\"a\":{", "nonsense", "\"\\u12", "\"\\ud800", "/*"]
        {
            read(text);
        }
        read(&"[".repeat(100_000));
        read(&"{\"a\":".repeat(100_000));
    }
}
