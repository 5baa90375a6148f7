//! The one door through which text of scanned files and words about them pass on their way out: it masks secrets and
//! makes harmless what a terminal would obey.
//!
//! Deliberately absent: finding secrets. What is masked is what the caller names as sensitive, wherever it turns up.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use plimsoll_text::{Source, SourceId, Sources, Span};

use crate::Scenario;

/// What stands in the place of a secret: of one length, so that it does not tell the secret's.
pub const MASK: &str = "••••";

/// What must not be shown.
#[derive(Debug, Default)]
pub struct Veil {
    spans: BTreeMap<SourceId, Vec<Range<usize>>>,
    /// Secret texts that are long and odd enough to be recognised elsewhere, longest first.
    texts: Vec<String>,
}

impl Veil {
    /// What must not be shown of a scenario's documents.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        Self::over(&scenario.sources, &scenario.sensitive)
    }

    pub(crate) fn over(sources: &Sources, sensitive: &[Span]) -> Self {
        let mut veil = Self::default();
        for &span in sensitive {
            let Some(source) = sources.lookup(span.source) else { continue };
            veil.spans.entry(span.source).or_default().push(span.range());
            let written = sources.written(span);
            if written != span {
                veil.spans.entry(written.source).or_default().push(written.range());
            }
            let text = source.text.get(span.range()).unwrap_or("");
            veil.texts.extend(
                text.lines()
                    .map(|line| line.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\''))
                    .filter(|line| is_telling(line))
                    .map(str::to_owned),
            );
        }
        veil.texts.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        veil.texts.dedup();
        veil
    }

    /// The parts of `range` (bytes of the source) that must not be shown, sorted, disjoint, not empty.
    pub(crate) fn masked(&self, source: &Source, range: Range<usize>) -> Vec<Range<usize>> {
        self.parts(Some(source.id), &source.text, range)
    }

    /// The parts of a whole text that must not be shown, as [`Veil::masked`]. `source` is the document whose text it
    /// is; without one only those secrets are found that are recognised by themselves.
    #[must_use]
    pub fn hidden(&self, source: Option<&Source>, text: &str) -> Vec<Range<usize>> {
        self.parts(source.map(|source| source.id), text, 0..text.len())
    }

    fn parts(&self, source: Option<SourceId>, text: &str, range: Range<usize>) -> Vec<Range<usize>> {
        let clip = |hidden: &Range<usize>| hidden.start.max(range.start)..hidden.end.min(range.end);
        let mut hidden: Vec<Range<usize>> = source
            .and_then(|source| self.spans.get(&source))
            .into_iter()
            .flatten()
            .map(clip)
            .filter(|part| !part.is_empty())
            .collect();
        if let Some(text) = text.get(range.clone()) {
            for secret in &self.texts {
                hidden.extend(text.match_indices(secret.as_str()).map(|(at, found)| {
                    let start = range.start + at;
                    start..start + found.len()
                }));
            }
        }
        hidden.sort_by_key(|part| (part.start, part.end));
        let mut merged: Vec<Range<usize>> = Vec::with_capacity(hidden.len());
        for part in hidden {
            match merged.last_mut() {
                Some(last) if part.start <= last.end => last.end = last.end.max(part.end),
                _ => merged.push(part),
            }
        }
        merged
    }

    /// The text of `range` with every secret masked; a part that does not begin and end between characters is left out.
    pub(crate) fn text(&self, source: &Source, range: Range<usize>) -> String {
        let mut out = String::new();
        let mut at = range.start;
        for hidden in self.masked(source, range.clone()) {
            out.push_str(source.text.get(at..hidden.start).unwrap_or(""));
            out.push_str(MASK);
            at = hidden.end;
        }
        out.push_str(source.text.get(at..range.end).unwrap_or(""));
        out
    }

    /// Words about the documents with every secret masked that is recognised in them. Messages do not hold values;
    /// this is the second lock on that door.
    #[must_use]
    pub fn words<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for secret in &self.texts {
            if text.contains(secret.as_str()) {
                text = Cow::Owned(text.replace(secret.as_str(), MASK));
            }
        }
        text
    }
}

/// Whether a secret can be recognised by its text alone: `postgres` as a password must not mask the word in every
/// sentence.
fn is_telling(text: &str) -> bool {
    text.len() >= 8 && !text.chars().all(char::is_alphabetic)
}

/// Replaces what a terminal would obey or hide: control characters, overrides of the writing direction, and
/// characters without a shape. Line feeds and tabs go too: callers split lines and expand tabs before.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        push_plain(&mut out, c);
    }
    Cow::Owned(out)
}

/// Appends one character, see [`plain`].
pub(crate) fn push_plain(out: &mut String, c: char) {
    match c {
        // The pictures of control characters start at U+2400 in the order of ASCII.
        '\0'..='\x1f' => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('\u{2426}')),
        '\x7f' => out.push('\u{2421}'),
        c if is_unsafe(c) => {
            let _ = write!(out, "<U+{:04X}>", c as u32);
        }
        c => out.push(c),
    }
}

/// Control characters (Unicode category Cc), line and paragraph separators, the bidirectional formatting characters
/// (Unicode standard annex 9), and characters that take no room and hide in names.
pub(crate) fn is_unsafe(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Escapes what [`is_unsafe`] names in finished JSON text: it occurs inside strings only, so nothing is lost.
pub(crate) fn escape_json(json: String) -> String {
    if !json.contains(|c: char| is_unsafe(c) && c != '\n') {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_unsafe(c) && c != '\n' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use plimsoll_text::SourceKind;

    use super::*;

    #[test]
    fn a_secret_is_masked_where_it_stands_and_where_it_is_repeated() {
        let mut sources = Sources::new();
        let text = "A: s3cr3t-canary\nB: x-s3cr3t-canary-y\nC: postgres\n";
        let id = sources.add_text("f", SourceKind::Other, text);
        let at = |word: &str| {
            let start = text.find(word).unwrap();
            Span::new(id, start, start + word.len())
        };
        let veil = Veil::over(&sources, &[at("s3cr3t-canary"), at("postgres")]);
        let source = sources.get(id);
        assert_eq!(veil.text(source, 0..text.len()), "A: ••••\nB: x-••••-y\nC: ••••\n");
        assert_eq!(veil.words("the image postgres has s3cr3t-canary"), "the image postgres has ••••");
    }

    #[test]
    fn overlapping_secrets_are_one() {
        let mut sources = Sources::new();
        let id = sources.add_text("f", SourceKind::Other, "abcdef");
        let veil = Veil::over(&sources, &[Span::new(id, 1, 3), Span::new(id, 2, 5), Span::new(id, 9, 12)]);
        assert_eq!(veil.text(sources.get(id), 0..6), "a••••f");
    }

    #[test]
    fn nothing_is_left_that_a_terminal_obeys() {
        assert_eq!(plain("a\x1b[31mb\u{202e}c\r\u{9b}\x7f"), "a␛[31mb<U+202E>c␍<U+009B>␡");
        assert_eq!(plain("héllo 漢字"), "héllo 漢字");
        assert_eq!(
            escape_json("\"\u{202e}\u{e0041}\u{7f}\"\n".to_owned()),
            "\"\\u202e\\udb40\\udc41\\u007f\"\n"
        );
    }
}
