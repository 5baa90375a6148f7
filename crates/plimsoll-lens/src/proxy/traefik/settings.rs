//! Traefik's configuration in all its forms as one flat list: `entrypoints.web.address = :80`, each value with its place.
//!
//! Keys are lower case, as Traefik compares them. Deliberately absent: what the keys mean, and providers over a network.

use std::sync::Arc;

use plimsoll_posture::{Complaint, ComplaintKind, Provenance, Reason};
use plimsoll_text::{SourceId, Span};
use toml_edit::{Document, Item, TableLike};

use crate::compose::{Node, Value, yaml};
use crate::proxy::Reader;
use crate::proxy::files::Opened;

/// Settings of one service that are looked at.
const MOST: usize = 20_000;
/// Levels of a file that are looked at.
const DEEPEST: usize = 30;

/// One value.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    /// `http.routers.api.rule`, in lower case; lists have `[0]` behind their name.
    pub(super) key: String,
    /// The value; empty for what is only switched on.
    pub(super) value: Arc<str>,
    /// Where.
    pub(super) at: Provenance,
    /// The service whose label it is.
    pub(super) owner: Option<Arc<str>>,
}

/// Settings by key, sorted.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    all: Vec<Setting>,
}

impl Settings {
    pub(super) fn push(
        &mut self,
        key: &str,
        value: impl Into<Arc<str>>,
        at: Provenance,
        owner: Option<Arc<str>>,
    ) {
        if self.all.len() < MOST {
            self.all.push(Setting { key: key.to_ascii_lowercase(), value: value.into(), at, owner });
        }
    }

    /// Call once after everything was added.
    pub(super) fn sort(&mut self) {
        self.all.sort_by(|a, b| a.key.cmp(&b.key));
    }

    pub(super) fn get(&self, key: &str) -> Option<&Setting> {
        let from = self.all.partition_point(|setting| setting.key.as_str() < key);
        self.all.get(from).filter(|setting| setting.key == key)
    }

    /// Everything at or below a key.
    pub(super) fn below<'a, 'k>(&'a self, key: &'k str) -> impl Iterator<Item = &'a Setting> + use<'a, 'k> {
        let from = self.all.partition_point(|setting| setting.key.as_str() < key);
        self.all
            .get(from..)
            .unwrap_or_default()
            .iter()
            .take_while(move |setting| setting.key.starts_with(key))
            .filter(move |setting| {
                let rest = setting.key.get(key.len()..).unwrap_or("");
                key.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']) || key.ends_with('.')
            })
    }

    /// What switches a section on: the first setting at or below a key, unless the key itself says no.
    pub(super) fn on(&self, key: &str) -> Option<&Setting> {
        self.below(key)
            .next()
            .filter(|setting| setting.key != key || !setting.value.eq_ignore_ascii_case("false"))
    }

    pub(super) fn is_true(&self, key: &str) -> Option<&Setting> {
        self.get(key).filter(|setting| setting.value.is_empty() || setting.value.eq_ignore_ascii_case("true"))
    }

    /// The names below a key, each once: `api` and `web` for `http.routers.`.
    pub(super) fn names(&self, key: &str) -> Vec<String> {
        let mut names: Vec<String> = self
            .below(key)
            .filter_map(|setting| setting.key.get(key.len()..)?.split(['.', '[']).next().map(str::to_owned))
            .filter(|name| !name.is_empty())
            .collect();
        names.dedup();
        names
    }

    /// A list, written as `a,b` or item by item.
    pub(super) fn list(&self, key: &str) -> Vec<&str> {
        self.below(key)
            .filter(|setting| !setting.key.get(key.len()..).unwrap_or("").contains('.'))
            .flat_map(|setting| setting.value.split(','))
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .collect()
    }
}

/// `--entrypoints.web.address=:80` among the words of a command.
pub(super) fn flag(settings: &mut Settings, word: &str, at: &Provenance) {
    let Some(rest) = word.strip_prefix("--") else { return };
    let (key, value) = rest.split_once('=').unwrap_or((rest, ""));
    settings.push(key, value, at.clone(), None);
}

/// Reads a file of the container, YAML or TOML.
pub(super) fn file(reader: &mut Reader<'_, '_>, settings: &mut Settings, path: &str) -> bool {
    match reader.files.open(reader.sources, path) {
        Opened::Text(id) => {
            document(reader, settings, id, path.ends_with(".toml"));
            true
        }
        Opened::Absent => false,
        Opened::Unread(reason) => {
            reader.unread(reason);
            true
        }
    }
}

fn document(reader: &mut Reader<'_, '_>, settings: &mut Settings, id: SourceId, toml: bool) {
    let source = reader.sources.get(id);
    let mut complaints = Vec::new();
    let mut found: Vec<(String, String, Span)> = Vec::new();
    if toml {
        let text = source.text.clone();
        match Document::parse(&*text) {
            Ok(document) => table(document.as_table(), String::new(), id, &mut found, 0),
            Err(error) => {
                let at = error.span().map_or(Span::whole(id), |span| Span::new(id, span.start, span.end));
                complaints.push(Complaint {
                    kind: ComplaintKind::Invalid,
                    code: "toml-syntax",
                    at,
                    message: format!("this is not TOML: {}", error.message().trim()),
                    cure: Some("correct the syntax".to_owned()),
                });
            }
        }
    } else {
        let reading = yaml::read(source);
        complaints = reading.complaints;
        for document in &reading.documents {
            if let Some(root) = &document.root {
                node(root, String::new(), &mut found, 0);
            }
        }
    }
    reader.read_file(id, complaints);
    for (key, value, at) in found {
        let name = key.rsplit('.').next().unwrap_or(&key);
        if key.contains("auth.users") {
            reader.proxy.masked.push(at);
        }
        reader.mask(name, &value, at);
        let at = reader.place(at);
        settings.push(&key, value, at, None);
    }
}

fn below(key: &str, name: &str) -> String {
    if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") }
}

fn node(at: &Node, key: String, found: &mut Vec<(String, String, Span)>, depth: usize) {
    if depth > DEEPEST || found.len() > MOST {
        return;
    }
    let value = match &at.value {
        Value::Map(map) => {
            if map.entries.is_empty() {
                found.push((key, String::new(), at.at));
                return;
            }
            for entry in &map.entries {
                // `tls: {}` and `tls:` both switch on, at the key.
                let inner = below(&key, &entry.key);
                let empty = entry.value.value == Value::Null
                    || entry.value.as_map().is_some_and(|map| map.entries.is_empty());
                if empty {
                    found.push((inner, String::new(), entry.key_at));
                } else {
                    node(&entry.value, inner, found, depth + 1);
                }
            }
            return;
        }
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                node(item, format!("{key}[{index}]"), found, depth + 1);
            }
            return;
        }
        Value::Null => String::new(),
        Value::Bool(on) => on.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Text(text) => text.text.to_string(),
    };
    found.push((key, value, at.at));
}

fn table(
    table_like: &dyn TableLike,
    key: String,
    id: SourceId,
    found: &mut Vec<(String, String, Span)>,
    depth: usize,
) {
    if depth > DEEPEST || found.len() > MOST {
        return;
    }
    for (name, inner) in table_like.iter() {
        let place = table_like.key(name).and_then(|key| key.span());
        let at = place.map_or(Span::whole(id), |span| Span::new(id, span.start, span.end));
        item(inner, below(&key, name), id, at, found, depth + 1);
    }
}

fn item(
    value: &Item,
    key: String,
    id: SourceId,
    at: Span,
    found: &mut Vec<(String, String, Span)>,
    depth: usize,
) {
    let at = value.span().map_or(at, |span| Span::new(id, span.start, span.end));
    if let Some(inner) = value.as_table_like() {
        if inner.is_empty() {
            found.push((key, String::new(), at));
        } else {
            table(inner, key, id, found, depth);
        }
    } else if let Item::ArrayOfTables(tables) = value {
        for (index, inner) in tables.iter().enumerate() {
            table(inner, format!("{key}[{index}]"), id, found, depth);
        }
    } else if let Some(array) = value.as_array() {
        for (index, inner) in array.iter().enumerate() {
            item(&Item::Value(inner.clone()), format!("{key}[{index}]"), id, at, found, depth + 1);
        }
    } else {
        let text = match value {
            Item::Value(toml_edit::Value::String(text)) => text.value().clone(),
            Item::Value(toml_edit::Value::Integer(number)) => number.value().to_string(),
            Item::Value(toml_edit::Value::Boolean(on)) => on.value().to_string(),
            Item::Value(toml_edit::Value::Float(number)) => number.value().to_string(),
            _ => String::new(),
        };
        found.push((key, text, at));
    }
}

/// Reads every file of a directory of the container.
pub(super) fn directory(reader: &mut Reader<'_, '_>, settings: &mut Settings, path: &str) {
    let (names, unknown) = reader.files.list(path);
    let mut any = false;
    for name in names.iter().filter(|name| [".yml", ".yaml", ".toml"].iter().any(|end| name.ends_with(end))) {
        any |= file(reader, settings, &format!("{path}/{name}"));
    }
    match unknown {
        Some(reason) => reader.unread(reason),
        None if !any => reader.unread(Reason::MissingSource(path.into())),
        None => {}
    }
}
