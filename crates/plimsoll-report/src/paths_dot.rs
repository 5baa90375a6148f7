//! The graph of attack paths in the language of Graphviz.

use plimsoll_controls::paths::{Certainty, NodeKind};

use crate::Report;
use crate::veil::{Veil, plain};

/// Every scenario's graph as one `digraph`.
#[must_use]
pub fn paths_dot(report: &Report) -> String {
    let mut out =
        String::from("digraph plimsoll {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n");
    for (at, scenario) in report.scenarios.iter().enumerate() {
        let Some(paths) = scenario.paths.as_deref().filter(|paths| !paths.graph.edges.is_empty()) else {
            continue;
        };
        let veil = Veil::of(scenario);
        let quoted = |text: &str| quote(&veil.words(text));
        out.push_str(&format!("  subgraph cluster_{at} {{\n    label={};\n", quoted(&scenario.name)));
        for (node, own) in paths.graph.nodes.iter().enumerate() {
            let shape = match own.kind {
                NodeKind::Outsider | NodeKind::Local => "ellipse",
                NodeKind::Service => "box",
                NodeKind::Datastore => "cylinder",
                NodeKind::Network => "plaintext",
                NodeKind::Target => "octagon",
            };
            out.push_str(&format!("    n{at}_{node} [label={}, shape={shape}];\n", quoted(&own.name)));
        }
        for edge in &paths.graph.edges {
            let style = if edge.certainty == Certainty::Possible { ", style=dashed" } else { "" };
            let (from, to) = (edge.from, edge.to);
            out.push_str(&format!("    n{at}_{from} -> n{at}_{to} [label={}{style}];\n", quoted(&edge.by)));
        }
        out.push_str("  }\n");
    }
    out.push_str("}\n");
    out
}

/// A quoted string: only the quote and the backslash act inside of one.
fn quote(text: &str) -> String {
    format!("\"{}\"", plain(text).replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_does_not_end_its_quotes() {
        assert_eq!(quote(r#"a" ] ; b \"#), r#""a\" ] ; b \\""#);
        assert_eq!(quote("a\nb"), "\"a\u{240a}b\"");
    }
}
