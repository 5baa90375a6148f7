//! What nginx and Caddy configurations have in common: directives with words and blocks, each word with its bytes.
//!
//! Deliberately absent: what any directive means.

use std::sync::Arc;

use plimsoll_text::Span;

/// Blocks inside blocks that are read; deeper ones are left out with a complaint.
pub(super) const DEEPEST: usize = 40;

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Without quotes and escapes.
    pub(super) text: Arc<str>,
    /// Its bytes, quotes included.
    pub(super) at: Span,
}

/// `name words… ;` or `name words… { … }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Directive {
    /// The first word.
    pub(super) name: Word,
    /// The words after it.
    pub(super) words: Vec<Word>,
    /// What stands in its block; `None` where there is none.
    pub(super) block: Option<Vec<Directive>>,
}

impl Directive {
    /// Whether it has that name.
    pub(super) fn is(&self, name: &str) -> bool {
        &*self.name.text == name
    }

    /// A word after the name, from 0; empty where there is none.
    pub(super) fn word(&self, index: usize) -> &str {
        self.words.get(index).map_or("", |word| &word.text)
    }

    /// Name and words.
    pub(super) fn at(&self) -> Span {
        self.words.last().map_or(self.name.at, |last| self.name.at.join(last.at))
    }

    /// Directives in its block.
    pub(super) fn inside(&self) -> &[Self] {
        self.block.as_deref().unwrap_or_default()
    }
}

/// Builds the tree while a reader walks through the text, without recursion.
#[derive(Debug)]
pub(super) struct Builder {
    open: Vec<Directive>,
    levels: Vec<Vec<Directive>>,
    /// Blocks that are open beyond the deepest level that is kept.
    dropped: usize,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self { open: Vec::new(), levels: vec![Vec::new()], dropped: 0 }
    }

    fn directive(words: Vec<Word>, block: Option<Vec<Directive>>) -> Option<Directive> {
        let mut words = words.into_iter();
        Some(Directive { name: words.next()?, words: words.collect(), block })
    }

    /// A directive without a block.
    pub(super) fn simple(&mut self, words: Vec<Word>) {
        if self.dropped == 0
            && let (Some(directive), Some(level)) = (Self::directive(words, None), self.levels.last_mut())
        {
            level.push(directive);
        }
    }

    /// Opens a block; `false` where it lies too deep to be kept.
    pub(super) fn enter(&mut self, words: Vec<Word>) -> bool {
        match Self::directive(words, Some(Vec::new())) {
            Some(directive) if self.dropped == 0 && self.open.len() < DEEPEST => {
                self.open.push(directive);
                self.levels.push(Vec::new());
                true
            }
            _ => {
                self.dropped += 1;
                false
            }
        }
    }

    /// Closes the innermost block; `false` where none is open.
    pub(super) fn leave(&mut self) -> bool {
        if self.dropped > 0 {
            self.dropped -= 1;
            return true;
        }
        let Some(mut directive) = self.open.pop() else { return false };
        directive.block = self.levels.pop();
        if let Some(level) = self.levels.last_mut() {
            level.push(directive);
        }
        true
    }

    /// How many blocks are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len() + self.dropped
    }

    /// The tree; blocks that were never closed end here.
    pub(super) fn finish(mut self) -> Vec<Directive> {
        self.dropped = 0;
        while !self.open.is_empty() {
            self.leave();
        }
        self.levels.pop().unwrap_or_default()
    }
}
