//! A value of an engine's JSON that says something, and what it is called.

use std::sync::Arc;

use plimsoll_posture::{Claim, Known, Layer, Plane, Provenance};
use plimsoll_text::Span;

use super::LENS;
use crate::json::{Json, Value};

/// No list of an engine is longer.
const MAX_ITEMS: usize = 16_384;

#[derive(Debug, Clone)]
pub(super) struct Entry<'a> {
    json: &'a Json,
    /// `info`, then `info: Swarm`, then `info: Swarm.NodeID`.
    route: Arc<str>,
    root: bool,
}

impl<'a> Entry<'a> {
    pub(super) fn root(json: &'a Json, name: &str) -> Self {
        Self { json, route: name.into(), root: true }
    }

    pub(super) fn get(&self, key: &str) -> Option<Self> {
        let json = self.json.get(key).filter(|json| json.value != Value::Null)?;
        Some(Self { json, route: self.under(key), root: false })
    }

    /// Whether the key is there, be it with `null`.
    pub(super) fn names(&self, key: &str) -> bool {
        self.json.get(key).is_some()
    }

    fn under(&self, key: &str) -> Arc<str> {
        format!("{}{}{key}", self.route, if self.root { ": " } else { "." }).into()
    }

    pub(super) fn text(&self) -> Option<&'a Arc<str>> {
        self.json.text()
    }

    /// A text that is not empty.
    pub(super) fn word(&self) -> Option<&'a Arc<str>> {
        self.text().filter(|text| !text.is_empty())
    }

    pub(super) fn flag(&self) -> Option<bool> {
        match self.json.value {
            Value::Bool(flag) => Some(flag),
            _ => None,
        }
    }

    pub(super) fn number(&self) -> Option<i64> {
        match &self.json.value {
            Value::Number(number) => number.parse().ok(),
            _ => None,
        }
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self.json.value, Value::List(_))
    }

    pub(super) fn items(&self) -> impl Iterator<Item = Self> + use<'a> {
        let list: &'a [Json] = match &self.json.value {
            Value::List(items) => items,
            _ => &[],
        };
        let (route, root) = (self.route.clone(), self.root);
        list.iter().take(MAX_ITEMS).map(move |json| Self { json, route: route.clone(), root })
    }

    pub(super) fn members(&self) -> impl Iterator<Item = (&'a Arc<str>, Self)> + use<'a> {
        let route = self.route.clone();
        self.json
            .members()
            .iter()
            .take(MAX_ITEMS)
            .map(move |member| (&member.key, Self { json: &member.value, route: route.clone(), root: false }))
    }

    pub(super) fn at(&self) -> Provenance {
        Provenance::new(LENS, self.json.at, self.route.clone())
    }

    /// A place that stands for the whole of a long value: its first byte.
    pub(super) fn start(&self) -> Provenance {
        let span = self.json.at;
        let span = Span { end: span.end.min(span.start.saturating_add(1)), ..span };
        Provenance::new(LENS, span, self.route.clone())
    }

    pub(super) fn running<T>(&self, value: T) -> Claim<T> {
        self.known(Known::Value(value))
    }

    pub(super) fn known<T>(&self, value: Known<T>) -> Claim<T> {
        running(value, self.at())
    }
}

/// A statement of the engine, or of the host as it is.
pub(super) fn running<T>(value: Known<T>, at: Provenance) -> Claim<T> {
    Claim { value, layer: Layer::Engine, plane: Plane::Running, at }
}
