//! YAML as lockfiles have it, into the same tree as JSON: maps with text keys, lists and texts, each with its place.
//!
//! Several documents are a list of them. Deliberately absent: what lockfiles do not have. Tags mean nothing, an alias
//! stands for nothing, and every scalar is a text.

use std::borrow::Cow;

use granit_parser::{Event, Parser};

use crate::json::{Json, Member, Reading, Value};

/// Levels of nesting.
const DEEPEST: usize = 100;

struct Frame<'a> {
    map: bool,
    members: Vec<Member<'a>>,
    items: Vec<Json<'a>>,
    key: Option<(Cow<'a, str>, usize, usize)>,
    start: usize,
}

/// Reads every document of a text; the root is the list of them.
pub(crate) fn read(text: &str) -> Reading<'_> {
    let options = granit_parser::options! { emit_unresolved_aliases: true, block_nesting_limit: DEEPEST, flow_nesting_limit: DEEPEST };
    let mut documents = Vec::new();
    let mut stack: Vec<Frame<'_>> = Vec::new();
    let mut broken = None;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = match event {
            Ok((event, span)) => (event, span.byte_range().unwrap_or(0..0)),
            Err(error) => {
                broken = Some(error.marker().byte_offset().unwrap_or(0).min(text.len()));
                break;
            }
        };
        match event {
            Event::Scalar(value, ..) => {
                let value = match text.get(span.clone()) {
                    // Most scalars stand in the text as they are.
                    Some(own) if *own == *value => Cow::Borrowed(own),
                    _ => Cow::Owned(value.into_owned()),
                };
                let json = Json { value: Value::Text(value), start: span.start, end: span.end };
                put(&mut stack, &mut documents, json);
            }
            Event::Alias(..) => {
                put(
                    &mut stack,
                    &mut documents,
                    Json { value: Value::Other, start: span.start, end: span.end },
                );
            }
            Event::MappingStart(..) | Event::SequenceStart(..) => stack.push(Frame {
                map: matches!(event, Event::MappingStart(..)),
                members: Vec::new(),
                items: Vec::new(),
                key: None,
                start: span.start,
            }),
            Event::MappingEnd | Event::SequenceEnd => close(&mut stack, &mut documents, span.end),
            _ => {}
        }
    }
    while !stack.is_empty() {
        close(&mut stack, &mut documents, text.len());
    }
    Reading { root: Some(Json { value: Value::List(documents), start: 0, end: text.len() }), broken }
}

fn close<'a>(stack: &mut Vec<Frame<'a>>, documents: &mut Vec<Json<'a>>, end: usize) {
    let Some(frame) = stack.pop() else { return };
    let value = if frame.map { Value::Map(frame.members) } else { Value::List(frame.items) };
    put(stack, documents, Json { value, start: frame.start, end: end.max(frame.start) });
}

fn put<'a>(stack: &mut [Frame<'a>], documents: &mut Vec<Json<'a>>, json: Json<'a>) {
    let Some(frame) = stack.last_mut() else {
        documents.push(json);
        return;
    };
    if !frame.map {
        frame.items.push(json);
        return;
    }
    match frame.key.take() {
        Some((key, start, end)) => frame.members.push(Member { key, start, end, value: json }),
        None => {
            let (start, end) = (json.start, json.end);
            let key = match json.value {
                Value::Text(text) => text,
                // A collection as a key: nothing asks for it, and its value still belongs to it.
                _ => Cow::Borrowed(""),
            };
            frame.key = Some((key, start, end));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_lists_and_documents_keep_their_places() {
        let text = "a: 1\n---\npackages:\n  '@s/x@1.0.0':\n    resolution: {integrity: \"sha512-==\"}\n    os: [linux, '!win32']\n";
        let reading = read(text);
        assert_eq!(reading.broken, None);
        let root = reading.root.unwrap();
        let [first, second] = root.items() else { panic!("two documents") };
        assert_eq!(first.text_of("a").unwrap(), "1");
        let package = &second.get("packages").unwrap().members()[0];
        assert_eq!(package.key, "@s/x@1.0.0");
        assert_eq!(&text[package.start..package.end], "'@s/x@1.0.0'");
        assert_eq!(package.value.get("resolution").unwrap().text_of("integrity").unwrap(), "sha512-==");
        assert_eq!(package.value.get("os").unwrap().items()[1].text().unwrap(), "!win32");
    }

    #[test]
    fn a_break_keeps_what_was_read() {
        let reading = read("a: 1\nb: [1,\nc: }\n");
        assert!(reading.broken.is_some());
        assert_eq!(reading.root.unwrap().items()[0].text_of("a").unwrap(), "1");
        for text in ["", "\u{0}", "&a [*a]", "? [a]\n: b", "- - - -", "\t"] {
            read(text);
        }
    }
}
