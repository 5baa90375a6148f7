//! Comments that stand right above a named stage or a global argument: outline tools show them as descriptions.

use plimsoll_posture::{Description, Spanned};
use plimsoll_text::{SourceId, Span};

use super::syntax::{Arguments, Document, Instruction, Keyword, NodeKind};

/// The descriptions in order. An empty line between comment and instruction parts them.
pub(super) fn collect(document: &Document, source: SourceId) -> Vec<Description> {
    let mut found = Vec::new();
    let mut comment = None;
    let mut global = true;
    for node in &document.nodes {
        match &node.kind {
            NodeKind::Comment(range) => comment = Some(range.clone()),
            NodeKind::Instruction(instruction) => {
                global &= instruction.keyword != Keyword::From;
                let range = comment.take();
                if let (Some(range), Some(of)) = (range, described(instruction, global)) {
                    let text = document.text.get(range.clone()).unwrap_or("");
                    let begins = text.trim_start_matches('#').split_whitespace().next().unwrap_or("");
                    let at = Span::new(source, range.start, range.end);
                    found.push(Description { of: of.into(), begins: Spanned { value: begins.into(), at } });
                }
            }
            NodeKind::Bom | NodeKind::Directive(_) | NodeKind::Blank => comment = None,
        }
    }
    found
}

fn described(instruction: &Instruction, global: bool) -> Option<&str> {
    match (instruction.keyword, &instruction.arguments) {
        (Keyword::From, Arguments::Words(words)) => words.get(2).map(|word| word.text.as_str()),
        (Keyword::Arg, Arguments::Definitions(definitions)) if global => {
            definitions.first().map(|definition| definition.name.text.as_str())
        }
        _ => None,
    }
}
