//! Scalars: what a plain text means in the YAML that Compose reads, and where the bytes of a decoded text are written.
//!
//! Compose reads YAML with a 1.2 schema that keeps some of 1.1: `0777` is octal, `1_000` a number, `yes` is a text.

use std::sync::Arc;

use plimsoll_text::Span;

use super::tree::{Piece, PieceKind, Text, Value};

/// The value of a plain scalar without a tag.
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF" | ".nan"
        | ".NaN" | ".NAN" => return Value::Float(text.into()),
        _ => {}
    }
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return Value::Text(Text::plain(text));
    }
    if let Some(number) = whole(text) {
        return number;
    }
    if is_float(text) {
        return Value::Float(text.into());
    }
    Value::Text(Text::plain(text))
}

/// Whole numbers: decimal, `0x`, `0o`, `0b` and the octal of YAML 1.1, with `_` anywhere.
fn whole(text: &str) -> Option<Value> {
    let digits: String = text.chars().filter(|&c| c != '_').collect();
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, digits.strip_prefix('+').unwrap_or(&digits)),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok()?;
    let value = if negative { -value } else { value };
    match i64::try_from(value) {
        Ok(value) => Some(Value::Int(value)),
        Err(_) => Some(Value::Float(text.into())),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, with `_` anywhere.
fn is_float(text: &str) -> bool {
    let text: String = text.chars().filter(|&c| c != '_').collect();
    let rest = text.strip_prefix(['-', '+']).unwrap_or(&text);
    let whole = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let mut rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let after = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        if whole == 0 && after.len() == fraction.len() {
            return false;
        }
        rest = after;
    } else if whole == 0 {
        return false;
    }
    match rest.strip_prefix(['e', 'E']) {
        None => rest.is_empty(),
        Some(exponent) => {
            let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
        }
    }
}

/// How the bytes of a text become the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    /// Plain or block: only line ends and indentation differ.
    Lines,
    /// `'…'`: `''` stands for `'`.
    Single,
    /// `"…"`: backslash escapes.
    Double,
}

/// Where each part of `decoded` is written in `raw`, which lies at `at`. Empty when the two are the same.
pub(super) fn align(raw: &str, decoded: &str, at: Span, writing: Writing) -> Vec<Piece> {
    if raw == decoded {
        return Vec::new();
    }
    let mut pieces = Pieces { list: Vec::new(), at };
    let (mut r, mut d) = (0, 0);
    while d < decoded.len() {
        let (Some(from), Some(to)) = (raw.get(r..), decoded.get(d..)) else { break };
        let (Some(read), Some(want)) = (from.chars().next(), to.chars().next()) else { break };
        let escape = escape_length(from, writing);
        if escape > 0 {
            let joins_lines =
                writing == Writing::Double && matches!(from.as_bytes().get(1), Some(b'\n' | b'\r'));
            let length = if joins_lines { 0 } else { want.len_utf8() };
            pieces.push(d, length, r, escape, false);
            r += escape;
            d += length;
        } else if read == want && read != '\n' && read != '\r' {
            pieces.push(d, want.len_utf8(), r, read.len_utf8(), true);
            r += read.len_utf8();
            d += want.len_utf8();
        } else if read.is_ascii_whitespace() {
            let gap = from.len() - from.trim_start_matches(|c: char| c.is_ascii_whitespace()).len();
            let filled = to.len() - to.trim_start_matches(|c: char| c.is_ascii_whitespace()).len();
            pieces.push(d, filled, r, gap, false);
            r += gap;
            d += filled;
        } else {
            break;
        }
    }
    if d < decoded.len() {
        pieces.push(d, decoded.len() - d, r, raw.len().saturating_sub(r), false);
    }
    pieces.list
}

fn escape_length(from: &str, writing: Writing) -> usize {
    let bytes = from.as_bytes();
    match (writing, bytes) {
        (Writing::Single, [b'\'', b'\'', ..]) => 2,
        (Writing::Double, [b'\\', b'x', ..]) => 4.min(from.len()),
        (Writing::Double, [b'\\', b'u', ..]) => 6.min(from.len()),
        (Writing::Double, [b'\\', b'U', ..]) => 10.min(from.len()),
        (Writing::Double, [b'\\', b'\n' | b'\r', ..]) => {
            let rest = &from[1..];
            1 + rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_whitespace()).len()
        }
        (Writing::Double, [b'\\', ..]) => 1 + from[1..].chars().next().map_or(0, char::len_utf8),
        _ => 0,
    }
}

struct Pieces {
    list: Vec<Piece>,
    at: Span,
}

impl Pieces {
    fn push(&mut self, start: usize, length: usize, raw: usize, raw_length: usize, verbatim: bool) {
        let base = self.at.start as usize;
        let limit = self.at.end as usize;
        let from = (base + raw).min(limit);
        let to = (base + raw + raw_length).min(limit);
        let piece = Piece {
            start: narrow(start),
            end: narrow(start + length),
            at: Span::new(self.at.source, from, to),
            kind: if verbatim { PieceKind::Verbatim } else { PieceKind::Decoded },
        };
        if let Some(last) = self.list.last_mut()
            && last.kind == PieceKind::Verbatim
            && verbatim
            && last.end == piece.start
            && last.at.end == piece.at.start
        {
            last.end = piece.end;
            last.at.end = piece.at.end;
            return;
        }
        self.list.push(piece);
    }
}

pub(super) fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// A number that is not whole as Compose turns it into text (`%v` of Go): shortest, with an exponent below 1e-4 and from
/// 1e6; whole numbers of 64 bits without a sign stay as they are.
pub(super) fn go_float(text: &str) -> Arc<str> {
    let clean: String = text.chars().filter(|&c| c != '_').collect();
    if clean.parse::<u64>().is_ok() {
        return clean.into();
    }
    let lower = clean.to_ascii_lowercase();
    match lower.trim_start_matches('+') {
        ".inf" => return "+Inf".into(),
        "-.inf" => return "-Inf".into(),
        ".nan" => return "NaN".into(),
        _ => {}
    }
    let Ok(value) = clean.parse::<f64>() else { return text.into() };
    go_number(value).into()
}

/// See [`go_float`].
pub(super) fn go_number(value: f64) -> String {
    if value == 0.0 {
        return if value.is_sign_negative() { "-0".to_owned() } else { "0".to_owned() };
    }
    let scientific = format!("{value:e}");
    let exponent: i32 =
        scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return format!("{value}");
    }
    let mantissa = scientific.split_once('e').map_or(scientific.as_str(), |(mantissa, _)| mantissa);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use plimsoll_text::{SourceKind, Sources};

    use super::*;

    #[test]
    fn plain_scalars_follow_the_core_schema_with_the_octals_of_yaml_1_1() {
        for (text, number) in [
            ("80", 80),
            ("0777", 511),
            ("0o17", 15),
            ("0x1F", 31),
            ("0b11", 3),
            ("-5", -5),
            ("1_000", 1000),
            ("0", 0),
        ] {
            assert_eq!(plain(text), Value::Int(number), "{text}");
        }
        for text in ["1.5", ".5", "1.", "1e3", "-2.5E-3", ".inf", "99999999999999999999", "08"] {
            assert_eq!(plain(text), Value::Float(text.into()));
        }
        for text in ["yes", "on", "22:22", "1.2.3", "0.5.", "+", ".", "1e", "512m", "-", "--flag"] {
            assert_eq!(plain(text), Value::Text(Text::plain(text)), "{text}");
        }
        assert_eq!(plain("~"), Value::Null);
        assert_eq!(plain("True"), Value::Bool(true));
    }

    #[test]
    fn decoded_texts_know_where_their_parts_are_written() {
        let mut sources = Sources::new();
        let raw = r#"a\"b\n
   c d"#;
        let id = sources.add_text("x", SourceKind::Compose, raw);
        let at = Span::new(id, 0, raw.len());
        let pieces = align(raw, "a\"b\n c d", at, Writing::Double);
        let shown: Vec<(&str, bool)> =
            pieces.iter().map(|piece| (sources.text(piece.at), piece.kind == PieceKind::Verbatim)).collect();
        assert_eq!(
            shown,
            [("a", true), ("\\\"", false), ("b", true), ("\\n", false), ("\n   ", false), ("c d", true)]
        );
        assert_eq!(pieces.last().map(|piece| (piece.start, piece.end)), Some((5, 8)));
    }

    #[test]
    fn floats_print_as_in_go() {
        for (text, want) in [
            ("1.10", "1.1"),
            ("1e3", "1000"),
            ("0.00001", "1e-05"),
            ("3.0", "3"),
            ("1000000.0", "1e+06"),
            ("123456789.5", "1.234567895e+08"),
            ("100000.0", "100000"),
        ] {
            assert_eq!(&*go_float(text), want);
        }
    }
}
