//! What is known against the packages that an image holds: updates that they lack, advisories that hit them, and by what all
//! of that was judged.
//!
//! Deliberately absent: how versions are matched, and how bad anything is for a service.

use std::sync::Arc;

use crate::{Advisory, Runtime};

/// What is known against the packages of one image. Packages are indices into [`crate::BuiltImage::packages`].
#[derive(Debug, Clone, Default)]
pub struct Installed {
    /// Sources of the distribution that lack updates, the worst first.
    pub updates: Vec<MissingUpdate>,
    /// Packages of npm that advisories hit, the worst first.
    pub hits: Vec<InstalledHit>,
    /// Package managers that the base image brought, by directory.
    pub tools: Vec<LeftTool>,
    /// Builds of Node.js that are the project's own, by version.
    pub runtimes: Vec<InstalledRuntime>,
    /// By what the packages were judged, and what was not.
    pub coverage: Vec<InstalledCoverage>,
}

/// A source package of the distribution that the image has in an old version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingUpdate {
    /// The source: `openssl`.
    pub source: Arc<str>,
    /// The source's version in the image.
    pub version: Arc<str>,
    /// What was built from it and is in the image; never empty.
    pub packages: Vec<usize>,
    /// The newest version that the image's release has, as far as the data knows.
    pub newest: Arc<str>,
    /// Whether the update mends a weakness: it came by the security pocket, or advisories name it.
    pub security: bool,
    /// The advisories that later versions mend, the worst first.
    pub advisories: Vec<Advisory>,
    /// The layer that brought it.
    pub layer: Option<usize>,
}

/// A package of npm, at one version, that advisories hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledHit {
    /// Where the package is at this version; never empty.
    pub packages: Vec<usize>,
    /// The package manager that it is a part of, as an index into [`Installed::tools`]; `None` for what the program uses.
    pub tool: Option<usize>,
    /// The advisories, the worst first; never empty.
    pub advisories: Vec<Advisory>,
    /// The smallest later version that none of them hits, and whether it may break what uses the package.
    pub mended: Option<(Arc<str>, bool)>,
}

/// A package manager that came with the base image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftTool {
    /// `npm`, `corepack`, `yarn`, `pnpm`.
    pub name: Arc<str>,
    /// Its version, where its own manifest says so.
    pub version: Option<Arc<str>>,
    /// Its directory, without leading `/`.
    pub directory: Arc<str>,
    /// The layer that brought it.
    pub layer: Option<usize>,
}

/// A build of Node.js in an image.
#[derive(Debug, Clone)]
pub struct InstalledRuntime {
    /// The program, as a package.
    pub package: usize,
    /// What is known about the build.
    pub build: Runtime,
}

/// By what one kind of packages was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledCoverage {
    /// `Debian 12`, `Alpine 3.20`, `npm`, `Node.js`.
    pub of: Arc<str>,
    /// How much the data knows.
    pub extent: Extent,
    /// `YYYY-MM-DD` or `YYYY-MM`: the day to which the data is complete; empty without data.
    pub to: Arc<str>,
    /// Packages that were looked up and that the data knows; sources for a distribution.
    pub judged: usize,
    /// Sources of the distribution that the data does not know, by name.
    pub unknown: Vec<Arc<str>>,
    /// Packages of other publishers, which the data of the distribution must not judge.
    pub foreign: usize,
    /// Packages of which an advisory that does not hit may lack a range.
    pub open: usize,
}

/// How much data knows of a kind of packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Every package that images commonly hold.
    Whole,
    /// A few packages of a release.
    Part,
    /// Nothing: no package was judged.
    Nothing,
}

impl Extent {
    /// The name in output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Part => "part",
            Self::Nothing => "nothing",
        }
    }
}
