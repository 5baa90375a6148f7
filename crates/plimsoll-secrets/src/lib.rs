//! Secret detection over names, values and bytes.
//!
//! Deliberately absent: who asked and where the text came from. No function returns the text of a secret: a detection
//! is a kind, a range of bytes and a certainty.

mod file;
mod name;
mod url;
mod value;

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
    /// Provider format id (`github-pat-classic`), or `named`, `weak-password`, `url-password`, `option`, `private-key-pem` …
    pub kind: &'static str,
    /// Bytes of the secret inside the given text; both ends lie on character boundaries.
    pub range: Range<usize>,
    /// How sure.
    pub certainty: Certainty,
}

/// Judges a named value (environment variable, build argument, label, key of a configuration): name and value together.
/// The range is relative to `value`.
#[must_use]
pub fn judge_value(name: &str, value: &str) -> Option<Detection> {
    if let Some(range) = url::password(value) {
        return Some(Detection { kind: "url-password", range, certainty: Certainty::Certain });
    }
    value::judge(name, value)
}

/// Finds secrets in free text: commands, scripts, contents of configuration files. In order of appearance, without overlaps.
#[must_use]
pub fn scan_text(text: &str) -> Vec<Detection> {
    url::password(text)
        .map(|range| Detection { kind: "url-password", range, certainty: Certainty::Certain })
        .into_iter()
        .collect()
}

/// How many provider formats are known.
#[must_use]
pub fn formats() -> usize {
    0
}
