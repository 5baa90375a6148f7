//! Rows of the parts that are keyed by release and source: Debian and Alpine.
//!
//! The notation is that of `installed::distribution`, which reads it. A feed of its own (the tracker, a secdb) says all that is
//! known of a source and replaces it; an OSV record speaks of one advisory and replaces that one. Ratings that a feed does not give are
//! kept from what was known.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::advisories::text;
use super::rating::UNRATED;
use crate::database::Table;

/// Sources of a release below which OSV records count as a part of it: the smallest releases have several hundred.
const WHOLE: usize = 300;

/// Releases of Debian by number; those of a table come first.
const NUMBERS: [(&str, &str); 8] = [
    ("7", "wheezy"),
    ("8", "jessie"),
    ("9", "stretch"),
    ("10", "buster"),
    ("11", "bullseye"),
    ("12", "bookworm"),
    ("13", "trixie"),
    ("14", "forky"),
];

/// What was imported of one distribution.
#[derive(Debug, Default)]
pub(super) struct Releases {
    releases: BTreeMap<String, Release>,
}

#[derive(Debug, Default)]
struct Release {
    /// The day of each part of the feed that was read, by its name.
    feeds: BTreeMap<String, String>,
    sources: BTreeMap<String, Source>,
}

/// What was imported of one source.
#[derive(Debug, Default)]
struct Source {
    /// Whether this is all that is known of it.
    whole: bool,
    pockets: BTreeMap<char, String>,
    /// Version to ids.
    fixes: BTreeMap<String, BTreeMap<String, char>>,
}

impl Source {
    fn of_row(row: &str) -> Self {
        let mut fields = row.split('\t').skip(1);
        let (newest, fixes) = (fields.next().unwrap_or(""), fields.next().unwrap_or(""));
        let mut source = Self::default();
        for pocket in newest.split(';') {
            if let Some(letter) = pocket.chars().next() {
                source.pockets.insert(letter, pocket.get(letter.len_utf8()..).unwrap_or("").to_owned());
            }
        }
        for (version, ids) in fixes.split(';').filter_map(|fix| fix.split_once('=')) {
            let ids = ids.split(',').filter(|id| !id.is_empty()).map(parted);
            source
                .fixes
                .entry(version.to_owned())
                .or_default()
                .extend(ids.map(|(id, letter)| (id.to_owned(), letter)));
        }
        source
    }

    /// What an older row says that this one does not.
    fn keep(&mut self, older: Self) {
        for (letter, version) in older.pockets {
            self.pockets.entry(letter).or_insert(version);
        }
        if self.whole {
            return;
        }
        let own: BTreeSet<String> = self.fixes.values().flat_map(|ids| ids.keys().cloned()).collect();
        for (version, ids) in older.fixes {
            let left: BTreeMap<String, char> = ids.into_iter().filter(|(id, _)| !own.contains(id)).collect();
            if !left.is_empty() {
                self.fixes.entry(version).or_default().extend(left);
            }
        }
    }

    fn row(&self, key: &str, ratings: &HashMap<String, char>) -> String {
        let pockets: Vec<String> =
            self.pockets.iter().map(|(letter, version)| format!("{letter}{version}")).collect();
        // A version that never was is no fix.
        let fixes = self.fixes.iter().filter(|(version, _)| *version != "0").map(|(version, ids)| {
            let ids: Vec<String> = ids
                .iter()
                .map(|(id, letter)| {
                    let known = if *letter == UNRATED { ratings.get(id).copied() } else { Some(*letter) };
                    match known.filter(|_| id.starts_with(|first: char| first.is_ascii_digit())) {
                        Some(letter) => format!("{id}{letter}"),
                        None => id.clone(),
                    }
                })
                .collect();
            format!("{version}={}", ids.join(","))
        });
        format!("{key}\t{}\t{}", pockets.join(";"), fixes.collect::<Vec<_>>().join(";"))
    }
}

/// `2024-1234h`: the id and its letter.
fn parted(mark: &str) -> (&str, char) {
    let letter = mark.chars().last().filter(|last| "chml".contains(*last));
    match letter.filter(|_| mark.starts_with(|first: char| first.is_ascii_digit())) {
        Some(letter) => (mark.get(..mark.len() - 1).unwrap_or(mark), letter),
        None => (mark, UNRATED),
    }
}

/// An id as the table has it; `None` for what is none.
pub(super) fn mark(id: &str) -> Option<String> {
    let own = ["DEBIAN-", "ALPINE-"].into_iter().find_map(|prefix| id.strip_prefix(prefix));
    let id = own.filter(|own| own.starts_with("CVE-")).unwrap_or(id);
    let sound = |text: &str| {
        text.len() <= 64
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':'))
    };
    match id.strip_prefix("CVE-") {
        Some(number) => {
            let (year, rest) = number.split_once('-')?;
            let digits = |text: &str| text.len() >= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
            (digits(year) && digits(rest) && sound(number)).then(|| number.to_owned())
        }
        None => (id.contains('-') && sound(id) && id.starts_with(|first: char| first.is_ascii_uppercase()))
            .then(|| id.to_owned()),
    }
}

/// Whether a version can stand in the table.
pub(super) fn is_version(version: &str) -> bool {
    !version.is_empty()
        && version.len() <= 200
        && version.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'=' | b';' | b','))
}

/// Whether a release or a source can be a part of a key.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 200
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-' | b'_'))
}

impl Releases {
    pub(super) fn is_empty(&self) -> bool {
        self.releases.is_empty()
    }

    /// A feed of a release was read, as of a day.
    pub(super) fn feed(&mut self, release: &str, feed: &str, day: &str) {
        let known = self.releases.entry(release.to_owned()).or_default();
        let own = known.feeds.entry(feed.to_owned()).or_default();
        if day > own.as_str() {
            day.clone_into(own);
        }
    }

    /// Everything that is known of a source comes now.
    pub(super) fn whole(&mut self, release: &str, source: &str) {
        self.source(release, source).whole = true;
    }

    fn source(&mut self, release: &str, source: &str) -> &mut Source {
        self.releases.entry(release.to_owned()).or_default().sources.entry(source.to_owned()).or_default()
    }

    pub(super) fn pocket(&mut self, release: &str, source: &str, letter: char, version: &str) {
        self.source(release, source).pockets.insert(letter, version.to_owned());
    }

    /// A version that mends an advisory; version `0`: the release never had it.
    pub(super) fn fix(&mut self, release: &str, source: &str, version: &str, mark: String, letter: char) {
        self.source(release, source).fixes.entry(version.to_owned()).or_default().insert(mark, letter);
    }

    /// What a whole document said, once it was read to its end.
    pub(super) fn join(&mut self, other: Self) {
        for (name, release) in other.releases {
            let own = self.releases.entry(name).or_default();
            for (feed, day) in release.feeds {
                let known = own.feeds.entry(feed).or_default();
                *known = std::mem::take(known).max(day);
            }
            for (name, mut source) in release.sources {
                let known = own.sources.entry(name).or_default();
                source.keep(std::mem::take(known));
                *known = source;
            }
        }
    }

    /// The new text of a part. `feeds` are the parts of the distribution's own feed that make it whole.
    pub(super) fn table(mut self, base: &Table, feeds: &[&str]) -> String {
        let mut ratings: HashMap<String, char> = HashMap::new();
        // Name to the days of its feeds, and its extent.
        let mut known: BTreeMap<String, (BTreeMap<String, String>, String, String)> = BTreeMap::new();
        let mut numbers: BTreeMap<String, String> =
            NUMBERS.iter().map(|(number, name)| ((*number).to_owned(), (*name).to_owned())).collect();
        for row in base.rows() {
            let fields: Vec<&str> = row.split('\t').collect();
            if let [key, name, to, extent, rest @ ..] = fields.as_slice()
                && !key.contains('/')
            {
                if key == name {
                    let days = rest.first().unwrap_or(&"").split(',').filter_map(|feed| feed.split_once('='));
                    let days = days.map(|(feed, day)| (feed.to_owned(), day.to_owned())).collect();
                    known.insert((*name).to_owned(), (days, (*to).to_owned(), (*extent).to_owned()));
                } else {
                    numbers.insert((*key).to_owned(), (*name).to_owned());
                }
                continue;
            }
            let marks = fields.get(2).unwrap_or(&"").split([';', '=', ',']).map(parted);
            ratings.extend(
                marks.filter(|(_, letter)| *letter != UNRATED).map(|(id, letter)| (id.to_owned(), letter)),
            );
        }
        // OSV names releases by number.
        for (number, name) in &numbers {
            if let Some(by_number) = self.releases.remove(number) {
                let release = self.releases.entry(name.clone()).or_default();
                release.feeds.extend(by_number.feeds);
                for (name, source) in by_number.sources {
                    let own = release.sources.entry(name).or_default();
                    let mut all = source;
                    all.keep(std::mem::take(own));
                    *own = all;
                }
            }
        }
        let mut lines: Vec<String> = Vec::new();
        for row in base.rows() {
            let Some((release, source)) = row.split('\t').next().and_then(|key| key.split_once('/')) else {
                continue;
            };
            let own = self.releases.get_mut(release).and_then(|release| release.sources.get_mut(source));
            match own {
                Some(own) => own.keep(Source::of_row(row)),
                None => lines.push(row.to_owned()),
            }
        }
        for (name, release) in self.releases {
            for (source, of) in &release.sources {
                lines.push(of.row(&format!("{name}/{source}"), &ratings));
            }
            let (days, to, extent) = known.entry(name).or_default();
            let records = release.feeds.keys().all(|feed| feed == "osv");
            let many = release.sources.len() >= WHOLE;
            for (feed, day) in release.feeds {
                if feed != "osv" || many {
                    days.insert(feed, day);
                }
            }
            // The release is known as far as the part of its feed that is known least.
            let all = feeds.iter().all(|feed| days.contains_key(*feed))
                || (records && many)
                || days.contains_key("osv");
            let least = if feeds.iter().all(|feed| days.contains_key(*feed)) {
                feeds.iter().filter_map(|feed| days.get(*feed)).min()
            } else {
                days.values().max()
            };
            let said = match (all, extent.as_str()) {
                (true, _) => "a",
                // A part of the feed says more than nothing.
                (false, "" | "f") if !days.is_empty() => "c",
                (false, "") => "f",
                (false, _) => continue,
            };
            said.clone_into(extent);
            if let Some(least) = least {
                to.clone_from(least);
            }
        }
        let complete =
            known.values().map(|(_, to, _)| to.as_str()).filter(|to| to.len() == 10).min().unwrap_or("");
        let latest =
            known.values().map(|(_, to, _)| to.as_str()).filter(|to| to.len() == 10).max().unwrap_or("");
        let newest = base.newest().max(latest).to_owned();
        let complete = complete.to_owned();
        for (name, (days, to, extent)) in &known {
            let days: Vec<String> = days.iter().map(|(feed, day)| format!("{feed}={day}")).collect();
            let end = format!("{name}\t{to}\t{extent}\t{}", days.join(","));
            lines.push(format!("{name}\t{end}"));
            let aliases = numbers.iter().filter(|(_, of)| *of == name && feeds == ["tracker"]);
            lines.extend(aliases.map(|(number, _)| format!("{number}\t{end}")));
        }
        lines.sort_unstable();
        lines.dedup();
        let few: Vec<&str> =
            known.iter().filter(|(_, (.., extent))| extent == "f").map(|(name, _)| name.as_str()).collect();
        let remark = match few.is_empty() {
            true => String::new(),
            false => format!("of {} only a few sources", few.join(", ")),
        };
        text(&complete, &newest, &remark, &lines)
    }
}
