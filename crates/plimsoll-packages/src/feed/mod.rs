//! What others publish, read into the notation of the tables: OSV, Debian's tracker, Alpine's secdb, CISA's catalogue, the index of
//! Node.js, reports of `npm audit`; as documents or in archives of any number.
//!
//! An [`Import`] takes one document after another and gives new tables in the end. What a document is gets told by what it says. One
//! that cannot be read is told and left out, and the rest counts. Everything is bounded: an archive is read entry by entry, and of
//! each only one is in memory. Deliberately absent: opening files, fetching, and where the tables are kept.

mod advisories;
mod archive;
mod distributions;
mod kind;
mod osv;
mod range;
mod rating;
mod releases;
mod single;

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use serde_json::Value;

use self::advisories::Advisories;
use self::releases::Releases;
use self::single::Index;
use crate::database::{Database, Part, Table};

pub use kind::Kind;

/// The largest document, in bytes: the tracker of Debian has some 70 million.
pub const LARGEST: u64 = 512 * 1024 * 1024;
/// Faults that are kept; of the others only the number is.
const FAULTS: usize = 100;

/// Something that could not be used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The document, or the archive and the entry.
    pub name: String,
    /// Why.
    pub why: String,
}

/// What is being imported.
#[derive(Debug)]
pub struct Import<'b> {
    base: &'b Database,
    /// The day that documents are of which name none themselves.
    day: String,
    /// The latest of those days.
    latest: String,
    npm: Advisories,
    go: Advisories,
    services: Advisories,
    debian: Releases,
    alpine: Releases,
    node: Index,
    kev: Option<String>,
    read: BTreeMap<Kind, usize>,
    /// Entries of records about other worlds.
    other: usize,
    faults: Vec<Fault>,
    more: usize,
}

/// What became of an import.
#[derive(Debug)]
pub struct Imported {
    /// The new texts of the parts that something was said about.
    pub tables: Vec<(Part, String)>,
    /// How many documents of which kind were read.
    pub read: BTreeMap<Kind, usize>,
    /// What could not be used.
    pub faults: Vec<Fault>,
    /// How many more could not.
    pub more_faults: usize,
}

impl<'b> Import<'b> {
    /// On top of what is known.
    #[must_use]
    pub fn new(base: &'b Database) -> Self {
        Self {
            base,
            day: String::new(),
            latest: String::new(),
            npm: Advisories::default(),
            go: Advisories::default(),
            services: Advisories::default(),
            debian: Releases::default(),
            alpine: Releases::default(),
            node: Index::default(),
            kev: None,
            read: BTreeMap::new(),
            other: 0,
            faults: Vec::new(),
            more: 0,
        }
    }

    /// Documents that come now were published on this day, `YYYY-MM-DD`: nothing is taken to be known later than that.
    pub fn published(&mut self, day: &str) {
        self.day = osv::day(day).to_owned();
        if self.day > self.latest {
            self.latest.clone_from(&self.day);
        }
    }

    /// The earlier of a document's own day and the one that it was published on.
    fn day_of(&self, own: &str) -> String {
        match (own, self.day.as_str()) {
            ("", day) | (day, "") => day.to_owned(),
            (own, day) => own.min(day).to_owned(),
        }
    }

    fn fault(&mut self, name: &str, why: impl Into<String>) {
        if self.faults.len() < FAULTS {
            self.faults.push(Fault { name: name.to_owned(), why: why.into() });
        } else {
            self.more += 1;
        }
    }

    /// Tells of something that the caller could not open.
    pub fn unread(&mut self, name: &str, why: &str) {
        self.fault(name, why);
    }

    /// Takes a document. What is of no known kind is told only where `alone`: in archives and directories there are others.
    pub fn document(&mut self, name: &str, bytes: &[u8], alone: bool) {
        let Ok(text) = std::str::from_utf8(bytes) else {
            if alone {
                self.fault(name, "it is no text");
            }
            return;
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let Some(kind) = Kind::of(text) else {
            if alone {
                self.fault(name, "it is none of the kinds that can be imported");
            }
            return;
        };
        match self.take(kind, text) {
            Ok(()) => *self.read.entry(kind).or_default() += 1,
            Err(why) => self.fault(name, why),
        }
    }

    fn take(&mut self, kind: Kind, text: &str) -> Result<(), String> {
        let value = || serde_json::from_str::<Value>(text).map_err(|error| error.to_string());
        match kind {
            Kind::Osv => osv::read(self, &value()?),
            Kind::Tracker => {
                let read = distributions::tracker(text.as_bytes(), &self.day)?;
                self.debian.join(read);
                Ok(())
            }
            Kind::Secdb => {
                let read = distributions::secdb(&value()?, &self.day)?;
                self.alpine.join(read);
                Ok(())
            }
            Kind::Kev => {
                self.kev = Some(single::kev(&value()?)?);
                Ok(())
            }
            Kind::NodeIndex => self.node.read(&value()?),
            Kind::NpmAudit => single::audit(&value()?, &mut self.npm),
        }
    }

    /// Takes every document of a ZIP archive.
    pub fn archive(&mut self, name: &str, file: impl Read + Seek) {
        archive::read(self, name, file);
    }

    /// The new tables.
    #[must_use]
    pub fn finish(self) -> Imported {
        let mut tables = Vec::new();
        let part = |part: Part| -> &Table { self.base.part(part) };
        let day = self.latest.as_str();
        for (name, advisories) in
            [(Part::Npm, self.npm), (Part::Go, self.go), (Part::Services, self.services)]
        {
            if !advisories.is_empty() {
                tables.push((name, advisories.table(part(name), day)));
            }
        }
        if !self.node.is_empty() {
            tables.push((Part::Node, self.node.table(part(Part::Node), day)));
        }
        if !self.debian.is_empty() {
            tables.push((Part::Debian, self.debian.table(part(Part::Debian), distributions::TRACKER)));
        }
        if !self.alpine.is_empty() {
            tables.push((Part::Alpine, self.alpine.table(part(Part::Alpine), distributions::REPOSITORIES)));
        }
        tables.extend(self.kev.map(|text| (Part::Kev, text)));
        tables.sort_by_key(|(part, _)| *part);
        Imported { tables, read: self.read, faults: self.faults, more_faults: self.more }
    }
}
