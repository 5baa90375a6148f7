//! `COPY` and `ADD`.

use std::sync::Arc;

use plimsoll_posture::{Copy, CopyFrom, CopySource, CopySourceKind, Known, Spanned};

use super::stages::Builder;
use super::syntax::{Arguments, Instruction, Keyword, Word, announced};

impl Builder<'_> {
    /// Reads a COPY or ADD.
    pub(super) fn copy(&mut self, instruction: &Instruction) -> Copy {
        let add = instruction.keyword == Keyword::Add;
        let words = match &instruction.arguments {
            Arguments::Words(words) | Arguments::Exec(words) => words.as_slice(),
            _ => &[],
        };
        let (sources, destination) = match words {
            [sources @ .., last] if !sources.is_empty() => (sources, Some(last)),
            alone => (alone, None),
        };
        let destination = match destination {
            Some(word) => {
                let resolved = self.expand(word);
                let text = if resolved.unknown.is_some() { word.text.as_str().into() } else { resolved.text };
                Spanned { value: text, at: self.span(&word.range) }
            }
            None => Spanned { value: Arc::from(""), at: self.span(&instruction.keyword_range) },
        };
        let value = |name: &str| {
            instruction.flags.iter().find(|flag| flag.name == name).and_then(|flag| flag.value.as_ref())
        };
        let written = |builder: &Self, name: &str| {
            value(name)
                .map(|word| Spanned { value: word.text.as_str().into(), at: builder.span(&word.range) })
        };
        let from = value("from");
        let origin = from.map_or(CopyFrom::Context, |word| self.copy_from(&word.text));
        let from_publisher = match &origin {
            CopyFrom::Image(reference) => crate::images::publisher(reference),
            _ => None,
        };
        let copy = Copy {
            add,
            sources: sources.iter().map(|word| self.copy_source(word, add)).collect(),
            destination,
            from: origin,
            from_publisher,
            from_at: from.map(|word| self.span(&word.range)),
            chown: written(self, "chown"),
            chmod: written(self, "chmod"),
            checksum: written(self, "checksum"),
            exclude: instruction
                .flags
                .iter()
                .filter(|flag| flag.name == "exclude")
                .filter_map(|flag| flag.value.as_ref())
                .map(|value| value.text.as_str().into())
                .collect(),
            link: instruction.flags.iter().any(|flag| {
                flag.name == "link"
                    && flag.value.as_ref().is_none_or(|value| value.text.eq_ignore_ascii_case("true"))
            }),
        };
        self.sight_copy(&copy, sources, &instruction.map);
        copy
    }

    fn copy_source(&mut self, word: &Word, add: bool) -> CopySource {
        let at = self.span(&word.range);
        if let Ok(Some(heredoc)) = announced(&word.text) {
            return CopySource {
                path: Known::Value(heredoc.name.into()),
                kind: CopySourceKind::Heredoc,
                at,
                takes: Vec::new(),
                ignored: false,
            };
        }
        let resolved = self.expand(word);
        let kind = if add { remote_kind(&resolved.text) } else { CopySourceKind::Path };
        CopySource { path: resolved.known(), kind, at, takes: Vec::new(), ignored: false }
    }
}

/// What ADD makes of a source (`util/gitutil` of BuildKit).
fn remote_kind(text: &str) -> CopySourceKind {
    let lower = text.to_ascii_lowercase();
    let web = lower.starts_with("http://") || lower.starts_with("https://");
    let path = lower.split(['#', '?']).next().unwrap_or("");
    let git = ["git://", "ssh://", "git@"].iter().any(|prefix| lower.starts_with(prefix));
    match (git || web && path.ends_with(".git"), web) {
        (true, _) => CopySourceKind::Git,
        (false, true) => CopySourceKind::Url,
        (false, false) => CopySourceKind::Path,
    }
}
