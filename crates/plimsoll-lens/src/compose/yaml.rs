//! From YAML text to trees: anchors, aliases, merge keys, tags, several documents, comments; every value with its bytes.
//!
//! What cannot be read is a complaint; what was read before it stays. Depth, size and aliases are bounded.
//! Deliberately absent: what the values mean to Compose.

use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle, Tag};
use plimsoll_posture::{Complaint, ComplaintKind, Via, ViaKind};
use plimsoll_text::{Source, Span};

use super::scalar::{self, Writing};
use super::tree::{Map, Node, Text, Value};
use crate::pragma;

/// Nodes that aliases may add to one file; beyond it lie only documents that were made to hurt.
const MOST_ALIASED: usize = 50_000;
/// Levels of nesting, aliased content included.
const DEEPEST: usize = 100;

/// Keys whose earlier value an `!reset` or `!override` takes away.
pub(super) type Reset = Vec<Arc<str>>;

/// One document of a file.
pub(crate) struct Document {
    /// The root; `None` for an empty document.
    pub(crate) root: Option<Node>,
    /// Paths that carry `!reset` or `!override`.
    pub(super) resets: Vec<Reset>,
}

/// A file as it was read.
pub(crate) struct Reading {
    pub(crate) documents: Vec<Document>,
    pub(super) comments: Vec<pragma::Comment>,
    pub(crate) complaints: Vec<Complaint>,
}

/// Reads all documents of a source.
pub(crate) fn read(source: &Source) -> Reading {
    let options = granit_parser::options! { emit_unresolved_aliases: true, block_nesting_limit: DEEPEST, flow_nesting_limit: DEEPEST };
    let mut reader = Reader {
        source,
        stack: Vec::new(),
        anchors: HashMap::new(),
        aliased: 0,
        document: None,
        resets: Vec::new(),
        entries: Vec::new(),
        comments: Vec::new(),
        out: Reading { documents: Vec::new(), comments: Vec::new(), complaints: Vec::new() },
    };
    for event in Parser::new_from_str_with_options(&source.text, options) {
        match event {
            Ok((event, span)) => {
                let at = span
                    .byte_range()
                    .map_or(Span::whole(source.id), |range| Span::new(source.id, range.start, range.end));
                reader.event(event, at);
            }
            Err(error) => {
                let offset = error.marker().byte_offset().unwrap_or(0).min(source.text.len());
                let at = Span::new(source.id, offset, offset);
                reader.complain(
                    "yaml-syntax",
                    at,
                    format!("this is not YAML: {}", error.info()),
                    "correct the syntax",
                );
                reader.abandon(offset);
                break;
            }
        }
    }
    reader.place_comments();
    reader.out
}

struct Frame {
    value: Value,
    at: Span,
    flow: bool,
    anchor: usize,
    tag: Mark,
    /// The key that waits for its value.
    key: Option<Key>,
    /// Values of `<<`, with the place of the key.
    merges: Vec<(Span, Node)>,
    depth: usize,
    /// Whether this collection stands where a key belongs; it is read and dropped.
    is_key: bool,
}

struct Key {
    text: Arc<str>,
    at: Span,
    merge: bool,
}

/// Compose's own tags.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    None,
    Reset,
    Override,
}

#[derive(Clone)]
struct Anchored {
    node: Node,
    mark: Mark,
    size: usize,
    depth: usize,
}

struct Reader<'s> {
    source: &'s Source,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Anchored>,
    aliased: usize,
    document: Option<Node>,
    resets: Vec<Reset>,
    /// Spans of mapping entries and list items, for the comments.
    entries: Vec<Span>,
    comments: Vec<Span>,
    out: Reading,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, at: Span) {
        match event {
            Event::DocumentStart(..) => self.document = None,
            Event::DocumentEnd => self.end_document(),
            Event::Scalar(text, style, anchor, tag) => {
                let (node, mark) = self.scalar(&text, style, tag.as_deref(), at);
                if self.wants_key() {
                    self.key(&text, style, tag.as_deref(), node);
                    return;
                }
                self.finish(node, mark, anchor);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.open(Value::List(Vec::new()), style, anchor, tag.as_deref(), at);
            }
            Event::MappingStart(style, anchor, tag) => {
                self.open(Value::Map(Map::default()), style, anchor, tag.as_deref(), at);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(at),
            Event::Alias(id) => self.alias(id, at),
            Event::UnresolvedAlias(name) => {
                self.complain(
                    "unknown-alias",
                    at,
                    format!("no anchor `&{name}` stands before this alias"),
                    "define the anchor earlier in the same document",
                );
                self.nothing(at);
            }
            Event::Comment(..) => self.comments.push(at),
            _ => {}
        }
    }

    /// An alias that leads nowhere.
    fn nothing(&mut self, at: Span) {
        if self.wants_key() {
            if let Some(frame) = self.stack.last_mut() {
                frame.key = Some(Key { text: "".into(), at, merge: false });
            }
            return;
        }
        self.place(Node::new(Value::Null, at), Mark::None);
    }

    fn wants_key(&self) -> bool {
        self.stack.last().is_some_and(|frame| matches!(frame.value, Value::Map(_)) && frame.key.is_none())
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, at: Span) -> (Node, Mark) {
        let (inner, writing) = match style {
            ScalarStyle::SingleQuoted => (self.unquoted(at), Writing::Single),
            ScalarStyle::DoubleQuoted => (self.unquoted(at), Writing::Double),
            ScalarStyle::Literal | ScalarStyle::Folded => (self.trimmed(at), Writing::Lines),
            ScalarStyle::Plain => (at, Writing::Lines),
        };
        let mark = mark(tag);
        let plain = style == ScalarStyle::Plain;
        // The parser gives `~` for an absent value; its span is empty.
        if plain && at.is_empty() {
            return (Node::new(Value::Null, at), mark);
        }
        let as_text = |reader: &Self| {
            let raw = reader.source.text.get(inner.range()).unwrap_or("");
            Value::Text(Text { pieces: scalar::align(raw, text, inner, writing), ..Text::plain(text) })
        };
        let value = match tag.and_then(Tag::core_suffix) {
            Some("str") => as_text(self),
            Some("null") => Value::Null,
            Some("int" | "float" | "bool") => scalar::plain(text),
            _ if tag.is_none() && plain => match scalar::plain(text) {
                Value::Text(_) => as_text(self),
                other => other,
            },
            _ => as_text(self),
        };
        (Node::new(value, inner), mark)
    }

    fn unquoted(&self, at: Span) -> Span {
        if at.len() < 2 { at } else { Span { start: at.start + 1, end: at.end - 1, ..at } }
    }

    fn trimmed(&self, at: Span) -> Span {
        let raw = self.source.text.get(at.range()).unwrap_or("");
        let lead = raw.len() - raw.trim_start_matches([' ', '\t']).len();
        let kept = raw.trim_end().len().max(lead);
        Span::new(at.source, at.start as usize + lead, at.start as usize + kept)
    }

    fn key(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, node: Node) {
        let plain = style == ScalarStyle::Plain;
        let merge_tag =
            tag.is_some_and(|tag| tag.suffix_in_namespace("tag:yaml.org,2002:").as_deref() == Some("merge"));
        let merge = text == "<<" && (merge_tag || (plain && tag.is_none()));
        let text: Arc<str> = if plain && node.at.is_empty() { "".into() } else { text.into() };
        if !matches!(node.value, Value::Text(_)) {
            self.complain(
                "non-string-key",
                node.at,
                format!("the key `{text}` is not a text"),
                "put the key in quotes",
            );
        }
        if let Some(frame) = self.stack.last_mut() {
            frame.key = Some(Key { text, at: node.at, merge });
        }
    }

    fn open(&mut self, value: Value, style: StructureStyle, anchor: usize, tag: Option<&Tag>, at: Span) {
        let depth = self.stack.last().map_or(0, |frame| frame.depth) + 1;
        if self.wants_key() {
            self.complain(
                "non-string-key",
                at,
                "a key is a list or a mapping".to_owned(),
                "use a text as the key",
            );
            if let Some(frame) = self.stack.last_mut() {
                frame.key = Some(Key { text: "".into(), at, merge: false });
            }
            self.push(value, at, style, anchor, Mark::None, true, depth);
            return;
        }
        self.push(value, at, style, anchor, mark(tag), false, depth);
    }

    #[expect(clippy::too_many_arguments, reason = "a constructor of the frame and nothing else")]
    fn push(
        &mut self,
        value: Value,
        at: Span,
        style: StructureStyle,
        anchor: usize,
        tag: Mark,
        is_key: bool,
        depth: usize,
    ) {
        let flow = style == StructureStyle::Flow;
        self.stack.push(Frame { value, at, flow, anchor, tag, key: None, merges: Vec::new(), depth, is_key });
    }

    fn close(&mut self, at: Span) {
        let Some(mut frame) = self.stack.pop() else { return };
        if frame.is_key {
            return;
        }
        if frame.flow {
            frame.at = frame.at.join(at);
        }
        if let Some(key) = frame.key.take()
            && let Value::Map(map) = &mut frame.value
        {
            map.set(key.text, key.at, Node::new(Value::Null, key.at));
        }
        let mut node = Node::new(frame.value, frame.at);
        if let Value::Map(map) = &mut node.value {
            self.merge_keys(map, frame.merges);
        }
        self.finish(node, frame.tag, frame.anchor);
    }

    /// A value is complete: it goes to the frame above.
    fn finish(&mut self, node: Node, mark: Mark, anchor: usize) {
        if anchor != 0 {
            let (size, depth) = measure(&node);
            self.anchors.insert(anchor, Anchored { node: node.clone(), mark, size, depth });
        }
        self.place(node, mark);
    }

    fn place(&mut self, node: Node, mark: Mark) {
        if mark != Mark::None {
            let reset = self.route();
            self.resets.extend(reset);
        }
        let Some(frame) = self.stack.last_mut() else {
            if mark != Mark::Reset {
                self.document = Some(node);
            }
            return;
        };
        let written_here = node.via.is_empty();
        if written_here {
            frame.at = frame.at.join(node.at);
        }
        let key = match &mut frame.value {
            Value::List(items) => {
                if written_here {
                    self.entries.push(node.at);
                }
                if mark != Mark::Reset {
                    items.push(node);
                }
                return;
            }
            Value::Map(map) => {
                let Some(key) = frame.key.take() else { return };
                frame.at = frame.at.join(key.at);
                if written_here {
                    self.entries.push(key.at.join(node.at));
                }
                let twice = if key.merge {
                    frame.merges.push((key.at, node));
                    frame.merges.len() > 1
                } else {
                    let known = map.get(&key.text).is_some();
                    if mark != Mark::Reset {
                        map.set(key.text.clone(), key.at, node);
                    }
                    known
                };
                if !twice {
                    return;
                }
                key
            }
            _ => return,
        };
        let name = key.text;
        self.complain(
            "duplicate-key",
            key.at,
            format!("the key `{name}` stands twice in this mapping; Compose refuses the file"),
            "keep one of them",
        );
    }

    /// The keys from the top to where the next value goes; `None` inside a list, where Compose resets nothing.
    fn route(&self) -> Option<Reset> {
        let mut route = Vec::new();
        for frame in &self.stack {
            match (&frame.value, &frame.key) {
                (Value::Map(_), Some(key)) if key.merge => {}
                (Value::Map(_), Some(key)) => route.push(key.text.clone()),
                _ => return None,
            }
        }
        Some(route)
    }

    fn alias(&mut self, id: usize, at: Span) {
        let Some(anchored) = self.anchors.get(&id) else {
            self.complain(
                "alias-cycle",
                at,
                "this alias stands inside what it refers to".to_owned(),
                "write the value out",
            );
            self.nothing(at);
            return;
        };
        if self.wants_key() {
            let text = match &anchored.node.value {
                Value::Text(text) => text.text.clone(),
                _ => "".into(),
            };
            if let Some(frame) = self.stack.last_mut() {
                frame.key = Some(Key { text, at, merge: false });
            }
            return;
        }
        let level = self.stack.last().map_or(0, |frame| frame.depth);
        self.aliased = self.aliased.saturating_add(anchored.size);
        if self.aliased > MOST_ALIASED || level + anchored.depth > DEEPEST {
            self.out.complaints.push(Complaint {
                kind: ComplaintKind::Skipped,
                code: "too-many-aliases",
                at,
                message: "the aliases of this file unfold to more than is read; this one is left out"
                    .to_owned(),
                cure: Some("use fewer or smaller anchors".to_owned()),
            });
            self.finish(Node::new(Value::Null, at), Mark::None, 0);
            return;
        }
        let Anchored { mut node, mark, .. } = anchored.clone();
        node.came(&Via { kind: ViaKind::Alias, span: Some(at) });
        self.stretch(at);
        self.place(node, mark);
    }

    /// The container reaches to the alias, whose value is written elsewhere.
    fn stretch(&mut self, at: Span) {
        if let Some(frame) = self.stack.last_mut() {
            let from = frame.key.as_ref().map_or(at, |key| key.at.join(at));
            frame.at = frame.at.join(from);
            self.entries.push(from);
        }
    }

    /// Resolves `<<`: what the mapping says itself wins, then earlier merged mappings.
    fn merge_keys(&mut self, map: &mut Map, merges: Vec<(Span, Node)>) {
        for (key_at, value) in merges {
            let whole = Via { kind: ViaKind::MergeKey, span: Some(key_at) };
            let at = value.at;
            let sources = match value.value {
                Value::Map(_) => vec![value],
                Value::List(items) => items,
                _ => Vec::new(),
            };
            let usable = !sources.is_empty() && sources.iter().all(|source| source.as_map().is_some());
            if !usable {
                self.complain(
                    "merge-value",
                    if at.source == key_at.source { key_at } else { at },
                    "`<<` takes a mapping or a list of mappings".to_owned(),
                    "give it an alias of a mapping",
                );
            }
            for source in sources {
                let Value::Map(merged) = source.value else { continue };
                for mut entry in merged.entries {
                    entry.value.came(&whole);
                    match map.get_mut(&entry.key) {
                        Some(own) => own.replaces(entry.value),
                        None => map.entries.push(entry),
                    }
                }
            }
        }
    }

    fn end_document(&mut self) {
        let root = self.document.take();
        let resets = std::mem::take(&mut self.resets);
        self.out.documents.push(Document { root, resets });
        self.anchors.clear();
    }

    /// The text is broken from here on: what is open is closed with what it has.
    fn abandon(&mut self, offset: usize) {
        let at = Span::new(self.source.id, offset, offset);
        while !self.stack.is_empty() {
            self.close(at);
        }
        if self.document.is_some() {
            self.end_document();
        }
    }

    fn complain(&mut self, code: &'static str, at: Span, message: String, cure: &str) {
        self.out.complaints.push(Complaint {
            kind: ComplaintKind::Invalid,
            code,
            at,
            message,
            cure: Some(cure.to_owned()),
        });
    }

    fn place_comments(&mut self) {
        let mut entries = std::mem::take(&mut self.entries);
        // By place; of those that begin at one place the longest first.
        entries.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
        let text = &self.source.text;
        for at in std::mem::take(&mut self.comments) {
            let line =
                text.get(..at.start as usize).and_then(|head| head.rfind('\n')).map_or(0, |end| end + 1);
            let own_line = text.get(line..at.start as usize).is_some_and(|head| head.trim().is_empty());
            let covers = if own_line {
                entries.get(entries.partition_point(|span| span.start < at.end))
            } else {
                let first = entries.partition_point(|span| (span.start as usize) < line);
                entries.get(first).filter(|span| span.start < at.start)
            };
            let leading = entries.first().is_none_or(|first| at.end <= first.start);
            self.out.comments.push(pragma::Comment { at, covers: covers.copied(), leading });
        }
    }
}

fn mark(tag: Option<&Tag>) -> Mark {
    match tag.map(Tag::parts) {
        Some(("!", "reset")) => Mark::Reset,
        Some(("!", "override")) => Mark::Override,
        _ => Mark::None,
    }
}

/// How many nodes there are and how deep they go.
fn measure(node: &Node) -> (usize, usize) {
    let below = |parts: &mut dyn Iterator<Item = &Node>| {
        parts.map(measure).fold((1, 1), |(size, depth), (s, d)| (size + s, depth.max(d + 1)))
    };
    match &node.value {
        Value::List(items) => below(&mut items.iter()),
        Value::Map(map) => below(&mut map.entries.iter().map(|entry| &entry.value)),
        _ => (1, 1),
    }
}
