//! Secrets in what an engine says of a container: variables, labels, command lines.
//!
//! What is masked is the whole of what may hold the secret: escapes of JSON shift the bytes behind them.

use plimsoll_posture::{Certainty, Place, SecretSighting, Service};
use plimsoll_secrets::{Detection, judge_value, scan_text};
use plimsoll_text::Span;

use super::{Entry, View};
use crate::compose::claims::{carrier, hashes};

pub(super) fn read(service: &mut Service, view: &View<'_>) {
    for variable in view.config("Env").iter().flat_map(Entry::items) {
        if let Some((name, value)) = variable.text().and_then(|text| text.split_once('='))
            && let Some(found) = judge_value(name, value)
        {
            tell(service, &variable, name.len() + 1, (Place::Environment, name), value, &found);
        }
    }
    for (key, label) in view.config("Labels").iter().flat_map(Entry::members) {
        let Some(text) = label.text() else { continue };
        let found = judge_value(key, text).into_iter().chain(scan_text(text)).chain(hashes(text)).next();
        if let Some(found) = found {
            tell(service, &label, 0, (Place::Label, key), text, &found);
        }
    }
    let test = view.config("Healthcheck").and_then(|check| check.get("Test"));
    for list in [view.config("Entrypoint"), view.config("Cmd"), test].into_iter().flatten() {
        command(service, &list);
    }
}

/// The words are put together as a shell would be given them, so that an option and its value are seen as one.
fn command(service: &mut Service, list: &Entry<'_>) {
    let mut line = String::new();
    let mut words = Vec::new();
    for word in list.items() {
        let Some(text) = word.text() else { continue };
        if !line.is_empty() {
            line.push(' ');
        }
        let start = line.len();
        line.push_str(text);
        words.push((start..line.len(), word));
    }
    for found in scan_text(&line) {
        let holds =
            |range: &std::ops::Range<usize>| range.start <= found.range.start && found.range.end <= range.end;
        let Some((range, word)) = words.iter().find(|(range, _)| holds(range)) else { continue };
        let name = carrier(line.get(..found.range.start).unwrap_or(""));
        let text = line.get(range.clone()).unwrap_or("");
        let inner = found.range.start - range.start..found.range.end - range.start;
        tell(service, word, 0, (Place::Command, name), text, &Detection { range: inner, ..found.clone() });
    }
}

fn tell(
    service: &mut Service,
    entry: &Entry<'_>,
    shown: usize,
    (place, name): (Place, &str),
    text: &str,
    found: &Detection,
) {
    let mut claim = entry.claim(());
    let at = entry.json.at;
    // The quote that opens the string, and what of it is no secret. A name that is more than ASCII may be written longer than it is,
    // so that its end is not known; nor is whether a quote ends the string.
    let shown = if name.is_ascii() { shown } else { 0 };
    let start = (at.start as usize + 1 + shown).min(at.end as usize);
    claim.at.span = Span::new(at.source, start, at.end as usize);
    let url = found.kind == "url-password" && matches!(place, Place::Environment | Place::Command);
    service.sightings.push(SecretSighting {
        place: if url { Place::Url } else { place },
        name: name.into(),
        kind: found.kind.into(),
        length: text.get(found.range.clone()).map_or(0, |secret| secret.chars().count()),
        certainty: match found.certainty {
            plimsoll_secrets::Certainty::Likely => Certainty::Likely,
            plimsoll_secrets::Certainty::Certain => Certainty::Certain,
        },
        at: claim,
        stage: None,
        ships: true,
    });
}
