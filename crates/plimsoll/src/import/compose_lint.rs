//! `.compose-lint.yml`. Source: compose-lint 0.36, `compose_lint.config`.

use plimsoll_controls::{Severity, find_peer};
use plimsoll_lens::compose::{Node, Value};
use plimsoll_text::Source;

use super::{Harvest, Wish, entries, items, line, reason, scalar};

pub(super) fn read(source: &Source) -> Harvest {
    let root = match Harvest::open(source) {
        Ok(Some(root)) => root,
        Ok(None) => return Harvest::default(),
        Err(broken) => return broken,
    };
    let mut harvest = Harvest::default();
    for entry in entries(&root) {
        match &*entry.key {
            "rules" => entries(&entry.value).iter().for_each(|rule| {
                one(
                    source,
                    &rule.key,
                    line(source, rule.key_at),
                    reason(source, rule.key_at),
                    &rule.value,
                    &mut harvest,
                );
            }),
            // The convention for anchors: nothing is set there.
            key if key.starts_with("x-") => {}
            key => harvest.leave(line(source, entry.key_at), key, "not a setting that compose-lint knows"),
        }
    }
    harvest
}

fn one(source: &Source, id: &str, at: usize, comment: Option<String>, rule: &Node, harvest: &mut Harvest) {
    let field = |name: &str| rule.get(name);
    let text = |name: &str| field(name).and_then(|node| scalar(source, node)).map(str::to_owned);
    for entry in entries(rule) {
        if !matches!(&*entry.key, "enabled" | "reason" | "severity" | "exclude_services") {
            harvest.leave(
                line(source, entry.key_at),
                format!("{id}.{}", entry.key),
                "not a key that compose-lint knows",
            );
        }
    }
    if field("enabled").is_some_and(|node| node.value == Value::Bool(false)) {
        harvest.off(at, id, text("reason").or(comment), None);
        return;
    }
    if let Some(node) = field("severity") {
        let at = line(source, node.at);
        let controls = find_peer(id);
        match text("severity").map(|text| text.to_ascii_lowercase()).as_deref().and_then(Severity::parse) {
            Some(severity) if !controls.is_empty() => {
                for control in controls {
                    harvest.take(at, id, Wish::Severity(control, severity));
                }
            }
            Some(_) => harvest.leave_unknown(at, id, None),
            None => harvest.leave(at, format!("{id}.severity"), "not a severity of compose-lint"),
        }
    }
    if let Some(node) = field("exclude_services") {
        exclusions(source, id, node, harvest);
    }
}

/// A list of services, or a mapping from services to reasons.
fn exclusions(source: &Source, id: &str, node: &Node, harvest: &mut Harvest) {
    let given: Vec<(String, usize, Option<String>)> = match &node.value {
        Value::Map(map) => map
            .entries
            .iter()
            .map(|entry| {
                let why = scalar(source, &entry.value).map(str::to_owned);
                (
                    entry.key.to_string(),
                    line(source, entry.key_at),
                    why.or_else(|| reason(source, entry.key_at)),
                )
            })
            .collect(),
        _ => items(node)
            .into_iter()
            .filter_map(|item| {
                Some((scalar(source, item)?.to_owned(), line(source, item.at), reason(source, item.at)))
            })
            .collect(),
    };
    for (service, at, why) in given {
        // An allowance has a reason; that none was given is the one that is known.
        let why = why.unwrap_or_else(|| format!("{} excludes it and gives no reason", source.name));
        harvest.off_at(at, id, Some(&format!("service {service}")), Some(why), None);
    }
}
