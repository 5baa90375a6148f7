//! What an application depends on: what its manifest asks for, what its lockfiles pin, and the advisories that hit it.
//!
//! Deliberately absent: how a lockfile is read and how an advisory is matched; and how bad an advisory is for a service.

use std::sync::Arc;

use plimsoll_text::{SourceId, Span};

use crate::{Known, Lookalike, Provenance, RegistrySettings, Subject};

/// The lens that reads manifests and lockfiles.
pub(crate) const LENS: &str = "packages";

/// The dependencies of one application: of the directory of a `package.json` or of a lockfile.
#[derive(Debug, Clone)]
pub struct Dependencies {
    /// `app PATH`, the path being that of the manifest, or of the lockfile where there is none.
    pub subject: Subject,
    /// Directory relative to the scanned root; `.` for the root.
    pub directory: Arc<str>,
    /// What the manifest calls the application.
    pub name: Option<Arc<str>>,
    /// The version that the manifest gives it.
    pub version: Option<Arc<str>>,
    /// What the manifest asks for. Empty without a manifest.
    pub requests: Vec<Request>,
    /// The lockfiles in the directory.
    pub lockfiles: Vec<Lockfile>,
    /// Names and passwords in the addresses of its documents: never shown.
    pub masked: Vec<Span>,
    /// What the configuration of its package managers says.
    pub registry: RegistrySettings,
    /// Names of packages that are taken easily for another's, each name once.
    pub lookalikes: Vec<Lookalike>,
    /// Which versions of Node the project asks for: `engines.node`, `.nvmrc`, `.node-version`, `volta.node`.
    pub node: Vec<NodeRequest>,
}

impl Dependencies {
    /// The manifest, or the lockfile where there is none, as a whole.
    #[must_use]
    pub fn place(&self) -> Provenance {
        Provenance::new(LENS, self.subject.anchor, "")
    }
}

/// Why a package is there, the weightiest reason first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DependencyKind {
    /// The program needs it.
    Production,
    /// It is installed where the platform allows.
    Optional,
    /// Another package expects it beside itself.
    Peer,
    /// Only work on the program needs it.
    Development,
}

impl DependencyKind {
    /// All, the weightiest first.
    pub const ALL: [Self; 4] = [Self::Production, Self::Optional, Self::Peer, Self::Development];

    /// The name in output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Optional => "optional",
            Self::Peer => "peer",
            Self::Development => "development",
        }
    }
}

/// One dependency of a manifest.
#[derive(Debug, Clone)]
pub struct Request {
    /// The package.
    pub name: Arc<str>,
    /// The range, tag, URL or path, as written.
    pub wanted: Arc<str>,
    /// Under which heading.
    pub kind: DependencyKind,
    /// The value's bytes.
    pub at: Span,
}

impl Request {
    /// Its place.
    #[must_use]
    pub fn place(&self) -> Provenance {
        Provenance::new(LENS, self.at, self.name.clone())
    }
}

/// A lockfile and the packages that it pins.
#[derive(Debug, Clone)]
pub struct Lockfile {
    /// The document.
    pub source: SourceId,
    /// The file's name without directory.
    pub name: Arc<str>,
    /// The notation and its version: `package-lock 3`, `yarn 1`, `pnpm 9.0`.
    pub format: Arc<str>,
    /// The packages, in the order of the document.
    pub packages: Vec<LockedPackage>,
    /// Where the lockfile and the manifest disagree.
    pub drift: Vec<Drift>,
    /// Which advisories hit which packages.
    pub hits: Vec<Hit>,
    /// What the packages were judged by; `None` where they were not.
    pub coverage: Option<Coverage>,
    /// Whether all of it could be read; its reason otherwise.
    pub read: Known<()>,
}

impl Lockfile {
    /// The document as a whole.
    #[must_use]
    pub fn place(&self) -> Provenance {
        Provenance::new(LENS, Span::whole(self.source), self.name.clone())
    }

    /// The packages from a dependency of the manifest down to the one that needs this package: empty for what the manifest
    /// asks for itself.
    #[must_use]
    pub fn way_to(&self, package: usize) -> Vec<&LockedPackage> {
        let mut way = Vec::new();
        let mut at = self.packages.get(package).and_then(LockedPackage::parent);
        while let Some(parent) = at.and_then(|at| self.packages.get(at)) {
            if way.len() >= self.packages.len() {
                break;
            }
            way.push(parent);
            at = parent.parent();
        }
        way.reverse();
        way
    }
}

/// One package at one version, at one place of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedPackage {
    /// Its name, an alias resolved: `lodash`, `@babel/core`.
    pub name: Arc<str>,
    /// Its version; empty where none is known (a git dependency of an old lockfile).
    pub version: Arc<str>,
    /// The bytes that name it.
    pub at: Span,
    /// Why it is there.
    pub kind: DependencyKind,
    /// Who asks for it: the first on the shortest way from a manifest. Empty where nobody is known to.
    pub needs: Vec<Need>,
    /// Whether it came inside of another package, whose publisher alone can change it.
    pub bundled: bool,
    /// Whether a checksum pins its content; `None` where the notation has none for its kind.
    pub integrity: Option<bool>,
    /// The bytes of that checksum, with their quotes: `sha512-…` in base64, or SHA-1 in hexadecimal digits. `None` where it is of
    /// something else than the archive of the registry, as in Yarn since 2.
    pub checksum: Option<Span>,
    /// The bytes of its licence, with their quotes, where the lockfile gives it.
    pub license: Option<Span>,
    /// Where it comes from.
    pub origin: Origin,
    /// Whether it runs code of its own when it is installed; `None` where the notation does not tell.
    pub install_script: Option<bool>,
    /// What its publisher said when it was given up; `None` also where the notation does not tell.
    pub deprecated: Option<Arc<str>>,
}

/// Somebody asks for a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The package that does, as an index into the lockfile's packages; `None` for a manifest of the project.
    pub by: Option<usize>,
    /// The range that it asks for; `None` where the notation only has the version that was chosen.
    pub wanted: Option<Arc<str>>,
}

impl LockedPackage {
    /// Whether a manifest of the project asks for it itself.
    #[must_use]
    pub fn is_direct(&self) -> bool {
        self.needs.first().is_some_and(|need| need.by.is_none())
    }

    /// The package that needs it, on the shortest way from a manifest.
    #[must_use]
    pub fn parent(&self) -> Option<usize> {
        self.needs.first().and_then(|need| need.by)
    }

    /// Its place.
    #[must_use]
    pub fn place(&self) -> Provenance {
        Provenance::new(LENS, self.at, format!("{}@{}", self.name, self.version))
    }
}

/// Where a package comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A registry that the lockfile does not name.
    Registry,
    /// An archive at this host (with its port), by HTTPS.
    Host(Arc<str>),
    /// An archive at this host, by plain HTTP.
    PlainHost(Arc<str>),
    /// A git repository; whether the commit is named.
    Git {
        /// Whether a whole commit is named.
        commit: bool,
    },
    /// A directory or an archive of the project.
    File,
}

/// Where a lockfile and its manifest disagree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The package.
    pub name: Arc<str>,
    /// What the manifest asks for; `None` for what only the lockfile has.
    pub wanted: Option<Arc<str>>,
    /// What the lockfile was made for, or has; `None` for what only the manifest has.
    pub locked: Option<Arc<str>>,
    /// The manifest's line, or the lockfile's for what only that has.
    pub at: Span,
}

impl Drift {
    /// Its place.
    #[must_use]
    pub fn place(&self) -> Provenance {
        Provenance::new(LENS, self.at, self.name.clone())
    }
}

/// A package of a lockfile that advisories hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Where the package is at this version, as indices into the lockfile's packages: the weightiest reason first. Never
    /// empty.
    pub packages: Vec<usize>,
    /// The advisories, the worst first; never empty.
    pub advisories: Vec<Advisory>,
    /// The smallest version that none of the package's advisories hits.
    pub mended: Option<Mend>,
}

/// A version to update to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mend {
    /// The version.
    pub version: Arc<str>,
    /// Whether semantic versioning allows it to break what uses the package.
    pub breaking: bool,
    /// Whether everybody who needs the package accepts it already, so that no manifest has to change; `None` where the ranges
    /// are not known.
    pub in_range: Option<bool>,
    /// The first of those who do not accept it, as an index into the lockfile's packages; `None` for a manifest, too.
    pub held_by: Option<usize>,
}

/// One advisory, whatever names it goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advisory {
    /// The id that it is told by: `GHSA-…`, else `CVE-…`.
    pub id: Arc<str>,
    /// Its other ids.
    pub aliases: Vec<Arc<str>>,
    /// How its publisher rates it.
    pub rating: Rating,
    /// Whether it is known to be exploited (CISA KEV).
    pub exploited: bool,
    /// Whether the package itself is malicious rather than faulty.
    pub malicious: bool,
    /// The first version without it on the package's own line.
    pub fixed: Option<Arc<str>>,
    /// How complete its ranges are.
    pub completeness: Completeness,
    /// Which of the run's statements accepts it, by its number there; `None` where nobody does. An advisory that is
    /// accepted and still listed is so with all others of its package: what it finds is told as allowed.
    pub accepted: Option<usize>,
}

/// How an advisory's publisher rates it: by CVSS, with a worst case in mind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rating {
    /// Not rated yet: a level of its own, not the lowest.
    Unrated,
    /// 0.1 to 3.9.
    Low,
    /// 4.0 to 6.9.
    Medium,
    /// 7.0 to 8.9.
    High,
    /// 9.0 to 10.
    Critical,
}

impl Rating {
    /// The name in output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unrated => "unrated",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// How much is known about the ranges of an advisory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Completeness {
    /// Ranges of a second source were added.
    Full,
    /// A second source has the same.
    Confirmed,
    /// From the vendor-neutral product data of the CVE.
    Product,
    /// One source, and nothing suggests that a range is missing.
    Single,
    /// A range may be missing: that a version is not hit says less.
    MaybePartial,
}

/// By what the packages of a lockfile were judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// `YYYY-MM-DD`: the day to which every advisory is known.
    pub complete_to: Arc<str>,
    /// `YYYY-MM-DD`: the day of the newest advisory; of those since `complete_to` some are known.
    pub newest: Arc<str>,
    /// Packages that were looked up, each name and version once.
    pub judged: usize,
    /// Those of which an advisory that does not hit may lack a range.
    pub open: usize,
}

/// One statement of which Node is meant.
#[derive(Debug, Clone)]
pub struct NodeRequest {
    /// `engines.node`, `.nvmrc`, `.node-version`, `volta.node`.
    pub said_by: &'static str,
    /// As written: `>=20`, `v22.11.0`, `lts/jod`.
    pub wanted: Arc<str>,
    /// The release lines that it allows, by their major numbers, ascending; empty where that cannot be told.
    pub majors: Vec<u32>,
    /// The newest line that it allows and that is still supported; `None` when all have ended.
    pub supported: Option<u32>,
    /// The day on which the last of the lines that it allows ended, when all have.
    pub ended: Option<Arc<str>>,
    /// Its bytes.
    pub at: Span,
}

impl NodeRequest {
    /// Its place.
    #[must_use]
    pub fn place(&self) -> Provenance {
        Provenance::new(LENS, self.at, self.said_by)
    }
}

/// What is known about the exact build of a runtime or a server that an image's tag or environment names.
#[derive(Debug, Clone)]
pub struct Runtime {
    /// The image as written: `node:20.11.0-slim`.
    pub image: Arc<str>,
    /// `Node.js`, `PostgreSQL`.
    pub product: &'static str,
    /// `20.11.0`.
    pub version: Arc<str>,
    /// The advisories that hit it, the worst first.
    pub advisories: Vec<Advisory>,
    /// The smallest version of the same line that none of them hits.
    pub mended: Option<Arc<str>>,
    /// `YYYY-MM-DD`: the newest fact of the data.
    pub date: Arc<str>,
}
