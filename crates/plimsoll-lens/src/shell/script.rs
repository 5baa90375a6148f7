//! A shell script that was cut out of another document, and the way back to that document's bytes.
//!
//! Continuation lines, comments between them, stripped tabs and JSON escapes all make the script a different text
//! from the one in the file; every place that is reported must point into the file.

use std::ops::Range;

use plimsoll_text::{SourceId, Span};

/// Which bytes of a document the bytes of a derived text came from: runs that were copied as they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OffsetMap {
    /// Start in the derived text and start in the document, both ascending.
    runs: Vec<(u32, u32)>,
}

impl OffsetMap {
    /// A text that stands in the document at `start` without a change.
    #[must_use]
    pub fn identity(start: usize) -> Self {
        let mut map = Self::default();
        map.push(0, start);
        map
    }

    /// From `text` on, the derived text is a copy of the document from `document` on. Call in ascending order.
    pub fn push(&mut self, text: usize, document: usize) {
        let run = (u32::try_from(text).unwrap_or(u32::MAX), u32::try_from(document).unwrap_or(u32::MAX));
        match self.runs.last_mut() {
            Some(last) if last.0 == run.0 => *last = run,
            Some(last) if run.1.wrapping_sub(last.1) == run.0.wrapping_sub(last.0) => {}
            _ => self.runs.push(run),
        }
    }

    /// The offset in the document of an offset in the derived text.
    #[must_use]
    pub fn place(&self, at: usize) -> usize {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let run = self.runs.partition_point(|&(text, _)| text <= at).checked_sub(1);
        match run.and_then(|run| self.runs.get(run)) {
            Some(&(text, document)) => (document as usize) + (at - text) as usize,
            None => self.runs.first().map_or(at as usize, |&(_, document)| document as usize),
        }
    }

    /// The range in the document of a range in the derived text. It ends after the last byte of the range, so that
    /// it does not reach over a line break that follows.
    #[must_use]
    pub fn range(&self, range: Range<usize>) -> Range<usize> {
        let start = self.place(range.start);
        if range.end <= range.start {
            return start..start;
        }
        start..(self.place(range.end - 1) + 1).max(start)
    }

    /// The map of a part of the derived text that starts at `start`.
    #[must_use]
    pub fn tail(&self, start: usize) -> Self {
        let mut map = Self::default();
        map.push(0, self.place(start));
        for &(text, document) in &self.runs {
            if text as usize > start {
                map.push(text as usize - start, document as usize);
            }
        }
        map
    }
}

/// A script and where it came from.
#[derive(Debug, Clone, Copy)]
pub struct Script<'a> {
    /// The text that the shell is given.
    pub text: &'a str,
    /// The document it was cut out of.
    pub source: SourceId,
    /// The way back.
    pub map: &'a OffsetMap,
}

impl Script<'_> {
    /// The place in the document of a range of the script.
    #[must_use]
    pub fn span(&self, range: Range<usize>) -> Span {
        let range = self.map.range(range);
        Span::new(self.source, range.start, range.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_never_reaches_over_a_dropped_line() {
        // `ab\⏎cd` as the derived text `abcd`: the backslash and the line break are bytes 2 and 3.
        let mut map = OffsetMap::default();
        map.push(0, 0);
        map.push(2, 4);
        assert_eq!(map.range(0..2), 0..2);
        assert_eq!(map.range(1..3), 1..5);
        assert_eq!(map.range(2..4), 4..6);
        assert_eq!(map.range(2..2), 4..4);
        assert_eq!(map.tail(3).range(0..1), 5..6);
    }
}
