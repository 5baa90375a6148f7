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

/// The gaps of all services as one block: the same few lines cure them all.
pub(super) fn of_services<'a>(entries: &[&Entry<'a>]) -> Option<Diagnostic<'a>> {
    let worst = entries.iter().map(|entry| entry.severity()).max()?;
    let mut services: Vec<Vec<&Entry<'a>>> = Vec::new();
    for &entry in entries {
        match services.iter_mut().find(|own| own.first().is_some_and(|first| first.group() == entry.group()))
        {
            Some(own) => own.push(entry),
            None => services.push(vec![entry]),
        }
    }
    if let [own] = services.as_slice() {
        return Some(Diagnostic { notes: notes(&services), ..of_entries(own)? });
    }
    let first = services.iter().flatten().find(|entry| entry.severity() == worst)?;
    Some(Diagnostic {
        severity: worst,
        level: level(worst),
        code: "baseline",
        message: format!("{} services lack hardening settings", services.len()),
        remark: worst.name(),
        marks: first
            .place
            .map(|place| Mark { place, words: "the first of them".to_owned(), primary: true })
            .into_iter()
            .collect(),
        notes: notes(&services),
    })
}

/// What is missing where, and what cures it.
fn notes(services: &[Vec<&Entry<'_>>]) -> Vec<(&'static str, String)> {
    let mut lacks: Vec<(String, Vec<&str>)> = Vec::new();
    for own in services {
        let ids: Vec<&str> = own.iter().map(|entry| entry.control().id).collect();
        let ids = ids.join(", ");
        let name = own.first().and_then(|entry| entry.service()).unwrap_or("image");
        match lacks.iter_mut().find(|(known, _)| *known == ids) {
            Some((_, names)) => names.push(name),
            None => lacks.push((ids, vec![name])),
        }
    }
    let mut notes: Vec<(&'static str, String)> = lacks
        .into_iter()
        .map(|(ids, names)| {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            ("lacks", if services.len() == 1 { ids } else { format!("{}: {ids}", names.join(", ")) })
        })
        .collect();
    notes.push((
        "why",
        "each of these turns a break-in into a small one; together they cost a few lines".to_owned(),
    ));
    match services {
        [own] => notes.push(("fix", fix(own))),
        services => notes.extend(fix_once(services).into_iter().map(|text| ("fix", text))),
    }
    if services.iter().flatten().all(|entry| entry.finding.plane == Plane::Assumed) {
        notes.push(("note", "assumed: no file sets them, so the engine's defaults hold".to_owned()));
    }
    notes
}

/// One block that all services take, and what single services need besides.
fn fix_once(services: &[Vec<&Entry<'_>>]) -> Vec<String> {
    let all: Vec<Cure> = services.iter().map(|own| Cure::of(own)).collect();
    let Some(first) = all.first() else { return Vec::new() };
    let shared: Vec<&String> =
        first.lines.iter().filter(|line| all.iter().all(|cure| cure.lines.contains(line))).collect();
    let document =
        |own: &Vec<&Entry<'_>>| own.first().and_then(|entry| entry.place).map(|place| place.source.id);
    // A YAML anchor holds within its file.
    let one_file = services.iter().all(|own| document(own) == services.first().and_then(document));
    let mut fixes = Vec::new();
    if !shared.is_empty() {
        let (lead, indent) = match one_file {
            true => ("write once, above `services`, and add `<<: *hardening` to each of them", "    "),
            false => ("add to each of them", "  "),
        };
        let mut text = lead.to_owned();
        if one_file {
            text.push_str("\n  x-hardening: &hardening");
        }
        for line in &shared {
            text.push_str(&format!("\n{indent}{line}"));
        }
        fixes.push(text);
    }
    let mut besides: Vec<(String, Vec<&str>)> = Vec::new();
    for (own, cure) in services.iter().zip(&all) {
        let more = cure.lines.iter().filter(|line| !shared.contains(line) && !line.starts_with('#'));
        let more: Vec<String> =
            more.map(|line| format!("`{line}`")).chain(cure.words.iter().cloned()).collect();
        let Some(name) = own.first().and_then(|entry| entry.service()).filter(|_| !more.is_empty()) else {
            continue;
        };
        let more = more.join("; ");
        match besides.iter_mut().find(|(known, _)| *known == more) {
            Some((_, names)) => names.push(name),
            None => besides.push((more, vec![name])),
        }
    }
    fixes.extend(besides.into_iter().map(|(more, names)| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        format!("in {}: {more}", names.join(", "))
    }));
    fixes
}

/// One snippet of what is to be added, and in words what cannot be put so.
fn fix(entries: &[&Entry<'_>]) -> String {
    let Cure { lines, words } = Cure::of(entries);
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

/// What cures the gaps of one service.
#[derive(Default)]
struct Cure {
    /// Lines for the service, comments among them.
    lines: Vec<String>,
    /// What cannot be put as a line.
    words: Vec<String>,
}

impl Cure {
    fn of(entries: &[&Entry<'_>]) -> Self {
        let mut cure = Self::default();
        for entry in entries {
            let fix = entry.finding.fix.trim_end_matches('.');
            match Snippet::of(fix) {
                Some(snippet) => {
                    let comment = snippet.comment.map(|comment| format!("# {comment}"));
                    for line in comment.into_iter().chain(snippet.settings) {
                        if !cure.lines.contains(&line) {
                            cure.lines.push(line);
                        }
                    }
                }
                None if cure.words.iter().any(|old| old == fix) => {}
                None => cure.words.push(fix.to_owned()),
            }
        }
        cure
    }
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
