//! Secrets in what an engine and a host say: credentials of proxies and of log drivers, tokens of a swarm, variables of containers.
//!
//! What is masked is the whole of the value that holds one: escapes of JSON shift the bytes behind them.

use plimsoll_secrets::{judge_value, scan_text};
use plimsoll_text::{Source, Span};

use super::table;
use crate::json::{Json, Value};

/// The places in a document of JSON.
pub(super) fn of_json(json: &Json, found: &mut Vec<Span>) {
    walk("", json, found);
}

/// The places in a table, line by line.
pub(super) fn of_table(source: &Source, found: &mut Vec<Span>) {
    for line in table::lines(source) {
        let start = line.span().start as usize;
        found.extend(
            scan_text(line.text)
                .into_iter()
                .map(|secret| Span::new(source.id, start + secret.range.start, start + secret.range.end)),
        );
    }
}

fn walk(key: &str, json: &Json, found: &mut Vec<Span>) {
    match &json.value {
        Value::Text(text) => {
            // Variables and options of command lines bring their own name.
            let (name, value) = match text.split_once('=') {
                Some((name, value)) if !name.contains(['/', ' ']) => (name.trim_start_matches('-'), value),
                _ => (key, &**text),
            };
            if text.starts_with("SWMTKN-")
                || judge_value(name, value).is_some()
                || judge_value(key, text).is_some()
            {
                // With its quotes: a string that nothing ends has but one.
                found.push(json.at);
            }
        }
        // No deeper than the reader of JSON goes.
        Value::List(items) => items.iter().for_each(|item| walk(key, item, found)),
        Value::Map(members) => members.iter().for_each(|member| walk(&member.key, &member.value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
