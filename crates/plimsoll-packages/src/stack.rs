//! Layers on top of one another: which file a container sees, and which a later layer hides.
//!
//! A whiteout and an opaque directory concern the layers *below* only; what the same layer brings stays, whatever their order (OCI
//! image specification, layer.md). Deliberately absent: contents.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::layer::Layer;
use crate::layer::path::{Whiteout, whiteout};
use crate::tar::EntryKind;

/// Seen by a container.
const SEEN: u32 = u32::MAX;

/// All layers of an image, lowest first.
#[derive(Debug)]
pub struct Stack {
    layers: Vec<Arc<Layer>>,
    /// For each layer and each of its items, the layer that hides it.
    hidden: Vec<Vec<u32>>,
}

impl Stack {
    /// Puts layers on top of one another.
    #[must_use]
    pub fn new(layers: Vec<Arc<Layer>>) -> Self {
        let mut hidden: Vec<Vec<u32>> = layers.iter().map(|layer| vec![SEEN; layer.items.len()]).collect();
        let mut tree: Tree<'_> = BTreeMap::new();
        for (at, layer) in layers.iter().enumerate() {
            let number = u32::try_from(at).unwrap_or(SEEN - 1);
            let mut hide = |gone: Vec<(usize, usize)>| {
                for (layer, item) in gone {
                    if let Some(mark) = hidden.get_mut(layer).and_then(|marks| marks.get_mut(item)) {
                        *mark = number;
                    }
                }
            };
            let mut opaque: BTreeSet<&str> = BTreeSet::new();
            for (path, _) in layer.items.iter() {
                match whiteout(path) {
                    Some(Whiteout::Gone { parent, name }) => {
                        let target =
                            if parent.is_empty() { name.to_owned() } else { format!("{parent}/{name}") };
                        hide(remove(&mut tree, &target, true));
                    }
                    Some(Whiteout::Opaque(parent)) if opaque.insert(parent) => {
                        hide(remove(&mut tree, parent, false));
                    }
                    _ => {}
                }
            }
            for (index, (path, item)) in layer.items.iter().enumerate() {
                if whiteout(path).is_some() {
                    continue;
                }
                let directory = item.kind == EntryKind::Directory;
                if directory {
                    // The same directory again, perhaps with other rights; or in the place of a file.
                    hide(tree.get(path).map(|below| (below.layer, below.item)).into_iter().collect());
                } else {
                    hide(remove(&mut tree, path, true));
                }
                tree.insert(path, Seen { layer: at, item: index });
            }
        }
        drop(tree);
        Self { layers, hidden }
    }

    /// The layers.
    #[must_use]
    pub fn layers(&self) -> &[Arc<Layer>] {
        &self.layers
    }

    /// The later layer that hides an item; `None` for what a container sees.
    #[must_use]
    pub fn hidden_by(&self, layer: usize, item: usize) -> Option<usize> {
        let mark = self.hidden.get(layer)?.get(item).copied()?;
        (mark != SEEN).then_some(mark as usize)
    }
}

#[derive(Clone, Copy)]
struct Seen {
    layer: usize,
    item: usize,
}

type Tree<'a> = BTreeMap<&'a str, Seen>;

/// Takes what lies below a path out of the tree, with the path itself or without. The root is the empty path.
fn remove(tree: &mut Tree<'_>, path: &str, itself: bool) -> Vec<(usize, usize)> {
    let mut gone: Vec<(&str, Seen)> = Vec::new();
    if path.is_empty() {
        gone.extend(tree.iter().map(|(path, seen)| (*path, *seen)));
    } else {
        let inside = format!("{path}/");
        let below =
            tree.range::<str, _>((std::ops::Bound::Included(inside.as_str()), std::ops::Bound::Unbounded));
        gone.extend(
            below.take_while(|(path, _)| path.starts_with(&inside)).map(|(path, seen)| (*path, *seen)),
        );
        if let Some((path, seen)) = tree.get_key_value(path).filter(|_| itself) {
            gone.push((path, *seen));
        }
    }
    for (path, _) in &gone {
        tree.remove(path);
    }
    gone.into_iter().map(|(_, seen)| (seen.layer, seen.item)).collect()
}
