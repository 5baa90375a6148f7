//! `.hadolint.yaml`. Source: hadolint's documentation, "Configure".

use plimsoll_controls::{Severity, find_peer};
use plimsoll_policy::Format;
use plimsoll_text::Source;

use super::{Harvest, Wish, entries, items, line, reason, scalar};

/// What belongs on a command line and not in a configuration of what is right.
const OUTPUT: &[&str] = &["format", "no-color", "verbose"];

pub(super) fn read(source: &Source) -> Harvest {
    let root = match Harvest::open(source) {
        Ok(Some(root)) => root,
        Ok(None) => return Harvest::default(),
        Err(broken) => return broken,
    };
    let mut harvest = Harvest::default();
    let mut labels = None;
    let mut strict = false;
    for entry in entries(&root) {
        let at = line(source, entry.key_at);
        let text = scalar(source, &entry.value);
        match &*entry.key {
            "ignored" => {
                for item in items(&entry.value) {
                    if let Some(id) = scalar(source, item) {
                        harvest.off(line(source, item.at), id, reason(source, item.at), None);
                    }
                }
            }
            "override" => severities(source, &entry.value, &mut harvest),
            "trustedRegistries" => {
                let list: Vec<String> = items(&entry.value)
                    .iter()
                    .filter_map(|item| scalar(source, item))
                    .map(str::to_owned)
                    .collect();
                if !list.is_empty() {
                    harvest.take(at, "", Wish::Registries(list));
                }
            }
            "label-schema" => {
                let mut read = Vec::new();
                for label in entries(&entry.value) {
                    match scalar(source, &label.value).and_then(Format::parse) {
                        Some(format) => read.push((label.key.to_string(), format)),
                        None => harvest.leave(
                            line(source, label.key_at),
                            format!("the label `{}`", label.key),
                            "its form is not one that hadolint documents",
                        ),
                    }
                }
                labels = Some((at, read));
            }
            "strict-labels" => {
                strict = text == Some("true");
                if strict && labels.is_none() {
                    labels = Some((at, Vec::new()));
                }
            }
            "failure-threshold" => match text.and_then(gate) {
                Some(gate) => harvest.take(at, "", Wish::Gate(gate)),
                None => harvest.leave(at, "failure-threshold", "not a level of hadolint"),
            },
            "no-fail" if text == Some("true") => harvest.take(at, "", Wish::Gate(None)),
            "disable-ignore-pragma" if text == Some("true") => harvest.leave(
                at,
                "disable-ignore-pragma",
                "comments for other tools are always honoured, and told in every report",
            ),
            key if OUTPUT.contains(&key) => {
                harvest.leave(at, key, "how a report looks is said on the command line (`--format`)");
            }
            "no-fail" | "disable-ignore-pragma" => {}
            key => harvest.leave(at, key, "not a setting that hadolint documents"),
        }
    }
    if let Some((at, labels)) = labels.filter(|(_, labels)| !labels.is_empty() || strict) {
        harvest.take(at, "", Wish::Labels { labels, strict });
    }
    harvest
}

fn severities(source: &Source, node: &plimsoll_lens::compose::Node, harvest: &mut Harvest) {
    for entry in entries(node) {
        let Some(severity) = level(&entry.key) else {
            harvest.leave(
                line(source, entry.key_at),
                format!("override.{}", entry.key),
                "not a level of hadolint",
            );
            continue;
        };
        for item in items(&entry.value) {
            let Some(id) = scalar(source, item) else { continue };
            let at = line(source, item.at);
            let controls = find_peer(id);
            if controls.is_empty() {
                harvest.leave_unknown(at, id, reason(source, item.at));
            }
            for control in controls {
                harvest.take(at, id, Wish::Severity(control, severity));
            }
        }
    }
}

fn level(name: &str) -> Option<Severity> {
    Some(match name {
        "error" => Severity::High,
        "warning" => Severity::Medium,
        "info" => Severity::Low,
        "style" => Severity::Info,
        _ => return None,
    })
}

fn gate(name: &str) -> Option<Option<Severity>> {
    match name {
        "ignore" | "none" => Some(None),
        name => level(name).map(Some),
    }
}
