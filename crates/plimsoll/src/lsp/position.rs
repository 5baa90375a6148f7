//! Byte offsets to the protocol's positions and back.
//!
//! Lines count from 0 and end at `\n`, `\r\n` or a lone `\r`; characters are units of the encoding that client and
//! server agreed on. Deliberately absent: what stands at a place.

use std::ops::Range;

use serde_json::{Value, json};

/// What a character of a position counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of UTF-16: what every client understands.
    #[default]
    Utf16,
}

impl Encoding {
    /// UTF-8 where the client offers it, because nothing must be counted then.
    pub(super) fn agreed(offered: &Value) -> Self {
        let offers = offered.as_array().is_some_and(|all| all.iter().any(|one| one == "utf-8"));
        if offers { Self::Utf8 } else { Self::Utf16 }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
        }
    }

    fn width(self, c: char) -> usize {
        match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
        }
    }
}

/// A text with the starts of its lines.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
    encoding: Encoding,
}

impl<'a> Lines<'a> {
    /// Reads the text once. Editors take a byte order mark off before they count, so nothing counts it here.
    pub(super) fn of(text: &'a str, encoding: Encoding) -> Self {
        let mut starts = vec![if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }];
        let bytes = text.as_bytes();
        starts.extend(bytes.iter().enumerate().filter_map(|(at, byte)| match byte {
            b'\n' => Some(at + 1),
            b'\r' if bytes.get(at + 1) != Some(&b'\n') => Some(at + 1),
            _ => None,
        }));
        Self { text, starts, encoding }
    }

    /// The line (from 0) that holds an offset.
    pub(super) fn row(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset).saturating_sub(1)
    }

    /// The bytes of a line without its line end; empty at the end of the text past the last line.
    pub(super) fn range(&self, row: usize) -> Range<usize> {
        let Some(&start) = self.starts.get(row) else { return self.text.len()..self.text.len() };
        let end = self.starts.get(row + 1).copied().unwrap_or(self.text.len());
        let line = self.text.get(start..end).unwrap_or("");
        start..start + line.trim_end_matches(['\n', '\r']).len()
    }

    /// The text of a line without its line end.
    pub(super) fn line(&self, row: usize) -> &'a str {
        self.text.get(self.range(row)).unwrap_or("")
    }

    /// The position of an offset, as JSON.
    pub(super) fn position(&self, offset: usize) -> Value {
        let row = self.row(offset);
        let start = self.starts.get(row).copied().unwrap_or_default();
        let mut end = offset.clamp(start, self.text.len().max(start));
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = self.text.get(start..end).unwrap_or("");
        let character: usize = before.chars().map(|c| self.encoding.width(c)).sum();
        json!({ "line": row, "character": character })
    }

    /// A range of bytes, as JSON.
    pub(super) fn span(&self, range: &Range<usize>) -> Value {
        json!({ "start": self.position(range.start), "end": self.position(range.end) })
    }

    /// The offset of a position; the end of the line or text where it lies beyond.
    pub(super) fn offset(&self, position: &Value) -> Option<usize> {
        let row = usize::try_from(position.get("line")?.as_u64()?).ok()?;
        let wanted = usize::try_from(position.get("character")?.as_u64()?).ok()?;
        let range = self.range(row);
        let mut passed = 0;
        for (at, c) in self.line(row).char_indices() {
            if passed + self.encoding.width(c) > wanted {
                return Some(range.start + at);
            }
            passed += self.encoding.width(c);
        }
        Some(range.end)
    }

    /// The bytes of a range.
    pub(super) fn bytes(&self, range: &Value) -> Option<Range<usize>> {
        let start = self.offset(range.get("start")?)?;
        let end = self.offset(range.get("end")?)?;
        Some(start..end.max(start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: usize, character: usize) -> Value {
        json!({ "line": line, "character": character })
    }

    #[test]
    fn characters_are_units_of_the_encoding() {
        let text = "# 🚢ä\nUSER x\n";
        let user = text.find("ä").unwrap();
        assert_eq!(Lines::of(text, Encoding::Utf16).position(user), at(0, 4));
        assert_eq!(Lines::of(text, Encoding::Utf8).position(user), at(0, 6));
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let lines = Lines::of(text, encoding);
            for (offset, _) in text.char_indices() {
                assert_eq!(lines.offset(&lines.position(offset)), Some(offset));
            }
        }
        // Half of a surrogate pair is the whole character.
        assert_eq!(Lines::of(text, Encoding::Utf16).offset(&at(0, 3)), Some(2));
    }

    #[test]
    fn every_line_end_of_the_protocol_ends_a_line() {
        let lines = Lines::of("a\r\nb\rc\nd", Encoding::Utf16);
        let all: Vec<&str> = (0..5).map(|row| lines.line(row)).collect();
        assert_eq!(all, ["a", "b", "c", "d", ""]);
        assert_eq!(lines.position(5), at(2, 0));
        assert_eq!(lines.offset(&at(0, 99)), Some(1));
        assert_eq!(lines.offset(&at(99, 0)), Some(8));
        assert_eq!(lines.offset(&json!({ "line": -1, "character": 0 })), None);
    }

    #[test]
    fn a_byte_order_mark_is_not_counted() {
        let lines = Lines::of("\u{feff}FROM x", Encoding::Utf8);
        assert_eq!(lines.position(3), at(0, 0));
        assert_eq!(lines.position(0), at(0, 0));
        assert_eq!(lines.offset(&at(0, 4)), Some(7));
    }
}
