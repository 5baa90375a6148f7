//! Holds a merged project against the specification: unknown keys, wrong types, missing keys, repeated items.
//!
//! Deliberately absent: what values mean to each other; see [`super::consistency`].

use std::sync::Arc;

use plimsoll_posture::{Complaint, ComplaintKind, UnknownKey};
use plimsoll_text::Span;

use super::keys::{self, BOOLEAN, INTEGER, Keys, NULL, NUMBER, STRING, Shape};
use super::path::Path;
use super::tree::{Entry, Node, Value};

/// What is wrong with a project.
#[derive(Default)]
pub(super) struct Verdict {
    pub(super) complaints: Vec<Complaint>,
    pub(super) unknown_keys: Vec<UnknownKey>,
}

/// Checks a project as it is after merging a document.
pub(super) fn check(project: &Node) -> Verdict {
    let mut verdict = Verdict::default();
    verdict.node(project, &keys::PROJECT, &Path::ROOT);
    verdict
}

impl Verdict {
    fn node(&mut self, node: &Node, shape: &'static Shape, path: &Path<'_>) {
        if let Shape::Either(options) = shape {
            match options.iter().find(|option| fits(node, option)) {
                Some(option) => self.node(node, option, path),
                None => self.wrong(node, shape, path),
            }
            return;
        }
        if !fits(node, shape) {
            self.wrong(node, shape, path);
            return;
        }
        match (shape, &node.value) {
            (Shape::Enum(allowed), Value::Text(text)) if !allowed.contains(&&*text.text) => {
                let allowed = allowed.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
                self.invalid(
                    "invalid-value",
                    node.at,
                    format!("`{}` must be one of {allowed}", path.dotted()),
                    None,
                );
            }
            (Shape::List(item, unique), Value::List(items)) => {
                for node in items {
                    self.node(node, item, &path.next("[]"));
                }
                if *unique {
                    self.unique(items, path);
                }
            }
            (Shape::Map(keys), Value::Map(map)) => {
                for entry in &map.entries {
                    self.entry(entry, keys, path);
                }
                for key in keys.required.iter().filter(|key| map.get(key).is_none()) {
                    self.invalid(
                        "missing-key",
                        node.at,
                        format!("`{}` needs the key `{key}`", path.dotted()),
                        None,
                    );
                }
            }
            (Shape::Dict(value, names), Value::Map(map)) => {
                for entry in &map.entries {
                    if *names && !is_name(&entry.key) {
                        self.invalid(
                            "invalid-name",
                            entry.key_at,
                            format!("`{}` is no name for an entry of `{}`", entry.key, path.dotted()),
                            Some("use letters, digits, `.`, `_` and `-`"),
                        );
                        continue;
                    }
                    // Names of networks are not held to the pattern, but what breaks it is not looked at either.
                    self.node(&entry.value, value, &path.next(&entry.key));
                }
            }
            _ => {}
        }
    }

    fn entry(&mut self, entry: &Entry, keys: &'static Keys, path: &Path<'_>) {
        let below = path.next(&entry.key);
        match keys.known.binary_search_by_key(&&*entry.key, |(key, _)| key) {
            Ok(index) => {
                if let Some((_, shape)) = keys.known.get(index) {
                    self.node(&entry.value, shape, &below);
                }
            }
            Err(_) if keys.open || entry.key.starts_with("x-") => {}
            Err(_) => {
                let meant = nearest(&entry.key, keys);
                let cure = match meant {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "remove it, or rename it to `x-…` if it is meant as a note".to_owned(),
                };
                let what = format!("Compose does not know the key `{}`", below.dotted());
                self.invalid("unknown-key", entry.key_at, what, Some(&cure));
                let service = path.matched(|keys| match keys {
                    ["services", service, ..] => Some(Arc::from(*service)),
                    _ => None,
                });
                self.unknown_keys.push(UnknownKey {
                    path: below.dotted().into(),
                    at: entry.key_at,
                    meant,
                    service,
                });
            }
        }
    }

    fn unique(&mut self, items: &[Node], path: &Path<'_>) {
        // Lists are short; the few long ones (expanded ports) are not compared item by item.
        if items.len() > 500 {
            return;
        }
        for (i, item) in items.iter().enumerate() {
            if items.iter().take(i).any(|earlier| earlier.same(item)) {
                self.invalid(
                    "repeated-item",
                    item.at,
                    format!("the same item stands twice in `{}`", path.dotted()),
                    Some("remove one of them"),
                );
            }
        }
    }

    fn wrong(&mut self, node: &Node, shape: &Shape, path: &Path<'_>) {
        let name =
            if path.dotted().is_empty() { "the file".to_owned() } else { format!("`{}`", path.dotted()) };
        let mut wanted = Vec::new();
        describe(shape, &mut wanted);
        self.invalid(
            "invalid-type",
            node.at,
            format!("{name} must be {}, not {}", wanted.join(" or "), kind(node)),
            None,
        );
    }

    fn invalid(&mut self, code: &'static str, at: Span, message: String, cure: Option<&str>) {
        let cure = cure.map(str::to_owned);
        self.complaints.push(Complaint { kind: ComplaintKind::Invalid, code, at, message, cure });
    }
}

fn fits(node: &Node, shape: &Shape) -> bool {
    match (shape, &node.value) {
        (Shape::Any, _) => true,
        (Shape::Scalar(types), value) => {
            let own = match value {
                Value::Null => NULL,
                Value::Bool(_) => BOOLEAN,
                Value::Int(_) => NUMBER | INTEGER,
                Value::Float(text) if text.parse::<f64>().is_ok_and(|value| value.fract() == 0.0) => {
                    NUMBER | INTEGER
                }
                Value::Float(_) => NUMBER,
                Value::Text(_) => STRING,
                Value::List(_) | Value::Map(_) => 0,
            };
            types & own != 0
        }
        (Shape::Enum(_), Value::Text(_))
        | (Shape::List(..), Value::List(_))
        | (Shape::Map(_) | Shape::Dict(..), Value::Map(_)) => true,
        (Shape::Either(options), _) => options.iter().any(|option| fits(node, option)),
        _ => false,
    }
}

fn describe(shape: &Shape, into: &mut Vec<&'static str>) {
    let mut add = |name| {
        if !into.contains(&name) {
            into.push(name);
        }
    };
    match shape {
        Shape::Any => {}
        Shape::Scalar(types) => {
            for (bit, name) in [
                (STRING, "a text"),
                (INTEGER, "a whole number"),
                (NUMBER, "a number"),
                (BOOLEAN, "true or false"),
                (NULL, "nothing"),
            ] {
                if types & bit != 0 {
                    add(name);
                }
            }
        }
        Shape::Enum(_) => add("a text"),
        Shape::List(..) => add("a list"),
        Shape::Map(_) | Shape::Dict(..) => add("a mapping"),
        Shape::Either(options) => options.iter().for_each(|option| describe(option, into)),
    }
}

fn kind(node: &Node) -> &'static str {
    match &node.value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Int(_) | Value::Float(_) => "a number",
        Value::Text(_) => "a text",
        Value::List(_) => "a list",
        Value::Map(_) => "a mapping",
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// The known key that differs from `key` by the fewest edits, when that is few for its length.
fn nearest(key: &str, keys: &Keys) -> Option<&'static str> {
    let key = key.to_ascii_lowercase().replace('-', "_");
    let bound = (key.chars().count() / 3).clamp(1, 3);
    keys.known
        .iter()
        .map(|(known, _)| (distance(&key, known, bound), *known))
        .filter(|(distance, _)| *distance <= bound)
        .min()
        .map(|(_, known)| known)
}

/// Edits between two words, an exchange of neighbours being one; anything above `bound` is `bound + 1`.
fn distance(a: &str, b: &str, bound: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > bound || a.len() > 64 {
        return bound + 1;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            let mut best =
                (at(&last, j) + usize::from(x != y)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().map_or(bound + 1, |distance| (*distance).min(bound + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(shape: &Shape) {
        match shape {
            Shape::Map(keys) => {
                let names: Vec<&str> = keys.known.iter().map(|(name, _)| *name).collect();
                assert!(names.is_sorted(), "{names:?}");
                keys.known.iter().for_each(|(_, shape)| sorted(shape));
            }
            Shape::List(item, _) | Shape::Dict(item, _) => sorted(item),
            Shape::Either(options) => options.iter().for_each(|option| sorted(option)),
            _ => {}
        }
    }

    #[test]
    fn the_tables_are_sorted_because_they_are_searched() {
        sorted(&keys::PROJECT);
    }

    #[test]
    fn typing_errors_are_near_and_other_words_are_not() {
        assert_eq!(distance("enviroment", "environment", 3), 1);
        assert_eq!(distance("prots", "ports", 2), 1);
        assert_eq!(distance("image", "volumes", 2), 3);
    }
}
