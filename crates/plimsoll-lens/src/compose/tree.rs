//! The merged compose model: a tree in which every value knows where it was written and by what way it came.
//!
//! After loading, the tree has the shape of `docker compose config` (canonical long forms: ports, volumes, secrets,
//! configs, environment as a map, networks as a map, build as a map), so that readers deal with one form only.
//!
//! Differences from that output, all on purpose:
//! - services of inactive profiles are there, and so are networks and volumes that nobody uses;
//! - sizes, durations and numbers stay as they were written (`512m`, `1m30s`, `0.5`); [`super::cast`] reads them;
//! - `command`, `entrypoint` and `healthcheck.test` are lists of words; [`Node::written`] holds the text when the file
//!   says it as one text (for a healthcheck that means the shell form);
//! - sources of bind mounts are absolute paths, `~` is kept; every other path to a local file (`build.context`,
//!   `build.additional_contexts`, `env_file[].path`, `label_file[]`, `secrets.*.file`, `configs.*.file`,
//!   `develop.watch[].path`) is relative to the scanned root, unless it was written as an absolute path;
//! - `extra_hosts` is a list of `host=address`; `labels`, `annotations`, `sysctls`, `build.args` and the like are maps;
//! - `env_file` stays as a list of maps although its content is in `environment` already;
//! - a value that could not be understood stays as it was written.

use std::sync::Arc;

use plimsoll_text::{Span, Stretch};

use plimsoll_posture::Via;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// The bytes that say it, without the quotes of a quoted text; for a block text (`|`, `>`) its lines. For a piece of
    /// a short form (`80` in `"127.0.0.1:80:80"`) the bytes of the piece. For what Compose adds by itself (the network
    /// `default`, `protocol: tcp`) the bytes of what it was added to; such a node is `implied`.
    pub at: Span,
    /// The way it came, nearest step first: alias, merge key, extends, include, override, env file, variable.
    pub via: Vec<Via>,
    /// Values that this one replaced (an earlier file, an extended service), strongest first.
    pub shadowed: Vec<Node>,
    /// The text it was written as, where a list or mapping was made from a short form: a command that is one text,
    /// `"127.0.0.1:80:80"`, `./data:/data:ro`, `KEY=value`.
    pub written: Option<Arc<Text>>,
    /// Whether nobody wrote it: a default that Compose fills in.
    pub implied: bool,
    /// Whether this path has been resolved against the directory it belongs to.
    pub(super) resolved: bool,
}

/// The kinds of values.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number, as written.
    Float(Arc<str>),
    /// Text, after interpolation.
    Text(Text),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping.
    Map(Map),
}

/// Text after interpolation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// The result; an unset variable without default contributes nothing, as in Compose.
    pub text: Arc<str>,
    /// Variables that nothing sets and that have no default: the text is not reliable.
    pub unset: Vec<Arc<str>>,
    /// Defaults that were taken: variable name and the place of the default's text in `${NAME:-text}`.
    pub defaults: Vec<(Arc<str>, Span)>,
    /// Whether any variable took part.
    pub interpolated: bool,
    /// Where the parts of the text are written, in order. Empty when the node's bytes are the text as it is.
    pub pieces: Vec<Piece>,
}

/// A part of a text and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// First byte in the text.
    pub start: u32,
    /// One past the last byte in the text.
    pub end: u32,
    /// The bytes of the document: of the part itself, or of the whole `${…}` that stands for it.
    pub at: Span,
    /// What stands there.
    pub kind: PieceKind,
}

/// What a part of a text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PieceKind {
    /// The bytes of the document are those of the text, one by one.
    Verbatim,
    /// The bytes of the document say it in another way (escapes, folded lines).
    Decoded,
    /// The value of a variable, and where it is set, when that is in a file.
    Variable(Arc<str>, Option<Span>),
    /// A variable that nothing sets: no bytes in the text.
    Unset(Arc<str>),
}

/// A mapping in the order of writing; keys are unique.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Map {
    /// The entries.
    pub entries: Vec<Entry>,
}

/// One entry of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Arc<str>,
    /// The bytes of the key.
    pub key_at: Span,
    /// The value.
    pub value: Node,
}

impl Text {
    /// Where the bytes of the text are written, when it is read as a document of its own; `whole` are the bytes of its
    /// node. What a variable brings stands for the place where it is used.
    #[must_use]
    pub fn stretches(&self, whole: Span) -> Vec<Stretch> {
        if self.pieces.is_empty() {
            let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
            let verbatim = self.text.len() == whole.len();
            return vec![Stretch { start: 0, end, at: whole, verbatim }];
        }
        self.pieces
            .iter()
            .filter(|piece| piece.start < piece.end)
            .map(|piece| Stretch {
                start: piece.start,
                end: piece.end,
                at: piece.at,
                verbatim: piece.kind == PieceKind::Verbatim,
            })
            .collect()
    }

    /// A text without variables that is written as it is.
    #[must_use]
    pub fn plain(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The part of the text between two byte offsets, where it is written in a document whose `whole` text it is, and
    /// the steps by which it came (variables, defaults).
    #[must_use]
    pub fn part(&self, whole: Span, start: usize, end: usize) -> (Self, Span, Vec<Via>) {
        let Some(text) = self.text.get(start..end) else { return (Self::default(), whole, Vec::new()) };
        let mut part = Self { text: text.into(), ..Self::default() };
        if self.pieces.is_empty() {
            let from = whole.start as usize + start;
            let at = Span::new(whole.source, from, (from + text.len()).min(whole.end as usize));
            return (part, at, Vec::new());
        }
        let mut at: Option<Span> = None;
        let mut via = Vec::new();
        for piece in &self.pieces {
            let (from, to) = (piece.start as usize, piece.end as usize);
            let touches = if from == to { start <= from && to <= end } else { from < end && start < to };
            if !touches {
                continue;
            }
            let (cut_from, cut_to) = (from.max(start), to.min(end));
            let cut = if piece.kind == PieceKind::Verbatim {
                let base = piece.at.start as usize;
                Span::new(piece.at.source, base + cut_from - from, base + cut_to - from)
            } else {
                piece.at
            };
            at = Some(at.map_or(cut, |at| at.join(cut)));
            match &piece.kind {
                PieceKind::Variable(_, set_at) => {
                    via.push(Via { kind: plimsoll_posture::ViaKind::Variable, span: *set_at });
                    part.interpolated = true;
                }
                PieceKind::Unset(name) => {
                    part.unset.push(name.clone());
                    part.interpolated = true;
                }
                PieceKind::Verbatim | PieceKind::Decoded => {}
            }
            part.pieces.push(Piece {
                start: super::scalar::narrow(cut_from - start),
                end: super::scalar::narrow(cut_to - start),
                at: cut,
                kind: piece.kind.clone(),
            });
        }
        let at = at.unwrap_or_else(|| self.gap(whole, start));
        for (name, span) in &self.defaults {
            if at.contains(*span) {
                via.push(Via { kind: plimsoll_posture::ViaKind::Default, span: Some(*span) });
                part.defaults.push((name.clone(), *span));
                part.interpolated = true;
            }
        }
        if let [piece] = part.pieces.as_slice()
            && piece.kind == PieceKind::Verbatim
        {
            part.pieces.clear();
        }
        (part, at, via)
    }

    /// The place between two pieces, for a part that has no bytes.
    fn gap(&self, whole: Span, offset: usize) -> Span {
        let before = self.pieces.iter().rev().find(|piece| piece.start as usize <= offset);
        let place = before.map_or(whole.start, |piece| match piece.kind {
            PieceKind::Verbatim => piece.at.start + super::scalar::narrow(offset) - piece.start,
            _ => piece.at.end,
        });
        Span { source: whole.source, start: place.min(whole.end), end: place.min(whole.end) }
    }
}

impl Map {
    /// Sets a key: replaces the value in place, or adds an entry at the end.
    pub fn set(&mut self, key: Arc<str>, key_at: Span, value: Node) {
        match self.entries.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => {
                entry.key_at = key_at;
                entry.value = value;
            }
            None => self.entries.push(Entry { key, key_at, value }),
        }
    }

    /// Takes an entry out.
    pub fn take(&mut self, key: &str) -> Option<Entry> {
        let index = self.entries.iter().position(|entry| &*entry.key == key)?;
        Some(self.entries.remove(index))
    }

    /// The value of a key, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries.iter_mut().find(|entry| &*entry.key == key).map(|entry| &mut entry.value)
    }

    /// The entry of a key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| &*entry.key == key)
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }
}

impl Node {
    /// A value written at a place.
    #[must_use]
    pub fn new(value: Value, at: Span) -> Self {
        Self {
            value,
            at,
            via: Vec::new(),
            shadowed: Vec::new(),
            written: None,
            implied: false,
            resolved: false,
        }
    }

    /// The mapping, if it is one.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The sequence, if it is one.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// The text, if it is text.
    #[must_use]
    pub fn as_text(&self) -> Option<&Text> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a key, if this is a mapping that has it and the value is not null.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key).filter(|node| node.value != Value::Null)
    }

    /// A text that Compose fills in at a place.
    #[must_use]
    pub fn implied(value: Value, at: Span) -> Self {
        Self { implied: true, ..Self::new(value, at) }
    }

    /// The mapping, to change it.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match &mut self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The characters, if this is text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.as_text().map(|text| &*text.text)
    }

    /// The bytes that would have to be known to trust this value: variables without a value in it or in the text it was
    /// made of.
    #[must_use]
    pub fn unset(&self) -> &[Arc<str>] {
        match (&self.value, &self.written) {
            (Value::Text(text), _) => &text.unset,
            (_, Some(written)) => &written.unset,
            _ => &[],
        }
    }

    /// A part of this text as a node of its own, by byte offsets; it came the way this text came.
    #[must_use]
    pub fn part(&self, start: usize, end: usize) -> Self {
        let Some(text) = self.as_text() else { return self.clone() };
        let (text, at, mut via) = text.part(self.at, start, end);
        via.extend(
            self.via
                .iter()
                .filter(|step| {
                    !matches!(
                        step.kind,
                        plimsoll_posture::ViaKind::Default | plimsoll_posture::ViaKind::Variable
                    )
                })
                .cloned(),
        );
        Self { via, ..Self::new(Value::Text(text), at) }
    }

    /// Adds a step to the way of this node and of everything below it.
    pub fn came(&mut self, step: &Via) {
        self.via.push(step.clone());
        match &mut self.value {
            Value::List(items) => items.iter_mut().for_each(|item| item.came(step)),
            Value::Map(map) => map.entries.iter_mut().for_each(|entry| entry.value.came(step)),
            _ => {}
        }
    }

    /// Records what this value replaces.
    pub fn replaces(&mut self, mut loser: Self) {
        let older = std::mem::take(&mut loser.shadowed);
        self.shadowed.push(loser);
        self.shadowed.extend(older);
    }

    /// Whether both say the same, wherever they are written; the order of keys does not matter.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::Text(a), Value::Text(b)) => a.text == b.text,
            (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b)),
            (Value::Map(a), Value::Map(b)) => {
                a.entries.len() == b.entries.len()
                    && a.entries
                        .iter()
                        .all(|entry| b.get(&entry.key).is_some_and(|other| entry.value.same(other)))
            }
            (a, b) => a == b,
        }
    }
}
