//! From the packages of a lockfile and what they ask for to why each of them is there.
//!
//! What a production dependency reaches without an optional or a peer step is production, and so on downward; the shortest
//! way within that is the one that is told.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use plimsoll_posture::{DependencyKind, LockedPackage, Need, Origin};
use plimsoll_text::{SourceId, Span};

/// A package while its lockfile is read.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) version: Cow<'a, str>,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// What the lockfile itself says, where it does.
    pub(crate) kind: Option<DependencyKind>,
    pub(crate) bundled: bool,
    pub(crate) integrity: Option<bool>,
    /// The bytes of the checksum.
    pub(crate) checksum: Option<(usize, usize)>,
    pub(crate) license: Option<(usize, usize)>,
    pub(crate) origin: Origin,
    pub(crate) install_script: Option<bool>,
    pub(crate) deprecated: Option<Cow<'a, str>>,
    pub(crate) edges: Vec<Edge<'a>>,
}

/// One package asks for another.
#[derive(Debug, Clone)]
pub(crate) struct Edge<'a> {
    pub(crate) to: usize,
    pub(crate) kind: DependencyKind,
    /// The range, where the notation has it.
    pub(crate) wanted: Option<Cow<'a, str>>,
}

/// All packages of a lockfile, and what the manifests of the project ask for.
#[derive(Debug, Default)]
pub(crate) struct Graph<'a> {
    pub(crate) nodes: Vec<Node<'a>>,
    pub(crate) roots: Vec<Edge<'a>>,
}

#[derive(Clone, Copy)]
struct Reached {
    kind: DependencyKind,
    by: Option<usize>,
}

impl Graph<'_> {
    /// The packages with their reasons. Without any root, those that nobody asks for are the roots.
    pub(crate) fn packages(mut self, source: SourceId) -> Vec<LockedPackage> {
        if self.roots.is_empty() {
            self.assume_roots();
        }
        let reached = self.reach();
        let mut needs = self.needs(&reached);
        let name = |text: &str| -> Arc<str> { text.into() };
        self.nodes
            .into_iter()
            .enumerate()
            .map(|(at, node)| LockedPackage {
                name: name(&node.name),
                version: name(&node.version),
                at: Span::new(source, node.start, node.end),
                kind: node
                    .kind
                    .or_else(|| reached.get(at).copied().flatten().map(|reached| reached.kind))
                    .unwrap_or(DependencyKind::Production),
                needs: needs.get_mut(at).map(std::mem::take).unwrap_or_default(),
                bundled: node.bundled,
                integrity: node.integrity,
                checksum: node.checksum.map(|(start, end)| Span::new(source, start, end)),
                license: node.license.map(|(start, end)| Span::new(source, start, end)),
                origin: node.origin,
                install_script: node.install_script,
                deprecated: node.deprecated.as_deref().map(name),
            })
            .collect()
    }

    fn assume_roots(&mut self) {
        let mut needed = vec![false; self.nodes.len()];
        for edge in self.nodes.iter().flat_map(|node| &node.edges) {
            if let Some(needed) = needed.get_mut(edge.to) {
                *needed = true;
            }
        }
        let roots = needed.into_iter().enumerate().filter(|(_, needed)| !needed);
        self.roots =
            roots.map(|(to, _)| Edge { to, kind: DependencyKind::Production, wanted: None }).collect();
    }

    /// The weightiest kind by which each node is reached, and by whom first.
    fn reach(&self) -> Vec<Option<Reached>> {
        let mut reached: Vec<Option<Reached>> = vec![None; self.nodes.len()];
        for level in DependencyKind::ALL {
            let mut open: VecDeque<usize> = VecDeque::new();
            let mut take = |to: usize, by: Option<usize>, open: &mut VecDeque<usize>| {
                if let Some(slot) = reached.get_mut(to)
                    && slot.is_none()
                {
                    *slot = Some(Reached { kind: level, by });
                    open.push_back(to);
                }
            };
            for edge in self.roots.iter().filter(|edge| edge.kind == level) {
                take(edge.to, None, &mut open);
            }
            if matches!(level, DependencyKind::Optional | DependencyKind::Peer) {
                // Steps of this kind out of what is reached already.
                let outside: Vec<(usize, usize)> = (0..self.nodes.len())
                    .filter(|&at| reached.get(at).is_some_and(Option::is_some))
                    .flat_map(|at| self.edges(at).iter().map(move |edge| (at, edge)))
                    .filter(|(_, edge)| edge.kind == level)
                    .map(|(at, edge)| (at, edge.to))
                    .collect();
                let mut take = |to: usize, by: usize, open: &mut VecDeque<usize>| {
                    if let Some(slot) = reached.get_mut(to)
                        && slot.is_none()
                    {
                        *slot = Some(Reached { kind: level, by: Some(by) });
                        open.push_back(to);
                    }
                };
                outside.into_iter().for_each(|(by, to)| take(to, by, &mut open));
            }
            while let Some(at) = open.pop_front() {
                for edge in self.edges(at).iter().filter(|edge| edge.kind <= level) {
                    if let Some(slot) = reached.get_mut(edge.to)
                        && slot.is_none()
                    {
                        *slot = Some(Reached { kind: level, by: Some(at) });
                        open.push_back(edge.to);
                    }
                }
            }
        }
        reached
    }

    fn edges(&self, at: usize) -> &[Edge<'_>] {
        self.nodes.get(at).map_or(&[], |node| &node.edges)
    }

    /// Everybody who asks for each node, the one of the shortest way first, then in the order of the document.
    fn needs(&self, reached: &[Option<Reached>]) -> Vec<Vec<Need>> {
        let mut needs: Vec<Vec<Need>> = vec![Vec::new(); self.nodes.len()];
        let mut add = |by: Option<usize>, edge: &Edge<'_>| {
            let Some(list) = needs.get_mut(edge.to) else { return };
            if by == Some(edge.to) || list.len() >= MOST_NEEDS {
                return;
            }
            let need = Need { by, wanted: edge.wanted.as_deref().map(Into::into) };
            let first = reached.get(edge.to).copied().flatten().is_some_and(|reached| reached.by == by);
            if first && list.first().is_none_or(|first| first.by != by) {
                list.insert(0, need);
            } else {
                list.push(need);
            }
        };
        self.roots.iter().for_each(|edge| add(None, edge));
        for (at, node) in self.nodes.iter().enumerate() {
            node.edges.iter().for_each(|edge| add(Some(at), edge));
        }
        needs
    }
}

/// Nobody reads more of those who need one package.
const MOST_NEEDS: usize = 400;
