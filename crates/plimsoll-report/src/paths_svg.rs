//! The graph of attack paths as a picture: layers from who comes to what is reached, drawn without any library.
//!
//! Nodes stand in columns by how many steps lead to them, what paths lead to in the last one. Colours follow what the
//! viewer prefers, light or dark.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;

use plimsoll_controls::paths::{Certainty, Graph, NodeKind};
use unicode_width::UnicodeWidthStr;

use crate::Report;
use crate::veil::{Veil, plain};

/// How wide a character is drawn, how high a node, and what lies between.
const CHARACTER: usize = 8;
const HEIGHT: usize = 34;
const GAP: usize = 30;
const MARGIN: usize = 24;
/// The room between two columns, and before the last one, where the words of paths stand.
const LANE: usize = 110;
const LAST_LANE: usize = 250;
/// The room of one edge where it arrives.
const ARRIVAL: usize = 17;
/// Words that are longer are cut.
const WORDS: usize = 28;

const STYLE: &str = "\
svg { background: #ffffff; font: 13px ui-monospace, Menlo, Consolas, monospace; }
text { fill: #1f2328; }
.title { font-weight: bold; font-size: 15px; }
.by { font-size: 11px; fill: #57606a; paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
.node { fill: #f6f8fa; stroke: #57606a; stroke-width: 1.5px; }
.outsider, .local { fill: #fff1e5; stroke: #bc4c00; }
.datastore { fill: #ddf4ff; stroke: #0969da; }
.network { fill: none; stroke: #8c959f; stroke-dasharray: 2 3; }
.target { fill: #ffebe9; stroke: #cf222e; stroke-width: 2px; }
.edge { fill: none; stroke: #8c959f; stroke-width: 1.5px; }
.attack { stroke: #cf222e; }
.possible { stroke-dasharray: 6 5; }
.head { fill: #8c959f; }
.attackhead { fill: #cf222e; }
@media (prefers-color-scheme: dark) {
svg { background: #0d1117; }
text { fill: #e6edf3; }
.by { fill: #9da7b3; stroke: #0d1117; }
.node { fill: #161b22; stroke: #8b949e; }
.outsider, .local { fill: #3d2410; stroke: #f0883e; }
.datastore { fill: #0c2d4a; stroke: #58a6ff; }
.network { fill: none; stroke: #6e7681; }
.target { fill: #3c1618; stroke: #ff7b72; }
.edge { stroke: #6e7681; }
.attack { stroke: #ff7b72; }
.head { fill: #6e7681; }
.attackhead { fill: #ff7b72; }
}
";

/// Every scenario's graph as one SVG picture.
#[must_use]
pub fn paths_svg(report: &Report) -> String {
    let mut body = String::new();
    let (mut width, mut top) = (480, MARGIN);
    for scenario in &report.scenarios {
        let Some(paths) = scenario.paths.as_deref().filter(|paths| !paths.graph.edges.is_empty()) else {
            continue;
        };
        let veil = Veil::of(scenario);
        let title = escape(&veil.words(&scenario.name));
        let _ = writeln!(body, "<text class=\"title\" x=\"{MARGIN}\" y=\"{}\">{title}</text>", top + 14);
        top += 32;
        let layout = Layout::of(&paths.graph, &veil);
        layout.draw(&mut body, top);
        width = width.max(layout.width);
        top += layout.height + GAP;
    }
    if body.is_empty() {
        let _ = writeln!(body, "<text x=\"{MARGIN}\" y=\"{}\">no attack path</text>", top + 14);
        top += 32;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {top}\" width=\"{width}\" height=\"{top}\" \
         role=\"img\">\n<title>Attack paths</title>\n<style>\n{STYLE}</style>\n<defs>\n{}{}</defs>\n{body}</svg>\n",
        head("head"),
        head("attackhead"),
    )
}

fn head(name: &str) -> String {
    format!(
        "<marker id=\"{name}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto\" markerUnits=\"userSpaceOnUse\"><path class=\"{name}\" d=\"M0 0 L8 4 L0 8 z\"/></marker>\n"
    )
}

/// A node where it stands.
struct Spot {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
    words: String,
    kind: NodeKind,
}

/// All edges between two nodes, drawn as one.
struct Line {
    from: usize,
    to: usize,
    words: String,
    attack: bool,
    possible: bool,
}

struct Layout {
    spots: Vec<Spot>,
    lines: Vec<Line>,
    width: usize,
    height: usize,
}

impl Layout {
    fn of(graph: &Graph, veil: &Veil) -> Self {
        let layers = layers(graph);
        let words: Vec<String> = graph.nodes.iter().map(|node| cut(&veil.words(&node.name))).collect();
        let column = |at: usize| layers.get(at).copied().unwrap_or(0);
        let last = layers.iter().copied().max().unwrap_or(0);
        let mut columns: Vec<Vec<usize>> = vec![Vec::new(); last + 1];
        for at in 0..graph.nodes.len() {
            if let Some(nodes) = columns.get_mut(column(at)) {
                nodes.push(at);
            }
        }
        order(&mut columns, graph);
        let lines = lines(graph, &layers);
        let wide = |at: &usize| words.get(*at).map_or(0, |words| words.width()) * CHARACTER + 24;
        // A node is as high as what arrives there needs, so that no words lie on others.
        let high = |at: usize| HEIGHT.max((lines.iter().filter(|line| line.to == at).count() + 1) * ARRIVAL);
        let tall = |nodes: &[usize]| nodes.iter().map(|at| high(*at) + GAP).sum::<usize>();
        let height = columns.iter().map(|nodes| tall(nodes)).max().unwrap_or(0);
        let mut spots: BTreeMap<usize, Spot> = BTreeMap::new();
        let mut x = MARGIN;
        for (at, nodes) in columns.iter().enumerate() {
            let width = nodes.iter().map(wide).max().unwrap_or(0);
            let mut y = (height - tall(nodes)) / 2;
            for node in nodes {
                let (words, kind) = match (words.get(*node), graph.nodes.get(*node)) {
                    (Some(words), Some(own)) => (words.clone(), own.kind),
                    _ => continue,
                };
                let own = high(*node);
                spots.insert(*node, Spot { x, y, width, height: own, words, kind });
                y += own + GAP;
            }
            x += width + if at + 2 == columns.len() { LAST_LANE } else { LANE };
        }
        let width = x.saturating_sub(LANE) + MARGIN;
        Self { spots: spots.into_values().collect(), lines, width, height }
    }

    /// Where the edges arrive: at each node from the uppermost to the lowest of those that they come from.
    fn arrivals(&self) -> Vec<usize> {
        let mut ends = vec![0; self.lines.len()];
        for (node, spot) in self.spots.iter().enumerate() {
            let mut own: Vec<usize> = (0..self.lines.len())
                .filter(|at| self.lines.get(*at).is_some_and(|line| line.to == node))
                .collect();
            let from = |at: &usize| self.lines.get(*at).and_then(|line| self.spots.get(line.from));
            own.sort_by_key(|at| (from(at).map(|spot| (spot.y, spot.x)), *at));
            let first = spot.y + spot.height / 2 - own.len().saturating_sub(1) * ARRIVAL / 2;
            for (row, at) in own.into_iter().enumerate() {
                if let Some(end) = ends.get_mut(at) {
                    *end = first + row * ARRIVAL;
                }
            }
        }
        ends
    }

    fn draw(&self, out: &mut String, top: usize) {
        let ends = self.arrivals();
        for (line, end) in self.lines.iter().zip(&ends) {
            let (Some(from), Some(to)) = (self.spots.get(line.from), self.spots.get(line.to)) else {
                continue;
            };
            let (x1, y1) = (from.x + from.width, top + from.y + from.height / 2);
            let y2 = top + end;
            // An edge back to an earlier column leaves and arrives at the same side.
            let onward = to.x > x1;
            let (x2, bend) = if onward { (to.x, (to.x - x1) / 2) } else { (to.x + to.width, 60) };
            let c2 = if onward { x2 - bend } else { x2 + bend };
            let attack = if line.attack { " attack" } else { "" };
            let possible = if line.possible { " possible" } else { "" };
            let head = if line.attack { "attackhead" } else { "head" };
            let c1 = x1 + bend;
            let _ = writeln!(
                out,
                "<path class=\"edge{attack}{possible}\" marker-end=\"url(#{head})\" d=\"M{x1} {y1} C{c1} {y1} {c2} {y2} \
                 {x2} {y2}\"/>",
            );
        }
        // Words on top of all lines, where the edges arrive: there they lie apart.
        for (line, end) in self.lines.iter().zip(&ends).filter(|(line, _)| !line.words.is_empty()) {
            let Some(to) = self.spots.get(line.to) else { continue };
            let (x, y) = (to.x.saturating_sub(14), top + end - 3);
            let words = escape(&line.words);
            let _ =
                writeln!(out, "<text class=\"by\" x=\"{x}\" y=\"{y}\" text-anchor=\"end\">{words}</text>");
        }
        for spot in &self.spots {
            let kind = spot.kind.name();
            let Spot { x, width, height, .. } = *spot;
            let y = top + spot.y;
            let round =
                if matches!(spot.kind, NodeKind::Outsider | NodeKind::Local) { HEIGHT / 2 } else { 5 };
            let _ = writeln!(
                out,
                "<rect class=\"node {kind}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{round}\"/>\n\
                 <text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                x + width / 2,
                y + height / 2 + 5,
                escape(&spot.words)
            );
        }
    }
}

/// The column of every node: the number of steps from who comes, what paths lead to in the last.
fn layers(graph: &Graph) -> Vec<usize> {
    let mut layers: Vec<Option<usize>> = vec![None; graph.nodes.len()];
    let mut queue: VecDeque<usize> = VecDeque::new();
    let first = |kind: NodeKind| matches!(kind, NodeKind::Outsider | NodeKind::Local);
    for (at, node) in graph.nodes.iter().enumerate() {
        if first(node.kind) {
            layers[at] = Some(0);
            queue.push_back(at);
        }
    }
    let mut starts = (0..graph.nodes.len()).filter(|at| {
        graph.nodes.get(*at).is_some_and(|node| matches!(node.kind, NodeKind::Service | NodeKind::Datastore))
    });
    loop {
        while let Some(at) = queue.pop_front() {
            let own = layers.get(at).copied().flatten().unwrap_or(0);
            for edge in graph.edges.iter().filter(|edge| edge.from == at) {
                if let Some(slot) = layers.get_mut(edge.to).filter(|slot| slot.is_none()) {
                    *slot = Some(own + 1);
                    queue.push_back(edge.to);
                }
            }
        }
        // A service that nobody outside reaches stands where services stand.
        let Some(next) = starts.find(|at| layers.get(*at) == Some(&None)) else { break };
        if let Some(slot) = layers.get_mut(next) {
            *slot = Some(1);
        }
        queue.push_back(next);
    }
    let is_target = |at: usize| graph.nodes.get(at).is_some_and(|node| node.kind == NodeKind::Target);
    let others = layers.iter().enumerate().filter(|(at, _)| !is_target(*at));
    let last = others.filter_map(|(_, layer)| *layer).max().unwrap_or(0) + 1;
    (0..layers.len())
        .map(|at| if is_target(at) { last } else { layers.get(at).copied().flatten().unwrap_or(1) })
        .collect()
}

/// Orders every column by where the edges come from, so that fewer of them cross.
fn order(columns: &mut [Vec<usize>], graph: &Graph) {
    let mut rows: BTreeMap<usize, usize> = BTreeMap::new();
    for nodes in columns {
        nodes.sort_by_cached_key(|at| {
            let from =
                graph.edges.iter().filter(|edge| edge.to == *at).filter_map(|edge| rows.get(&edge.from));
            let (sum, count) = from.fold((0, 0), |(sum, count), row| (sum + row * 1000, count + 1));
            let (sum, count): (usize, usize) = (sum, count);
            (sum.checked_div(count).unwrap_or(usize::MAX), *at)
        });
        for (row, at) in nodes.iter().enumerate() {
            rows.insert(*at, row);
        }
    }
}

/// The edges of each pair of nodes as one line. Of a network and a service that reach each other the line is drawn that
/// leads on.
fn lines(graph: &Graph, layers: &[usize]) -> Vec<Line> {
    let mut pairs: BTreeMap<(usize, usize), Line> = BTreeMap::new();
    // What is certain names a line before what is possible.
    let mut edges: Vec<_> = graph.edges.iter().collect();
    edges.sort_by_key(|edge| edge.certainty);
    for edge in edges {
        let layer = |at: usize| layers.get(at).copied().unwrap_or(0);
        let back = graph.edges.iter().any(|other| (other.from, other.to) == (edge.to, edge.from));
        if back && layer(edge.to) <= layer(edge.from) {
            continue;
        }
        let attack = graph.nodes.get(edge.to).is_some_and(|node| node.kind == NodeKind::Target);
        let possible = edge.certainty == Certainty::Possible;
        let line = pairs.entry((edge.from, edge.to)).or_insert_with(|| Line {
            from: edge.from,
            to: edge.to,
            words: String::new(),
            attack,
            possible: true,
        });
        line.possible &= possible;
        match line.words.split_once(" +") {
            _ if line.words.is_empty() => line.words.clone_from(&edge.by),
            None => line.words.push_str(" +1"),
            Some((first, count)) => {
                let count = count.parse().unwrap_or(0) + 1;
                line.words = format!("{first} +{count}");
            }
        }
    }
    let mut lines: Vec<Line> = pairs.into_values().collect();
    // What everybody on a network has in common needs no words.
    for line in lines.iter_mut().filter(|line| line.words == "same network") {
        line.words.clear();
    }
    lines
}

fn cut(text: &str) -> String {
    let text = plain(text);
    if text.chars().count() <= WORDS {
        return text.into_owned();
    }
    let mut short: String = text.chars().take(WORDS - 1).collect();
    short.push('…');
    short
}

/// Text as XML.
fn escape(text: &str) -> String {
    plain(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        assert_eq!(escape("</text><script>\u{1b}&\""), "&lt;/text&gt;&lt;script&gt;\u{241b}&amp;&quot;");
        assert_eq!(cut(&"x".repeat(40)).chars().count(), WORDS);
    }
}
