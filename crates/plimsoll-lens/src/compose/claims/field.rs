//! A value of the merged model with the route to it, and how its scalars are read.
//!
//! Deliberately absent: what any key means.

use std::sync::Arc;

use plimsoll_posture::{Claim, Fact, Known, Layer, Provenance, Reason};

use crate::compose::cast;
use crate::compose::tree::{Entry, Node, Text, Value};

/// How deep values that were replaced are followed: files replace each other in a chain, never endlessly.
const MAX_SHADOWS: usize = 8;

/// A value and the symbolic path to it.
#[derive(Clone)]
pub(super) struct Field<'a> {
    pub(super) node: &'a Node,
    pub(super) route: String,
}

impl<'a> Field<'a> {
    pub(super) fn new(node: &'a Node, route: impl Into<String>) -> Self {
        Self { node, route: route.into() }
    }

    /// The value of a key; `None` when it is missing or null.
    pub(super) fn child(&self, key: &str) -> Option<Field<'a>> {
        Some(Field::new(self.node.get(key)?, self.below(key)))
    }

    /// The route one step further down; the model itself has the empty route.
    fn below(&self, key: &str) -> String {
        if self.route.is_empty() { key.to_owned() } else { format!("{}.{key}", self.route) }
    }

    /// The value at the end of several keys.
    pub(super) fn path(&self, keys: &[&str]) -> Option<Field<'a>> {
        keys.iter().try_fold(self.clone(), |field, key| field.child(key))
    }

    /// The entries of a mapping, null values included.
    pub(super) fn entries(&self) -> Vec<(&'a Entry, Field<'a>)> {
        let entries = self.node.as_map().map_or(&[][..], |map| &map.entries[..]);
        entries.iter().map(|entry| (entry, Field::new(&entry.value, self.below(&entry.key)))).collect()
    }

    /// The items of a sequence; a single scalar counts as a sequence of one.
    pub(super) fn items(&self) -> Vec<Field<'a>> {
        match &self.node.value {
            Value::List(items) => items
                .iter()
                .enumerate()
                .filter(|(_, item)| item.value != Value::Null)
                .map(|(at, item)| Field::new(item, format!("{}.{at}", self.route)))
                .collect(),
            Value::Null | Value::Map(_) => Vec::new(),
            _ => vec![self.clone()],
        }
    }

    pub(super) fn at(&self) -> Provenance {
        provenance(self.node, &self.route)
    }

    /// A claim of the compose project that is written here.
    pub(super) fn claim<T>(&self, value: Known<T>) -> Claim<T> {
        Claim::declared(value, Layer::Compose, self.at())
    }

    pub(super) fn text(&self) -> Known<Arc<str>> {
        text(self.node)
    }

    pub(super) fn known_text(&self) -> Option<Arc<str>> {
        self.text().value().cloned()
    }

    /// Stacks this value on a fact, what it replaced below it.
    pub(super) fn stack<T>(&self, fact: &mut Fact<T>, read: impl Fn(&Node) -> Known<T>) {
        stack(self.node, &self.route, fact, &read, 0);
    }
}

fn stack<T>(node: &Node, route: &str, fact: &mut Fact<T>, read: &impl Fn(&Node) -> Known<T>, depth: usize) {
    if depth < MAX_SHADOWS {
        for weaker in node.shadowed.iter().rev().filter(|weaker| weaker.value != Value::Null) {
            stack(weaker, route, fact, read, depth + 1);
        }
    }
    fact.push(Claim::declared(read(node), Layer::Compose, provenance(node, route)));
}

pub(super) fn provenance(node: &Node, route: &str) -> Provenance {
    Provenance { lens: "compose", span: node.at, route: route.into(), via: node.via.clone() }
}

/// Why a text cannot be relied on: the first variable in it that nothing sets.
pub(super) fn unset(text: &Text) -> Option<Reason> {
    text.unset.first().map(|name| Reason::UnsetVariable(name.clone()))
}

/// Why any scalar below a value cannot be relied on. Depth is bounded by the loader's own bound on nesting.
pub(super) fn unset_in(node: &Node) -> Option<Reason> {
    match &node.value {
        Value::Text(text) => unset(text),
        Value::List(items) => items.iter().find_map(unset_in),
        Value::Map(map) => map.entries.iter().find_map(|entry| unset_in(&entry.value)),
        _ => None,
    }
}

/// A scalar as text.
pub(super) fn text(node: &Node) -> Known<Arc<str>> {
    match &node.value {
        Value::Text(text) => match unset(text) {
            Some(reason) => Known::Unknown(reason),
            None => Known::Value(text.text.clone()),
        },
        _ => match scalar(node) {
            Some(text) => Known::Value(text),
            None => Known::Unknown(Reason::NotUnderstood("a list or mapping where text belongs".into())),
        },
    }
}

/// The text of a scalar even where a variable in it is not set.
pub(super) fn scalar(node: &Node) -> Option<Arc<str>> {
    match &node.value {
        Value::Null => Some("".into()),
        Value::Bool(value) => Some(if *value { "true" } else { "false" }.into()),
        Value::Int(value) => Some(value.to_string().into()),
        Value::Float(text) => Some(text.clone()),
        Value::Text(text) => Some(text.text.clone()),
        Value::List(_) | Value::Map(_) => None,
    }
}

/// A truth value, which may still be text where a variable took part.
pub(super) fn boolean(node: &Node) -> Known<bool> {
    match &node.value {
        Value::Bool(value) => Known::Value(*value),
        _ => text(node).and_then(|text| match text.trim() {
            "" | "0" => Known::Value(false),
            "1" => Known::Value(true),
            trimmed => cast::truth(trimmed).map_or_else(|| not_understood(trimmed), Known::Value),
        }),
    }
}

pub(super) fn integer(node: &Node) -> Known<i64> {
    match &node.value {
        Value::Int(value) => Known::Value(*value),
        _ => text(node).and_then(|text| match text.trim().parse() {
            Ok(value) => Known::Value(value),
            Err(_) => not_understood(&text),
        }),
    }
}

pub(super) fn not_understood<T>(text: &str) -> Known<T> {
    Known::Unknown(Reason::NotUnderstood(text.into()))
}

/// Pairs of a mapping, or of a sequence of `KEY=value`; the field of a pair is its value where that stands alone.
pub(super) fn pairs<'a>(field: &Field<'a>) -> Vec<(Arc<str>, Field<'a>, Known<Arc<str>>)> {
    match &field.node.value {
        Value::Map(_) => field
            .entries()
            .into_iter()
            .map(|(entry, value)| {
                let text = value.text();
                (entry.key.clone(), value, text)
            })
            .collect(),
        Value::List(_) => field
            .items()
            .into_iter()
            .filter_map(|item| {
                let whole = scalar(item.node)?;
                let (key, value) = whole.split_once('=').unwrap_or((&whole, ""));
                let known = item.text().map(|_| Arc::from(value));
                let field = Field::new(item.node, format!("{}.{key}", field.route));
                Some((Arc::from(key), field, known))
            })
            .collect(),
        _ => Vec::new(),
    }
}
