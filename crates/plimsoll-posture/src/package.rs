//! A package: a piece of software with a name and a version, installed in an image or asked for by a project.
//!
//! Deliberately absent: what is known against it (advisories), and how versions compare.

use std::sync::Arc;

use crate::Provenance;

/// Who names and numbers packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ecosystem {
    /// dpkg: Debian, Ubuntu and their like. Which one is the image's [`crate::OperatingSystem`].
    Dpkg,
    /// apk: Alpine, Wolfi.
    Apk,
    /// npm.
    Npm,
    /// The Node.js program itself: one package `node`.
    Node,
    /// rpm: Fedora, Red Hat, SUSE and their like.
    Rpm,
    /// A module in a Go program, by what its linker wrote into it; Go itself is `stdlib`.
    Go,
    /// A library that is compiled into the Node.js program: `openssl`, `undici`.
    NodeLibrary,
    /// An npm package whose text was joined with others into one file; the version is empty where nothing tells it.
    Bundled,
}

impl Ecosystem {
    /// Lower-case name in output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dpkg => "dpkg",
            Self::Apk => "apk",
            Self::Npm => "npm",
            Self::Node => "node",
            Self::Rpm => "rpm",
            Self::Go => "go",
            Self::NodeLibrary => "node-library",
            Self::Bundled => "bundled",
        }
    }
}

/// What a package was built from: advisories of distributions speak of sources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourcePackage {
    /// `Source:` of dpkg, the origin of apk.
    pub name: Arc<str>,
    /// Its version, where it differs from that of the package.
    pub version: Option<Arc<str>>,
}

/// One package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Who names and numbers it.
    pub ecosystem: Ecosystem,
    /// Its name; with the scope for npm (`@types/node`).
    pub name: Arc<str>,
    /// Its version as written; empty where it is not known.
    pub version: Arc<str>,
    /// What it was built from, where that has another name or version.
    pub source: Option<SourcePackage>,
    /// The architecture it was built for, where it is said.
    pub architecture: Option<Arc<str>>,
    /// Who maintains it, where it is said: packages from elsewhere must not be judged by the distribution's advisories.
    pub maintainer: Option<Arc<str>>,
    /// The licence as its package states it: an SPDX expression or whatever was written.
    pub license: Option<Arc<str>>,
    /// The package of the distribution that brought it, for a package of another kind: who fixes it, and under what number.
    pub owner: Option<Arc<str>>,
    /// The file that says it is there: a path in the image without leading `/`, or relative to the scanned root.
    pub path: Arc<str>,
    /// The layer that brought it, as an index into the layers of the image; `None` for a project.
    pub layer: Option<usize>,
    /// Where a report points: the layer's step, or the line of a lockfile.
    pub at: Provenance,
}
