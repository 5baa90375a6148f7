//! Where lines begin and end in a YAML text, how it is indented, and how a value is put into it.

use std::ops::Range;

use super::Writing;
use super::outline::{Part, Shape};

/// The lines of a text.
pub(super) struct Layout<'s> {
    text: &'s str,
}

impl<'s> Layout<'s> {
    pub(super) fn of(text: &'s str) -> Self {
        Self { text }
    }

    /// The line end that the text uses: that of its first line.
    pub(super) fn newline(&self) -> &'static str {
        match self.text.find('\n') {
            Some(at) if self.text.as_bytes().get(at.wrapping_sub(1)) == Some(&b'\r') => "\r\n",
            _ => "\n",
        }
    }

    /// The end of the line that holds a place, before its line end.
    pub(super) fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or("");
        let line = rest.split('\n').next().unwrap_or("");
        at + line.trim_end_matches('\r').len()
    }

    fn line_start(&self, at: usize) -> usize {
        self.text.get(..at).and_then(|head| head.rfind('\n')).map_or(0, |end| end + 1)
    }

    /// Bytes between the begin of the line and a place.
    pub(super) fn column(&self, at: usize) -> usize {
        // A byte order mark is no indentation.
        let start = self.line_start(at);
        let head = self.text.get(start..at).unwrap_or("");
        head.trim_start_matches('\u{feff}').len()
    }

    /// What an item's line begins with: indentation, dash and space. `None` when something else stands before it.
    pub(super) fn lead_of_item(&self, at: usize) -> Option<&'s str> {
        let lead = self.text.get(self.line_start(at)..at)?;
        let rest = lead.trim_start_matches(' ').strip_prefix('-')?;
        (!rest.is_empty() && rest.bytes().all(|byte| byte == b' ')).then_some(lead)
    }

    /// The step by which the text is indented: the smallest indentation of a line that is indented, two where none is.
    pub(super) fn step(&self) -> usize {
        let indents = self.text.lines().filter(|line| !line.trim_start().starts_with(['#', '-']));
        let indents = indents.filter(|line| !line.trim().is_empty());
        indents
            .map(|line| line.len() - line.trim_start_matches(' ').len())
            .filter(|&step| step > 0)
            .min()
            .unwrap_or(2)
    }

    /// Whether blank lines behind a value belong to it: a block text with `+`.
    pub(super) fn keeps_trailing_lines(&self, part: &Part) -> bool {
        match &part.shape {
            Shape::Scalar { block: true, .. } => {
                let head = self.text.get(part.at.clone()).and_then(|text| text.lines().next()).unwrap_or("");
                let line = self.text.get(self.line_start(part.at.start)..part.at.start).unwrap_or("");
                head.contains('+') || line.contains("|+") || line.contains(">+")
            }
            Shape::Map { entries, .. } => {
                entries.last().is_some_and(|last| self.keeps_trailing_lines(&last.value))
            }
            Shape::List { items, .. } => items.last().is_some_and(|last| self.keeps_trailing_lines(last)),
            _ => false,
        }
    }

    /// The lines that a range fills, with a comment behind it and the line end; `None` when something else stands on
    /// them.
    pub(super) fn whole_lines(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let mut start = self.line_start(range.start);
        // A byte order mark stays where it is.
        if start == 0 && self.text.starts_with('\u{feff}') {
            start = '\u{feff}'.len_utf8();
        }
        let lead = self.text.get(start..range.start)?;
        if !lead.trim_start_matches(' ').trim_start_matches('-').trim_start_matches(' ').is_empty() {
            return None;
        }
        // A dash belongs to an item of a list; before a key it belongs to the item that the key is the first of.
        let end = self.line_end(range.end);
        let behind = self.text.get(range.end..end)?.trim();
        if !(behind.is_empty() || behind.starts_with('#')) {
            return None;
        }
        let rest = self.text.get(end..)?;
        let line_end = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
        if line_end == 0 && start > 0 {
            // The last line goes with the line end before it.
            let before = self.text.get(..start)?;
            return Some(before.trim_end_matches('\n').trim_end_matches('\r').len()..end);
        }
        Some(start..end + line_end)
    }

    /// An entry of a block mapping, indented, without a line end.
    pub(super) fn entry(&self, indent: usize, key: &str, value: &Writing) -> String {
        let space = " ".repeat(indent);
        match value {
            Writing::Map(entries) if !entries.is_empty() => {
                let below: Vec<String> =
                    entries.iter().map(|(key, value)| self.entry(indent + self.step(), key, value)).collect();
                format!("{space}{key}:{newline}{}", below.join(self.newline()), newline = self.newline())
            }
            Writing::Items { tag, items } => {
                let newline = self.newline();
                let lead = format!("{}- ", " ".repeat(indent + self.step()));
                let below = format!("{newline}{}", " ".repeat(lead.len()));
                let items: Vec<String> =
                    items.iter().map(|item| format!("{lead}{}", item.replace('\n', &below))).collect();
                let tag = tag.map_or_else(String::new, |tag| format!(" {tag}"));
                format!("{space}{key}:{tag}{newline}{}", items.join(newline))
            }
            _ => format!("{space}{key}: {}", inline(value)),
        }
    }
}

/// A value on one line.
pub(super) fn inline(value: &Writing) -> String {
    match value {
        Writing::Scalar(text) => text.clone(),
        Writing::List(items) => flow(items),
        Writing::Items { tag: None, items } => flow(items),
        Writing::Items { tag: Some(tag), items } => format!("{tag} {}", flow(items)),
        Writing::Map(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{key}: {}", inline(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// A list on one line.
pub(super) fn flow(items: &[String]) -> String {
    format!("[{}]", items.join(", "))
}
