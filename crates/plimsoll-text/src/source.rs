//! Documents and the arena that holds them.

use std::sync::Arc;

use crate::{LineColumn, LineIndex, Span};

/// Which document of a [`Sources`] arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

/// What a document is, as far as the one who opened it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKind {
    /// A Dockerfile or Containerfile.
    Dockerfile,
    /// A compose file.
    Compose,
    /// A `.env` or `env_file`.
    EnvFile,
    /// A `.dockerignore`.
    Dockerignore,
    /// A `package.json`, lockfile or other application manifest.
    Manifest,
    /// `plimsoll.toml`.
    Config,
    /// The configuration of a reverse proxy.
    Proxy,
    /// The configuration of a built image, laid out over lines: no file that anybody edits.
    ImageConfig,
    /// Any other project file that was read.
    Other,
    /// Knowledge that ships with plimsoll: tables and defaults. Never shown as an excerpt.
    Builtin,
}

/// A document: its name for people, and its text.
#[derive(Debug, Clone)]
pub struct Source {
    /// Index in the arena.
    pub id: SourceId,
    /// Path relative to the scanned root, with `/`; `<stdin>` for standard input.
    pub name: Arc<str>,
    /// What kind of document.
    pub kind: SourceKind,
    /// The text. Bytes that are not UTF-8 were replaced, see `lossy`.
    pub text: Arc<str>,
    /// Whether decoding replaced bytes; such a document must never be edited.
    pub lossy: bool,
    lines: LineIndex,
    /// Where its parts are written, when it is a value of another document.
    stretches: Vec<Stretch>,
}

/// A part of a document that is a value of another one: a Dockerfile inside a compose file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// First byte in the inner document.
    pub start: u32,
    /// One past its last byte there.
    pub end: u32,
    /// The bytes of the outer document that say it.
    pub at: Span,
    /// Whether they are the same bytes, one by one; otherwise the part stands for the whole of `at` (an escape, the
    /// indentation of a line).
    pub verbatim: bool,
}

impl Stretch {
    fn holds(&self, offset: u32) -> bool {
        (self.start..self.end).contains(&offset)
    }

    /// The outer bytes of one inner byte.
    fn byte(&self, offset: u32) -> Span {
        if !self.verbatim {
            return self.at;
        }
        let start = (self.at.start + (offset - self.start)).min(self.at.end);
        Span { start, end: (start + 1).min(self.at.end), ..self.at }
    }
}

impl Source {
    /// The place of a byte offset.
    #[must_use]
    pub fn place(&self, offset: usize) -> LineColumn {
        self.lines.place(&self.text, offset)
    }

    /// Line starts.
    #[must_use]
    pub fn lines(&self) -> &LineIndex {
        &self.lines
    }

    /// The text of a line (from 1), without its line end.
    #[must_use]
    pub fn line(&self, line: usize) -> Option<&str> {
        self.lines.range(&self.text, line).and_then(|range| self.text.get(range))
    }
}

/// All documents of one scenario.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    all: Vec<Source>,
}

impl Sources {
    /// An empty arena.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a document from its bytes; bytes that are not UTF-8 become U+FFFD and mark the source as lossy.
    pub fn add(&mut self, name: &str, kind: SourceKind, bytes: &[u8]) -> SourceId {
        let text = String::from_utf8_lossy(bytes);
        let lossy = matches!(text, std::borrow::Cow::Owned(_));
        self.push(name, kind, text.into(), lossy)
    }

    /// Adds a document that is text already.
    pub fn add_text(&mut self, name: &str, kind: SourceKind, text: &str) -> SourceId {
        self.push(name, kind, text.into(), false)
    }

    /// Adds a document that is a value of another one. `stretches` say where its bytes are written, in order and
    /// without overlaps.
    pub fn add_inner(
        &mut self,
        name: &str,
        kind: SourceKind,
        text: &str,
        stretches: Vec<Stretch>,
    ) -> SourceId {
        let id = self.push(name, kind, text.into(), false);
        if let Some(source) = self.all.last_mut() {
            source.stretches = stretches;
        }
        id
    }

    fn push(&mut self, name: &str, kind: SourceKind, text: Arc<str>, lossy: bool) -> SourceId {
        let id = SourceId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        let lines = LineIndex::new(&text);
        self.all.push(Source { id, name: name.into(), kind, text, lossy, lines, stretches: Vec::new() });
        id
    }

    /// Where people find a span: in a document that is a value of another one, the bytes of the outer document; itself
    /// in every other, and where the bytes come from several documents or from none.
    #[must_use]
    pub fn written(&self, span: Span) -> Span {
        let Some(source) = self.lookup(span.source).filter(|source| !source.stretches.is_empty()) else {
            return span;
        };
        let stretch = |offset: u32| {
            let at = source.stretches.partition_point(|stretch| stretch.end <= offset);
            source.stretches.get(at).filter(|stretch| stretch.holds(offset))
        };
        let length = u32::try_from(source.text.len()).unwrap_or(u32::MAX);
        let first = span.start.min(length.saturating_sub(1));
        let last = span.end.saturating_sub(1).clamp(first, length.saturating_sub(1).max(first));
        let (Some(from), Some(to)) = (stretch(first), stretch(last)) else { return span };
        let (start, end) = (from.byte(first), to.byte(last));
        if start.source != end.source || start.start > end.end {
            return span;
        }
        let start = if span.start > first { start.end } else { start.start };
        let end = if span.is_empty() { start } else { end.end.max(start) };
        Span { source: from.at.source, start, end }
    }

    /// The document of an id made by this arena.
    ///
    /// # Panics
    /// When the id was made by another arena and lies past the end of this one: a defect of the caller.
    #[must_use]
    pub fn get(&self, id: SourceId) -> &Source {
        &self.all[id.0 as usize]
    }

    /// The document of an id, if this arena has one of that number.
    #[must_use]
    pub fn lookup(&self, id: SourceId) -> Option<&Source> {
        self.all.get(id.0 as usize)
    }

    /// The document of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Source> {
        self.all.iter().find(|source| &*source.name == name)
    }

    /// All documents in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.all.iter()
    }

    /// The text under a span; empty where the span does not fit the text.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.get(span.source).text.get(span.range()).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_of_an_inner_document_is_found_in_the_outer_one() {
        // A block of two lines, indented by four, the second by two more.
        let outer = "a: |\r\n    FROM x\r\n      RUN y\r\n";
        let inner = "FROM x\n  RUN y\n";
        let mut sources = Sources::new();
        let file = sources.add_text("outer", SourceKind::Compose, outer);
        let at = |start, end| Span::new(file, start, end);
        let stretches = vec![
            Stretch { start: 0, end: 6, at: at(10, 16), verbatim: true },
            Stretch { start: 6, end: 9, at: at(16, 24), verbatim: false },
            Stretch { start: 9, end: 14, at: at(24, 29), verbatim: true },
            Stretch { start: 14, end: 15, at: at(29, 31), verbatim: false },
        ];
        let id = sources.add_inner("outer#a", SourceKind::Dockerfile, inner, stretches);
        let written = |start, end| {
            let span = sources.written(Span::new(id, start, end));
            assert_eq!(span.source, file);
            sources.text(span)
        };
        assert_eq!(written(0, 6), "FROM x");
        assert_eq!(written(5, 6), "x");
        assert_eq!(written(9, 14), "RUN y");
        assert_eq!(written(0, 14), "FROM x\r\n      RUN y");
        assert_eq!(written(9, 15), "RUN y\r\n");
        assert_eq!(sources.written(Span::new(id, 13, 13)), at(28, 28));
        assert_eq!(sources.written(Span::whole(id)), at(10, 10));
        assert_eq!(sources.written(Span::new(id, 15, 15)), at(31, 31), "the end is the end");
        assert_eq!(sources.written(Span::new(id, 400, 900)), at(31, 31), "and so is what lies past it");
        assert_eq!(sources.written(at(3, 9)), at(3, 9), "other documents are their own place");
    }

    #[test]
    fn what_comes_from_elsewhere_stays_where_it_is() {
        let mut sources = Sources::new();
        let file = sources.add_text("outer", SourceKind::Compose, "a: ${X}b");
        let env = sources.add_text(".env", SourceKind::EnvFile, "X=FROM");
        let stretches = vec![
            Stretch { start: 0, end: 4, at: Span::new(env, 2, 6), verbatim: true },
            Stretch { start: 4, end: 5, at: Span::new(file, 7, 8), verbatim: true },
        ];
        let id = sources.add_inner("outer#a", SourceKind::Dockerfile, "FROMb", stretches);
        let both = Span::new(id, 0, 5);
        assert_eq!(sources.written(both), both);
        assert_eq!(sources.written(Span::new(id, 4, 5)), Span::new(file, 7, 8));
        let bare = sources.add_inner("outer#b", SourceKind::Dockerfile, "x", Vec::new());
        assert_eq!(sources.written(Span::whole(bare)), Span::whole(bare));
    }
}
