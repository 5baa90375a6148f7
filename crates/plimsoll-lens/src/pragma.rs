//! Comments that carry instructions to linters: what they allow, for what, and why.
//!
//! Reads plimsoll's own form and those of the peers, by the documentation of each. Deliberately absent: what the ids
//! mean, and whether anything is suppressed by them.

use std::sync::Arc;

use plimsoll_posture::Spanned;
use plimsoll_text::{Sources, Span};

/// A comment of a document, as its lens saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// From `#` to the end of the line.
    pub at: Span,
    /// What it stands by: the instruction or mapping entry that follows it, or the one on whose line it ends.
    /// `None` for a comment with nothing after it.
    pub covers: Option<Span>,
    /// Whether it stands before everything else in the document.
    pub leading: bool,
}

/// How far an allowance reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// What the comment stands by.
    Entry,
    /// The build stage that the comment stands in.
    Stage,
    /// The whole document.
    File,
}

/// One allowance written as a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pragma {
    /// The comment.
    pub at: Span,
    /// What the comment stands by.
    pub covers: Option<Span>,
    /// Whose form it is: `plimsoll`, `hadolint`, `shellcheck`, `buildkit`, `tally`, `checkov`, `trivy`, `semgrep`, `dclint`.
    pub tool: &'static str,
    /// The ids as written, in order.
    pub ids: Vec<Spanned<Arc<str>>>,
    /// How far it reaches.
    pub reach: Reach,
    /// The reason, when one is written.
    pub reason: Option<Arc<str>>,
}

/// The allowances among the comments, in their order.
#[must_use]
pub fn read(sources: &Sources, comments: &[Comment]) -> Vec<Pragma> {
    comments.iter().filter_map(|comment| pragma(comment, sources.text(comment.at))).collect()
}

/// What a form gives: its tool, the list of ids, the reach, the reason.
type Form<'a> = (&'static str, &'a str, Reach, Option<&'a str>);

fn pragma(comment: &Comment, text: &str) -> Option<Pragma> {
    let body = text.trim_start_matches('#').trim();
    let (tool, list, reach, reason) = [own, hadolint, shellcheck, tally, buildkit, checkov, semgrep, dclint]
        .into_iter()
        .find_map(|form| form(body, comment.leading))
        .or_else(|| trivy(body, comment.leading))?;
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty()).map(Into::into);
    Some(Pragma {
        at: comment.at,
        covers: comment.covers,
        tool,
        ids: ids(comment, text, list, tool),
        reach,
        reason,
    })
}

/// `plimsoll: allow ID[, ID] - reason`, `plimsoll: allow-file ID - reason`.
fn own(body: &str, _: bool) -> Option<Form<'_>> {
    let rest = body.strip_prefix("plimsoll:")?.trim_start();
    let (reach, rest) = match rest.strip_prefix("allow-file") {
        Some(rest) => (Reach::File, rest),
        None => (Reach::Entry, rest.strip_prefix("allow")?),
    };
    if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
        return None;
    }
    let dash = [" - ", " -- ", " – ", " — ", " # "]
        .into_iter()
        .filter_map(|dash| rest.find(dash).map(|at| (at, at + dash.len())))
        .min();
    Some(match dash {
        Some((end, start)) => ("plimsoll", &rest[..end], reach, rest.get(start..)),
        None => ("plimsoll", rest.trim_end().trim_end_matches([' ', '-']), reach, None),
    })
}

/// `hadolint ignore=DL3008,SC2046`, `hadolint global ignore=`, `hadolint stage ignore=`; a reason after a second `#`.
fn hadolint(body: &str, _: bool) -> Option<Form<'_>> {
    let rest = body.strip_prefix("hadolint")?;
    let rest = rest.strip_prefix(char::is_whitespace)?.trim_start();
    let (reach, rest) = reach_word(rest, &[("global", Reach::File), ("stage", Reach::Stage)]);
    let list = assigned(rest, "ignore")?;
    let (list, reason) = split(list, "#");
    Some(("hadolint", list, reach, reason))
}

/// `shellcheck disable=SC2034,SC2154`; above an instruction it is for that one.
fn shellcheck(body: &str, _: bool) -> Option<Form<'_>> {
    let rest = body.strip_prefix("shellcheck")?.strip_prefix(char::is_whitespace)?.trim_start();
    let list = assigned(rest, "disable")?;
    let (list, reason) = split(list, "#");
    // Other directives may follow on the same line.
    let list = list.split_whitespace().next().unwrap_or("");
    Some(("shellcheck", list, Reach::Entry, reason))
}

/// `tally ignore=a/B,c/D;reason=text`, `tally global ignore=`.
fn tally(body: &str, _: bool) -> Option<Form<'_>> {
    let rest = body.strip_prefix("tally")?;
    let rest = rest.strip_prefix(char::is_whitespace)?.trim_start();
    let (reach, rest) = reach_word(rest, &[("global", Reach::File), ("stage", Reach::Stage)]);
    let list = assigned(rest, "ignore")?;
    let (list, options) = split(list, ";");
    let reason = options.and_then(|options| assigned(options.trim_start(), "reason"));
    Some(("tally", list, reach, reason))
}

/// `check=skip=Rule,Rule;error=true`: a parser directive for the whole file at its top, and since BuildKit's
/// Dockerfile frontend of November 2025 for one instruction above it, with the reason after `//`.
fn buildkit(body: &str, leading: bool) -> Option<Form<'_>> {
    let list = assigned(body, "check")?;
    let (list, reason) = split(list, "//");
    let list = list.split(';').find_map(|option| assigned(option.trim(), "skip"))?;
    Some(("buildkit", list, if leading { Reach::File } else { Reach::Entry }, reason))
}

/// `checkov:skip=ID:reason`; for a Dockerfile, checkov takes it for the whole file wherever it stands.
fn checkov(body: &str, _: bool) -> Option<Form<'_>> {
    let at = body.find("checkov:skip=").or_else(|| body.find("bridgecrew:skip="))?;
    let list = body[at..].split_once('=')?.1;
    let (list, reason) = split(list, ":");
    Some(("checkov", list, Reach::File, reason))
}

/// `trivy:ignore:ID`, several in one comment; what stands above everything is meant for the file.
fn trivy(body: &str, leading: bool) -> Option<Form<'_>> {
    let at = body.find("trivy:ignore:").or_else(|| body.find("tfsec:ignore:"))?;
    Some(("trivy", &body[at..], if leading { Reach::File } else { Reach::Entry }, None))
}

/// `nosemgrep: id, id`.
fn semgrep(body: &str, _: bool) -> Option<Form<'_>> {
    let rest = body.strip_prefix("nosemgrep").or_else(|| body.strip_prefix("nosem"))?;
    let list = rest.strip_prefix(':')?;
    let (list, reason) = split(list, "--");
    Some(("semgrep", list, Reach::Entry, reason))
}

/// `dclint disable rule rule` at the top, `dclint disable-line rule` on the line itself.
fn dclint(body: &str, _: bool) -> Option<Form<'_>> {
    let rest = body.strip_prefix("dclint")?.strip_prefix(char::is_whitespace)?.trim_start();
    let (reach, list) = match rest.strip_prefix("disable-line") {
        Some(list) => (Reach::Entry, list),
        None => (Reach::File, rest.strip_prefix("disable")?),
    };
    Some(("dclint", list, reach, None))
}

fn reach_word<'a>(text: &'a str, words: &[(&str, Reach)]) -> (Reach, &'a str) {
    words
        .iter()
        .find_map(|(word, reach)| {
            let rest = text.strip_prefix(word)?.strip_prefix(char::is_whitespace)?;
            Some((*reach, rest.trim_start()))
        })
        .unwrap_or((Reach::Entry, text))
}

fn assigned<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.strip_prefix(name)?.trim_start().strip_prefix('=').map(str::trim_start)
}

fn split<'a>(text: &'a str, mark: &str) -> (&'a str, Option<&'a str>) {
    match text.split_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// `list` is a slice of `text`; each id keeps its place.
fn ids(comment: &Comment, text: &str, list: &str, tool: &str) -> Vec<Spanned<Arc<str>>> {
    let start = list.as_ptr() as usize - text.as_ptr() as usize;
    let mut found = Vec::new();
    let mut at = 0;
    while at < list.len() {
        let rest = &list[at..];
        let skipped = rest.len() - rest.trim_start_matches(is_separator).len();
        let rest = &rest[skipped..];
        let word = rest.find(is_separator).map_or(rest, |end| &rest[..end]);
        let begin = start + at + skipped;
        at += skipped + word.len().max(1);
        let Some(id) = bare(word, tool) else { continue };
        let from = begin + (word.len() - id.len());
        let base = comment.at.start as usize;
        let span = Span::new(comment.at.source, base + from, base + from + id.len());
        found.push(Spanned { value: id.into(), at: span });
    }
    found
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || c == ',' || c == ';'
}

/// The id without the tool's own prefix: `trivy:ignore:DS-0002`, `hadolint/DL3008`.
fn bare<'a>(word: &'a str, tool: &str) -> Option<&'a str> {
    let id = match tool {
        "trivy" => word.strip_prefix("trivy:ignore:").or_else(|| word.strip_prefix("tfsec:ignore:"))?,
        "tally" => word.rsplit_once('/').map_or(word, |(_, id)| id),
        _ => word,
    };
    (!id.is_empty()).then_some(id)
}

#[cfg(test)]
mod tests {
    use plimsoll_text::SourceKind;

    use super::*;

    fn one(text: &str, leading: bool) -> Option<(&'static str, Vec<String>, Reach, Option<String>)> {
        let mut sources = Sources::new();
        let document = format!("  {text}\nUSER root\n");
        let id = sources.add_text("Dockerfile", SourceKind::Dockerfile, &document);
        let at = Span::new(id, 2, 2 + text.len());
        let read = read(&sources, &[Comment { at, covers: None, leading }]);
        let pragma = read.into_iter().next()?;
        for id in &pragma.ids {
            assert_eq!(sources.text(id.at), &*id.value, "{text}");
        }
        let ids = pragma.ids.iter().map(|id| id.value.to_string()).collect();
        Some((pragma.tool, ids, pragma.reach, pragma.reason.map(|reason| reason.to_string())))
    }

    fn expect(
        text: &str,
        leading: bool,
        tool: &'static str,
        ids: &[&str],
        reach: Reach,
        reason: Option<&str>,
    ) {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        assert_eq!(one(text, leading), Some((tool, ids, reach, reason.map(Into::into))), "{text}");
    }

    #[test]
    fn reads_our_own_form() {
        use Reach::{Entry, File};
        expect(
            "# plimsoll: allow runs-as-root - needs port 53",
            false,
            "plimsoll",
            &["runs-as-root"],
            Entry,
            Some("needs port 53"),
        );
        expect("#plimsoll: allow a-b, c-d — why", false, "plimsoll", &["a-b", "c-d"], Entry, Some("why"));
        expect("# plimsoll: allow-file a-b - one - two", true, "plimsoll", &["a-b"], File, Some("one - two"));
        expect("# plimsoll: allow a-b", false, "plimsoll", &["a-b"], Entry, None);
        expect("# plimsoll: allow a-b -", false, "plimsoll", &["a-b"], Entry, None);
        expect("# plimsoll: allow", false, "plimsoll", &[], Entry, None);
        assert_eq!(one("# plimsoll: allowance", false), None);
        assert_eq!(one("# see plimsoll: allow x", false), None);
    }

    #[test]
    fn reads_the_forms_of_the_peers() {
        use Reach::{Entry, File, Stage};
        expect(
            "# hadolint ignore=DL3008,SC2046 # pinned by snapshot",
            false,
            "hadolint",
            &["DL3008", "SC2046"],
            Entry,
            Some("pinned by snapshot"),
        );
        expect(
            "# shellcheck disable=SC2034,SC2154 # set by the caller",
            true,
            "shellcheck",
            &["SC2034", "SC2154"],
            Entry,
            Some("set by the caller"),
        );
        expect(
            "# hadolint global ignore = DL3003, DL3006",
            true,
            "hadolint",
            &["DL3003", "DL3006"],
            File,
            None,
        );
        expect("# hadolint stage ignore=DL3018", false, "hadolint", &["DL3018"], Stage, None);
        expect(
            "# check=skip=JSONArgsRecommended,StageNameCasing;error=true",
            true,
            "buildkit",
            &["JSONArgsRecommended", "StageNameCasing"],
            File,
            None,
        );
        expect(
            "# check=skip=UndefinedVar // set by CI",
            false,
            "buildkit",
            &["UndefinedVar"],
            Entry,
            Some("set by CI"),
        );
        expect(
            "#checkov:skip=CKV_DOCKER_3:runs in a VM",
            false,
            "checkov",
            &["CKV_DOCKER_3"],
            File,
            Some("runs in a VM"),
        );
        expect(
            "#trivy:ignore:DS-0002 trivy:ignore:AVD-DS-0026",
            false,
            "trivy",
            &["DS-0002", "AVD-DS-0026"],
            Entry,
            None,
        );
        expect(
            "# nosemgrep: dockerfile.security.missing-user",
            false,
            "semgrep",
            &["dockerfile.security.missing-user"],
            Entry,
            None,
        );
        expect(
            "# tally ignore=hadolint/DL3008;reason=vendor image",
            false,
            "tally",
            &["DL3008"],
            Entry,
            Some("vendor image"),
        );
        expect("# dclint disable-line no-version-field", false, "dclint", &["no-version-field"], Entry, None);
        for text in [
            "# check=error=true",
            "# shellcheck shell=bash",
            "# hadolint shell=bash",
            "# hadolinted",
            "#",
            "# nosemgrep",
            "# plain",
        ] {
            assert_eq!(one(text, true), None, "{text}");
        }
    }
}
