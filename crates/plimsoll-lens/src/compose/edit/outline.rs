//! The written shape of a YAML document: what is a mapping, a list or a value, in which style and at which bytes, with
//! aliases and merge keys left as they stand.
//!
//! Deliberately absent: what values mean. An edit needs to know where something is written, and who else uses it.

use std::collections::BTreeSet;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};

/// Levels of nesting that are read; deeper documents are not edited.
const DEEPEST: usize = 100;

/// One value as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Its bytes: of a block collection from its first key or dash to the end of its last value.
    pub(super) at: Range<usize>,
    pub(super) shape: Shape,
    /// The anchor's number, 0 for none.
    anchor: usize,
    /// Whether it carries a tag.
    pub(super) tagged: bool,
}

/// The kinds of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// Nothing is written.
    Absent,
    Scalar {
        /// In a block with `|` or `>`.
        block: bool,
        /// Written over several lines.
        lines: bool,
    },
    Alias,
    List {
        flow: bool,
        items: Vec<Part>,
    },
    Map {
        flow: bool,
        entries: Vec<Entry>,
    },
}

/// One entry of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_at: Range<usize>,
    pub(super) value: Part,
}

/// All documents of a text.
pub(super) struct Outline {
    pub(super) documents: Vec<Part>,
    /// Anchors that an alias refers to.
    shared: BTreeSet<usize>,
}

impl Part {
    fn absent(at: usize) -> Self {
        Self { at: at..at, shape: Shape::Absent, anchor: 0, tagged: false }
    }

    /// The value of a key.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.shape {
            Shape::Map { entries, .. } => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }
}

impl Outline {
    /// Reads a text; `None` when it is no YAML, or deeper than is read.
    pub(super) fn of(text: &str) -> Option<Self> {
        let options = granit_parser::options! { emit_unresolved_aliases: true, block_nesting_limit: DEEPEST, flow_nesting_limit: DEEPEST };
        let mut outline = Self { documents: Vec::new(), shared: BTreeSet::new() };
        let mut open: Vec<Open> = Vec::new();
        let mut root: Option<Part> = None;
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) = event.ok()?;
            let at = span.byte_range()?;
            let done = match event {
                Event::DocumentStart(..) => {
                    root = None;
                    continue;
                }
                Event::DocumentEnd => {
                    outline.documents.extend(root.take());
                    continue;
                }
                Event::Scalar(value, style, anchor, tag) => {
                    if let Some(open) = open.last_mut().filter(|open| open.wants_key()) {
                        open.key = Some((value.into_owned(), at));
                        continue;
                    }
                    scalar(text, style, at, anchor, tag.is_some())
                }
                Event::Alias(id) => {
                    outline.shared.insert(id);
                    Part { at, shape: Shape::Alias, anchor: 0, tagged: false }
                }
                Event::UnresolvedAlias(_) => return None,
                Event::SequenceStart(style, anchor, tag) => {
                    let shape = Shape::List { flow: style == StructureStyle::Flow, items: Vec::new() };
                    open.push(Open::new(shape, at.start, anchor, tag.is_some()));
                    continue;
                }
                Event::MappingStart(style, anchor, tag) => {
                    let shape = Shape::Map { flow: style == StructureStyle::Flow, entries: Vec::new() };
                    open.push(Open::new(shape, at.start, anchor, tag.is_some()));
                    continue;
                }
                Event::SequenceEnd | Event::MappingEnd => open.pop()?.close(at),
                _ => continue,
            };
            match open.last_mut() {
                Some(parent) => parent.take(done)?,
                None => root = Some(done),
            }
        }
        Some(outline)
    }

    /// Whether an alias elsewhere uses something in here.
    pub(super) fn has_anchor_in_use(&self, part: &Part) -> bool {
        self.is_shared(part)
            || match &part.shape {
                Shape::List { items, .. } => items.iter().any(|item| self.has_anchor_in_use(item)),
                Shape::Map { entries, .. } => {
                    entries.iter().any(|entry| self.has_anchor_in_use(&entry.value))
                }
                _ => false,
            }
    }

    /// Whether an alias elsewhere uses what is written here.
    pub(super) fn is_shared(&self, part: &Part) -> bool {
        part.anchor != 0 && self.shared.contains(&part.anchor)
    }
}

fn scalar(text: &str, style: ScalarStyle, at: Range<usize>, anchor: usize, tagged: bool) -> Part {
    if style == ScalarStyle::Plain && at.is_empty() {
        return Part { anchor, tagged, ..Part::absent(at.start) };
    }
    let raw = text.get(at.clone()).unwrap_or("");
    let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
    // The span of a block ends where the next token begins.
    let end = at.start + raw.trim_end().len();
    Part {
        at: at.start..end.max(at.start),
        shape: Shape::Scalar { block, lines: raw.trim_end().contains('\n') },
        anchor,
        tagged,
    }
}

/// A collection that is not complete yet.
struct Open {
    part: Part,
    key: Option<(String, Range<usize>)>,
}

impl Open {
    fn new(shape: Shape, start: usize, anchor: usize, tagged: bool) -> Self {
        Self { part: Part { at: start..start, shape, anchor, tagged }, key: None }
    }

    fn wants_key(&self) -> bool {
        matches!(self.part.shape, Shape::Map { .. }) && self.key.is_none()
    }

    /// A complete value goes in. `None` for a key that is no scalar: such a document is not edited.
    fn take(&mut self, value: Part) -> Option<()> {
        let end = value.at.end;
        match &mut self.part.shape {
            Shape::List { items, .. } => items.push(value),
            Shape::Map { entries, .. } => {
                let (key, key_at) = self.key.take()?;
                self.part.at.start = self.part.at.start.min(key_at.start);
                self.part.at.end = self.part.at.end.max(key_at.end);
                entries.push(Entry { key, key_at, value });
            }
            _ => return None,
        }
        self.part.at.end = self.part.at.end.max(end);
        Some(())
    }

    fn close(mut self, at: Range<usize>) -> Part {
        if matches!(self.part.shape, Shape::List { flow: true, .. } | Shape::Map { flow: true, .. }) {
            self.part.at.end = self.part.at.end.max(at.end);
        }
        self.part
    }
}
