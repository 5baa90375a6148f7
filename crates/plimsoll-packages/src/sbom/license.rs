//! Whether the text of a licence is an identifier or an expression of SPDX.
//!
//! Deliberately absent: guessing what somebody meant (`GPL2`, `Apache 2`).

use std::collections::HashMap;
use std::sync::LazyLock;

static IDS: &str = include_str!("../../data/spdx-ids.txt");

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Licence<'a> {
    /// One identifier, as the list writes it.
    Id(&'a str),
    /// Several, joined.
    Expression(&'a str),
    /// Something else.
    Name(&'a str),
}

/// Longer texts and more words are no expression.
const LONGEST: usize = 512;

pub(super) fn of(text: &str) -> Licence<'_> {
    let text = text.trim();
    if let Some(id) = known(text) {
        return Licence::Id(id);
    }
    if text.len() <= LONGEST && is_expression(text) { Licence::Expression(text) } else { Licence::Name(text) }
}

/// An identifier of the list, whatever its case, as the list writes it.
fn known(text: &str) -> Option<&'static str> {
    static BY_LOWER: LazyLock<HashMap<String, &'static str>> =
        LazyLock::new(|| IDS.lines().map(|id| (id.to_ascii_lowercase(), id)).collect());
    BY_LOWER.get(&text.to_ascii_lowercase()).copied()
}

fn is_id(word: &str) -> bool {
    let plain = word.strip_suffix('+').unwrap_or(word);
    let own = plain.strip_prefix("LicenseRef-").is_some_and(|rest| {
        !rest.is_empty()
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
    });
    own || known(plain).is_some()
}

/// `(A OR B) AND C WITH D`: SPDX 2.3, annex D.
fn is_expression(text: &str) -> bool {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut depth = 0usize;
    let mut wants_id = true;
    for word in spaced.split_whitespace() {
        match word {
            "(" if wants_id => depth += 1,
            ")" if !wants_id && depth > 0 => depth -= 1,
            "AND" | "OR" | "WITH" if !wants_id => wants_id = true,
            word if wants_id && is_id(word) => wants_id = false,
            _ => return false,
        }
    }
    !wants_id && depth == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_each_once() {
        let ids: Vec<&str> = IDS.lines().collect();
        assert!(ids.is_sorted() && ids.len() > 700);
        assert_eq!(of("zlib"), Licence::Id("Zlib"));
    }

    /// Expressions of SPDX 2.3, annex D, and what packages write that is none.
    #[test]
    fn texts_are_told_apart() {
        assert_eq!(of("MIT"), Licence::Id("MIT"));
        // The list has those of the GNU project with their sign, as deprecated identifiers.
        assert_eq!(of("GPL-2.0+"), Licence::Id("GPL-2.0+"));
        for text in [
            "MIT OR Apache-2.0",
            "(MIT OR CC0-1.0)",
            "GPL-2.0-or-later WITH Classpath-exception-2.0",
            "Apache-1.1+",
            "MIT AND (LicenseRef-own OR ISC)",
        ] {
            assert_eq!(of(text), Licence::Expression(text));
        }
        for text in [
            "GPL2",
            "BSD LGPL",
            "MIT OR",
            "(MIT",
            "MIT)",
            "SEE LICENSE IN LICENSE.md",
            "",
            "()",
            "MIT ISC",
            "UNLICENSED",
        ] {
            assert_eq!(of(text), Licence::Name(text));
        }
    }
}
