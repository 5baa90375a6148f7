//! Messages on a byte stream, as the Language Server Protocol frames them: headers, an empty line, JSON.
//!
//! A message that is broken is told as such, and the next one is read; nothing is allocated because a header says so.
//! Deliberately absent: what the messages mean.

use std::io::{self, BufRead, Read, Write};

use serde_json::{Value, json};

/// The largest message that is taken, in bytes: a project file is 4 MiB at most, and JSON makes it longer.
const MAX_MESSAGE: u64 = 64 * 1024 * 1024;

/// The longest line of a header, in bytes.
const MAX_HEADER: u64 = 4096;

/// What came in.
#[derive(Debug, PartialEq)]
pub(super) enum Incoming {
    /// Wants an answer.
    Request { id: Value, method: String, params: Value },
    /// Wants none.
    Notification { method: String, params: Value },
    /// Answers a request of ours; nothing depends on one.
    Response,
    /// Is no message: the code of JSON-RPC and what is wrong. Never holds what was sent.
    Broken { id: Value, code: i64, why: &'static str },
}

/// JSON-RPC: what was sent is not JSON.
pub(super) const PARSE_ERROR: i64 = -32700;
/// JSON-RPC: what was sent is JSON and no message.
pub(super) const INVALID_REQUEST: i64 = -32600;

/// The next message; `None` at the end of the stream.
pub(super) fn read(input: &mut dyn BufRead) -> Option<Incoming> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        let taken = Read::take(&mut *input, MAX_HEADER).read_until(b'\n', &mut line);
        if !matches!(taken, Ok(1..)) {
            return None;
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim();
        match line.split_once(':') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse::<u64>().ok();
            }
            // Other headers and stray lines say nothing that is needed.
            _ if !line.is_empty() => {}
            _ => {
                if let Some(length) = length {
                    return body(input, length);
                }
            }
        }
    }
}

fn body(input: &mut dyn BufRead, length: u64) -> Option<Incoming> {
    let mut input = Read::take(input, length);
    if length > MAX_MESSAGE {
        io::copy(&mut input, &mut io::sink()).ok()?;
        return Some(broken(Value::Null, INVALID_REQUEST, "the message is larger than 64 MiB"));
    }
    let mut bytes = Vec::new();
    let read = input.read_to_end(&mut bytes).ok()?;
    if (read as u64) < length {
        return None;
    }
    Some(match serde_json::from_slice(&bytes) {
        Ok(value) => message(value),
        Err(_) => broken(Value::Null, PARSE_ERROR, "the message is not JSON"),
    })
}

fn message(value: Value) -> Incoming {
    let Value::Object(mut fields) = value else {
        return broken(Value::Null, INVALID_REQUEST, "the message is not an object");
    };
    let id = fields.remove("id");
    let params = fields.remove("params").unwrap_or(Value::Null);
    match (id, fields.remove("method")) {
        (Some(id), Some(Value::String(method))) => Incoming::Request { id, method, params },
        (None, Some(Value::String(method))) => Incoming::Notification { method, params },
        (Some(_), None) if fields.contains_key("result") || fields.contains_key("error") => {
            Incoming::Response
        }
        (id, _) => broken(id.unwrap_or(Value::Null), INVALID_REQUEST, "the message has no method"),
    }
}

fn broken(id: Value, code: i64, why: &'static str) -> Incoming {
    Incoming::Broken { id, code, why }
}

/// Writes one message.
pub(super) fn write(output: &mut dyn Write, message: &Value) -> io::Result<()> {
    let body = message.to_string();
    output.write_all(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes())?;
    output.flush()
}

/// An answer.
pub(super) fn answer(id: &Value, result: Result<Value, (i64, &str)>) -> Value {
    match result {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err((code, message)) => {
            json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
        }
    }
}

/// A notification of ours.
pub(super) fn notification(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "method": method, "params": params })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut bytes: &[u8]) -> Vec<Incoming> {
        std::iter::from_fn(|| read(&mut bytes)).collect()
    }

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn what_is_broken_does_not_hide_what_follows() {
        let good = framed(r#"{"jsonrpc":"2.0","method":"exit"}"#);
        let exit = || Incoming::Notification { method: "exit".to_owned(), params: Value::Null };
        for (bad, code) in [
            (framed("{not json"), Some(PARSE_ERROR)),
            (framed("[]"), Some(INVALID_REQUEST)),
            (framed(r#"{"id":7}"#), Some(INVALID_REQUEST)),
            (framed(r#"{"method":7}"#), Some(INVALID_REQUEST)),
            ("stray words\r\n".to_owned(), None),
            ("Content-Length: many\r\n\r\n".to_owned(), None),
        ] {
            let read = all(format!("{bad}{good}").as_bytes());
            let codes: Vec<i64> = read
                .iter()
                .filter_map(|message| match message {
                    Incoming::Broken { code, .. } => Some(*code),
                    _ => None,
                })
                .collect();
            assert_eq!(codes, code.into_iter().collect::<Vec<_>>(), "{bad}");
            assert_eq!(read.last(), Some(&exit()), "{bad}");
        }
    }

    #[test]
    fn a_length_that_is_a_lie_allocates_nothing() {
        assert_eq!(all(b"Content-Length: 67108864\r\n\r\n{}"), Vec::new());
        let large = all(b"Content-Length: 18446744073709551615\r\n\r\n{}");
        assert!(matches!(large.as_slice(), [Incoming::Broken { code: INVALID_REQUEST, .. }]));
    }

    #[test]
    fn requests_notifications_and_answers_are_told_apart() {
        let text = [
            r#"{"id":1,"method":"a","params":{"x":1}}"#,
            r#"{"method":"b"}"#,
            r#"{"id":2,"result":null}"#,
            r#"{"id":"q","method":"c"}"#,
        ]
        .map(framed)
        .concat();
        let read = all(format!("Content-Type: x\r\n{text}").as_bytes());
        assert_eq!(
            read,
            [
                Incoming::Request { id: json!(1), method: "a".to_owned(), params: json!({ "x": 1 }) },
                Incoming::Notification { method: "b".to_owned(), params: Value::Null },
                Incoming::Response,
                Incoming::Request { id: json!("q"), method: "c".to_owned(), params: Value::Null },
            ]
        );
    }
}
