//! `.trivyignore` and `.trivyignore.yaml`. Source: Trivy's documentation, "Filtering".
//!
//! A scan honours them where they stand, see `accept`; an import turns what is about controls into settings.

use plimsoll_lens::compose::Value;
use plimsoll_text::Source;

use super::{Harvest, entries, items, line, reason, scalar};
use crate::date::Date;

/// Under which heading an id stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// A list has no headings.
    Any,
    /// `vulnerabilities`.
    Vulnerabilities,
    /// `misconfigurations`.
    Misconfigurations,
    /// `secrets`, `licenses`, and what Trivy does not document.
    Other,
}

/// One id that Trivy is told to ignore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ignored {
    /// The line, from 1.
    pub(crate) line: usize,
    /// The id as written.
    pub(crate) id: String,
    /// Where it stands.
    pub(crate) section: Section,
    /// The statement, or a comment.
    pub(crate) why: Option<String>,
    /// The last day, as written.
    pub(crate) until: Option<String>,
    /// Patterns of paths; empty for all.
    pub(crate) paths: Vec<String>,
    /// Packages; empty for all.
    pub(crate) purls: Vec<String>,
}

/// One id a line, `exp:DATE` behind it; a comment is the reason of what follows up to an empty line.
pub(crate) fn list(source: &Source) -> Vec<Ignored> {
    let mut ignored = Vec::new();
    let mut said: Vec<&str> = Vec::new();
    let mut after_id = false;
    for (index, text) in source.text.lines().enumerate() {
        let text = text.trim();
        if let Some(comment) = text.strip_prefix('#') {
            if std::mem::take(&mut after_id) {
                said.clear();
            }
            said.push(comment.trim_start_matches('#').trim());
            continue;
        }
        if text.is_empty() {
            said.clear();
            continue;
        }
        after_id = true;
        let (rule, behind) = text.split_once('#').unwrap_or((text, ""));
        let mut words = rule.split_whitespace();
        let Some(id) = words.next() else { continue };
        let until = words.find_map(|word| word.strip_prefix("exp:")).map(str::to_owned);
        let why = if behind.trim().is_empty() { said.join(" ") } else { behind.trim().to_owned() };
        ignored.push(Ignored {
            line: index + 1,
            id: id.to_owned(),
            section: Section::Any,
            why: Some(why).filter(|why| !why.trim().is_empty()),
            until,
            paths: Vec::new(),
            purls: Vec::new(),
        });
    }
    ignored
}

/// The same as YAML.
///
/// # Errors
/// The line at which it is none, and why.
pub(crate) fn document(source: &Source) -> Result<Vec<Ignored>, (usize, String)> {
    let root = match Harvest::open(source) {
        Ok(Some(root)) => root,
        Ok(None) => return Ok(Vec::new()),
        Err(broken) => {
            let (line, _, message) = broken.broken.unwrap_or_default();
            return Err((line, message));
        }
    };
    let mut ignored = Vec::new();
    for section in entries(&root) {
        let heading = match &*section.key {
            "vulnerabilities" => Section::Vulnerabilities,
            "misconfigurations" => Section::Misconfigurations,
            _ => Section::Other,
        };
        for item in items(&section.value) {
            let text = |name: &str| item.get(name).and_then(|node| scalar(source, node)).map(str::to_owned);
            let texts = |name: &str| -> Vec<String> {
                let list = item.get(name).map_or_else(Vec::new, items);
                list.into_iter().filter_map(|node| scalar(source, node)).map(str::to_owned).collect()
            };
            let Some(id) = text("id") else { continue };
            ignored.push(Ignored {
                line: line(source, item.at),
                id,
                section: heading,
                why: text("statement").or_else(|| reason(source, item.at)),
                until: text("expired_at"),
                paths: texts("paths"),
                purls: texts("purls"),
            });
        }
    }
    Ok(ignored)
}

pub(super) fn read_list(source: &Source) -> Harvest {
    let mut harvest = Harvest::default();
    for ignored in list(source) {
        one(&mut harvest, ignored.line, &ignored.id, ignored.why, ignored.until);
    }
    harvest
}

pub(super) fn read_document(source: &Source) -> Harvest {
    let root = match Harvest::open(source) {
        Ok(Some(root)) => root,
        Ok(None) => return Harvest::default(),
        Err(broken) => return broken,
    };
    let mut harvest = Harvest::default();
    for section in entries(&root) {
        let at = line(source, section.key_at);
        match &*section.key {
            "misconfigurations" => {}
            key @ ("vulnerabilities" | "secrets" | "licenses") => {
                if !items(&section.value).is_empty() {
                    harvest.leave(at, key, "only misconfigurations have controls here");
                }
                continue;
            }
            key => {
                harvest.leave(at, key, "not a section that Trivy documents");
                continue;
            }
        }
        for item in items(&section.value) {
            let text = |name: &str| item.get(name).and_then(|node| scalar(source, node)).map(str::to_owned);
            let at = line(source, item.at);
            let Some(id) = text("id") else { continue };
            let why = text("statement").or_else(|| reason(source, item.at));
            if item.get("paths").is_some_and(|paths| !matches!(&paths.value, Value::Null)) {
                let why = why.map(|why| format!(" (its reason was: {why})")).unwrap_or_default();
                harvest.leave(
                    at,
                    id,
                    format!("it holds for some files; an allowance names a subject instead, such as `service api`{why}"),
                );
                continue;
            }
            one(&mut harvest, at, &id, why, text("expired_at"));
        }
    }
    harvest
}

fn one(harvest: &mut Harvest, at: usize, id: &str, why: Option<String>, until: Option<String>) {
    if id.starts_with("CVE-") || id.starts_with("GHSA-") {
        return harvest.leave(at, id, "a vulnerability needs no setting: a scan reads it where it stands");
    }
    let until = match until.as_deref().map(|text| text.get(..10).unwrap_or(text)) {
        None => None,
        Some(text) if Date::parse(text).is_some() => Some(text.to_owned()),
        Some(text) => return harvest.leave(at, id, format!("`{text}` is not a date")),
    };
    let why = match (&until, why) {
        (_, Some(why)) => Some(why),
        // What ends must be an allowance, and an allowance has a reason.
        (Some(_), None) => Some("ignored for Trivy until then, without a reason".to_owned()),
        (None, None) => None,
    };
    harvest.off(at, &plain(id), why, until);
}

/// Older spellings: `AVD-DS-0002` and `DS002` are `DS-0002`.
pub(crate) fn plain(id: &str) -> String {
    let id = id.strip_prefix("AVD-").unwrap_or(id);
    match id
        .strip_prefix("DS")
        .filter(|digits| digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit()))
    {
        Some(digits) => format!("DS-0{digits}"),
        None => id.to_owned(),
    }
}
