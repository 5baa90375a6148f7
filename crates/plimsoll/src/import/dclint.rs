//! `.dclintrc`. Source: dclint's documentation, "Configuration".

use plimsoll_lens::compose::{Node, Value};
use plimsoll_text::Source;

use super::{Harvest, entries, items, line, reason};

pub(super) fn read(source: &Source) -> Harvest {
    let root = match Harvest::open(source) {
        Ok(Some(root)) => root,
        Ok(None) => return Harvest::default(),
        Err(broken) => return broken,
    };
    let mut harvest = Harvest::default();
    for entry in entries(&root) {
        let at = line(source, entry.key_at);
        match &*entry.key {
            "rules" => {
                for rule in entries(&entry.value) {
                    if level(&rule.value) == Some(0) {
                        harvest.off(
                            line(source, rule.key_at),
                            &rule.key,
                            reason(source, rule.value.at),
                            None,
                        );
                    }
                }
            }
            "exclude" if !items(&entry.value).is_empty() => {
                harvest.leave(at, "exclude", "name the files to scan, or leave them out with .gitignore")
            }
            "exclude" => {}
            key => harvest.leave(at, key, "it says how dclint runs, not what is right"),
        }
    }
    harvest
}

/// `0`, `1`, `2`, or a list that begins with one. The levels of what is on are dclint's own: severities here stay.
fn level(node: &Node) -> Option<i64> {
    match &node.value {
        Value::Int(level) => Some(*level),
        Value::List(items) => items.first().and_then(level),
        _ => None,
    }
}
