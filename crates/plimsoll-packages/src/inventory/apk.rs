//! The database of apk: one paragraph a package, one letter a field.
//!
//! Deliberately absent: how versions compare.

use std::sync::Arc;

use plimsoll_posture::SourcePackage;

use super::{Listed, Owned, is_ambiguous};

/// Where it lies, before and after `/lib` became a link.
pub const PLACES: &[&str] = &["lib/apk/db/installed", "usr/lib/apk/db/installed"];

/// What is installed, and which files of it may be found as packages of another kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Database {
    /// Packages.
    pub packages: Vec<Listed>,
    /// Files.
    pub owned: Vec<Owned>,
}

/// Reads it.
#[must_use]
pub fn read(content: &[u8]) -> Database {
    let text = String::from_utf8_lossy(content);
    let mut database = Database::default();
    let mut package = Paragraph::default();
    for line in text.lines().chain([""]) {
        if line.is_empty() {
            std::mem::take(&mut package).put_into(&mut database);
            continue;
        }
        let Some((field, value)) = line.split_once(':') else { continue };
        match field {
            "P" => package.name = Some(value),
            "V" => package.version = Some(value),
            "A" => package.architecture = Some(value),
            "o" => package.origin = Some(value),
            "m" => package.maintainer = Some(value),
            "L" => package.license = Some(value).filter(|value| !value.trim().is_empty()),
            "F" => package.folder = value,
            "R" => {
                let path = if package.folder.is_empty() {
                    value.to_owned()
                } else {
                    format!("{}/{value}", package.folder)
                };
                if is_ambiguous(&path) {
                    package.files.push(path.into());
                }
            }
            _ => {}
        }
    }
    database
}

#[derive(Default)]
struct Paragraph<'a> {
    name: Option<&'a str>,
    version: Option<&'a str>,
    architecture: Option<&'a str>,
    origin: Option<&'a str>,
    maintainer: Option<&'a str>,
    license: Option<&'a str>,
    folder: &'a str,
    files: Vec<Box<str>>,
}

impl Paragraph<'_> {
    fn put_into(self, database: &mut Database) {
        let (Some(name), Some(version)) = (self.name, self.version) else { return };
        if name.is_empty() || version.is_empty() {
            return;
        }
        // Packages that belong together may come from a source of another name; the version is always the same.
        let origin = self.origin.filter(|origin| !origin.is_empty() && *origin != name);
        database.packages.push(Listed {
            name: name.into(),
            version: version.into(),
            source: origin.map(|origin| SourcePackage { name: origin.into(), version: None }),
            architecture: self.architecture.map(Arc::from),
            maintainer: self.maintainer.map(Arc::from),
            license: self.license.map(Arc::from),
        });
        if !self.files.is_empty() {
            database.owned.push(Owned { package: name.into(), files: self.files });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fields of apk-tools' installed database (doc/apk-package.5): `P V A o F R`.
    #[test]
    fn packages_and_the_files_that_matter() {
        let text = "C:Q1x=\nP:nodejs\nV:20.15.1-r0\nA:x86_64\no:nodejs\nF:usr\nF:usr/bin\nR:node\na:0:0:755\nR:nodejs-doc\n\n\
            P:libcrypto3\nV:3.3.2-r1\no:openssl\nF:\nR:package.json\n\nP:broken\n\n";
        let database = read(text.as_bytes());
        let names: Vec<_> =
            database.packages.iter().map(|package| (&*package.name, &*package.version)).collect();
        assert_eq!(names, [("nodejs", "20.15.1-r0"), ("libcrypto3", "3.3.2-r1")]);
        assert_eq!(database.packages[0].source, None);
        assert_eq!(database.packages[1].source.as_ref().map(|source| &*source.name), Some("openssl"));
        let owned: Vec<_> =
            database.owned.iter().flat_map(|owned| &owned.files).map(|file| &**file).collect();
        assert_eq!(owned, ["usr/bin/node", "usr/bin/nodejs-doc", "package.json"]);
    }
}
