//! Places in the merged model: which value stands for bytes of a document, and how values are put in and taken out.

use plimsoll_text::Span;

use crate::compose::tree::{Map, Node, Value};

/// What of the model a place of a document stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spot {
    /// A key and its value.
    Key(Vec<String>),
    /// The items of a list that were written at a place.
    Item(Vec<String>, Span),
}

/// The value that was written at a place: of one service when one is named. A value that came through an anchor stands in
/// each service that uses it, and only that of this service is meant.
pub(super) fn locate(model: &Node, service: Option<&str>, at: Span) -> Option<Spot> {
    let mut path = Vec::new();
    let mut start = model;
    if let Some(name) = service
        && let Some(own) = model.get("services").and_then(|services| services.as_map()?.get(name))
    {
        path = vec!["services".to_owned(), name.to_owned()];
        start = own;
    }
    let mut best: Option<(u32, Spot)> = None;
    search(start, &mut path, None, at, &mut best);
    best.map(|(_, spot)| spot)
}

/// Takes the value with the fewest bytes around the place; among equals the outermost.
fn search(
    node: &Node,
    path: &mut Vec<String>,
    item: Option<(usize, Span)>,
    at: Span,
    best: &mut Option<(u32, Spot)>,
) {
    let holds = node.at.source == at.source && node.at.start <= at.start && at.end <= node.at.end;
    let all = node.at == at;
    // Within a mapping it is a value of the mapping, or nothing that the model has any more.
    let part =
        item.is_some() || !matches!(node.value, Value::Map(_) | Value::List(_)) || node.written.is_some();
    if holds && (all || part) && !node.implied {
        let size = node.at.end - node.at.start;
        if best.as_ref().is_none_or(|(known, _)| size < *known) {
            let spot = match item {
                Some((depth, place)) => Spot::Item(path.get(..depth).unwrap_or_default().to_vec(), place),
                None => Spot::Key(path.clone()),
            };
            *best = Some((size, spot));
        }
    }
    match &node.value {
        Value::Map(map) => {
            for entry in &map.entries {
                path.push(entry.key.to_string());
                search(&entry.value, path, item, at, best);
                path.pop();
            }
        }
        // A list that was made of one text is written whole.
        Value::List(items) if node.written.is_none() => {
            for own in items {
                search(own, path, item.or(Some((path.len(), own.at))), at, best);
            }
        }
        _ => {}
    }
}

/// The value at a path; nothing where a null stands as well as where nothing does, save at the end.
pub(super) fn node_at<'n>(root: &'n Node, path: &[String]) -> Option<&'n Node> {
    path.iter().try_fold(root, |node, key| node.as_map()?.get(key))
}

pub(super) fn node_at_mut<'n>(root: &'n mut Node, path: &[String]) -> Option<&'n mut Node> {
    path.iter().try_fold(root, |node, key| node.as_map_mut()?.get_mut(key))
}

/// Puts a value at a path; mappings on the way that are not there are made. Nothing where something else is in the way.
pub(super) fn put(root: &mut Node, path: &[String], value: Node) -> Option<()> {
    let at = value.at;
    let (last, way) = path.split_last()?;
    let mut node = root;
    for key in way {
        let map = map_of(node)?;
        if map.get(key).is_none() {
            map.set(key.as_str().into(), at, Node::new(Value::Map(Map::default()), at));
        }
        node = map.get_mut(key)?;
    }
    let map = map_of(node)?;
    let key_at = map.entry(last).map_or(at, |entry| entry.key_at);
    map.set(last.as_str().into(), key_at, value);
    Some(())
}

fn map_of(node: &mut Node) -> Option<&mut Map> {
    if node.value == Value::Null {
        node.value = Value::Map(Map::default());
    }
    node.as_map_mut()
}

/// Takes the value at a path out.
pub(super) fn take(root: &mut Node, path: &[String]) -> Option<Node> {
    let (last, way) = path.split_last()?;
    node_at_mut(root, way)?.as_map_mut()?.take(last).map(|entry| entry.value)
}
