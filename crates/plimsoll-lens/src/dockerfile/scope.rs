//! Variables of a build: `ARG` before and after `FROM`, `ENV`, what the builder predefines, and what is not known.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use plimsoll_posture::{Known, Reason};

use super::lex::{Expanded, Lex};
use super::syntax::Word;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Variable {
    /// This text.
    Value(Arc<str>),
    /// Declared, and not known for this reason.
    Unknown(Reason),
}

/// What is said of a name that nothing in the file declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Undeclared {
    /// It is empty: nothing else could set it.
    Empty,
    /// The base image may set it.
    FromImage(Arc<str>),
    /// Only a build argument of that name could set it.
    BuildArg,
}

/// The variables that a line sees.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    variables: BTreeMap<Arc<str>, Variable>,
    undeclared: Undeclared,
}

/// Set by the builder when the caller gives them, and visible to RUN without an ARG.
const PROXIES: [&str; 10] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "FTP_PROXY",
    "ftp_proxy",
    "NO_PROXY",
    "no_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// The platform arguments of a build for `linux/amd64` on the same: a build without `--platform` on the usual machine.
const PLATFORM: [(&str, &str); 8] = [
    ("TARGETPLATFORM", "linux/amd64"),
    ("TARGETOS", "linux"),
    ("TARGETARCH", "amd64"),
    ("TARGETVARIANT", ""),
    ("BUILDPLATFORM", "linux/amd64"),
    ("BUILDOS", "linux"),
    ("BUILDARCH", "amd64"),
    ("BUILDVARIANT", ""),
];

/// A text after expansion.
#[derive(Debug, Clone)]
pub(super) struct Resolved {
    /// The text; what is not known is left out.
    pub(super) text: Arc<str>,
    /// Why it is not wholly known.
    pub(super) unknown: Option<Reason>,
    /// The parts, for places.
    pub(super) expanded: Expanded,
}

impl Resolved {
    /// The text, when wholly known.
    pub(super) fn known(&self) -> Known<Arc<str>> {
        match &self.unknown {
            Some(reason) => Known::Unknown(reason.clone()),
            None => Known::Value(self.text.clone()),
        }
    }
}

impl Scope {
    /// No variables.
    pub(super) fn new(undeclared: Undeclared) -> Self {
        Self { variables: BTreeMap::new(), undeclared }
    }

    /// What an ARG before the first FROM sees, and what an ARG in a stage inherits.
    pub(super) fn global() -> Self {
        let mut scope = Self::new(Undeclared::BuildArg);
        for (name, value) in PLATFORM {
            scope.set(name, Variable::Value(value.into()));
        }
        scope
    }

    /// Gives a name its value; the latest counts.
    pub(super) fn set(&mut self, name: &str, variable: Variable) {
        self.variables.insert(name.into(), variable);
    }

    /// What a name stands for.
    pub(super) fn get(&self, name: &str) -> Option<&Variable> {
        self.variables.get(name)
    }

    /// Whether neither the file nor the builder declares a name.
    pub(super) fn is_undeclared(&self, name: &str) -> bool {
        !self.variables.contains_key(name) && name != "PATH" && !PROXIES.contains(&name)
    }

    /// The text of a name, when known.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.variables.get(name) {
            Some(Variable::Value(text)) => Some(text),
            _ => None,
        }
    }

    /// Expands a word and removes its quotes.
    ///
    /// # Errors
    /// What BuildKit refuses.
    pub(super) fn expand(&self, word: &str, escape: char) -> Result<Resolved, &'static str> {
        if !word.contains(['$', '\'', '"', escape]) {
            return Ok(plain(word));
        }
        let lookup = |name: &str| self.text(name);
        let lex = Lex { escape, raw_quotes: false, raw_escapes: false, skip_unset: false, lookup: &lookup };
        let expanded = lex.process(word)?;
        let unknown = expanded.unset.iter().find_map(|name| self.reason(name));
        Ok(Resolved { text: expanded.text.as_str().into(), unknown, expanded })
    }

    /// Why a name has no value; `None` when it is known to be empty.
    pub(super) fn reason(&self, name: &str) -> Option<Reason> {
        match (self.variables.get(name), &self.undeclared) {
            (Some(Variable::Unknown(reason)), _) => Some(reason.clone()),
            (Some(Variable::Value(_)), _) | (None, Undeclared::Empty) => None,
            (None, _) if PROXIES.contains(&name) => None,
            (None, Undeclared::FromImage(image)) => Some(Reason::ImageNotInspected(image.clone())),
            (None, Undeclared::BuildArg) => Some(Reason::UnsetBuildArg(name.into())),
        }
    }
}

fn plain(word: &str) -> Resolved {
    Resolved { text: word.into(), unknown: None, expanded: Expanded::verbatim(word) }
}

/// The document's bytes that hold a range of a word's expanded text; the whole word when a variable is part of it.
pub(super) fn origin(
    resolved: &Resolved,
    range: &Range<usize>,
    word: &Word,
    map: &crate::shell::OffsetMap,
) -> Range<usize> {
    match resolved.expanded.origin(range) {
        Some(inner) => map.range(word.line.start + inner.start..word.line.start + inner.end),
        None => word.range.clone(),
    }
}
