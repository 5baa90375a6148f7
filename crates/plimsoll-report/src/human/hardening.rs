//! The hardening gaps of one service as one block: nearly every file has them, and each alone would fill a screen.

use std::collections::BTreeSet;

use plimsoll_posture::Plane;

use super::diagnostic::Diagnostic;
use super::excerpt::Mark;
use super::ink::level;
use crate::entry::Entry;

/// The block; `entries` are the open gaps of one service, worst first, at least one.
pub(super) fn of_entries<'a>(entries: &[&Entry<'a>]) -> Option<Diagnostic<'a>> {
    let first = entries.first()?;
    let mut marks: Vec<Mark<'a>> = Vec::new();
    for entry in entries {
        let Some(place) = entry.place else { continue };
        let new = !marks.iter().any(|mark| {
            mark.place.source.id == place.source.id
                && mark.place.first == place.first
                && mark.place.last == place.last
        });
        if new {
            marks.push(Mark { place, words: String::new(), primary: true });
        }
    }
    // Words help only where several places differ; one place is the service itself, and the list below says it all.
    if marks.len() > 1 {
        for mark in &mut marks {
            let ids: BTreeSet<&str> = entries
                .iter()
                .filter(|entry| entry.place.is_some_and(|place| place.order() == mark.place.order()))
                .map(|entry| entry.control().id)
                .collect();
            mark.words = ids.into_iter().collect::<Vec<_>>().join(", ");
        }
    }
    let subject = first.group();
    let mut notes: Vec<(&'static str, String)> = Vec::new();
    for entry in entries {
        notes.push((
            entry.severity().name(),
            format!("{}: {}", entry.control().id, without_subject(&entry.finding.message, &subject)),
        ));
    }
    notes.push((
        "why",
        "each of these turns a break-in into a small one; together they cost a few lines".to_owned(),
    ));
    notes.push(("fix", fix(entries)));
    if entries.iter().all(|entry| entry.finding.plane == Plane::Assumed) {
        notes.push(("note", "assumed: no file sets them, so the engine's defaults hold".to_owned()));
    }
    let count = entries.len();
    Some(Diagnostic {
        severity: first.severity(),
        level: level(first.severity()),
        code: "baseline",
        message: format!("{subject} lacks {count} hardening settings"),
        remark: first.severity().name(),
        marks,
        notes,
    })
}

/// ``service `api` keeps all capabilities`` below a heading that names the service: `keeps all capabilities`.
fn without_subject<'a>(message: &'a str, subject: &str) -> &'a str {
    message
        .strip_prefix(subject)
        .map(|rest| rest.trim_start_matches([' ', ':', ',']))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(message)
}

/// One snippet of what is to be added, and in words what cannot be put so.
fn fix(entries: &[&Entry<'_>]) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    for entry in entries {
        let fix = entry.finding.fix.trim_end_matches('.');
        match setting(fix) {
            Some(line) if lines.iter().any(|old| old == line) => {}
            Some(line) => lines.push(line.to_owned()),
            None if words.iter().any(|old| old == fix) => {}
            None => words.push(fix.to_owned()),
        }
    }
    let mut out = String::new();
    if !lines.is_empty() {
        out.push_str("add to the service");
        for line in lines {
            out.push_str("\n    ");
            out.push_str(&line);
        }
    }
    for word in words {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&word);
    }
    out
}

/// The compose setting that a fix of the form ``add `cap_drop: [ALL]` …`` quotes.
fn setting(fix: &str) -> Option<&str> {
    let rest = ["add ", "set "].iter().find_map(|verb| fix.strip_prefix(verb))?;
    let (quoted, _) = rest.strip_prefix('`')?.split_once('`')?;
    let (key, value) = quoted.split_once(": ")?;
    let is_key = key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    (is_key && !value.is_empty() && !quoted.contains('\n')).then_some(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_compose_setting_becomes_a_line_of_the_snippet() {
        assert_eq!(setting("add `cap_drop: [ALL]` and what it needs"), Some("cap_drop: [ALL]"));
        assert_eq!(setting("set `read_only: true`"), Some("read_only: true"));
        assert_eq!(setting("remove `read_only: false`"), None);
        assert_eq!(setting("add `USER node` before CMD"), None);
        assert_eq!(setting("add a limit"), None);
    }

    #[test]
    fn the_heading_is_not_said_twice() {
        assert_eq!(without_subject("service `api` keeps all", "service `api`"), "keeps all");
        assert_eq!(without_subject("nothing limits `api`", "service `api`"), "nothing limits `api`");
    }
}
