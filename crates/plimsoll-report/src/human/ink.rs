//! Colours, and how words fill a line.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use plimsoll_controls::Severity;

/// Puts colour on text, or not. The codes are SGR (ECMA-48); only the sixteen colours of every terminal are used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ink {
    pub(crate) colour: bool,
}

impl Ink {
    fn put(self, code: &str, text: &str) -> String {
        if self.colour && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.put("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.put("2", text)
    }

    /// Gutters, arrows and the marks of related places.
    pub(crate) fn line(self, text: &str) -> String {
        self.put("1;34", text)
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.put("1;32", text)
    }

    pub(crate) fn severity(self, severity: Severity, text: &str) -> String {
        self.put(
            match severity {
                Severity::Critical | Severity::High => "1;31",
                Severity::Medium => "1;33",
                Severity::Low | Severity::Info => "1;36",
            },
            text,
        )
    }
}

/// The word that a severity is announced with.
pub(crate) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// Columns that a character takes.
pub(crate) fn char_columns(c: char) -> usize {
    UnicodeWidthChar::width(c).unwrap_or(0)
}

/// Columns that a text takes.
pub(crate) fn columns(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// Breaks text between words into lines of at most `width` columns; a longer word keeps a line to itself, because a
/// path or a command that is cut cannot be copied. Never empty.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut taken = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let need = columns(word);
        let Some(line) = lines.last_mut() else { break };
        if taken > 0 && taken + 1 + need > width {
            lines.push(word.to_owned());
            taken = need;
            continue;
        }
        if taken > 0 {
            line.push(' ');
            taken += 1;
        }
        line.push_str(word);
        taken += need;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_wrap_by_columns_and_long_ones_stay_whole() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a /a/very/long/path b", 6), ["a", "/a/very/long/path", "b"]);
        assert_eq!(wrap("漢字 漢字", 8), ["漢字", "漢字"], "nine columns");
        assert_eq!(wrap("", 8), [""]);
    }
}
