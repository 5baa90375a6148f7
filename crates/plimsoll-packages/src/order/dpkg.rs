//! Debian's order: `[epoch:]upstream[-revision]` (deb-version(7)).

use std::cmp::Ordering;

use super::{digits, split};

/// Compares two versions as `dpkg --compare-versions` does.
#[must_use]
pub fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (Parts::of(a.trim()), Parts::of(b.trim()));
    digits(a.epoch.as_bytes(), b.epoch.as_bytes())
        .then_with(|| runs(a.upstream.as_bytes(), b.upstream.as_bytes()))
        .then_with(|| runs(a.revision.as_bytes(), b.revision.as_bytes()))
}

struct Parts<'a> {
    epoch: &'a str,
    upstream: &'a str,
    /// Empty where none is written, which compares like `0`.
    revision: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let (epoch, rest) = match text.split_once(':') {
            Some((epoch, rest)) if epoch.bytes().all(|byte| byte.is_ascii_digit()) => (epoch, rest),
            _ => ("", text),
        };
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
        Self { epoch, upstream, revision }
    }
}

/// Runs of other characters and runs of digits in turn, until one side differs.
fn runs(mut a: &[u8], mut b: &[u8]) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        let (left, right);
        (left, a) = split(a, |byte| !byte.is_ascii_digit());
        (right, b) = split(b, |byte| !byte.is_ascii_digit());
        let words = words(left, right);
        if words.is_ne() {
            return words;
        }
        let (left, right);
        (left, a) = split(a, |byte| byte.is_ascii_digit());
        (right, b) = split(b, |byte| byte.is_ascii_digit());
        let numbers = digits(left, right);
        if numbers.is_ne() {
            return numbers;
        }
    }
    Ordering::Equal
}

fn words(a: &[u8], b: &[u8]) -> Ordering {
    (0..a.len().max(b.len()))
        .map(|at| weight(a.get(at)).cmp(&weight(b.get(at))))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// `~` before the end, the end before letters, letters before everything else.
fn weight(byte: Option<&u8>) -> i32 {
    match byte {
        Some(b'~') => -1,
        None => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
        Some(byte) => i32::from(*byte) + 256,
    }
}
