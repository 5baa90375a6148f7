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
        match Snippet::of(fix) {
            Some(snippet) => {
                let comment = snippet.comment.map(|comment| format!("# {comment}"));
                for line in comment.into_iter().chain(snippet.settings) {
                    if !lines.contains(&line) {
                        lines.push(line);
                    }
                }
            }
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

/// What a fix of the form ``add `cap_drop: [ALL]` and `cap_add: [CHOWN]`, because …`` adds to a service.
#[derive(Debug, PartialEq, Eq)]
struct Snippet {
    settings: Vec<String>,
    /// What is said behind the settings.
    comment: Option<String>,
}

impl Snippet {
    fn of(fix: &str) -> Option<Self> {
        let mut rest = fix.strip_prefix("add ").or_else(|| fix.strip_prefix("set "))?;
        let mut settings = Vec::new();
        while let Some((quoted, behind)) = rest.strip_prefix('`').and_then(|rest| rest.split_once('`')) {
            let Some(setting) = setting(quoted, behind) else { break };
            settings.push(setting);
            rest = behind.strip_prefix(" to `security_opt`").unwrap_or(behind);
            rest = rest.strip_prefix(" and ").filter(|next| next.starts_with('`')).unwrap_or(rest);
        }
        // A setting of a block further down is no line of the service.
        if settings.is_empty() || rest.starts_with(" to ") || rest.starts_with(" in ") {
            return None;
        }
        let comment = rest.trim_start_matches([',', ':', ';', ' ']);
        let comment = comment.strip_prefix("and ").unwrap_or(comment);
        Some(Self { settings, comment: (!comment.is_empty()).then(|| comment.to_owned()) })
    }
}

/// The line of a compose file that a quoted piece stands for.
fn setting(quoted: &str, behind: &str) -> Option<String> {
    if behind.starts_with(" to `security_opt`") {
        return Some(format!("security_opt: [{quoted}]"));
    }
    let (key, value) = quoted.split_once(": ")?;
    let is_key = key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    (is_key && !value.is_empty() && !quoted.contains('\n')).then(|| quoted.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snippet(fix: &str) -> Option<(Vec<String>, Option<String>)> {
        Snippet::of(fix).map(|snippet| (snippet.settings, snippet.comment))
    }

    #[test]
    fn settings_become_lines_and_the_rest_a_comment() {
        let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        assert_eq!(snippet("set `read_only: true`"), Some((lines(&["read_only: true"]), None)));
        assert_eq!(
            snippet("add `cap_drop: [ALL]` and `cap_add: [CHOWN]`, with which it hands over"),
            Some((
                lines(&["cap_drop: [ALL]", "cap_add: [CHOWN]"]),
                Some("with which it hands over".to_owned())
            ))
        );
        assert_eq!(
            snippet("add `cap_drop: [ALL]`, and `cap_add` with the few that are needed"),
            Some((lines(&["cap_drop: [ALL]"]), Some("`cap_add` with the few that are needed".to_owned())))
        );
        assert_eq!(
            snippet("add `no-new-privileges:true` to `security_opt`"),
            Some((lines(&["security_opt: [no-new-privileges:true]"]), None))
        );
    }

    #[test]
    fn only_settings_of_the_service_become_lines() {
        for fix in [
            "remove `read_only: false`",
            "add `USER node` before CMD",
            "add a limit",
            "add `memory: 512M` to `deploy.resources.limits`, where the other limits are",
            "write `no-new-privileges:true` here",
        ] {
            assert_eq!(snippet(fix), None, "{fix}");
        }
    }

    #[test]
    fn the_heading_is_not_said_twice() {
        assert_eq!(without_subject("service `api` keeps all", "service `api`"), "keeps all");
        assert_eq!(without_subject("nothing limits `api`", "service `api`"), "nothing limits `api`");
    }
}
