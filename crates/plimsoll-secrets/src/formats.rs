//! The provider formats: a table of expressions behind one search for their keywords, and what else that one search looks for.
//!
//! Most texts hold no keyword and cost one pass of an automaton. An expression is compiled when its keyword stands where a token can
//! begin, in a word that is long enough, and once.

use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::Regex;

use crate::checks::{self, Outcome};
use crate::{Certainty, Detection, pem};

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("../data/formats.tsv")));

/// Parts of names that may announce a secret.
const NAMES: &[&str] =
    &["pass", "pwd", "secret", "token", "key", "credential", "salt", "pepper", "_pat", "_pw", "auth"];

/// Programs and headers by which a line is worth reading as a command.
const COMMANDS: &[&str] = &[
    "curl",
    "wget",
    "mysql",
    "mariadb",
    "redis-",
    "masterauth",
    "login",
    "mongo",
    "ldap",
    "smbclient",
    "sqlcmd",
    "useradd",
    "add_user",
    "identified by",
    "http-basic",
    "-p ",
];

/// Calls whose argument is a key.
const CALLS: &[&str] = &[
    "jwt.sign(",
    "jwt.verify(",
    "jsonwebtoken.sign(",
    "createhmac(",
    "createcipheriv(",
    "cookieparser(",
    "cookie-parser')(",
    "setapikey(",
    "buffer.from(",
    "btoa(",
    "hmacsha256(",
    "aes.encrypt(",
    "aes.decrypt(",
];

struct Table {
    formats: Vec<Format>,
    keywords: Option<AhoCorasick>,
    /// What each keyword is for.
    owners: Vec<Keyword>,
}

struct Keyword {
    text: &'static str,
    owner: Owner,
    /// Its letters are of this case.
    exact: bool,
    /// Nothing of a word stands before it.
    first: bool,
}

#[derive(Clone, Copy)]
enum Owner {
    Format(usize),
    Name,
    Command,
    Call,
    Url,
    Block,
}

/// How much of the text around a keyword belongs to a token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// The word.
    Word,
    /// The line and the next one.
    Line,
    /// All of it.
    Text,
}

struct Format {
    id: &'static str,
    scope: Scope,
    shortest: usize,
    entropy: Option<f64>,
    check: &'static str,
    expression: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

/// Everything that one pass over a text told.
#[derive(Default)]
pub(crate) struct Hits {
    /// Tokens of known formats and blocks of keys, in no particular order; they may overlap.
    pub(crate) found: Vec<Detection>,
    /// Where a part of a name stands that may announce a secret.
    pub(crate) names: Vec<Range<usize>>,
    /// Where a program stands that takes passwords.
    pub(crate) commands: Vec<usize>,
    /// Behind the bracket of a call that takes a key.
    pub(crate) calls: Vec<Range<usize>>,
    /// Where `://` stands.
    pub(crate) urls: Vec<usize>,
}

impl Table {
    fn read(text: &'static str) -> Self {
        let mut formats = Vec::new();
        let mut owners: Vec<Keyword> = Vec::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.splitn(7, '\t');
            let mut column = || columns.next().unwrap_or("");
            let (id, scope, shortest) = (column(), column(), column());
            let (entropy, check, words, expression) = (column(), column(), column(), column());
            for word in words.split(',') {
                let (first, exact) = (word.starts_with('^'), word.starts_with(['^', '=']));
                let text = word.trim_start_matches(['^', '=']);
                owners.push(Keyword { text, owner: Owner::Format(formats.len()), exact, first });
            }
            formats.push(Format {
                id,
                scope: match scope {
                    "word" => Scope::Word,
                    "line" => Scope::Line,
                    _ => Scope::Text,
                },
                shortest: shortest.parse().unwrap_or(0),
                entropy: entropy.parse().ok(),
                check,
                expression,
                compiled: OnceLock::new(),
            });
        }
        let mut more = |words: &[&'static str], owner: Owner, exact: bool| {
            owners.extend(words.iter().map(|text| Keyword { text, owner, exact, first: false }));
        };
        more(NAMES, Owner::Name, false);
        more(COMMANDS, Owner::Command, false);
        more(CALLS, Owner::Call, false);
        more(&["://"], Owner::Url, true);
        more(&["PRIVATE KEY", "PuTTY-User-Key-File-"], Owner::Block, true);
        let keywords = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .prefilter(false)
            // The fastest over long texts; a few hundred keywords make a table that fits the cache.
            .kind(Some(AhoCorasickKind::DFA))
            .build(owners.iter().map(|keyword| keyword.text))
            .ok();
        Self { formats, keywords, owners }
    }
}

impl Keyword {
    /// Whether the keyword stands at `at` as it must.
    fn stands(&self, bytes: &[u8], at: Range<usize>) -> bool {
        let before = at.start.checked_sub(1).and_then(|before| bytes.get(before));
        let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        (!self.exact || bytes.get(at) == Some(self.text.as_bytes()))
            && !(self.first && before.is_some_and(word))
    }
}

impl Format {
    fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(self.expression).ok()).as_ref()
    }

    /// The part of the text that a token around `at` can lie in.
    fn window(&self, text: &str, at: usize) -> Range<usize> {
        match self.scope {
            Scope::Word => word_around(text, at),
            Scope::Line => lines_around(text, at),
            Scope::Text => 0..text.len(),
        }
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
            let range = window.start + token.start()..window.start + token.end();
            if let Some(certainty) = self.judge(token.as_str(), text, range.clone()) {
                found.push(Detection { kind: self.id, range, certainty });
            }
        }
    }

    fn judge(&self, token: &str, text: &str, range: Range<usize>) -> Option<Certainty> {
        if self.entropy.is_some_and(|least| checks::entropy(token) < least) || is_sample(token) {
            return None;
        }
        // By chance any few letters stand somewhere in a long stretch of base 64.
        if self.check == "-" && self.scope == Scope::Word && in_blob(text.as_bytes(), range) {
            return None;
        }
        match checks::run(self.check, token) {
            // What opens a sandbox opens no account.
            Outcome::Holds if self.id == "stripe-test-secret" => Some(Certainty::Likely),
            Outcome::Holds => Some(Certainty::Certain),
            Outcome::Doubtful => Some(Certainty::Likely),
            Outcome::Fails => None,
        }
    }
}

/// Whether base 64 goes on before or behind the token.
fn in_blob(bytes: &[u8], token: Range<usize>) -> bool {
    const FAR: usize = 64;
    let part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let head = bytes.get(token.start.saturating_sub(FAR)..token.start).unwrap_or_default();
    let tail = bytes.get(token.end..(token.end + FAR).min(bytes.len())).unwrap_or_default();
    let random = |part: &[u8]| {
        part.len() >= 20
            && part.iter().any(u8::is_ascii_digit)
            && part.iter().any(u8::is_ascii_uppercase)
            && part.iter().any(u8::is_ascii_lowercase)
    };
    let before = head.iter().rev().take_while(part).count();
    let behind = tail.iter().take_while(part).count();
    random(head.get(head.len() - before..).unwrap_or_default())
        || random(tail.get(..behind).unwrap_or_default())
}

/// Values that documentation uses, and fillers.
fn is_sample(token: &str) -> bool {
    let lower = token.to_ascii_lowercase();
    if lower.contains("example")
        || lower.contains("xxxxxx")
        || lower.contains("your") && lower.contains("key")
        || ["0123456789abcdef", "1234567890abcdef", "abcdefghij", "123456789012345"]
            .iter()
            .any(|row| lower.contains(row))
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

/// One pass over a text for everything.
pub(crate) fn search(text: &str) -> Hits {
    let table = &*TABLE;
    let mut hits = Hits::default();
    let Some(keywords) = &table.keywords else { return hits };
    if text.len() < 3 {
        return hits;
    }
    let bytes = text.as_bytes();
    // Hits come in order, so the last window of a format is the only one that a further hit can lie in.
    let mut last: Vec<Range<usize>> = vec![0..0; table.formats.len()];
    let mut block = 0;
    for hit in keywords.find_overlapping_iter(text) {
        let Some(keyword) = table.owners.get(hit.pattern().as_usize()) else { continue };
        if !keyword.stands(bytes, hit.range()) {
            continue;
        }
        match keyword.owner {
            Owner::Name => hits.names.push(hit.range()),
            Owner::Command => hits.commands.push(hit.start()),
            Owner::Call => hits.calls.push(hit.range()),
            Owner::Url => hits.urls.push(hit.start()),
            Owner::Block => {
                if hit.start() >= block
                    && let Some(found) = pem::at(text, hit.start())
                {
                    block = found.range.end;
                    hits.found.push(found);
                }
            }
            Owner::Format(owner) => {
                let (Some(format), Some(last)) = (table.formats.get(owner), last.get_mut(owner)) else {
                    continue;
                };
                if last.contains(&hit.start()) {
                    continue;
                }
                *last = format.window(text, hit.start());
                // The expressions also match the character before and after the token, or the ends of the text.
                if last.len() + 2 >= format.shortest {
                    format.find(text, last.clone(), &mut hits.found);
                }
            }
        }
    }
    hits
}

/// Every token of a known format in a text, in no particular order; tokens of different formats may overlap.
pub(crate) fn find(text: &str) -> Vec<Detection> {
    search(text).found
}

/// How many provider formats are known.
pub(crate) fn count() -> usize {
    TABLE.formats.len()
}

/// The longest word that is looked at around a keyword.
const MAX_WORD: usize = 4096;

/// From the quote or blank before `at` to the next one.
fn word_around(text: &str, at: usize) -> Range<usize> {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`');
    bounded(text, at, MAX_WORD, MAX_WORD, ends, 1)
}

/// From the start of the line of `at` to the end of the next line.
fn lines_around(text: &str, at: usize) -> Range<usize> {
    bounded(text, at, 256, 1500, |byte| *byte == b'\n', 2)
}

/// From behind the last end before `at` to the `nth` end behind it, no further than so many bytes.
fn bounded(
    text: &str,
    at: usize,
    before: usize,
    behind: usize,
    ends: impl Fn(&u8) -> bool,
    nth: usize,
) -> Range<usize> {
    let bytes = text.as_bytes();
    let mut low = at.saturating_sub(before);
    let mut high = at.saturating_add(behind).min(text.len());
    while !text.is_char_boundary(low) {
        low -= 1;
    }
    while !text.is_char_boundary(high) {
        high += 1;
    }
    let head = bytes.get(low..at).unwrap_or_default();
    let start = head.iter().rposition(&ends).map_or(low, |before| low + before + 1);
    let tail = bytes.get(at..high).unwrap_or_default();
    let end = tail.iter().enumerate().filter(|(_, byte)| ends(byte)).nth(nth - 1);
    start..end.map_or(high, |(len, _)| at + len)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_expression_compiles_and_has_its_group() {
        for format in &TABLE.formats {
            let regex = format.regex().unwrap_or_else(|| panic!("{} does not compile", format.id));
            assert!(regex.captures_len() >= 2, "{}", format.id);
            assert!(format.shortest > 0, "{}", format.id);
        }
        assert!(TABLE.keywords.is_some());
    }

    /// Every format that is documented is in the table, or is found otherwise and the reason is written down.
    #[test]
    fn every_known_format_is_in_one_of_both_tables() {
        let all: Vec<&str> = include_str!("../data/format-ids.txt").lines().collect();
        let table: BTreeSet<&str> = TABLE.formats.iter().map(|format| format.id).collect();
        assert_eq!(table.len(), TABLE.formats.len(), "ids are unique");
        let elsewhere: BTreeSet<&str> = include_str!("../data/formats-elsewhere.tsv")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| {
                let (id, reason) = line.split_once('\t').expect("id and reason");
                assert!(reason.len() > 20, "{id} has no reason");
                id
            })
            .collect();
        let lost: Vec<&&str> =
            all.iter().filter(|id| table.contains(**id) == elsewhere.contains(**id)).collect();
        assert!(lost.is_empty(), "in none or both: {lost:?}");
        assert_eq!(all.len(), 160);
        let own: Vec<&&str> = table.iter().filter(|id| !all.contains(id)).collect();
        assert_eq!(own, [&"go-data-source", &"http-basic", &"http-bearer", &"private-key-base64"]);
        assert!(elsewhere.iter().all(|id| all.contains(id)));
    }

    #[test]
    fn a_keyword_counts_where_a_token_can_begin() {
        let token = format!("SK{}", "0a1b2c3d4e5f60718293a4b5c6d7e8f9");
        assert_eq!(find(&token).len(), 1);
        assert_eq!(find(&format!("DI{token}")).len(), 0);
        assert_eq!(find(&token.to_ascii_lowercase()).len(), 0);
    }

    #[test]
    fn base64_is_no_token_by_chance() {
        let token = format!("cio{}", "a8Fk2LmQ7Xc9ZtR4bN6vPw1Ys3Hd5Gj0");
        assert_eq!(find(&token).len(), 1);
        let blob = "Qm9vbGVhbjEyMzQ1Njc4OTAxMjM0NTY3ODkw";
        assert_eq!(find(&format!("{blob}+{token}/{blob}")).len(), 0);
    }
}
