//! The provider formats: a table of expressions behind one search for their keywords.
//!
//! Most texts hold no keyword and cost one pass. An expression is compiled when its keyword occurs in a word that is
//! long enough, and once.

use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::Regex;

use crate::checks::{self, Outcome};
use crate::{Certainty, Detection};

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("../data/formats.tsv")));

struct Table {
    formats: Vec<Format>,
    keywords: Option<AhoCorasick>,
    /// The format of each keyword.
    owners: Vec<usize>,
}

struct Format {
    id: &'static str,
    /// The token is one word.
    word: bool,
    shortest: usize,
    entropy: Option<f64>,
    check: &'static str,
    expression: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Table {
    fn read(text: &'static str) -> Self {
        let mut formats = Vec::new();
        let mut keywords = Vec::new();
        let mut owners = Vec::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.splitn(7, '\t');
            let mut column = || columns.next().unwrap_or("");
            let (id, scope, shortest) = (column(), column(), column());
            let (entropy, check, words, expression) = (column(), column(), column(), column());
            for word in words.split(',') {
                keywords.push(word);
                owners.push(formats.len());
            }
            formats.push(Format {
                id,
                word: scope == "word",
                shortest: shortest.parse().unwrap_or(0),
                entropy: entropy.parse().ok(),
                check,
                expression,
                compiled: OnceLock::new(),
            });
        }
        let keywords = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .prefilter(false)
            .kind(Some(AhoCorasickKind::NoncontiguousNFA))
            .build(keywords)
            .ok();
        Self { formats, keywords, owners }
    }
}

impl Format {
    fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(self.expression).ok()).as_ref()
    }

    /// The tokens in `text[window]`.
    fn find(&self, text: &str, window: Range<usize>, found: &mut Vec<Detection>) {
        let Some(regex) = self.regex() else { return };
        let Some(part) = text.get(window.clone()) else { return };
        let mut at = 0;
        while let Some(captures) = (at <= part.len()).then(|| regex.captures_at(part, at)).flatten() {
            let (Some(all), Some(token)) = (captures.get(0), captures.get(1)) else { break };
            // A separator between two tokens belongs to both: go on right behind the token, not behind the match.
            at = token.end().max(all.start() + 1);
            while !part.is_char_boundary(at) {
                at += 1;
            }
            if let Some(certainty) = self.judge(token.as_str()) {
                let range = window.start + token.start()..window.start + token.end();
                found.push(Detection { kind: self.id, range, certainty });
            }
        }
    }

    fn judge(&self, token: &str) -> Option<Certainty> {
        if self.entropy.is_some_and(|least| checks::entropy(token) < least) || is_sample(token) {
            return None;
        }
        match checks::run(self.check, token) {
            Outcome::Holds => Some(Certainty::Certain),
            Outcome::Doubtful => Some(Certainty::Likely),
            Outcome::Fails => None,
        }
    }
}

/// Values that documentation uses, and fillers.
fn is_sample(token: &str) -> bool {
    let lower = token.to_ascii_lowercase();
    if lower.contains("example")
        || lower.contains("xxxxxx")
        || lower.contains("your") && lower.contains("key")
    {
        return true;
    }
    let mut run = 0;
    let mut before = '\0';
    for c in lower.chars() {
        run = if c == before { run + 1 } else { 1 };
        before = c;
        // Runs of `A` are part of some keys, `-` frames a PEM block.
        if run >= 8 && !matches!(c, 'a' | '-' | ' ' | '=') {
            return true;
        }
    }
    false
}

/// Every token of a known format in a text, in no particular order; tokens of different formats may overlap.
pub(crate) fn find(text: &str) -> Vec<Detection> {
    let table = &*TABLE;
    let mut found = Vec::new();
    let Some(keywords) = &table.keywords else { return found };
    if text.len() < 8 {
        return found;
    }
    // Hits come in order, so the last window of a format is the only one that a further hit can lie in.
    let mut last: Vec<Range<usize>> = vec![0..0; table.formats.len()];
    for hit in keywords.find_overlapping_iter(text) {
        let Some(&owner) = table.owners.get(hit.pattern().as_usize()) else { continue };
        let (Some(format), Some(last)) = (table.formats.get(owner), last.get_mut(owner)) else { continue };
        if last.contains(&hit.start()) {
            continue;
        }
        *last = if format.word { word_around(text, hit.start()) } else { 0..text.len() };
        // The expressions also match the character before and after the token, or the ends of the text.
        if last.len() + 2 >= format.shortest {
            format.find(text, last.clone(), &mut found);
        }
    }
    found
}

/// How many formats the table has.
pub(crate) fn count() -> usize {
    TABLE.formats.len()
}

/// From the quote or blank before `at` to the next one.
fn word_around(text: &str, at: usize) -> Range<usize> {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`');
    let bytes = text.as_bytes();
    let start = bytes.get(..at).and_then(|head| head.iter().rposition(ends)).map_or(0, |before| before + 1);
    let end = bytes.get(at..).and_then(|tail| tail.iter().position(ends)).map_or(text.len(), |len| at + len);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_compiles_and_has_its_group() {
        for format in &TABLE.formats {
            let regex = format.regex().unwrap_or_else(|| panic!("{} does not compile", format.id));
            assert!(regex.captures_len() >= 2, "{}", format.id);
            assert!(format.shortest > 0, "{}", format.id);
        }
        assert_eq!(TABLE.formats.len(), 144);
        assert!(TABLE.keywords.is_some());
    }

    #[test]
    fn ids_are_unique() {
        let mut ids: Vec<&str> = TABLE.formats.iter().map(|format| format.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), TABLE.formats.len());
    }
}
