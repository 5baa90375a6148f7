//! `.checkov.yaml`. Source: checkov's documentation, "CLI Command Reference": the options of the command line as keys.

use plimsoll_controls::CATALOGUE;
use plimsoll_policy::Pattern;
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
        let at = line(source, entry.key_at);
        match &*entry.key {
            "skip-check" => {
                for item in items(&entry.value) {
                    let Some(text) = scalar(source, item) else { continue };
                    let why = reason(source, item.at);
                    for id in text.split(',').map(str::trim).filter(|id| !id.is_empty()) {
                        skip(&mut harvest, line(source, item.at), id, why.clone());
                    }
                }
            }
            "soft-fail" if scalar(source, &entry.value) == Some("true") => {
                harvest.take(at, "", Wish::Gate(None));
            }
            "soft-fail" => {}
            "check" => harvest.leave(
                at,
                "check",
                "it would switch off every control that checkov has no check for; `only` does that when it is meant",
            ),
            "soft-fail-on" | "hard-fail-on" => {
                harvest.leave(at, &*entry.key, "the gate here is a severity (`fail-on`), not a list of checks");
            }
            key => harvest.leave(at, key, "it says how checkov runs, not what is right"),
        }
    }
    harvest
}

/// A check, or a pattern over checks.
fn skip(harvest: &mut Harvest, at: usize, id: &str, why: Option<String>) {
    let Some(pattern) = Pattern::parse(id).filter(|pattern| !pattern.is_plain()) else {
        return harvest.off(at, id, why, None);
    };
    let mut peers: Vec<&str> = CATALOGUE
        .iter()
        .flat_map(|control| control.peers)
        .copied()
        .filter(|peer| pattern.matches(peer))
        .collect();
    peers.sort_unstable();
    peers.dedup();
    if peers.is_empty() {
        harvest.leave_unknown(at, id, why.clone());
    }
    for peer in peers {
        harvest.off(at, peer, why.clone(), None);
    }
}
