//! Pieces that the JSON formats share.
//!
//! A wire struct is written once and then only added to: readers of `plimsoll.report/1` rely on every field.

use serde::Serialize;

use plimsoll_posture::{Subject, ViaKind};
use plimsoll_text::{Sources, Span};

use crate::place::Place;
use crate::veil::Veil;

/// Where something is; lines and columns count from 1, columns in Unicode scalar values, the end is exclusive.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub(crate) struct WirePlace {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) end_line: usize,
    pub(crate) end_column: usize,
}

impl From<Place<'_>> for WirePlace {
    fn from(place: Place<'_>) -> Self {
        Self {
            file: place.file().to_owned(),
            line: place.start.line,
            column: place.start.column,
            end_line: place.end.line,
            end_column: place.end.column,
        }
    }
}

/// The place of a span, when it has one.
pub(crate) fn place(sources: &Sources, span: Span) -> Option<WirePlace> {
    Place::of(sources, span).map(WirePlace::from)
}

/// What something is about.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct WireSubject {
    kind: &'static str,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
}

impl WireSubject {
    pub(crate) fn of(subject: &Subject, veil: &Veil) -> Self {
        Self {
            kind: subject.kind.name(),
            name: veil.words(&subject.name).into_owned(),
            service: subject.service.as_ref().map(|service| service.to_string()),
        }
    }
}

/// The name of a step of a way.
pub(crate) fn via_name(kind: ViaKind) -> &'static str {
    match kind {
        ViaKind::Alias => "alias",
        ViaKind::MergeKey => "merge-key",
        ViaKind::Extends => "extends",
        ViaKind::Include => "include",
        ViaKind::Override => "override",
        ViaKind::Default => "default",
        ViaKind::Variable => "variable",
        ViaKind::EnvFile => "env-file",
        ViaKind::From => "from",
        ViaKind::Service => "service",
    }
}

/// JSON text of a wire struct: two blanks of indentation, a line feed at the end, nothing in it that a terminal obeys.
#[must_use]
pub fn to_json(value: &impl Serialize) -> String {
    // A wire struct has text keys only and no float that is not a number: writing it to memory cannot fail.
    finish(serde_json::to_string_pretty(value))
}

/// The same on one line: a third of the size, for a report over thousands of files.
pub(crate) fn to_compact_json(value: &impl Serialize) -> String {
    finish(serde_json::to_string(value))
}

fn finish(json: serde_json::Result<String>) -> String {
    let mut json = crate::veil::escape_json(json.unwrap_or_default());
    json.push('\n');
    json
}
