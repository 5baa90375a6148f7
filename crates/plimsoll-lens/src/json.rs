//! A JSON reader that knows where every value is written and never gives up on the rest of a document.
//!
//! It is for manifests people edit by hand: a byte order mark, comments, a missing or a trailing comma and a cut-off end
//! are complaints. Deliberately absent: numbers as numbers (nobody asks) and writing.

use std::sync::Arc;

use plimsoll_posture::{Complaint, ComplaintKind};
use plimsoll_text::{Source, Span, unescaped};

/// A value and its bytes (quotes and braces included).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Json {
    pub(crate) value: Value,
    pub(crate) at: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// As written.
    Number(Arc<str>),
    Text(Arc<str>),
    List(Vec<Json>),
    Map(Vec<Member>),
}

/// One member of an object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    pub(crate) key: Arc<str>,
    pub(crate) value: Json,
}

impl Json {
    /// The value of a key; the last one where a key is repeated, as `JSON.parse` has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.members().iter().rev().find(|member| &*member.key == key).map(|member| &member.value)
    }

    pub(crate) fn members(&self) -> &[Member] {
        match &self.value {
            Value::Map(members) => members,
            _ => &[],
        }
    }

    pub(crate) fn text(&self) -> Option<&Arc<str>> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Nesting beyond this is skipped.
const MAX_DEPTH: usize = 64;
/// One broken file needs no more words than this.
const MAX_COMPLAINTS: usize = 20;

/// Reads a document; `None` where nothing in it is a value.
pub(crate) fn read(source: &Source) -> (Option<Json>, Vec<Complaint>) {
    let mut reader = Reader { source, text: &source.text, at: 0, complaints: Vec::new() };
    if reader.text.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
    }
    reader.skip();
    let value = reader.value(0);
    reader.skip();
    if reader.at < reader.text.len() {
        let message = if value.is_some() { "text after the end of the document" } else { "not JSON" };
        reader.complain(reader.at, reader.text.len(), message);
    } else if value.is_none() {
        reader.complain(0, reader.text.len(), "the document is empty");
    }
    (value, reader.complaints)
}

struct Reader<'a> {
    source: &'a Source,
    text: &'a str,
    at: usize,
    complaints: Vec<Complaint>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn span(&self, start: usize) -> Span {
        Span::new(self.source.id, start, self.at)
    }

    fn complain(&mut self, start: usize, end: usize, message: &str) {
        if self.complaints.len() < MAX_COMPLAINTS {
            self.complaints.push(Complaint {
                kind: ComplaintKind::Invalid,
                code: "invalid-json",
                at: Span::new(self.source.id, start, end),
                message: message.to_owned(),
                cure: None,
            });
        }
    }

    /// White space and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
            self.at += blank;
            let rest = self.rest();
            let length = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else {
                return;
            };
            self.complain(self.at, self.at + length, "JSON has no comments");
            self.at += length;
        }
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        let start = self.at;
        let value = match self.peek()? {
            b'{' if depth < MAX_DEPTH => self.map(depth),
            b'[' if depth < MAX_DEPTH => self.list(depth),
            b'{' | b'[' => {
                self.complain(start, start + 1, "nested too deeply");
                self.at = self.text.len();
                return None;
            }
            b'"' => Value::Text(self.string()),
            _ => self.word()?,
        };
        Some(Json { value, at: self.span(start) })
    }

    /// `true`, `false`, `null`, a number, or a stray word (a complaint and no value).
    fn word(&mut self) -> Option<Value> {
        let start = self.at;
        let rest = self.rest();
        let length = rest
            .find(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | '}' | ']' | '{' | '[' | '"'))
            .unwrap_or(rest.len());
        let word: Arc<str> = rest.get(..length).unwrap_or("").into();
        if word.is_empty() {
            return None;
        }
        self.at += length;
        match &*word {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "null" => Some(Value::Null),
            number if number.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => {
                Some(Value::Number(word))
            }
            _ => {
                self.complain(start, self.at, "a word without quotes");
                None
            }
        }
    }

    fn map(&mut self, depth: usize) -> Value {
        let mut members = Vec::new();
        let mut started = false;
        self.at += 1;
        loop {
            match self.item(b'}', std::mem::replace(&mut started, true)) {
                Item::End => return Value::Map(members),
                Item::Here => {}
            }
            let start = self.at;
            if self.peek() != Some(b'"') {
                if self.value(depth + 1).is_none() && self.at == start {
                    self.step();
                }
                self.complain(start, self.at, "a key in quotes is expected");
                continue;
            }
            let key = self.string();
            self.skip();
            if self.peek() == Some(b':') {
                self.at += 1;
            } else {
                self.complain(start, self.at, "`:` is missing after the key");
            }
            self.skip();
            if let Some(value) = self.value(depth + 1) {
                members.push(Member { key, value });
            } else {
                self.complain(start, self.at, "the value is missing");
            }
        }
    }

    fn list(&mut self, depth: usize) -> Value {
        let mut items = Vec::new();
        let mut started = false;
        self.at += 1;
        loop {
            match self.item(b']', std::mem::replace(&mut started, true)) {
                Item::End => return Value::List(items),
                Item::Here => {}
            }
            let start = self.at;
            match self.value(depth + 1) {
                Some(value) => items.push(value),
                None if self.at == start => {
                    self.step();
                    self.complain(start, self.at, "a value is expected");
                }
                None => {}
            }
        }
    }

    /// Goes to the next item: eats the comma between items, or the closing bracket.
    fn item(&mut self, close: u8, had_one: bool) -> Item {
        self.skip();
        let mut comma = None;
        while self.peek() == Some(b',') {
            if comma.is_some() || !had_one {
                self.complain(self.at, self.at + 1, "a comma too many");
            }
            comma = Some(self.at);
            self.at += 1;
            self.skip();
        }
        match self.peek() {
            None => {
                self.complain(self.at, self.at, "the document ends early");
                Item::End
            }
            Some(byte) if byte == close => {
                if let (Some(comma), true) = (comma, had_one) {
                    self.complain(comma, comma + 1, "a comma before the closing bracket");
                }
                self.at += 1;
                Item::End
            }
            Some(_) => {
                if had_one && comma.is_none() {
                    self.complain(self.at, self.at, "a comma is missing");
                }
                Item::Here
            }
        }
    }

    /// Over one character, so that reading goes on.
    fn step(&mut self) {
        self.at += self.rest().chars().next().map_or(0, char::len_utf8);
    }

    /// A string from its opening quote; ends at the line end when the closing quote is missing.
    fn string(&mut self) -> Arc<str> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let plain = rest.find(['"', '\\', '\n']).unwrap_or(rest.len());
            text.push_str(rest.get(..plain).unwrap_or(""));
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return text.into();
                }
                Some(b'\\') => {
                    self.at += 1;
                    if let Some((character, length)) = unescaped(self.rest()) {
                        self.at += length;
                        text.push(character);
                    }
                }
                _ => {
                    self.complain(start, self.at, "the closing quote is missing");
                    return text.into();
                }
            }
        }
    }
}

enum Item {
    Here,
    End,
}

#[cfg(test)]
mod tests {
    use plimsoll_text::{SourceKind, Sources};

    use super::*;

    fn parsed(text: &str) -> (Sources, Option<Json>, Vec<String>) {
        let mut sources = Sources::new();
        let id = sources.add_text("a.json", SourceKind::Manifest, text);
        let (json, complaints) = read(sources.get(id));
        let messages = complaints.into_iter().map(|complaint| complaint.message).collect();
        (sources, json, messages)
    }

    #[test]
    fn values_know_their_bytes() {
        let (sources, json, complaints) = parsed(
            "\u{feff}{\"a\": [1, -2.5e3, true, null], \"b\": {\"c\": \"x\\ny \\u00e9 \\ud83d\\ude00\"}}\n",
        );
        let json = json.unwrap();
        assert!(complaints.is_empty());
        assert_eq!(sources.text(json.get("a").unwrap().at), "[1, -2.5e3, true, null]");
        assert_eq!(&**json.get("b").unwrap().get("c").unwrap().text().unwrap(), "x\ny é 😀");
    }

    #[test]
    fn a_slip_does_not_hide_the_rest() {
        for text in [
            "{\"a\": 1, \"b\": 2,}",
            "{\"a\": 1 \"b\": 2}",
            "{\"a\" 1, \"b\": 2}",
            "{\"a\": , \"b\": 2}",
            "{a: 1, \"b\": 2}",
            "{// c\n\"a\": [1,,2], \"b\": 2}",
            "{\"a\": \"open\n, \"b\": 2}",
            "{\"b\": 2",
        ] {
            let (_, json, messages) = parsed(text);
            let json = json.unwrap();
            assert_eq!(json.get("b").map(|b| &b.value), Some(&Value::Number("2".into())), "{text}");
            assert!(!messages.is_empty(), "{text}");
        }
    }

    #[test]
    fn nothing_makes_it_hang_or_fall_over() {
        for text in
            ["", " ", "}", ",", "\"", "\\", "{]", "[}", "{\"a\":{", "nonsense", "{\"\\u12\":\"\\ud800\"}"]
        {
            parsed(text);
        }
        parsed(&"[".repeat(100_000));
        parsed(&"{\"a\":".repeat(100_000));
        parsed(&"[}".repeat(1_000));
    }
}
