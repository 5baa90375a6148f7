//! What is wrong with a file of rules, at its place: the interpreter says it in words, `--> FILE:LINE:COLUMN`.

use plimsoll_text::{Source, SourceId, Sources, Span};

use super::steps;

/// Something wrong with a file of rules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Where.
    pub at: Span,
    /// What is wrong, without a trailing full stop.
    pub message: String,
    /// What to do.
    pub cure: String,
}

impl Fault {
    pub(super) fn new(at: Span, message: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { at, message: message.into(), cure: cure.into() }
    }
}

pub(super) fn of_error(
    sources: &Sources,
    files: &[SourceId],
    error: &(impl std::fmt::Display + ?Sized),
    otherwise: SourceId,
) -> Fault {
    of_text(sources, files, &error.to_string(), Span::whole(otherwise))
}

/// `otherwise` is the place of an error that names none.
pub(super) fn of_text(sources: &Sources, files: &[SourceId], error: &str, otherwise: Span) -> Fault {
    if steps::is_exceeded(error) {
        return Fault::new(
            otherwise,
            "the rule was stopped: it takes too many steps",
            "ask for less at once: do not pair everything with everything",
        );
    }
    let at = place(sources, files, error).unwrap_or(otherwise);
    let said = match error.split_once("error: ") {
        Some((_, said)) => said,
        None => error,
    };
    let line = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it cannot be evaluated");
    let message: String = line.trim_end_matches(['.', ':']).chars().take(300).collect();
    let cure = match message.as_str() {
        text if text.contains("could not find function") => {
            "correct its name; functions that look at the clock, the network or the environment are not there"
        }
        text if text.contains("unsafe") => "give the variable a value first, or correct its name",
        text if text.contains("recursion") => "take the recursion out",
        text if text.contains("`if` keyword") => {
            "write `if` before the body; a file that mixes the syntaxes of both versions cannot be read"
        }
        _ => "correct the rule",
    };
    Fault::new(at, message, cure)
}

/// The first place that the text names, if it is in one of the files.
fn place(sources: &Sources, files: &[SourceId], error: &str) -> Option<Span> {
    let line = error.lines().find_map(|line| line.trim().strip_prefix("--> "))?;
    let (rest, column) = line.rsplit_once(':')?;
    let (file, line) = rest.rsplit_once(':')?;
    let (line, column): (usize, usize) = (line.parse().ok()?, column.parse().ok()?);
    let source = files.iter().filter_map(|&id| sources.lookup(id)).find(|source| &*source.name == file)?;
    Some(point(source, line, column))
}

/// From a line and a column, both from 1 and the column in characters, to the end of the word there.
pub(super) fn point(source: &Source, line: usize, column: usize) -> Span {
    let Some(range) = source.lines().range(&source.text, line) else {
        return Span::new(source.id, source.text.len(), source.text.len());
    };
    let text = source.text.get(range.clone()).unwrap_or("");
    let at = text.char_indices().nth(column.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
    let rest = text.get(at..).unwrap_or("");
    let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let length = if word == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { word };
    Span::new(source.id, range.start + at, range.start + at + length)
}
