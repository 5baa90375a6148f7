//! What is known: advisories and other facts, one table of text for each part.
//!
//! A [`Database`] is a value. It starts as what the program carries ([`Database::embedded`]); a part that somebody imported
//! takes the place of the embedded one ([`Database::with`]). Whoever judges is handed one; nothing here is global.
//!
//! A table is read where it stands: nothing is decoded when the program starts, and only the rows of what is there are taken
//! apart ([`Table::block`]). An imported table has the very notation of the embedded one, so that there is one reader.
//!
//! # The notation
//!
//! Lines end with a line feed; fields are parted by a tab. The first line is `complete newest`: the day to which everything is known,
//! and that of the newest fact, both `YYYY-MM-DD` or empty. A third field, where there is one, is the sentence that tells people
//! how complete the part is. Every other line is a row whose first field is its key; rows are sorted by their bytes. Beyond that
//! each part has a notation of its own:
//!
//! | part | key | other fields |
//! |---|---|---|
//! | npm | package | id, aliases (`,`), rating (`c h m l -`), completeness (`f c p s m`), flags (`m` malicious, `k` exploited), ranges (`range\|fixed;…`) |
//! | node | id | aliases, rating, flags, vulnerable, patched |
//! | kev | CVE | day it was added, `r` where ransomware uses it |
//! | debian | `release/source` (`bookworm/glibc`) | as its reader says |
//! | alpine | `release/origin` (`3.20/openssl`) | as its reader says |
//! | go | module | id, aliases (`,`), rating, flags, ranges (`;`) |
//! | services | product | CVE, rating, flags, ranges (`;`) |
//!
//! A part that the program does not carry is empty ([`Table::is_empty`]), and its `complete` is too: nothing was judged by it.
//! To carry one, name its text in [`Part::embedded`].
//!
//! Deliberately absent: files and the network (whoever calls opens them), and the clock.

mod table;

use std::sync::{Arc, LazyLock};

pub use table::{Origin, Table};

/// One part of what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Advisories of npm packages.
    Npm,
    /// Advisories of Node.js itself.
    Node,
    /// Fixes of Debian's source packages.
    Debian,
    /// Fixes of Alpine's packages.
    Alpine,
    /// Advisories of Go modules and of Go itself.
    Go,
    /// Advisories of servers, by product.
    Services,
    /// Vulnerabilities that are known to be exploited.
    Kev,
}

impl Part {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 7] =
        [Self::Npm, Self::Node, Self::Debian, Self::Alpine, Self::Go, Self::Services, Self::Kev];

    /// The name in output and in a store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Node => "node",
            Self::Debian => "debian",
            Self::Alpine => "alpine",
            Self::Go => "go",
            Self::Services => "services",
            Self::Kev => "kev",
        }
    }

    /// The part of a name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }

    /// What the program carries; empty where it carries nothing.
    fn embedded(self) -> &'static str {
        match self {
            Self::Npm => include_str!("../../data/npm.tsv"),
            Self::Node => include_str!("../../data/node.tsv"),
            Self::Kev => include_str!("../../data/kev.tsv"),
            Self::Services => include_str!("../../data/services.tsv"),
            Self::Debian => include_str!("../../data/debian.tsv"),
            Self::Alpine => include_str!("../../data/alpine.tsv"),
            Self::Go => include_str!("../../data/go.tsv"),
        }
    }
}

/// Everything that is known. Cheap to clone: the tables are shared.
#[derive(Debug, Clone)]
pub struct Database {
    tables: [Arc<Table>; Part::ALL.len()],
}

static EMBEDDED: LazyLock<Database> =
    LazyLock::new(|| Database { tables: Part::ALL.map(|part| Arc::new(Table::embedded(part.embedded()))) });

impl Database {
    /// Whether it is the very same as another: the tables are shared.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.tables.iter().zip(&other.tables).all(|(a, b)| Arc::ptr_eq(a, b))
    }
}

impl Default for Database {
    fn default() -> Self {
        Self::embedded().clone()
    }
}

impl Database {
    /// What the program carries.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// The table of a part.
    #[must_use]
    pub fn part(&self, part: Part) -> &Table {
        &self.tables[part as usize]
    }

    /// The same with another table for a part.
    #[must_use]
    pub fn with(mut self, part: Part, table: Table) -> Self {
        self.tables[part as usize] = Arc::new(table);
        self
    }

    /// Whether a vulnerability is known to be exploited.
    #[must_use]
    pub fn is_exploited(&self, id: &str) -> bool {
        id.starts_with("CVE-") && !self.part(Part::Kev).block(id).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_own_place() {
        for (at, part) in Part::ALL.into_iter().enumerate() {
            assert_eq!(part as usize, at);
            assert_eq!(Part::find(part.name()), Some(part));
        }
        assert_eq!(Part::find("rubygems"), None);
    }

    /// What is carried is sorted, so that a search finds it, and says how far it goes.
    #[test]
    fn what_is_carried_is_in_order() {
        for part in Part::ALL {
            let table = Database::embedded().part(part);
            if table.is_empty() {
                continue;
            }
            assert_eq!(table.complete_to().len(), 10, "{}", part.name());
            assert_eq!(table.newest().len(), 10, "{}", part.name());
            assert!(table.complete_to() <= table.newest(), "{}", part.name());
            // The rows of Node.js are read one by one, in the order of their numbers.
            if part != Part::Node {
                assert!(table.is_sorted(), "{}", part.name());
            }
        }
    }

    #[test]
    fn a_part_is_replaced_alone() {
        let table = Table::imported("2027-01-02\t2027-01-02\nlodash\tGHSA-x\n".to_owned(), "a test");
        let other = Database::default().with(Part::Npm, table);
        assert_eq!(other.part(Part::Npm).complete_to(), "2027-01-02");
        assert_eq!(other.part(Part::Npm).origin(), &Origin::Imported("a test".into()));
        assert_eq!(other.part(Part::Node), Database::embedded().part(Part::Node));
        assert!(other.is_exploited("CVE-2021-44228") && !other.is_exploited("CVE-2021-4422"));
    }
}
