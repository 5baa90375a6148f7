//! From a route into the posture (`services.api.ports[0]`) to the bytes that say what stands there.

use plimsoll_posture::{Posture, Provenance};
use plimsoll_text::{Source, Sources, Span};
use serde_json::Value;

/// The longest route that is followed.
const MOST_STEPS: usize = 32;

/// What a route leads to: the service it goes through and the nearest place on the way.
#[derive(Debug, Default)]
pub(super) struct Arrival<'v> {
    pub(super) service: Option<&'v str>,
    at: Option<&'v Value>,
}

/// Follows a route as far as it leads.
pub(super) fn follow<'v>(facts: &'v Value, route: &str) -> Arrival<'v> {
    let mut arrival = Arrival::default();
    let mut rest = route.trim().trim_start_matches("input.");
    let mut here = facts;
    for step in 0..MOST_STEPS {
        rest = rest.trim_start_matches(['.', ']']);
        if rest.is_empty() {
            break;
        }
        let Some((key, next, after)) = descend(here, rest) else { break };
        if step == 1 && facts.get("services").is_some_and(|services| std::ptr::eq(services, here)) {
            arrival.service = key;
        }
        if let Some(at) = next.get("at").filter(|at| at.get("line").is_some()) {
            arrival.at = Some(at);
        }
        (here, rest) = (next, after);
    }
    arrival
}

/// One step: of the keys that the rest begins with, the longest, since a name may hold dots.
fn descend<'v, 'r>(here: &'v Value, rest: &'r str) -> Option<(Option<&'v str>, &'v Value, &'r str)> {
    match here {
        Value::Object(fields) => {
            let bare = rest.trim_start_matches(['[', '"']);
            fields
                .iter()
                .filter_map(|(key, value)| {
                    let after = bare.strip_prefix(key.as_str())?;
                    let ends = after.is_empty() || after.starts_with(['.', '[', ']', '"']);
                    ends.then(|| (Some(key.as_str()), value, after.trim_start_matches('"')))
                })
                .max_by_key(|(key, ..)| key.map_or(0, str::len))
                // A fact's own value needs no step: `ports[0]` is `ports.value[0]`.
                .or_else(|| {
                    fields.get("value").filter(|value| !value.is_null()).map(|value| (None, value, rest))
                })
        }
        Value::Array(items) => {
            let bare = rest.trim_start_matches('[');
            let end = bare.find(|c: char| !c.is_ascii_digit()).unwrap_or(bare.len());
            let index: usize = bare.get(..end)?.parse().ok()?;
            Some((None, items.get(index)?, bare.get(end..)?))
        }
        _ => None,
    }
}

impl Arrival<'_> {
    /// The place, as far as the documents have it.
    pub(super) fn provenance(&self, sources: &Sources, posture: &Posture, route: &str) -> Option<Provenance> {
        let at = self.at?;
        let source = sources.find(at.get("source")?.as_str()?)?;
        let number = |key: &str| usize::try_from(at.get(key)?.as_u64()?).ok();
        let start = offset(source, number("line")?, number("column")?)?;
        let anchors = posture.services.iter().map(|service| service.subject.anchor);
        let span = anchors
            .into_iter()
            .find(|anchor| anchor.source == source.id && anchor.start as usize == start)
            .unwrap_or_else(|| Span::new(source.id, start, end(source, start)));
        Some(Provenance::new("policy", span, route))
    }
}

fn offset(source: &Source, line: usize, column: usize) -> Option<usize> {
    let range = source.lines().range(&source.text, line)?;
    let text = source.text.get(range.clone())?;
    let within = text.char_indices().nth(column.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
    Some(range.start + within)
}

/// The end of the value that begins there, on its line: of a quoted one its quote, else a comma, a comment or the end.
fn end(source: &Source, start: usize) -> usize {
    let rest = source.text.get(start..).unwrap_or("");
    let line = rest.lines().next().unwrap_or("");
    if let Some(quoted) = line.strip_prefix(['"', '\'']) {
        let quote = if line.starts_with('"') { '"' } else { '\'' };
        return start + quoted.find(quote).map_or(line.len(), |at| at + 2);
    }
    let before = source.text.get(..start).unwrap_or("").chars().next_back();
    let cut = match before.filter(|c| matches!(c, '"' | '\'')) {
        Some(quote) => line.find(quote),
        None => line.find([',', ']', '}', '"']).into_iter().chain(line.find(" #")).min(),
    };
    start + line.get(..cut.unwrap_or(line.len())).unwrap_or(line).trim_end().len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_route_is_followed_as_far_as_it_leads() {
        let at = |line: u32| json!({"source": "compose.yaml", "line": line, "column": 1});
        let facts = json!({"services": {
            "api": {"user": {"at": at(2), "value": "0"}},
            "api.v2": {"ports": {"at": at(5), "value": [{"at": at(6)}, {"at": at(7)}]}},
        }});
        let line = |route: &str| {
            let arrival = follow(&facts, route);
            (arrival.service.map(str::to_owned), arrival.at.map(|at| at["line"].as_u64().unwrap()))
        };
        let service = |name: &str| Some(name.to_owned());
        assert_eq!(line("services.api.user"), (service("api"), Some(2)));
        assert_eq!(line("input.services.api.user.value"), (service("api"), Some(2)));
        assert_eq!(line("services.api"), (service("api"), None));
        assert_eq!(line("services.api.v2.ports[1]"), (service("api.v2"), Some(7)), "the longest name counts");
        assert_eq!(line("services[\"api.v2\"].ports.value.0"), (service("api.v2"), Some(6)));
        assert_eq!(line("services.api.v2.ports[9]"), (service("api.v2"), Some(5)));
        assert_eq!(line("nothing.there"), (None, None));
        assert_eq!(line(""), (None, None));
    }
}
