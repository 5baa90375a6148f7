//! Rows of the parts that are keyed by package: npm, Go, servers.
//!
//! What was imported takes the place of the rows of the same id; every other row stays. Whether a part is whole is told by what was known
//! before: an import that names nine of ten of the advisories that were known is the whole feed, and its day becomes the day to which
//! the part is complete. Deliberately absent: what the fields mean (`osv`, `audit`).

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::database::Table;

/// Fields of a row that hold ids: the id itself and the aliases.
pub(super) const ID: usize = 1;
const ALIASES: usize = 2;

/// What was imported of one part.
#[derive(Debug, Default)]
pub(super) struct Advisories {
    rows: Vec<String>,
    /// Ids that were told of, withdrawn ones too.
    seen: HashSet<String>,
    /// Their aliases.
    aliases: HashSet<String>,
    /// The newest day of any record.
    newest: String,
    /// Ratings of other records by alias, for those that have none.
    ratings: HashMap<String, char>,
}

impl Advisories {
    /// An id of which something was told: what was known of it goes.
    pub(super) fn see(&mut self, id: &str, aliases: &[&str], day: &str) {
        self.seen.insert(id.to_owned());
        self.aliases.extend(
            aliases.iter().filter(|alias| alias.starts_with("CVE-")).map(|alias| (*alias).to_owned()),
        );
        if day > self.newest.as_str() {
            day.clone_into(&mut self.newest);
        }
    }

    pub(super) fn rate(&mut self, id: &str, letter: char) {
        self.ratings.insert(id.to_owned(), letter);
    }

    /// Adds a row of these fields.
    pub(super) fn add(&mut self, fields: &[&str]) {
        self.rows.push(fields.join("\t"));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.seen.is_empty()
    }

    /// The rating of an alias, where another record has one.
    fn rated(&self, row: String) -> String {
        let mut fields: Vec<&str> = row.split('\t').collect();
        let known = fields
            .get(ALIASES)
            .and_then(|aliases| aliases.split(',').find_map(|alias| self.ratings.get(alias).copied()));
        match (fields.get_mut(3), known) {
            (Some(letter @ &mut "-"), Some(known)) => {
                let mut buffer = [0; 4];
                *letter = known.encode_utf8(&mut buffer);
                fields.join("\t")
            }
            _ => row,
        }
    }

    /// The new text of a part; `whole` says that it is complete to a day, at most `day`.
    pub(super) fn table(mut self, base: &Table, day: &str) -> String {
        let (mut known, mut named) = (BTreeSet::new(), 0_usize);
        let mut lines: Vec<String> = Vec::new();
        for row in base.rows() {
            let mut fields = row.split('\t').skip(ID);
            let id = fields.next().unwrap_or("");
            let again = self.seen.contains(id) || (id.starts_with("CVE-") && self.aliases.contains(id));
            if known.insert(id) {
                named += usize::from(again);
            }
            if !again {
                lines.push(row.to_owned());
            }
        }
        let whole = !known.is_empty() && named * 10 >= known.len() * 9;
        let rows = std::mem::take(&mut self.rows);
        lines.extend(rows.into_iter().map(|row| self.rated(row)));
        lines.sort_unstable();
        lines.dedup();
        // A record may say that it is of tomorrow; nothing is complete to then.
        let newest = if day.is_empty() { &*self.newest } else { self.newest.as_str().min(day) };
        let complete = if whole { base.complete_to().max(newest) } else { base.complete_to() };
        let newest = base.newest().max(newest).max(complete);
        let remark = if whole { "" } else { base.remark() };
        text(complete, newest, remark, &lines)
    }
}

/// A table: its head, and its rows as they come.
pub(super) fn text(complete: &str, newest: &str, remark: &str, rows: &[String]) -> String {
    let length: usize = rows.iter().map(|row| row.len() + 1).sum();
    let mut text = String::with_capacity(length + 64);
    text.push_str(&format!("{complete}\t{newest}"));
    if !remark.is_empty() {
        text.push('\t');
        text.push_str(remark);
    }
    text.push('\n');
    for row in rows {
        text.push_str(row);
        text.push('\n');
    }
    text
}
