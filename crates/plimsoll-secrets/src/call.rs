//! Calls of well-known libraries whose argument is a key: `jwt.sign(payload, "…")`, `createHmac("sha256", "…")`.
//!
//! Deliberately absent: any other call, and arguments that are no literal.

use std::ops::Range;

use crate::name::Announces;
use crate::{Detection, checks, value, words};

/// The longest list of arguments that is read.
const LONGEST: usize = 600;

/// The keys of the calls whose name with its bracket stands at `calls`.
pub(crate) fn find(text: &str, calls: &[Range<usize>]) -> Vec<Detection> {
    calls.iter().filter_map(|call| one(text, call)).collect()
}

fn one(text: &str, call: &Range<usize>) -> Option<Detection> {
    let name = text.get(call.clone())?.to_ascii_lowercase();
    let wanted = match name.as_str() {
        "cookieparser(" | "cookie-parser')(" | "setapikey(" | "buffer.from(" | "btoa(" => 0,
        _ => 1,
    };
    let range = argument(text, call.end, wanted)?;
    let value = text.get(range.clone())?;
    if matches!(name.as_str(), "buffer.from(" | "btoa(") {
        // `user:password` on its way into a header.
        let (user, password) = value.split_once(':')?;
        let plain = !user.is_empty()
            && user.len() <= 64
            && !value.contains(char::is_whitespace)
            && !password.starts_with("//");
        let found = value::judge(Announces::Password, "", password, true)
            .filter(|_| plain && !words::known(password))?;
        let start = range.end - password.len();
        return Some(Detection { range: start + found.range.start..start + found.range.end, ..found });
    }
    let announces = if name == "setapikey(" { Announces::Issued } else { Announces::Chosen };
    let found = value::judge(announces, "", value, true)?;
    let telling = value::is_strong(value) || value.len() >= 8 && checks::entropy(value) >= 2.5;
    telling.then_some(Detection {
        range: range.start + found.range.start..range.start + found.range.end,
        ..found
    })
}

/// The inside of the literal that is the argument of that number.
fn argument(text: &str, open: usize, wanted: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let end = (open + LONGEST).min(bytes.len());
    let (mut at, mut depth, mut number) = (open, 0_usize, 0);
    let mut first = true;
    while at < end {
        let byte = *bytes.get(at)?;
        match byte {
            b'"' | b'\'' | b'`' => {
                let mut close = at + 1;
                while *bytes.get(close)? != byte {
                    close += if bytes.get(close) == Some(&b'\\') { 2 } else { 1 };
                    if close > end {
                        return None;
                    }
                }
                if first && depth == 0 && number == wanted {
                    let next = bytes.get(close + 1..end)?.iter().find(|byte| !byte.is_ascii_whitespace())?;
                    return matches!(next, b',' | b')').then_some(at + 1..close);
                }
                at = close;
                first = false;
            }
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => {
                number += 1;
                first = true;
                if number > wanted {
                    return None;
                }
            }
            byte if byte.is_ascii_whitespace() => {}
            _ => first = false,
        }
        at += 1;
    }
    None
}
