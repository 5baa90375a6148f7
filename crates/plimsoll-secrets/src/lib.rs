//! Secret detection over names, values and bytes.
//!
//! Deliberately absent: who asked and where the text came from. No function returns the text of a secret: a detection
//! is a kind, a range of bytes and a certainty.

mod checks;
mod command;
mod file;
mod formats;
mod lexer;
mod name;
mod url;
mod value;
mod words;

use std::collections::BTreeMap;
use std::ops::Range;

pub use file::secret_file;
pub use name::is_secret_name;

/// How sure a detection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// The name says secret and the value could be one, but it could also be a default or a word.
    Likely,
    /// The value has the form of a provider's token, a key, a URL with a password, or name and value both speak.
    Certain,
}

/// A secret that was found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detection {
    /// The id of a provider format (`github-pat-classic`, `private-key-pem`), or `url-password`, `password-hash`, `named`
    /// for a value whose name says secret, `weak-password` for one that is also known to everybody.
    pub kind: &'static str,
    /// Bytes of the secret inside the given text; both ends lie on character boundaries.
    pub range: Range<usize>,
    /// How sure.
    pub certainty: Certainty,
}

/// Judges a named value (environment variable, build argument, label, key of a configuration): name and value together.
/// The range is relative to `value`. Variables in it are taken as already replaced.
#[must_use]
pub fn judge_value(name: &str, value: &str) -> Option<Detection> {
    if value.trim().is_empty() {
        return None;
    }
    let named = format!("{name}={value}");
    let before = name.len() + 1;
    let by_format = formats::find(&named).into_iter().filter(|found| found.range.start >= before);
    let by_format = by_format
        .min_by_key(|found| found.range.start)
        .map(|found| Detection { range: found.range.start - before..found.range.end - before, ..found });
    by_format
        .or_else(|| url::find(value).into_iter().next())
        .or_else(|| pair(name, value))
        .or_else(|| value::judge(name::announces(name)?, name, value, false))
        .or_else(|| command::find(value).into_iter().min_by_key(|found| found.range.start))
}

/// Variables that hold a user and a password: `NEO4J_AUTH=neo4j/secret`, `BASIC_AUTH=admin:secret`.
fn pair(name: &str, value: &str) -> Option<Detection> {
    let upper = name.to_ascii_uppercase();
    let separator = match upper.as_str() {
        "NEO4J_AUTH" => '/',
        name if name.ends_with("BASIC_AUTH") || name.ends_with("BASICAUTH") => ':',
        _ => return None,
    };
    let start = value.find(separator)? + 1;
    let found = value::judge(name::Announces::Password, name, value.get(start..)?, false)?;
    Some(Detection { range: start + found.range.start..start + found.range.end, ..found })
}

/// Finds secrets in free text: commands, scripts, contents of configuration files. In order of appearance, without overlaps.
#[must_use]
pub fn scan_text(text: &str) -> Vec<Detection> {
    let mut taken: BTreeMap<usize, Detection> = BTreeMap::new();
    for found in formats::find(text).into_iter().chain(url::find(text)).chain(command::find(text)) {
        let before = taken.range(..found.range.end).next_back();
        if found.range.is_empty() || before.is_some_and(|(_, other)| other.range.end > found.range.start) {
            continue;
        }
        taken.insert(found.range.start, found);
    }
    taken.into_values().collect()
}

/// How many provider formats are known.
#[must_use]
pub fn formats() -> usize {
    formats::count()
}
