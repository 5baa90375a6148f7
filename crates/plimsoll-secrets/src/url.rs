//! Passwords in URLs and connection strings: `scheme://user:password@host`.

use std::ops::Range;

use crate::{Certainty, Detection, words};

/// The passwords of all URLs in a text.
pub(crate) fn find(text: &str) -> Vec<Detection> {
    let marks: Vec<usize> = text.match_indices("://").map(|(at, _)| at).collect();
    find_at(text, &marks)
}

/// The same where it is known where each `://` stands.
pub(crate) fn find_at(text: &str, marks: &[usize]) -> Vec<Detection> {
    let mut found = Vec::new();
    let mut from = 0;
    for &mark in marks {
        if mark < from {
            continue;
        }
        from = mark + 3;
        let schemed =
            text.get(..mark).is_some_and(|head| head.ends_with(|c: char| c.is_ascii_alphanumeric()));
        let Some(range) = password(text, from).filter(|_| schemed) else { continue };
        let user = text.get(from..range.start - 1).unwrap_or("");
        if let Some(mut certainty) = text.get(range.clone()).and_then(judge) {
            if text.get(range.clone()) == Some(user) {
                certainty = Certainty::Likely;
            }
            from = range.end;
            found.push(Detection { kind: "url-password", range, certainty });
        }
    }
    found
}

/// The password of the authority that begins at `start`.
fn password(text: &str, start: usize) -> Option<Range<usize>> {
    // An authority longer than this is no authority; the bound keeps a text of many `://` linear.
    let mut bound = (start + 512).min(text.len());
    while !text.is_char_boundary(bound) {
        bound -= 1;
    }
    let rest = text.get(start..bound)?;
    let end =
        rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '\\' | ')'));
    let rest = rest.get(..end.unwrap_or(rest.len()))?;
    // A password may hold `/`, `?` and `#` although it should not: the authority ends there only when no `@` follows
    // a user and a colon before it.
    let authority = rest.find(['/', '?', '#']).and_then(|end| rest.get(..end)).unwrap_or(rest);
    let at = authority.rfind('@')?;
    let user = authority.get(..at)?;
    let colon = user.find(':')?;
    (colon + 1 < at).then_some(start + colon + 1..start + at)
}

/// Whether the text is a password rather than a reference or a filler, and how sure that is.
fn judge(password: &str) -> Option<Certainty> {
    let filler = password.starts_with('$')
        || password.starts_with('%') && password.ends_with('%') && password.len() > 2
        || password.contains(['{', '}', '(', '<', '>'])
        || shell_variable(password)
        || matches!(password, "*" | "..." | "…" | "x")
        || password.chars().all(|c| matches!(c, '*' | '.' | '-' | '_'))
        || words::filler(password)
        || words::reference(password);
    if filler {
        return None;
    }
    Some(if words::known(password) { Certainty::Likely } else { Certainty::Certain })
}

fn shell_variable(password: &str) -> bool {
    password.split('$').skip(1).any(|after| after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
}
