//! The proof of an edit: the new text says what the old one said, with the change and nothing else.

use plimsoll_text::{SourceKind, Sources, Span};

use super::{Operation, Writing};
use crate::compose::tree::{Map, Node, Value};
use crate::compose::yaml::{self, Document};

/// Whether `new` differs from `old` by exactly this change, aliases and merge keys resolved.
pub(super) fn is_exactly(old: &str, new: &str, operation: &Operation) -> bool {
    let (Some(before), Some(after)) = (read(old), read(new)) else { return false };
    if before.len() != after.len() || comments(old) > comments(new) + removed_comments(operation) {
        return false;
    }
    let mut expected = before;
    let path = operation.path();
    let holds = |node: &Node| {
        path.first().is_some_and(|first| node.as_map().is_some_and(|map| map.get(first).is_some()))
    };
    let chosen = expected.iter().position(holds).unwrap_or(0);
    let Some(root) = expected.get_mut(chosen) else { return false };
    if !change(root, path, operation) {
        return false;
    }
    expected.iter().zip(&after).all(|(expected, after)| expected.same(after))
}

impl Operation {
    pub(super) fn path(&self) -> &[String] {
        match self {
            Self::Set { path, .. }
            | Self::Append { path, .. }
            | Self::Remove { path }
            | Self::RemoveItem { path, .. }
            | Self::SetIn { path, .. }
            | Self::Replace { path, .. } => path,
        }
    }
}

/// A comment may go with the line that is taken away, and only then.
fn removed_comments(operation: &Operation) -> usize {
    match operation {
        Operation::Remove { .. } | Operation::RemoveItem { .. } => usize::MAX / 2,
        _ => 0,
    }
}

fn comments(text: &str) -> usize {
    let mut sources = Sources::new();
    let id = sources.add_text("", SourceKind::Compose, text);
    yaml::read(sources.get(id)).comments.len()
}

/// All documents; `None` when anything about the text is wrong.
fn read(text: &str) -> Option<Vec<Node>> {
    let mut sources = Sources::new();
    let id = sources.add_text("", SourceKind::Compose, text);
    let reading = yaml::read(sources.get(id));
    if !reading.complaints.is_empty() {
        return None;
    }
    let root = |document: Document| document.root.unwrap_or_else(|| Node::new(Value::Null, Span::whole(id)));
    Some(reading.documents.into_iter().map(root).collect())
}

/// What a notation says.
fn value(writing: &Writing) -> Option<Node> {
    let text = super::place::inline(writing);
    let mut nodes = read(&format!("- {text}\n"))?;
    match nodes.pop()?.value {
        Value::List(mut items) => items.pop(),
        _ => None,
    }
}

fn change(node: &mut Node, path: &[String], operation: &Operation) -> bool {
    if let Some((key, below)) = path.split_first() {
        if below.is_empty() && matches!(operation, Operation::Remove { .. }) {
            return node.as_map_mut().is_some_and(|map| map.take(key).is_some());
        }
        if node.value == Value::Null {
            node.value = Value::Map(Map::default());
        }
        let at = node.at;
        let Some(map) = node.as_map_mut() else { return false };
        if map.get(key).is_none() {
            if !matches!(operation, Operation::Set { .. } | Operation::Append { .. }) {
                return false;
            }
            map.set(key.as_str().into(), at, Node::new(Value::Null, at));
        }
        let Some(next) = map.get_mut(key) else { return false };
        let done = change(next, below, operation);
        // A list that lost its only item goes with its key.
        if done
            && below.is_empty()
            && matches!(operation, Operation::RemoveItem { .. })
            && map.get(key).and_then(Node::as_list).is_some_and(<[Node]>::is_empty)
        {
            map.take(key);
        }
        return done;
    }
    match operation {
        Operation::Set { value: writing, .. } => match value(writing) {
            Some(new) => {
                node.value = new.value;
                true
            }
            None => false,
        },
        Operation::Append { item, .. } => {
            let Some(new) = value(&Writing::Scalar(item.clone())) else { return false };
            if node.value == Value::Null {
                node.value = Value::List(Vec::new());
            }
            let Value::List(items) = &mut node.value else { return false };
            items.push(new);
            true
        }
        Operation::RemoveItem { at, .. } => {
            let Value::List(items) = &mut node.value else { return false };
            let before = items.len();
            items.retain(|item| !covers(item, *at));
            items.len() + 1 == before
        }
        Operation::SetIn { at, key, value: text, .. } => {
            let Some(new) = value(&Writing::Scalar(text.clone())) else { return false };
            let Value::List(items) = &mut node.value else { return false };
            let Some(map) = items.iter_mut().find(|item| covers(item, *at)).and_then(Node::as_map_mut) else {
                return false;
            };
            map.set(key.as_str().into(), new.at, new);
            true
        }
        Operation::Replace { at, value: text, .. } => {
            let Some(new) = value(&Writing::Scalar(text.clone())) else { return false };
            match &mut node.value {
                Value::List(items) => {
                    let Some(item) = items.iter_mut().find(|item| covers(item, *at)) else { return false };
                    item.value = new.value;
                }
                own => *own = new.value,
            }
            true
        }
        Operation::Remove { .. } => false,
    }
}

/// The value's own bytes stand without its quotes, the place may include them.
fn covers(item: &Node, at: Span) -> bool {
    item.via.is_empty() && item.at.start <= at.end && at.start <= item.at.end
}
