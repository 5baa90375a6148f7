//! One joined line to an instruction: keyword, flags and arguments, each with its place.

use std::ops::Range;

use super::json::{Array, array};
use super::lines::Logical;
use super::words::{blank_words, first_blank, flags, quoted_words};
use super::{Arguments, Definition, Fault, Instruction, Keyword, Pair, Word};
use crate::shell::OffsetMap;

/// `ONBUILD ONBUILD …` is refused by BuildKit at the second; what lies deeper is not read.
const MAX_TRIGGERS: usize = 4;

/// Parses a joined line.
pub(super) fn parse(logical: Logical, escape: char) -> Instruction {
    let whole = 0..logical.line.len();
    let mut instruction = part(&logical.line, &logical.map, whole, escape, 0);
    instruction.line = logical.line;
    instruction.map = logical.map;
    instruction.comments = logical.comments;
    if let Some(range) = logical.empty_continuation {
        instruction.faults.push(Fault {
            code: "empty-continuation",
            range,
            message: "an empty line inside a continued instruction".to_owned(),
            cure: Some("remove the line or make it a comment; it will become an error".to_owned()),
            fatal: false,
        });
    }
    instruction
}

/// Parses the part of a line that is an instruction: all of it, or what follows ONBUILD. The caller adds the line.
fn part(line: &str, map: &OffsetMap, within: Range<usize>, escape: char, depth: usize) -> Instruction {
    let within = trimmed(line, within);
    let text = line.get(within.clone()).unwrap_or("");
    let keyword_end = within.start + first_blank(text).unwrap_or(text.len());
    let keyword_line = within.start..keyword_end;
    let keyword_text = line.get(keyword_line.clone()).unwrap_or("");
    let keyword = Keyword::parse(keyword_text);
    let (flags, rest) = flags(line, map, keyword_end..within.end);
    let body = trimmed(line, rest);
    let mut faults = Vec::new();
    let reader = Reader { line, map, escape };
    let arguments = if depth >= MAX_TRIGGERS {
        reader.text(&body)
    } else {
        reader.arguments(keyword, &body, depth, &mut faults)
    };
    let range = map.range(within);
    Instruction {
        range,
        keyword,
        keyword_range: map.range(keyword_line),
        line: String::new(),
        map: OffsetMap::default(),
        body,
        flags,
        arguments,
        heredocs: Vec::new(),
        comments: Vec::new(),
        faults,
    }
}

fn trimmed(line: &str, range: Range<usize>) -> Range<usize> {
    let text = line.get(range.clone()).unwrap_or("");
    let start = range.end - text.trim_start().len();
    start..(start + text.trim().len()).max(start)
}

struct Reader<'a> {
    line: &'a str,
    map: &'a OffsetMap,
    escape: char,
}

impl Reader<'_> {
    fn word(&self, range: Range<usize>) -> Word {
        let text = self.line.get(range.clone()).unwrap_or("").to_owned();
        Word { text, range: self.map.range(range.clone()), line: range }
    }

    fn text(&self, body: &Range<usize>) -> Arguments {
        if body.is_empty() { Arguments::None } else { Arguments::Text(self.word(body.clone())) }
    }

    fn words(&self, body: &Range<usize>) -> Arguments {
        if body.is_empty() {
            return Arguments::None;
        }
        Arguments::Words(blank_words(self.line, body).into_iter().map(|range| self.word(range)).collect())
    }

    fn arguments(
        &self,
        keyword: Keyword,
        body: &Range<usize>,
        depth: usize,
        faults: &mut Vec<Fault>,
    ) -> Arguments {
        match keyword {
            Keyword::From | Keyword::Expose => self.words(body),
            Keyword::Copy | Keyword::Add | Keyword::Volume => {
                self.exec(body, faults).unwrap_or_else(|| self.words(body))
            }
            Keyword::Run | Keyword::Cmd | Keyword::Entrypoint | Keyword::Shell => {
                self.exec(body, faults).unwrap_or_else(|| self.text(body))
            }
            Keyword::Env | Keyword::Label => self.pairs(keyword, body, faults),
            Keyword::Arg => self.definitions(body),
            Keyword::Healthcheck => self.health(body, faults),
            Keyword::Onbuild if !body.is_empty() => {
                let trigger = part(self.line, self.map, body.clone(), self.escape, depth + 1);
                let (line, map) = (self.line.to_owned(), self.map.clone());
                Arguments::Trigger(Box::new(Instruction { line, map, ..trigger }))
            }
            _ => self.text(body),
        }
    }

    /// The exec form; `None` for the shell form.
    fn exec(&self, body: &Range<usize>, faults: &mut Vec<Fault>) -> Option<Arguments> {
        match array(self.line.get(body.clone()).unwrap_or("")) {
            Array::No => None,
            Array::Mixed => {
                faults.push(Fault {
                    code: "exec-form-not-strings",
                    range: self.map.range(body.clone()),
                    message: "an exec form may hold strings only".to_owned(),
                    cure: Some("put every element in double quotes".to_owned()),
                    fatal: true,
                });
                None
            }
            Array::Strings(strings) => Some(Arguments::Exec(
                strings
                    .into_iter()
                    .map(|(text, range)| {
                        let line = body.start + range.start..body.start + range.end;
                        Word { text, range: self.map.range(line.clone()), line }
                    })
                    .collect(),
            )),
        }
    }

    fn health(&self, body: &Range<usize>, faults: &mut Vec<Fault>) -> Arguments {
        let text = self.line.get(body.clone()).unwrap_or("");
        if text.is_empty() {
            return Arguments::None;
        }
        let end = body.start + text.find(char::is_whitespace).unwrap_or(text.len());
        let rest = trimmed(self.line, end..body.end);
        let command = self.exec(&rest, faults).unwrap_or_else(|| self.text(&rest));
        Arguments::Health { kind: self.word(body.start..end), command: Box::new(command) }
    }

    fn definitions(&self, body: &Range<usize>) -> Arguments {
        let words = quoted_words(self.line, body, self.escape);
        if words.is_empty() {
            return Arguments::None;
        }
        let definitions = words.into_iter().map(|word| {
            let range = self.map.range(word.clone());
            match self.line.get(word.clone()).and_then(|text| text.find('=')) {
                Some(equals) => Definition {
                    name: self.word(word.start..word.start + equals),
                    default: Some(self.word(word.start + equals + 1..word.end)),
                    range,
                },
                None => Definition { name: self.word(word), default: None, range },
            }
        });
        Arguments::Definitions(definitions.collect())
    }

    fn pairs(&self, keyword: Keyword, body: &Range<usize>, faults: &mut Vec<Fault>) -> Arguments {
        let words = quoted_words(self.line, body, self.escape);
        let Some(first) = words.first() else { return Arguments::None };
        let equals = |word: &Range<usize>| self.line.get(word.clone()).and_then(|text| text.find('='));
        if equals(first).is_none() {
            return self.legacy_pair(keyword, body, faults);
        }
        let mut pairs = Vec::new();
        for word in words {
            match equals(&word) {
                Some(equals) => pairs.push(Pair {
                    key: self.word(word.start..word.start + equals),
                    value: self.word(word.start + equals + 1..word.end),
                    legacy: false,
                }),
                None => faults.push(Fault {
                    code: "missing-equals",
                    range: self.map.range(word),
                    message: format!("{} takes name=value; here is no `=`", keyword.name()),
                    cure: Some("put the value in quotes when it holds spaces".to_owned()),
                    fatal: true,
                }),
            }
        }
        Arguments::Pairs(pairs)
    }

    fn legacy_pair(&self, keyword: Keyword, body: &Range<usize>, faults: &mut Vec<Fault>) -> Arguments {
        let text = self.line.get(body.clone()).unwrap_or("");
        match first_blank(text) {
            Some(blank) => {
                let value = trimmed_blank(self.line, body.start + blank..body.end);
                Arguments::Pairs(vec![Pair {
                    key: self.word(body.start..body.start + blank),
                    value: self.word(value),
                    legacy: true,
                }])
            }
            None => {
                faults.push(Fault {
                    code: "missing-value",
                    range: self.map.range(body.clone()),
                    message: format!("{} must have a name and a value", keyword.name()),
                    cure: Some(format!("write `{} NAME=value`", keyword.name())),
                    fatal: true,
                });
                Arguments::None
            }
        }
    }
}

/// Without the blanks that part two words, which are not every white space.
fn trimmed_blank(line: &str, range: Range<usize>) -> Range<usize> {
    let text = line.get(range.clone()).unwrap_or("");
    range.end - text.trim_start_matches(super::words::BLANK).len()..range.end
}
