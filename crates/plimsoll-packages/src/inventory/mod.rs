//! Which files of a layer anybody wants to know of, and what they say.
//!
//! Deliberately absent: layers above and below (see `stack`).

pub mod account;
pub mod apk;
pub mod bundle;
pub mod dpkg;
pub mod go;
pub mod node;
pub mod npm;
pub mod release;
pub mod rpm;

use std::sync::Arc;

use plimsoll_posture::SourcePackage;

use crate::layer::Sight;

/// What a file is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    /// Nothing.
    None,
    /// `var/lib/dpkg/status`, or one package of `status.d`.
    Dpkg,
    /// `var/lib/dpkg/info/NAME.list`.
    DpkgFiles,
    /// The database of apk.
    Apk,
    /// The database of rpm in SQLite, or its list.
    Rpm,
    /// An older database of rpm, by its name.
    UnreadRpm(&'static str),
    /// The manifest of an installed npm package.
    Npm,
    /// A file in the store of pnpm: what is installed are hard links to it.
    Store,
    /// A script that a bundler may have made, or its map.
    Bundle,
    /// A program that may be Node.js.
    Program,
    /// `os-release`.
    Release,
    /// `etc/passwd`.
    Passwd,
    /// `etc/shadow`.
    Shadow,
}

impl Interest {
    /// The most that is read of a file.
    pub const SMALL: u64 = 1 << 20;

    /// Larger files are not read.
    #[must_use]
    pub fn most(self) -> u64 {
        match self {
            Self::Dpkg | Self::DpkgFiles | Self::Apk => 32 << 20,
            // It is looked into at many places, so that all of it is held.
            Self::Rpm => 128 << 20,
            Self::UnreadRpm(_) => u64::MAX,
            Self::Npm => 4 << 20,
            Self::Bundle => 16 << 20,
            _ => Self::SMALL,
        }
    }

    /// Whether it matters when such a file is not read.
    #[must_use]
    pub fn is_told(self) -> bool {
        !matches!(self, Self::None | Self::Store | Self::Bundle)
    }

    /// What a file says; nothing when it is not what its path promised.
    ///
    /// # Errors
    /// A reason, as the end of a sentence that starts with the path.
    pub fn read(self, path: &str, content: &[u8]) -> Result<Option<Discovery>, &'static str> {
        let found = match self {
            Self::Dpkg => Discovery::Dpkg(dpkg::packages(content, path != dpkg::STATUS)),
            Self::DpkgFiles => {
                let files = dpkg::files(path, content);
                if files.files.is_empty() {
                    return Ok(None);
                }
                Discovery::Owned(files)
            }
            Self::Apk => Discovery::Apk(apk::read(content)),
            Self::Rpm => Discovery::Rpm(rpm::read(path, content)?),
            Self::UnreadRpm(name) => Discovery::UnreadRpm(name),
            Self::Npm => match npm::manifest(content) {
                Some(manifest) => Discovery::Npm(manifest),
                None if npm::is_json(content) => return Ok(None),
                None => return Err("is no package.json that can be read"),
            },
            Self::Bundle => match bundle::read(path, content) {
                Some(bundle) => Discovery::Bundle(bundle),
                None => return Ok(None),
            },
            Self::Release => Discovery::Release(release::read(path, content)),
            Self::Passwd => Discovery::Passwd(account::passwd(content)),
            Self::Shadow => Discovery::Shadow(account::without_password(content)),
            Self::None | Self::Store | Self::Program => return Ok(None),
        };
        Ok(Some(found))
    }
}

/// What a file of a layer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Discovery {
    /// Packages of dpkg.
    Dpkg(Vec<Listed>),
    /// Files of a package of dpkg.
    Owned(Owned),
    /// The database of apk.
    Apk(apk::Database),
    /// The database of rpm.
    Rpm(apk::Database),
    /// An older database of rpm is there and is not read.
    UnreadRpm(&'static str),
    /// An installed npm package.
    Npm(npm::Manifest),
    /// What a Go program was built from.
    Go(go::Build),
    /// A Node.js program of that version.
    Node(node::Program),
    /// What a bundle tells of itself.
    Bundle(bundle::Bundle),
    /// Which distribution it is.
    Release(release::Release),
    /// Accounts.
    Passwd(Vec<account::Entry>),
    /// Names of accounts that are entered without a password.
    Shadow(Vec<Arc<str>>),
    /// Secrets.
    Secrets(Vec<Sight>),
}

/// A package in the database of a distribution.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Listed {
    /// Its name.
    pub name: Arc<str>,
    /// Its version.
    pub version: Arc<str>,
    /// Its source, where that differs.
    pub source: Option<SourcePackage>,
    /// Its architecture.
    pub architecture: Option<Arc<str>>,
    /// Who maintains it.
    pub maintainer: Option<Arc<str>>,
    /// Its licence, as written.
    pub license: Option<Arc<str>>,
}

/// Files of a package of the distribution that are packages of another kind too.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Owned {
    /// The package.
    pub package: Arc<str>,
    /// Paths without leading `/`.
    pub files: Vec<Box<str>>,
}

/// Whether a file of a distribution's package may also be found as a package of its own.
pub(crate) fn is_ambiguous(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    // Where programs lie, among them those that Go made.
    let program = parent.ends_with("bin") || parent.contains("libexec") || parent.ends_with("cli-plugins");
    program || name == "package.json" || node::is_program(path)
}

/// What a file of that path is wanted for.
#[must_use]
pub fn interest(path: &str) -> Interest {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name {
        "package.json" if npm::is_installed(path) => return Interest::Npm,
        "status" if path == dpkg::STATUS => return Interest::Dpkg,
        "installed" if apk::PLACES.contains(&path) => return Interest::Apk,
        "os-release" if matches!(parent, "etc" | "usr/lib") => return Interest::Release,
        "alpine-release" | "debian_version" if parent == "etc" => return Interest::Release,
        "passwd" if parent == "etc" => return Interest::Passwd,
        "shadow" if parent == "etc" => return Interest::Shadow,
        _ => {}
    }
    match rpm::place(path) {
        Some(rpm::Place::Read) => return Interest::Rpm,
        Some(rpm::Place::Unread(name)) => return Interest::UnreadRpm(name),
        None => {}
    }
    if parent == "var/lib/dpkg/info" && name.ends_with(".list") {
        return Interest::DpkgFiles;
    }
    if parent == "var/lib/dpkg/status.d" && !name.ends_with(".md5sums") && !name.ends_with(".preinst") {
        return Interest::Dpkg;
    }
    if node::is_program(path) {
        return Interest::Program;
    }
    if bundle::is_one(path) {
        return Interest::Bundle;
    }
    if npm::is_stored(path) { Interest::Store } else { Interest::None }
}
