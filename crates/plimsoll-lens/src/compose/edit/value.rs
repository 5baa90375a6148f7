//! Changes to a part of a value: the address of a port, the options of a mount, a secret within a text.
//!
//! What a variable says stays as it is written; only what stands beside it, or its default, changes. Deliberately
//! absent: values that are written over several lines.

use std::ops::Range;

use plimsoll_text::{Source, Span};

use super::outline::{Outline, Part, Shape};
use super::{Located, Operation, Refusal, edits, find};

/// What makes a published port listen on one address only.
///
/// # Errors
/// [`Refusal`] when a variable may hold the address, or the entry is written over several lines.
pub fn listen(source: &Source, at: Span, address: &str) -> Result<Operation, Refusal> {
    let outline = Outline::of(&source.text).ok_or(Refusal::Unreadable)?;
    let (path, item) = item(&outline, at)?;
    if let Shape::Map { .. } = item.shape {
        return Ok(Operation::SetIn { path, at, key: "host_ip".to_owned(), value: address.to_owned() });
    }
    let (quote, text) = written(source, item)?;
    let text = bound(text, address)?;
    // Without quotes YAML of old reads some of these as numbers to the base of 60.
    let quote = if quote.is_empty() { "\"" } else { quote };
    Ok(Operation::Replace { path, at, value: format!("{quote}{text}{quote}") })
}

/// A port in its short form with an address.
fn bound(text: &str, address: &str) -> Result<String, Refusal> {
    if text.starts_with('[') {
        let (_, rest) = text.split_once("]:").ok_or(Refusal::Unusual)?;
        return Ok(format!("{address}:{rest}"));
    }
    let colons = colons(text);
    match colons.as_slice() {
        [] => Ok(format!("{address}::{text}")),
        [_] => Ok(format!("{address}:{text}")),
        [first, _] => {
            let (own, rest) = text.split_at_checked(*first).ok_or(Refusal::Unusual)?;
            if own.contains('$') { Err(Refusal::Interpolated) } else { Ok(format!("{address}{rest}")) }
        }
        _ => Err(Refusal::Unusual),
    }
}

/// Where the colons stand that are not within a variable.
fn colons(text: &str) -> Vec<usize> {
    let mut depth = 0_usize;
    let mut found = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 => found.push(at),
            _ => {}
        }
    }
    found
}

/// What gives a mount options and takes others from it.
///
/// # Errors
/// [`Refusal`] when the mount is written in the long form and the option is not `ro`, or when a variable holds them.
pub fn mount_options(
    source: &Source,
    at: Span,
    with: &[impl AsRef<str>],
    without: &[impl AsRef<str>],
) -> Result<Operation, Refusal> {
    let outline = Outline::of(&source.text).ok_or(Refusal::Unreadable)?;
    let (found, part) = find(&outline, at).ok_or(Refusal::NotThere)?;
    let (Located::Entry(path) | Located::Item(path) | Located::Deeper(path)) = found;
    if let Shape::Map { .. } = part.shape {
        let only_ro = without.is_empty() && with.len() == 1 && with.iter().all(|word| word.as_ref() == "ro");
        let value = "true".to_owned();
        return match only_ro {
            true => Ok(Operation::SetIn { path, at, key: "read_only".to_owned(), value }),
            false => Err(Refusal::Unusual),
        };
    }
    let (quote, text) = written(source, part)?;
    let tmpfs = path.last().is_some_and(|key| key == "tmpfs");
    let before = if tmpfs { 0 } else { 1 };
    let colons = colons(text);
    let (head, options) = match colons.get(before) {
        Some(&colon) if colons.len() == before + 1 => {
            (text.get(..colon).ok_or(Refusal::Unusual)?, text.get(colon + 1..).ok_or(Refusal::Unusual)?)
        }
        None if colons.len() == before => (text, ""),
        _ => return Err(Refusal::Unusual),
    };
    if options.contains('$') {
        return Err(Refusal::Interpolated);
    }
    let dropped = |word: &str| {
        without.iter().any(|own| own.as_ref() == word)
            // Of two words that exclude each other the new one stays.
            || word == "rw" && with.iter().any(|own| own.as_ref() == "ro")
    };
    let kept = options.split(',').map(str::trim).filter(|word| !word.is_empty() && !dropped(word));
    let words: Vec<&str> = kept.chain(with.iter().map(AsRef::as_ref)).collect();
    let text = if words.is_empty() { head.to_owned() } else { format!("{head}:{}", words.join(",")) };
    Ok(Operation::Replace { path, at, value: format!("{quote}{text}{quote}") })
}

/// What puts a variable without a default in the place of bytes of a value, or takes away the default that holds them.
///
/// # Errors
/// [`Refusal`] when they stand within a variable in another way, or in a value of several lines.
pub fn ask(source: &Source, at: Span, variable: &str) -> Result<Operation, Refusal> {
    let outline = Outline::of(&source.text).ok_or(Refusal::Unreadable)?;
    let (found, part) = find(&outline, at).ok_or(Refusal::NotThere)?;
    let (Located::Entry(path) | Located::Item(path)) = found else { return Err(Refusal::Unusual) };
    let (quote, _) = written(source, part)?;
    let piece = |range: Range<usize>| source.text.get(range).ok_or(Refusal::Unusual);
    let (range, text) = match default_around(&source.text, part.at.start, at)? {
        Some((range, name)) => (range, format!(":?set {name}")),
        None => (at.start as usize..at.end as usize, format!("${{{variable}:?set {variable}}}")),
    };
    let whole = format!("{}{text}{}", piece(part.at.start..range.start)?, piece(range.end..part.at.end)?);
    let replaced = |value: String| Operation::Replace { path: path.clone(), at, value };
    let plain = replaced(whole.clone());
    // Within `{…}` and `[…]` braces have to be quoted.
    if quote.is_empty() && edits(source, &plain).is_err() && !whole.contains(['"', '\\']) {
        return Ok(replaced(format!("\"{whole}\"")));
    }
    Ok(plain)
}

/// The operator and the default of the innermost variable around a place, and its name. `None` outside of variables.
fn default_around(text: &str, start: usize, at: Span) -> Result<Option<(Range<usize>, String)>, Refusal> {
    let bytes = text.as_bytes();
    let mut open: Vec<usize> = Vec::new();
    let mut here = start;
    while here < at.start as usize {
        match (bytes.get(here), bytes.get(here + 1)) {
            (Some(b'$'), Some(b'$')) => here += 1,
            (Some(b'$'), Some(b'{')) => {
                open.push(here + 2);
                here += 1;
            }
            (Some(b'}'), _) => {
                open.pop();
            }
            _ => {}
        }
        here += 1;
    }
    let Some(&name_at) = open.last() else { return Ok(None) };
    let rest = text.get(name_at..at.start as usize).ok_or(Refusal::Unusual)?;
    let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let operator = rest.get(name.len()..).unwrap_or("");
    if name.is_empty() || !(operator.starts_with(":-") || operator.starts_with('-')) {
        return Err(Refusal::Interpolated);
    }
    let mut depth = 0_usize;
    for (offset, byte) in bytes.get(at.end as usize..).unwrap_or_default().iter().enumerate() {
        match byte {
            b'\n' => break,
            b'{' => depth += 1,
            b'}' if depth == 0 => {
                return Ok(Some((name_at + name.len()..at.end as usize + offset, name)));
            }
            b'}' => depth -= 1,
            _ => {}
        }
    }
    Err(Refusal::Unusual)
}

/// The item of a list that holds a place.
fn item(outline: &Outline, at: Span) -> Result<(Vec<String>, &Part), Refusal> {
    match find(outline, at).ok_or(Refusal::NotThere)? {
        (Located::Item(path) | Located::Deeper(path), item) => Ok((path, item)),
        (Located::Entry(_), _) => Err(Refusal::Unusual),
    }
}

/// The quotes of a value on one line, and what stands between them.
fn written<'s>(source: &'s Source, part: &Part) -> Result<(&'s str, &'s str), Refusal> {
    if !matches!(part.shape, Shape::Scalar { block: false, lines: false }) || part.tagged {
        return Err(Refusal::Unusual);
    }
    let raw = source.text.get(part.at.clone()).ok_or(Refusal::Unusual)?;
    let quote = raw.get(..1).filter(|quote| matches!(*quote, "\"" | "'")).unwrap_or("");
    let text = raw.strip_prefix(quote).and_then(|raw| raw.strip_suffix(quote)).ok_or(Refusal::Unusual)?;
    if !quote.is_empty() && text.contains(['\\', '"', '\'']) {
        Err(Refusal::Unusual)
    } else {
        Ok((quote, text))
    }
}
