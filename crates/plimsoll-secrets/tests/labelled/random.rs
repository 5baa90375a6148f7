//! What may never happen, whatever the text: a range outside the text or within a character, an overlap, a panic.

use plimsoll_secrets::{is_secret_name, judge_value, scan_text, secret_file};
use proptest::prelude::*;

/// Pieces that drive the readers into their corners.
const PIECES: &[&str] = &[
    "password",
    "PASSWORD=",
    "token:",
    "://",
    "@",
    ":",
    "=",
    "$",
    "${",
    "}",
    ":-",
    "'",
    "\"",
    "`",
    "\\",
    "\\\n",
    "\n",
    " ",
    "|",
    "&&",
    ";",
    "--password",
    "-p",
    "mysql",
    "curl",
    "-u",
    "echo",
    "chpasswd",
    "ghp_",
    "eyJ",
    "-----BEGIN ",
    "PRIVATE KEY-----",
    "AKIA",
    "s/",
    "/",
    "#",
    "é",
    "💧",
    "\u{0}",
    "\r\n",
    "{",
    "[",
    ",",
    "0",
    "aB3",
    "IDENTIFIED BY",
    "user",
    "host",
    "tcp(",
    "%",
    "xxxx",
    "Authorization: Bearer ",
    "npm config set",
    "_authToken",
    "postgres://",
    "AccountKey=",
    "\"auth\":",
    "sk-",
    "hooks.slack.com",
];

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![
            3 => prop::sample::select(PIECES).prop_map(str::to_owned),
            1 => "[a-zA-Z0-9+/_.-]{0,48}",
            1 => any::<char>().prop_map(String::from),
        ],
        0..24,
    )
    .prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn ranges_lie_inside_and_apart(text in text()) {
        let mut end = 0;
        for found in scan_text(&text) {
            prop_assert!(found.range.start >= end);
            prop_assert!(found.range.start < found.range.end);
            prop_assert!(text.get(found.range.clone()).is_some());
            end = found.range.end;
        }
    }

    #[test]
    fn values_are_judged_without_panic(name in text(), value in text()) {
        let _ = is_secret_name(&name);
        let _ = secret_file(&name);
        if let Some(found) = judge_value(&name, &value) {
            prop_assert!(!found.range.is_empty());
            prop_assert!(value.get(found.range).is_some());
        }
        if let Some(found) = judge_value("DB_PASSWORD", &value) {
            prop_assert!(value.get(found.range).is_some());
        }
    }
}

#[test]
fn long_texts_are_linear() {
    // Each of these made an earlier draft quadratic; they pass in milliseconds or not at all.
    for piece in
        ["sk", "://", "'", "=", "a=b,", "{", "password:", "\\", "$$", "${", "ghp_", "|", "s/", "user:x@"]
    {
        let text = piece.repeat(200_000 / piece.len());
        let _ = scan_text(&text);
        let _ = judge_value("PASSWORD", &text);
    }
}
