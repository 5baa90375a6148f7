//! How packages get into a project: from which registries, and whether they run code while they are installed.
//!
//! Deliberately absent: the notations of the package managers' configurations, and which packages there are.

use std::sync::Arc;

use plimsoll_text::Span;

use crate::dependency::LENS;
use crate::{Provenance, Spanned};

/// What the configuration of a project's package managers says: `.npmrc`, `.yarnrc`, `.yarnrc.yml`, `pnpm-workspace.yaml`,
/// and what `package.json` says in their place.
#[derive(Debug, Clone, Default)]
pub struct RegistrySettings {
    /// Keys that hold a token or a password, with the place of the value. Values that refer to a variable are none.
    pub credentials: Vec<Spanned<Arc<str>>>,
    /// Where the check of certificates is switched off: `strict-ssl=false`, by place.
    pub unverified: Vec<Span>,
    /// Registries by plain HTTP, with their hosts.
    pub plain: Vec<Spanned<Arc<str>>>,
    /// The registries that are named, by HTTPS or not.
    pub registries: Vec<Registry>,
    /// What is said of scripts that packages bring.
    pub scripts: Vec<ScriptRule>,
}

impl RegistrySettings {
    /// A place in the file.
    #[must_use]
    pub fn place(at: Span, key: &str) -> Provenance {
        Provenance::new(LENS, at, key)
    }

    /// Takes over what another document says.
    pub fn merge(&mut self, other: Self) {
        self.credentials.extend(other.credentials);
        self.unverified.extend(other.unverified);
        self.plain.extend(other.plain);
        self.registries.extend(other.registries);
        self.scripts.extend(other.scripts);
    }
}

/// A registry that packages are taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registry {
    /// `@scope`; `None` for all packages that no scope has a registry for.
    pub scope: Option<Arc<str>>,
    /// Host, with its port where one is written.
    pub host: Arc<str>,
    /// The value's bytes.
    pub at: Span,
}

/// Whose scripts run when packages are installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScriptsRun {
    /// Nobody's.
    Nobody,
    /// Those of packages that the project lists.
    Listed,
    /// Everybody's, said in so many words.
    Everybody,
}

/// A statement about the scripts of packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptRule {
    /// The key that says it: `ignore-scripts`, `onlyBuiltDependencies`.
    pub key: &'static str,
    /// Which package managers heed it: `npm`, `yarn` (1), `berry` (Yarn since 2), `pnpm`, `bun`.
    pub managers: &'static [&'static str],
    /// Whose scripts run.
    pub run: ScriptsRun,
    /// Its bytes.
    pub at: Span,
}

/// How a name is like another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resemblance {
    /// The same letters, other separators, or a scope written into the name: `crossenv`, `types-node`.
    Separators,
    /// One letter is left out, added, replaced or exchanged with its neighbour: `loadsh`.
    Letter,
    /// Letters that look alike: `1odash`.
    Glyphs,
    /// `js` or `node` before or behind it, or left out: `jquery.js`.
    Affix,
}

/// A package with a name that is taken easily for that of another, which very many use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookalike {
    /// Its name.
    pub name: Arc<str>,
    /// The one it is like.
    pub like: &'static str,
    /// How.
    pub how: Resemblance,
    /// The request of the manifest, else the first package of a lockfile.
    pub at: Span,
    /// The package that asks for it, where the manifest does not itself.
    pub by: Option<Arc<str>>,
}

impl Lookalike {
    /// Its place.
    #[must_use]
    pub fn place(&self) -> Provenance {
        Provenance::new(LENS, self.at, self.name.clone())
    }
}
