//! Byte offsets to lines and columns.

/// A place for people: both numbers count from 1; the column counts Unicode scalar values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// 1 for the first line.
    pub line: usize,
    /// 1 for the first character of the line.
    pub column: usize,
}

/// The starts of the lines of one text. Lines end at `\n`; a `\r` before it belongs to the line end.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Reads the text once.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(
            text.bytes()
                .enumerate()
                .filter(|&(_, byte)| byte == b'\n')
                .filter_map(|(at, _)| u32::try_from(at + 1).ok()),
        );
        Self { starts }
    }

    /// How many lines there are; a text that ends with `\n` has an empty last one.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The place of a byte offset; an offset past the end is the end.
    #[must_use]
    pub fn place(&self, text: &str, offset: usize) -> LineColumn {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let row = self.starts.partition_point(|&start| start as usize <= offset).saturating_sub(1);
        let start = self.starts[row] as usize;
        LineColumn { line: row + 1, column: text[start..offset].chars().count() + 1 }
    }

    /// The byte range of a line (from 1) without its line end; `None` past the last line.
    #[must_use]
    pub fn range(&self, text: &str, line: usize) -> Option<std::ops::Range<usize>> {
        let row = line.checked_sub(1)?;
        let start = *self.starts.get(row)? as usize;
        let end = self.starts.get(row + 1).map_or(text.len(), |&next| next as usize - 1);
        let end = if end > start && text.as_bytes().get(end - 1) == Some(&b'\r') { end - 1 } else { end };
        Some(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_one_and_in_characters() {
        let text = "FROM a\r\nENV ä=1\n";
        let lines = LineIndex::new(text);
        assert_eq!(lines.place(text, 0), LineColumn { line: 1, column: 1 });
        let equals = text.find('=').unwrap();
        assert_eq!(lines.place(text, equals), LineColumn { line: 2, column: 6 });
        assert_eq!(lines.place(text, 999), LineColumn { line: 3, column: 1 });
        assert_eq!(&text[lines.range(text, 1).unwrap()], "FROM a");
        assert_eq!(&text[lines.range(text, 2).unwrap()], "ENV ä=1");
        assert_eq!(lines.range(text, 4), None);
    }

    #[test]
    fn an_offset_inside_a_character_is_that_character() {
        let text = "äb";
        assert_eq!(LineIndex::new(text).place(text, 1), LineColumn { line: 1, column: 1 });
    }
}
