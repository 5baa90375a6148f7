//! What can be asked about a place: hover and completion.
//!
//! Deliberately absent: which diagnostics there are.

use plimsoll_controls::{CATALOGUE, Control, find, find_peer};
use serde_json::{Value, json};

use super::diagnostic;
use super::position::Lines;

/// The pages of all controls that are meant: by the diagnostics at an offset, or by the id that stands there.
pub(super) fn hover(lines: &Lines<'_>, offset: usize, shown: &[Value], config: bool) -> Value {
    let mut controls: Vec<&Control> = Vec::new();
    for diagnostic in shown {
        let Some(range) = diagnostic.get("range").and_then(|range| lines.bytes(range)) else { continue };
        let code = diagnostic.get("code").and_then(Value::as_str).unwrap_or_default();
        if range.contains(&offset) {
            controls.extend(find(code));
        }
    }
    if let Some(word) = id_at(lines, offset, config) {
        match find(word) {
            Some(control) => controls.push(control),
            None => controls.extend(find_peer(word)),
        }
    }
    controls.sort_by_key(|control| (std::cmp::Reverse(control.severity), control.id));
    controls.dedup_by_key(|control| control.id);
    if controls.is_empty() {
        return Value::Null;
    }
    let pages: Vec<String> = controls.iter().map(|control| article(control)).collect();
    json!({ "contents": { "kind": "markdown", "value": pages.join("\n\n---\n\n") } })
}

/// The word at an offset, where ids are written: in a comment, or anywhere in the configuration.
fn id_at<'a>(lines: &Lines<'a>, offset: usize, config: bool) -> Option<&'a str> {
    let row = lines.row(offset);
    let line = lines.line(row);
    let at = offset.checked_sub(lines.range(row).start).filter(|at| line.is_char_boundary(*at))?;
    let (before, after) = line.split_at(at);
    if !config && !before.contains('#') {
        return None;
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let start = before
        .rfind(|c| !is_part(c))
        .map_or(0, |last| last + before[last..].chars().next().map_or(1, char::len_utf8));
    let end = at + after.find(|c| !is_part(c)).unwrap_or(after.len());
    line.get(start..end).filter(|word| !word.is_empty())
}

/// The page as an editor shows it: without its cases, under a short head.
fn article(control: &Control) -> String {
    let mut text = format!("### {}\n\n{} · **{}**", control.title, control.severity.name(), control.id);
    if !control.peers.is_empty() {
        text.push_str(&format!(" · elsewhere: {}", control.peers.join(", ")));
    }
    let body = control.page.split_once("\n## ").map_or("", |(_, body)| body);
    for section in body.split("\n## ").filter(|section| !section.starts_with("Cases")) {
        let (heading, words) = section.split_once('\n').unwrap_or((section, ""));
        text.push_str(&format!("\n\n#### {heading}\n\n{}", words.trim()));
    }
    text.push_str(&format!("\n\n[The whole page]({})", diagnostic::page(control)));
    text
}

/// All ids, where one is being written: after `plimsoll: allow` in a comment, or in the configuration.
pub(super) fn completion(lines: &Lines<'_>, offset: usize, config: bool) -> Value {
    let row = lines.row(offset);
    let written = lines.line(row).get(..offset.saturating_sub(lines.range(row).start)).unwrap_or("");
    if !(config || is_allowance(written)) {
        return json!([]);
    }
    let items: Vec<Value> = CATALOGUE
        .iter()
        .map(|control| {
            json!({
                "label": control.id,
                "kind": 20,
                "detail": format!("{}: {}", control.severity.name(), control.title),
            })
        })
        .collect();
    json!(items)
}

/// Whether the next word is an id: the list has begun, and the reason has not.
fn is_allowance(written: &str) -> bool {
    let Some((_, comment)) = written.split_once('#') else { return false };
    let list = comment.trim_start().strip_prefix("plimsoll:").map(str::trim_start).and_then(|rest| {
        let rest = rest.strip_prefix("allow-file").or_else(|| rest.strip_prefix("allow"))?;
        rest.starts_with(char::is_whitespace).then_some(rest)
    });
    list.is_some_and(|list| ![" - ", " -- ", " – ", " — "].iter().any(|dash| list.contains(dash)))
}

#[cfg(test)]
mod tests {
    use super::super::position::Encoding;
    use super::*;

    #[test]
    fn ids_are_completed_where_one_is_written() {
        for (line, expected) in [
            ("# plimsoll: allow ", true),
            ("  ports: x # plimsoll: allow runs-as-root, ", true),
            ("# plimsoll: allow-file run", true),
            ("# plimsoll: allow runs-as-root - be", false),
            ("# plimsoll: all", false),
            ("RUN allow ", false),
        ] {
            assert_eq!(is_allowance(line), expected, "{line}");
        }
    }

    #[test]
    fn an_id_is_the_whole_word_under_the_cursor() {
        let text = "USER root # ä plimsoll: allow runs-as-root - x";
        let lines = Lines::of(text, Encoding::Utf16);
        let at = |word: &str| id_at(&lines, text.find(word).unwrap(), false);
        assert_eq!(at("as-root"), Some("runs-as-root"));
        assert_eq!(at("runs"), Some("runs-as-root"));
        assert_eq!(at("root #"), None);
        assert_eq!(id_at(&lines, 0, true), Some("USER"));
    }
}
