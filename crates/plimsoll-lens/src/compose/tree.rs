//! The merged compose model: a tree in which every value knows where it was written and by what way it came.
//!
//! After loading, the tree has the shape of `docker compose config` (canonical long forms: ports, volumes, secrets,
//! configs, environment as a map, networks as a map, build as a map), so that readers deal with one form only.

use std::sync::Arc;

use plimsoll_text::Span;

use plimsoll_posture::Via;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// The bytes that say it. For a piece of a short form (`80` in `"127.0.0.1:80:80"`) the bytes of the piece.
    pub at: Span,
    /// The way it came, nearest step first: alias, merge key, extends, include, override, env file, variable.
    pub via: Vec<Via>,
    /// Values that this one replaced (an earlier file, an extended service), strongest first.
    pub shadowed: Vec<Node>,
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
