//! Passwords in URLs: `scheme://user:password@host`.

use std::ops::Range;

/// The password of the first URL that has one.
pub(crate) fn password(text: &str) -> Option<Range<usize>> {
    let start = text.find("://")? + 3;
    let authority = text.get(start..)?;
    let end = authority.find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '?' | '#'));
    let authority = authority.get(..end.unwrap_or(authority.len()))?;
    let at = authority.rfind('@')?;
    let colon = authority.get(..at)?.find(':')?;
    (colon + 1 < at).then_some(start + colon + 1..start + at)
}
