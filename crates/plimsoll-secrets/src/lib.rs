//! Secret detection over names, values and bytes.
//!
//! Structure comes first: whoever has a name and a value asks [`judge_value`]; free text goes to [`scan_text`]. Both know the
//! documented token formats of providers, passwords in URLs and connection strings, and the forms in which commands take a
//! password. Everything else is decided by name *and* value together.
//!
//! Deliberately absent: who asked, where the text came from, and any way to get the text of a secret out of an answer: a
//! detection is a fixed word, a range of bytes and a certainty.
//!
//! # Names
//!
//! A name is cut into words. It announces a secret when one of them is a word for secrets (`password`, `token`, `private key`)
//! and no word behind it says that the name speaks *about* the secret (`_FILE`, `_URL`, `_EXPIRY`, `_POLICY`, `_NAME`) and none
//! before it makes it public or a switch (`PUBLIC_KEY`, `ALLOW_EMPTY_PASSWORD`). A match of letters is not enough: rules
//! that look for `OS_`, `PRIVATE` or `KEY` anywhere report `TRAVIS_OS_NAME`, `GOPRIVATE` and `KEY_NAME`, and are switched off.
//!
//! # Well-known values: `changeme`, `postgres`, `secret`
//!
//! It depends on who has to accept the value:
//!
//! * A **password** and a **secret that the program itself uses** (`JWT_SECRET`, `SECRET_KEY`) work whatever they are. A database
//!   that is started with `changeme` has the password `changeme`, the first one that an intruder tries; a placeholder that starts
//!   is a live credential. These are reported, as [`Certainty::Likely`] and `weak-password`, because the file may be a sample.
//! * A **token or key that somebody else issues** (`STRIPE_API_KEY`) opens nothing when it is made up: `changeme` there is a
//!   placeholder and no secret.
//! * A value that **asks to be filled in** (`<password>`, `your-password`, `xxxx`, `TODO`) or that **refers** to a secret kept elsewhere
//!   (`${DB_PASSWORD}`, `/run/secrets/db`, `vault:…`, `op://…`) is never one.
//!
//! compose-lint's CL-0020 goes by name alone and reports `changeme` on purpose; trivy's DS-0031 takes eight exact names in Dockerfiles and looks
//! at no value. hadolint's DL3064 takes parts of names and looks at no value.
//!
//! # Public values
//!
//! OpenPGP fingerprints, digests, integrity strings, public keys, publishable keys and the tokens of provider documentation are
//! recognised by their form and never reported. Checksums that providers build into their tokens are verified: a made-up `ghp_…` is no
//! token.

mod assignment;
mod call;
mod checks;
mod command;
mod document;
mod file;
mod formats;
mod lexer;
mod name;
mod pem;
mod place;
mod url;
mod value;
mod words;

use std::collections::BTreeMap;
use std::ops::Range;

pub use document::{Named, scan_file};
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
    let hits = formats::search(text);
    let urls = url::find_at(text, &hits.urls);
    for found in hits.found.into_iter().chain(urls).chain(command::find(text)) {
        let before = taken.range(..found.range.end).next_back();
        if found.range.is_empty() || before.is_some_and(|(_, other)| other.range.end > found.range.start) {
            continue;
        }
        taken.insert(found.range.start, found);
    }
    taken.into_values().collect()
}

/// Finds the tokens and keys of known formats, whatever stands beside them: for texts whose names and values somebody else judged. In
/// order of appearance, without overlaps.
#[must_use]
pub fn scan_tokens(text: &str) -> Vec<Detection> {
    let mut found = formats::find(text);
    found.sort_by_key(|found| (found.range.start, found.range.end));
    let mut end = 0;
    found.retain(|found| {
        let apart = found.range.start >= end && !found.range.is_empty();
        end = if apart { found.range.end } else { end };
        apart
    });
    found
}

/// How many provider formats are known.
#[must_use]
pub fn formats() -> usize {
    formats::count()
}
