//! One table of text, searched where it stands.
//!
//! Deliberately absent: an index. Halving the bytes between two line ends finds a key in the larger tables within twenty steps,
//! and nothing has to be made first.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use memchr::{memchr, memrchr};

/// Where a table comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The program carries it.
    Embedded,
    /// Somebody imported it: from what.
    Imported(Arc<str>),
}

/// One table: a head and sorted rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    text: Cow<'static, str>,
    origin: Origin,
}

impl Table {
    /// A table that the program carries.
    #[must_use]
    pub fn embedded(text: &'static str) -> Self {
        Self { text: Cow::Borrowed(text), origin: Origin::Embedded }
    }

    /// A table that was imported, and from what.
    #[must_use]
    pub fn imported(text: String, from: &str) -> Self {
        Self { text: Cow::Owned(text), origin: Origin::Imported(from.into()) }
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where it comes from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    fn head(&self, field: usize) -> &str {
        let line = self.text.split('\n').next().unwrap_or("");
        line.split('\t').nth(field).unwrap_or("")
    }

    /// The day to which everything is known, `YYYY-MM-DD`; empty where nothing is.
    #[must_use]
    pub fn complete_to(&self) -> &str {
        self.head(0)
    }

    /// The day of the newest fact, `YYYY-MM-DD`.
    #[must_use]
    pub fn newest(&self) -> &str {
        self.head(1)
    }

    /// How complete it is, for people; empty where the days say all.
    #[must_use]
    pub fn remark(&self) -> &str {
        self.head(2)
    }

    /// Where the rows start.
    fn start(&self) -> usize {
        memchr(b'\n', self.text.as_bytes()).map_or(self.text.len(), |end| end + 1)
    }

    /// The rows as text.
    #[must_use]
    pub fn body(&self) -> &str {
        self.text.get(self.start()..).unwrap_or("")
    }

    /// Every row.
    pub fn rows(&self) -> impl Iterator<Item = &str> + Clone {
        self.body().lines().filter(|line| !line.is_empty())
    }

    /// Whether it has no rows: nothing can be judged by it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body().is_empty()
    }

    /// Whether a search finds every row.
    #[must_use]
    pub fn is_sorted(&self) -> bool {
        self.rows().map(key).is_sorted()
    }

    /// The rows of a key, as they stand; empty where there are none.
    #[must_use]
    pub fn block(&self, wanted: &str) -> &str {
        let body = self.body();
        let (mut low, mut high) = (0, body.len());
        // Both are always starts of lines, or the end.
        while low < high {
            let middle = low + (high - low) / 2;
            let bytes = body.as_bytes();
            let start = bytes
                .get(low..middle)
                .and_then(|before| memrchr(b'\n', before))
                .map_or(low, |at| low + at + 1);
            let line = line(body, start);
            match key(line).cmp(wanted) {
                Ordering::Less => low = start + line.len(),
                Ordering::Equal | Ordering::Greater => high = start,
            }
        }
        let mut end = low;
        while end < body.len() {
            let line = line(body, end);
            if key(line) != wanted {
                break;
            }
            end += line.len();
        }
        body.get(low..end).unwrap_or("")
    }
}

/// The line that starts there, with its end.
fn line(body: &str, start: usize) -> &str {
    let rest = body.get(start..).unwrap_or("");
    let end = memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |end| end + 1);
    rest.get(..end).unwrap_or("")
}

/// The first field of a row.
fn key(line: &str) -> &str {
    let end = memchr(b'\t', line.as_bytes());
    end.map_or(line.trim_end_matches('\n'), |end| line.get(..end).unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_its_rows_and_no_others() {
        let text = "2026-01-01\t2026-02-01\ta remark\n@a/b\t1\na\t1\na\t2\na-b\t1\nab\t1\nz\t1\nz\t2\n";
        let table = Table::imported(text.to_owned(), "");
        assert!(table.is_sorted());
        assert_eq!(
            (table.complete_to(), table.newest(), table.remark()),
            ("2026-01-01", "2026-02-01", "a remark")
        );
        for (key, rows) in [
            ("@a/b", 1),
            ("a", 2),
            ("a-b", 1),
            ("ab", 1),
            ("z", 2),
            ("", 0),
            ("b", 0),
            ("zz", 0),
            ("2026-01-01", 0),
        ] {
            let block = table.block(key);
            assert_eq!(block.lines().count(), rows, "{key}");
            assert!(block.lines().all(|line| line.split('\t').next() == Some(key)));
        }
        assert_eq!(table.rows().count(), 7);
    }

    #[test]
    fn broken_tables_have_no_rows_that_are_not_there() {
        for text in ["", "\n", "x", "\t\t\n\n\n", "a\tb\nno line end", "a\nz\na\n"] {
            let table = Table::imported(text.to_owned(), "");
            for wanted in ["", "a", "no line end", "z"] {
                assert!(text.contains(table.block(wanted)));
            }
        }
        assert_eq!(Table::embedded("a\tb\nkey\tlast").block("key"), "key\tlast");
    }
}
