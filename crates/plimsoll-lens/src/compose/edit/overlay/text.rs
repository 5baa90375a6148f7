//! The text of an overlay: entries put into it, and items of lists worked on by themselves.

use plimsoll_text::{Source, SourceKind, Sources, Span, apply};

use super::super::outline::{Outline, Shape};
use super::super::place::Layout;
use super::super::{Operation, Refusal, Writer, Writing};
use crate::compose::ProjectFiles;

/// What a new overlay begins with: what it is, how it is used, and what it needs.
pub(super) fn head(project: &ProjectFiles) -> String {
    let files: Vec<String> = project
        .files
        .iter()
        .chain(&project.overlay)
        .map(|file| format!(" -f {}", own_name(project, file)))
        .collect();
    format!(
        "# Hardening from outside: laid over the project, whose own files stay as they are.\n\
         #   docker compose{} up -d\n\
         # `!reset` and `!override` need Docker Compose 2.24.4 or later.\n",
        files.concat()
    )
}

/// The name of a file as it is named from the project's directory.
fn own_name<'f>(project: &ProjectFiles, file: &'f str) -> &'f str {
    let inside = file.strip_prefix(&project.directory).and_then(|rest| rest.strip_prefix('/'));
    inside.unwrap_or(file)
}

/// A text with an entry behind its lines, from the top.
pub(super) fn entry(text: &str, path: &[String], value: &Writing) -> Option<String> {
    let (first, below) = path.split_first()?;
    let value = below.iter().rev().fold(value.clone(), |value, key| Writing::Map(vec![(key.clone(), value)]));
    let layout = Layout::of(text);
    let newline = layout.newline();
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { newline };
    Some(format!("{text}{gap}{}{newline}", layout.entry(0, first, &value)))
}

/// The text with a value at a path; what is there goes.
pub(super) fn laid(text: &str, path: &[String], value: &Writing) -> Result<String, Refusal> {
    let mut sources = Sources::new();
    let id = sources.add_text("", SourceKind::Compose, text);
    let source = sources.get(id);
    let outline = Outline::of(text).ok_or(Refusal::Unreadable)?;
    let says_nothing = |part: &super::super::Part| part.shape == Shape::Absent;
    match outline.documents.as_slice() {
        [] => return entry(text, path, value).ok_or(Refusal::Unusual),
        [only] if says_nothing(only) => return entry(text, path, value).ok_or(Refusal::Unusual),
        [_] => {}
        // What stands in the first of several documents may be taken back by the second.
        _ => return Err(Refusal::Unusual),
    }
    let writer = Writer { source, outline: &outline };
    let edits = match writer.entry(path) {
        Ok((own, parent)) => {
            let range = own.key_at.start..own.value.at.end.max(own.key_at.end);
            let old = text.get(range.clone()).unwrap_or("");
            if old.contains('#') || outline.has_anchor_in_use(&own.value) || own.value.shape == Shape::Alias {
                return Err(Refusal::Unusual);
            }
            let layout = Layout::of(text);
            let flow = matches!(parent.shape, Shape::Map { flow: true, .. });
            let new = match flow {
                true => format!("{}: {}", own.key, super::super::place::inline(value)),
                false => {
                    layout.entry(layout.column(own.key_at.start), &own.key, value).trim_start().to_owned()
                }
            };
            vec![plimsoll_text::Edit { span: Span::new(id, range.start, range.end), replacement: new }]
        }
        Err(Refusal::NotThere) => writer.set(path, value)?,
        Err(other) => return Err(other),
    };
    apply(source, &edits).map_err(|_| Refusal::Unproven)
}

/// What stands at a path of a text.
pub(super) enum There {
    No,
    /// A list that adds to what is below.
    Plain,
    /// One that takes the place of what is below.
    Tagged,
}

pub(super) fn items_at(text: &str, path: &[String]) -> Result<There, Refusal> {
    let outline = Outline::of(text).ok_or(Refusal::Unreadable)?;
    let Some(document) = outline.documents.first() else { return Ok(There::No) };
    let found = path.iter().try_fold(document, |part, key| part.entry(key).map(|entry| &entry.value));
    Ok(match found {
        None => There::No,
        Some(part) if part.tagged => There::Tagged,
        Some(_) => There::Plain,
    })
}

/// The text after an operation.
pub(super) fn edited(text: &str, operation: &Operation) -> Result<String, Refusal> {
    let mut sources = Sources::new();
    let id = sources.add_text("", SourceKind::Compose, text);
    let edits = super::super::edits(sources.get(id), operation)?;
    apply(sources.get(id), &edits).map_err(|_| Refusal::Unproven)
}

/// An item of a list after an operation on it, as if it stood alone.
pub(super) fn reworked(
    raw: &str,
    operation: impl Fn(&Source, Span) -> Result<Operation, Refusal>,
) -> Result<String, Refusal> {
    reworked_in("l", raw, operation)
}

/// The same in a list of a name.
pub(super) fn reworked_in(
    list: &str,
    raw: &str,
    operation: impl Fn(&Source, Span) -> Result<Operation, Refusal>,
) -> Result<String, Refusal> {
    let path = [list.to_owned()];
    let text = entry("", &path, &super::items(vec![raw.to_owned()])).ok_or(Refusal::Unusual)?;
    let item = |text: &str| -> Option<std::ops::Range<usize>> {
        let outline = Outline::of(text)?;
        match &outline.documents.first()?.entry(list)?.value.shape {
            Shape::List { items, .. } => items.first().map(|item| item.at.clone()),
            _ => None,
        }
    };
    let place = item(&text).ok_or(Refusal::Unusual)?;
    let mut sources = Sources::new();
    let id = sources.add_text("", SourceKind::Compose, &text);
    let operation = operation(sources.get(id), Span::new(id, place.start, place.end))?;
    let new = edited(&text, &operation)?;
    let mut sources = Sources::new();
    let id = sources.add_text("", SourceKind::Compose, &new);
    let place = item(&new).ok_or(Refusal::Unusual)?;
    super::raw(sources.get(id), Span::new(id, place.start, place.end))
}

/// A port in its short form whose address a variable says, with another in the place of the variable.
pub(super) fn bound_anew(raw: &str, address: &str) -> Option<String> {
    let bare = raw.trim_matches(['"', '\'']);
    let rest = bare.strip_prefix("${")?;
    let (_, rest) = rest.split_once('}')?;
    let rest = rest.strip_prefix(':')?;
    (rest.contains(':') && !bare.contains(['"', '\'', '\\', '\n'])).then(|| format!("\"{address}:{rest}\""))
}
