//! A built image: its layers and what was found in them.
//!
//! What its configuration says (user, environment, command) are claims of a service like any other, on the plane Built.
//! Deliberately absent: contents of files.

use std::sync::Arc;

use plimsoll_text::Span;

use crate::{
    Advisory, Certainty, Ecosystem, Installed, Known, LeftTool, Package, Provenance, ReleaseLine, Runtime,
    SecretSighting, Subject, Trust,
};

/// One image whose layers were read.
#[derive(Debug, Clone)]
pub struct BuiltImage {
    /// `image NAME`; the anchor is its configuration.
    pub subject: Subject,
    /// The names it was saved under: `api:1.4`.
    pub names: Vec<Arc<str>>,
    /// The digest of its configuration, which the engine calls its id.
    pub id: Arc<str>,
    /// `linux/amd64`, `linux/arm64/v8`.
    pub platform: Arc<str>,
    /// The distribution, when its files say so.
    pub system: Option<OperatingSystem>,
    /// Layers, lowest first.
    pub layers: Vec<ImageLayer>,
    /// Packages of the whole image, by ecosystem, name, version and path.
    pub packages: Vec<Package>,
    /// What is known against them.
    pub installed: Installed,
    /// The release lines of its distribution and of its Node.js, as far as they are known.
    pub lines: Vec<ReleaseLine>,
    /// Files and directories worth a word, of all layers, by path and layer.
    pub files: Vec<NotedFile>,
    /// Accounts that are wrong, by name.
    pub accounts: Vec<NotedAccount>,
    /// The programs that Go made, by path, with the advisories that hit them.
    pub programs: Vec<Program>,
    /// Servers and runtimes whose exact build its environment tells, each with the variable's place.
    pub runtimes: Vec<(Provenance, Runtime)>,
    /// Secrets in its configuration and its history.
    pub sightings: Vec<SecretSighting>,
    /// Secrets in the files of every layer, by path and layer.
    pub secrets: Vec<NotedSecret>,
    /// What lists packages in it and cannot be read: `rpm-bdb`, `rpm-ndb`.
    pub unread: Vec<Arc<str>>,
    /// What speaks for it.
    pub trust: Trust,
}

/// A program that holds modules of Go, judged.
#[derive(Debug, Clone)]
pub struct Program {
    /// Path without leading `/`.
    pub path: Arc<str>,
    /// The layer that has it.
    pub layer: Option<usize>,
    /// The layer's step.
    pub at: Provenance,
    /// How many modules are known to be in it.
    pub modules: usize,
    /// Those that advisories hit.
    pub hits: Vec<ModuleHit>,
}

/// A module of Go that advisories hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleHit {
    /// Its path; `stdlib` is Go itself.
    pub module: Arc<str>,
    /// Its version.
    pub version: Arc<str>,
    /// The advisories, the worst first; never empty.
    pub advisories: Vec<Advisory>,
    /// The smallest later version that none hits.
    pub mended: Option<Arc<str>>,
}

/// `os-release` of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatingSystem {
    /// `debian`, `alpine`, `ubuntu`.
    pub id: Arc<str>,
    /// `12`, `3.20.3`; empty when it is not said, as in Debian's unstable release.
    pub version: Arc<str>,
    /// `bookworm`.
    pub codename: Option<Arc<str>>,
}

/// One layer.
#[derive(Debug, Clone)]
pub struct ImageLayer {
    /// The digest of its uncompressed archive.
    pub digest: Arc<str>,
    /// The step of the history that made it, else its place in the configuration. The text may hold a secret: renderers
    /// show it, messages do not.
    pub at: Provenance,
    /// The step of the project's Dockerfile that made it, where the image is built from one and its history says the same.
    pub step: Option<Provenance>,
    /// The instruction that made it, in one word: `RUN`, `COPY`; empty when the history does not say.
    pub instruction: Arc<str>,
    /// Whether all of it was read.
    pub read: Known<()>,
    /// Bytes of its files.
    pub bytes: u64,
    /// Number of its files and directories.
    pub entries: u64,
    /// Bytes of its files that a later layer removes or replaces: no container sees them.
    pub hidden_bytes: u64,
    /// The largest of those files, with their bytes; the largest first.
    pub hidden_files: Vec<(Arc<str>, u64)>,
}

/// Why a file is worth a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileTrait {
    /// A program that runs with its owner's rights.
    Setuid,
    /// A program that runs with its group's rights.
    Setgid,
    /// A file or a directory without sticky bit that every account may write.
    WorldWritable,
    /// What a package manager downloaded and may have thrown away.
    PackageCache,
    /// `.git`, `.hg`, `.svn`.
    VersionControl,
    /// A source map that holds files of the application word for word.
    SourceMap,
}

/// A file or directory that is worth a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedFile {
    /// Path without leading `/`.
    pub path: Arc<str>,
    /// Why.
    pub noted: FileTrait,
    /// The layer that has it.
    pub layer: usize,
    /// The later layer that removes or replaces it: it is in the image and no container sees it.
    pub hidden_by: Option<usize>,
    /// Its bytes; for a directory, of everything below it in that layer.
    pub bytes: u64,
    /// The account it belongs to.
    pub uid: u32,
}

/// A secret in a file of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedSecret {
    /// Path without leading `/`.
    pub path: Arc<str>,
    /// The line in the file, from 1; 0 when the file as a whole is one.
    pub line: usize,
    /// The key that carries it; the file's name when the file as a whole is one.
    pub name: Arc<str>,
    /// What it is: see [`SecretSighting::kind`].
    pub kind: Arc<str>,
    /// Characters of its value; 0 when only the name of the file speaks.
    pub length: usize,
    /// How sure.
    pub certainty: Certainty,
    /// The layer that has it.
    pub layer: usize,
    /// The later layer that removes or replaces the file.
    pub hidden_by: Option<usize>,
}

/// An account of an image that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedAccount {
    /// Its name.
    pub name: Arc<str>,
    /// What is wrong.
    pub noted: AccountTrait,
    /// The layer whose account files say so.
    pub layer: usize,
}

/// What is wrong with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountTrait {
    /// It can be entered without a password.
    EmptyPassword,
    /// Another account has the same number.
    SharedUid {
        /// The number.
        uid: u32,
        /// Who had it first.
        first: Arc<str>,
    },
}

impl BuiltImage {
    /// Bytes of all files in all layers, and of those that a later layer removes or replaces.
    #[must_use]
    pub fn bytes(&self) -> (u64, u64) {
        let sum = |of: fn(&ImageLayer) -> u64| self.layers.iter().map(of).sum();
        (sum(|layer| layer.bytes), sum(|layer| layer.hidden_bytes))
    }

    /// The place of a layer; that of the configuration for one that is not there.
    #[must_use]
    pub fn layer_place(&self, layer: usize) -> Provenance {
        let anchor = self.subject.anchor;
        self.layers.get(layer).map_or_else(|| Self::place(anchor, ""), |layer| layer.at.clone())
    }

    /// Whether a package is one that the program uses: of npm, and no part of a package manager that the base image brought.
    #[must_use]
    pub fn is_dependency(&self, package: &Package) -> bool {
        let inside = |tool: &LeftTool| {
            package.path.strip_prefix(&*tool.directory).is_some_and(|rest| rest.starts_with('/'))
        };
        package.ecosystem == Ecosystem::Npm && !self.installed.tools.iter().any(inside)
    }

    /// A place in its configuration.
    #[must_use]
    pub fn place(at: Span, route: impl Into<Arc<str>>) -> Provenance {
        Provenance::new("image", at, route)
    }
}
