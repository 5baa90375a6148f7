//! How BuildKit's parser parts a line into words. Three ways, by instruction; none of them is a shell's.

use std::ops::Range;

use super::{Flag, Word};
use crate::shell::OffsetMap;

/// What parts words where quotes do not count.
pub(super) const BLANK: [char; 5] = ['\t', '\u{b}', '\u{c}', '\r', ' '];

/// Where the first blank is.
pub(super) fn first_blank(text: &str) -> Option<usize> {
    text.find(BLANK)
}

/// Words between blanks; quotes do not count.
pub(super) fn blank_words(line: &str, body: &Range<usize>) -> Vec<Range<usize>> {
    let text = line.get(body.clone()).unwrap_or("");
    let mut words = Vec::new();
    let mut start = None;
    for (at, ch) in text.char_indices() {
        match (BLANK.contains(&ch), start) {
            (false, None) => start = Some(at),
            (true, Some(from)) => {
                words.push(body.start + from..body.start + at);
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|from| body.start + from..body.end));
    words
}

/// Words between white space that is neither quoted nor escaped; quotes and escapes are kept. An open quote reaches
/// to the end, and an escape character at the very end is dropped.
pub(super) fn quoted_words(line: &str, body: &Range<usize>, escape: char) -> Vec<Range<usize>> {
    let text = line.get(body.clone()).unwrap_or("");
    let mut words = Vec::new();
    let mut chars = text.char_indices().peekable();
    let mut start: Option<usize> = None;
    let mut quote: Option<char> = None;
    let mut end = text.len();
    while let Some((at, ch)) = chars.next() {
        let Some(from) = start else {
            if ch.is_whitespace() {
                continue;
            }
            start = Some(at);
            if ch == escape {
                if chars.next().is_none() {
                    end = at;
                }
            } else if ch == '\'' || ch == '"' {
                quote = Some(ch);
            }
            continue;
        };
        match quote {
            None if ch.is_whitespace() => {
                words.push(body.start + from..body.start + at);
                start = None;
            }
            Some(open) if ch == open => quote = None,
            _ => {
                if ch == escape && quote != Some('\'') {
                    if chars.next().is_none() {
                        end = at;
                    }
                } else if quote.is_none() && (ch == '\'' || ch == '"') {
                    quote = Some(ch);
                }
            }
        }
    }
    words.extend(start.filter(|from| *from < end).map(|from| body.start + from..body.start + end));
    words
}

/// The flags at the beginning of a part of the line, and what is left behind them.
pub(super) fn flags(line: &str, map: &OffsetMap, part: Range<usize>) -> (Vec<Flag>, Range<usize>) {
    let mut found = Vec::new();
    let mut at = part.start;
    loop {
        let text = line.get(at..part.end).unwrap_or("");
        at += text.len() - text.trim_start().len();
        if !line.get(at..part.end).unwrap_or("").starts_with("--") {
            return (found, at..part.end);
        }
        let (end, text) = flag_word(line, at..part.end);
        if text == "--" {
            return (found, end..part.end);
        }
        found.push(flag(line, map, at..end, text));
        at = end;
    }
}

/// The end of a flag and its text without quotes. The backslash escapes here whatever the escape directive says.
fn flag_word(line: &str, part: Range<usize>) -> (usize, String) {
    let mut out = String::new();
    let mut quote: Option<char> = None;
    let text = line.get(part.clone()).unwrap_or("");
    let mut chars = text.char_indices();
    while let Some((at, ch)) = chars.next() {
        match quote {
            None if ch.is_whitespace() => return (part.start + at, out),
            None if ch == '\'' || ch == '"' => quote = Some(ch),
            Some(open) if ch == open => quote = None,
            _ if ch == '\\' => out.extend(chars.next().map(|(_, escaped)| escaped)),
            _ => out.push(ch),
        }
    }
    (part.end, out)
}

fn flag(line: &str, map: &OffsetMap, range: Range<usize>, text: String) -> Flag {
    let bare = text.strip_prefix("--").unwrap_or(&text);
    let (name, value) = match bare.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (bare.to_owned(), None),
    };
    let equals = line.get(range.clone()).and_then(|raw| raw.find('='));
    let value = value.map(|value| {
        let start = equals.map_or(range.end, |equals| range.start + equals + 1);
        Word { text: value, range: map.range(start..range.end), line: start..range.end }
    });
    Flag { name, value, range: map.range(range), text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> Vec<&str> {
        quoted_words(text, &(0..text.len()), '\\').into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn quotes_and_escapes_hold_words_together() {
        assert_eq!(quoted("a=b c=\"d e\" f=g\\ h"), ["a=b", "c=\"d e\"", "f=g\\ h"]);
        assert_eq!(quoted("a='it\\' b=\"x\\\" y\""), ["a='it\\'", "b=\"x\\\" y\""]);
        // An open quote takes the rest.
        assert_eq!(quoted("a=\"b c d"), ["a=\"b c d"]);
        assert_eq!(quoted("a=b \\"), ["a=b"]);
    }

    #[test]
    fn flags_end_at_the_first_word_without_dashes() {
        let line = "--mount=type=bind,target=/x --network=\"no ne\" -- --x";
        let (flags, rest) = flags(line, &OffsetMap::identity(0), 0..line.len());
        let texts: Vec<&str> = flags.iter().map(|flag| flag.text.as_str()).collect();
        assert_eq!(texts, ["--mount=type=bind,target=/x", "--network=no ne"]);
        assert_eq!(flags[0].value.as_ref().unwrap().range, 8..27);
        assert_eq!(&line[rest], " --x");
    }
}
