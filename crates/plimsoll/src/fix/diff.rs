//! Two texts as a unified diff, as `git apply` and `patch` read it.

use similar::TextDiff;

/// Lines of unchanged text around a change.
const AROUND: usize = 3;

/// The diff; empty when the texts are equal. `old` is `None` for a file that comes to be.
#[must_use]
pub fn unified(path: &str, old: Option<&str>, new: &str) -> String {
    let from = old.map_or_else(|| "/dev/null".to_owned(), |_| format!("a/{path}"));
    let diff = TextDiff::from_lines(old.unwrap_or(""), new);
    diff.unified_diff().context_radius(AROUND).header(&from, &format!("b/{path}")).to_string()
}
