//! Docker Compose itself as a judge.

use std::collections::BTreeMap;

/// The variables that a compose file insists on, with a value.
pub(crate) fn asked(text: &str) -> BTreeMap<String, String> {
    let name = |rest: &str| {
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        rest.get(..end)
            .filter(|_| rest.get(end..).is_some_and(|rest| rest.starts_with(":?set")))
            .map(|name| (name.to_owned(), "x".to_owned()))
    };
    text.split("${").skip(1).filter_map(name).collect()
}
