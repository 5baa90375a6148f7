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

    fn push(&mut self, name: &str, kind: SourceKind, text: Arc<str>, lossy: bool) -> SourceId {
        let id = SourceId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        let lines = LineIndex::new(&text);
        self.all.push(Source { id, name: name.into(), kind, text, lossy, lines });
        id
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
