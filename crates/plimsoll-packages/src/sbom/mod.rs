//! Bills of materials: what a project or an image is made of, written as CycloneDX 1.6 and SPDX 2.3, and read back.
//!
//! The same bill gives the same bytes: no clock and no random number. Written, read and written again gives the same bytes, too.
//! Deliberately absent: XML, tag-value and RDF, and what is known against the components (`advisory`, `vex`).

mod cyclonedx;
mod cyclonedx_read;
mod license;
mod purl;
mod spdx;
mod spdx_read;
mod stock;
mod survey;

use sha2::{Digest, Sha256};

pub use cyclonedx::write as cyclonedx;
pub use purl::Purl;
pub use spdx::write as spdx;
pub use stock::Stock;
pub use survey::{Survey, survey};

use crate::json::{self, Json};
use crate::vex::Statement;

/// A bill of materials.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bill {
    /// What it is a bill of.
    pub subject: Component,
    /// What that is made of.
    pub components: Vec<Component>,
    /// When it was made, as RFC 3339 in UTC, where that is said.
    pub created: Option<String>,
}

/// What a component is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A program of its own, among them Node.js.
    Application,
    /// An image.
    Container,
    /// A distribution.
    System,
    /// A package.
    #[default]
    Library,
    /// A file, a machine, a model: nothing that has packages.
    Other,
}

/// Why a component is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// It is needed, or nobody says.
    #[default]
    Required,
    /// It is there where the platform allows, or beside another.
    Optional,
    /// Only work on the program needs it.
    Excluded,
}

impl Need {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Required, "required"), (Self::Optional, "optional"), (Self::Excluded, "excluded")];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(need, _)| *need == self).map_or("", |(_, name)| name)
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(need, _)| *need)
    }
}

/// A checksum: an algorithm by CycloneDX's name (`SHA-512`) and hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Checksum {
    /// `SHA-1`, `SHA-256`, `SHA-384`, `SHA-512`.
    pub algorithm: &'static str,
    /// The digits.
    pub digits: String,
}

/// Names of algorithms: CycloneDX, SPDX, subresource integrity; and the number of digits.
const ALGORITHMS: [(&str, &str, &str, usize); 4] = [
    ("SHA-1", "SHA1", "sha1", 40),
    ("SHA-256", "SHA256", "sha256", 64),
    ("SHA-384", "SHA384", "sha384", 96),
    ("SHA-512", "SHA512", "sha512", 128),
];

impl Checksum {
    /// By the name of CycloneDX or SPDX; nothing for other algorithms and for what are no digits.
    fn named(name: &str, digits: &str) -> Option<Self> {
        let algorithm = ALGORITHMS.iter().find(|(own, other, ..)| *own == name || *other == name)?;
        let sound = digits.len() == algorithm.3 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        sound.then(|| Self { algorithm: algorithm.0, digits: digits.to_ascii_lowercase() })
    }

    fn spdx_name(&self) -> &'static str {
        ALGORITHMS.iter().find(|(own, ..)| *own == self.algorithm).map_or("", |(_, name, ..)| name)
    }
}

/// Where a component is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// A path in the image or of the project.
    pub path: String,
    /// The line, from 1, where one is known.
    pub line: Option<usize>,
}

/// One component.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Component {
    /// What others call it in this bill.
    pub reference: String,
    /// What it is.
    pub kind: Kind,
    /// Its name, with the scope for npm.
    pub name: String,
    /// Its version; may be empty.
    pub version: String,
    /// Its package URL.
    pub purl: Option<Purl>,
    /// Checksums of its archive.
    pub checksums: Vec<Checksum>,
    /// Its licence as its package says it.
    pub license: Option<String>,
    /// Who publishes or maintains it.
    pub publisher: Option<String>,
    /// Why it is there.
    pub need: Need,
    /// Where it is.
    pub spots: Vec<Spot>,
    /// Whatever else is said, by name; names may come more than once.
    pub properties: Vec<(String, String)>,
    /// References of what it depends on; `None` where nobody says.
    pub depends: Option<Vec<String>>,
    /// Its bytes in the document that it was read from.
    pub at: (usize, usize),
}

/// Names of our own properties, and of those of others that are read.
pub(crate) mod property {
    /// The digest of the layer that brought a package; of an image, of each of its layers, the lowest first.
    pub(crate) const LAYER: &str = "plimsoll:layer";
    /// A name of an image.
    pub(crate) const IMAGE_NAME: &str = "plimsoll:image:name";
    /// The platform of an image.
    pub(crate) const PLATFORM: &str = "plimsoll:image:platform";
    /// What lists packages in an image and was not read.
    pub(crate) const UNREAD: &str = "plimsoll:image:unread";
    /// The package of the distribution that brought a package of another kind.
    pub(crate) const OWNER: &str = "plimsoll:owner";
    /// The kind of a package that its package URL does not tell: `node-library`, `bundled`.
    pub(crate) const ECOSYSTEM: &str = "plimsoll:ecosystem";
    /// The name of a release: `bookworm`.
    pub(crate) const CODENAME: &str = "plimsoll:codename";
    /// Why a package is there, where the scope does not tell: `peer`.
    pub(crate) const DEPENDENCY: &str = "plimsoll:dependency";
    /// Only development needs it: registered in CycloneDX's taxonomy.
    pub(crate) const DEVELOPMENT: &str = "cdx:npm:package:development";
    /// It came inside of another package: registered, too.
    pub(crate) const BUNDLED: &str = "cdx:npm:package:bundled";
}

impl Component {
    /// The first property of that name.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(own, _)| own == name).map(|(_, value)| &**value)
    }

    /// All properties of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.properties.iter().filter(move |(own, _)| own == name).map(|(_, value)| &**value)
    }

    fn set(&mut self, name: &str, value: impl Into<String>) {
        self.properties.push((name.to_owned(), value.into()));
    }
}

/// What a document turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// `CycloneDX 1.6`, `SPDX 2.3`.
    pub format: String,
    /// The bill.
    pub bill: Bill,
    /// What it says of vulnerabilities.
    pub statements: Vec<Statement>,
    /// Where the text is broken: what follows was not read.
    pub broken: Option<usize>,
    /// Whether it holds more components than are read.
    pub cut: bool,
}

/// More components than this are not read.
const MOST_COMPONENTS: usize = 100_000;

/// Whether a text is a bill of materials in JSON, by the members that each format requires.
#[must_use]
pub fn is_bill(text: &str) -> bool {
    let head = text.trim_start_matches('\u{feff}').trim_start();
    head.starts_with('{')
        && ["\"bomFormat\"", "\"spdxVersion\""].iter().any(|mark| text.contains(mark))
        && json::read(text).root.is_some_and(|root| format(&root).is_some())
}

enum Format {
    CycloneDx(String),
    Spdx(String),
}

fn format(root: &Json<'_>) -> Option<Format> {
    if root.text_of("bomFormat").is_some_and(|format| format.eq_ignore_ascii_case("CycloneDX")) {
        let version = root.text_of("specVersion").map(|text| text.to_string()).unwrap_or_default();
        return Some(Format::CycloneDx(version));
    }
    let version = root.text_of("spdxVersion")?.strip_prefix("SPDX-2.")?;
    Some(Format::Spdx(format!("2.{version}")))
}

/// Reads a bill; `None` for what is none.
#[must_use]
pub fn read(text: &str) -> Option<Reading> {
    let reading = json::read(text);
    let root = reading.root?;
    let mut found = match format(&root)? {
        Format::CycloneDx(version) => cyclonedx_read::read(text, &root, version),
        Format::Spdx(version) => spdx_read::read(&root, version),
    };
    found.broken = reading.broken;
    Some(found)
}

/// A UUID that follows from a text alone, in the layout of version 5.
pub(crate) fn uuid(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let mut bytes = [0u8; 16];
    bytes.iter_mut().zip(digest).for_each(|(own, byte)| *own = byte);
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut uuid = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            uuid.push('-');
        }
        uuid.push_str(&format!("{byte:02x}"));
    }
    uuid
}
