//! How old the data may be by which something was judged: the only way in which old data fails a run.
//!
//! What counts is the day to which the data is complete, and only of data that judged something in this run. A limit of the configuration
//! gives a finding at its own line; one of the command line ends the run with exit code 2, after the report. Deliberately absent: a limit that
//! nobody set.

use std::collections::BTreeSet;

use plimsoll_controls::Severity;
use plimsoll_packages::database::{Database, Part};
use plimsoll_posture::Posture;
use plimsoll_report::Notice;
use plimsoll_text::Span;

use crate::date::Date;

/// A limit, and today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The days that data may be old.
    pub days: u32,
    /// The day that it is counted from.
    pub today: Date,
    /// Where the configuration says so; `None` for the command line.
    pub at: Option<Span>,
}

/// Something that packages were judged by, and the day to which it is complete.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Basis {
    day: String,
    of: String,
}

/// By what the packages of a scenario were judged.
pub(crate) fn bases(posture: &Posture, database: &Database) -> BTreeSet<Basis> {
    let mut bases = BTreeSet::new();
    let mut add = |of: &str, day: &str| {
        bases.insert(Basis { day: day.to_owned(), of: of.to_owned() });
    };
    let lockfiles = posture.dependencies.iter().flat_map(|app| &app.lockfiles);
    for coverage in lockfiles.filter_map(|lockfile| lockfile.coverage.as_ref()).filter(|of| of.judged > 0) {
        add("npm", &coverage.complete_to);
    }
    for runtime in &posture.runtimes {
        let part = if runtime.product == "Node.js" { Part::Node } else { Part::Services };
        add(runtime.product, database.part(part).complete_to());
    }
    for coverage in
        posture.built.iter().flat_map(|image| &image.installed.coverage).filter(|of| of.judged > 0)
    {
        add(&coverage.of, &coverage.to);
    }
    bases
}

impl Limit {
    /// What is older than allowed, for people; `None` where nothing is.
    pub(crate) fn exceeded(&self, bases: &BTreeSet<Basis>) -> Option<String> {
        let mut old = Vec::new();
        for basis in bases {
            // Where only the month is known its first day counts.
            let day = Date::parse(&basis.day).or_else(|| Date::parse(&format!("{}-01", basis.day)));
            let age = day.map(|day| self.today.days() - day.days());
            match age {
                Some(age) if age <= i64::from(self.days) => {}
                Some(age) => old.push(format!("{} (complete to {}, {age} days ago)", basis.of, basis.day)),
                None => old.push(format!("{} (complete to no known day)", basis.of)),
            }
        }
        (!old.is_empty()).then(|| {
            format!("packages were judged by data older than {} days: {}", self.days, old.join(", "))
        })
    }

    /// The finding at the line of the configuration.
    pub(crate) fn notice(at: Span, message: String) -> Notice {
        Notice {
            code: "old-database",
            severity: Severity::High,
            at,
            message,
            cure: Some("plimsoll db update, or plimsoll db import".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_is_still_allowed() {
        let limit = |days| Limit { days, today: Date::parse("2026-11-22").unwrap(), at: None };
        let basis = |of: &str, day: &str| Basis { day: day.to_owned(), of: of.to_owned() };
        let known = BTreeSet::from([basis("npm", "2026-10-23"), basis("Debian 12", "2026-11-20")]);
        assert_eq!(limit(30).exceeded(&known), None);
        let told = limit(29).exceeded(&known).unwrap();
        assert!(told.ends_with("older than 29 days: npm (complete to 2026-10-23, 30 days ago)"), "{told}");
        assert!(limit(30).exceeded(&BTreeSet::from([basis("Alpine 3.20", "2026-04")])).is_some());
        assert!(limit(30).exceeded(&BTreeSet::from([basis("Alpine 3.24", "")])).is_some());
        assert_eq!(limit(0).exceeded(&BTreeSet::new()), None, "nothing was judged by it");
    }
}
