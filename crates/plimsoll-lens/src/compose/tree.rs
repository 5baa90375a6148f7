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

use plimsoll_text::Span;

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

impl Map {
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
        Self { value, at, via: Vec::new(), shadowed: Vec::new(), written: None, implied: false }
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
}
