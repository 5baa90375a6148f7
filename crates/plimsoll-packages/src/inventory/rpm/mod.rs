//! Packages of rpm: its database in SQLite, which every distribution has moved to, and the list that distroless images of Azure Linux
//! carry in its place.
//!
//! Deliberately absent: the databases of before (`Packages` of Berkeley DB, `Packages.db`), which are told to be not read, and what is
//! known against packages: no advisories for them are carried.

mod header;
mod sqlite;

use std::sync::Arc;

use plimsoll_posture::SourcePackage;

use super::Listed;
pub use super::apk::Database;

/// Where it lies: of old, of SUSE and Fedora, of systems that come as a whole.
const PLACES: [&str; 3] = ["var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm"];
/// The list of distroless images.
const LIST: &str = "var/lib/rpmmanifest/container-manifest-2";
/// rpm keeps the keys that it trusts like packages.
const KEY: &str = "gpg-pubkey";

/// What a path is of rpm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The database in SQLite, or the list.
    Read,
    /// An older database, by its name.
    Unread(&'static str),
}

/// What a path is of rpm; nothing for any other.
#[must_use]
pub fn place(path: &str) -> Option<Place> {
    if path == LIST {
        return Some(Place::Read);
    }
    let (parent, name) = path.rsplit_once('/')?;
    if !PLACES.contains(&parent) {
        return None;
    }
    match name {
        "rpmdb.sqlite" => Some(Place::Read),
        "Packages.db" => Some(Place::Unread("rpm-ndb")),
        "Packages" => Some(Place::Unread("rpm-bdb")),
        _ => None,
    }
}

/// Reads the database or the list.
///
/// # Errors
/// A reason, as the end of a sentence that starts with the path.
pub fn read(path: &str, content: &[u8]) -> Result<Database, &'static str> {
    if path == LIST {
        return Ok(Database { packages: list(content), owned: Vec::new() });
    }
    let mut database = Database::default();
    let whole = sqlite::rows(content, "Packages", |record| {
        // The number of the row is in no column.
        let Some(blob) = record.into_iter().find(|column| !column.is_empty()) else { return };
        if let Some((package, owned)) = header::package(&blob)
            && &*package.name != KEY
        {
            database.packages.push(package);
            if !owned.files.is_empty() {
                database.owned.push(owned);
            }
        }
    });
    match whole {
        true => Ok(database),
        false => Err("is no database of rpm that can be read"),
    }
}

/// Ten fields parted by tabs: name, version and release, times, vendor, epoch, size, architecture, epoch, source.
fn list(content: &[u8]) -> Vec<Listed> {
    let text = String::from_utf8_lossy(content);
    let packages = text.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, version, _, _, vendor, epoch, _, architecture, ..] = *fields.as_slice() else {
            return None;
        };
        let known = |text: &str| !text.is_empty() && text != "(none)";
        if !known(name) || !known(version) || name == KEY {
            return None;
        }
        let epoch = epoch.parse().ok().filter(|epoch| *epoch != 0);
        Some(Listed {
            name: name.into(),
            version: numbered(epoch, version),
            source: fields.get(9).and_then(|source| self::source(source, name, version)),
            architecture: Some(architecture).filter(|text| known(text)).map(Into::into),
            maintainer: Some(vendor).filter(|text| known(text)).map(Into::into),
            license: None,
        })
    });
    packages.collect()
}

/// `2:1.0-3`; an epoch of 0 is not written.
fn numbered(epoch: Option<u32>, version: &str) -> Arc<str> {
    epoch.map_or_else(|| version.into(), |epoch| format!("{epoch}:{version}").into())
}

/// `openssl-3.0.7-27.el9.src.rpm`, where it says more than the package.
fn source(file: &str, name: &str, version: &str) -> Option<SourcePackage> {
    let stem = file.strip_suffix(".src.rpm").or_else(|| file.strip_suffix(".nosrc.rpm"))?;
    let (rest, release) = stem.rsplit_once('-')?;
    let (own, number) = rest.rsplit_once('-')?;
    let other = format!("{number}-{release}");
    let version = (other != version).then(|| other.into());
    (own != name || version.is_some()).then(|| SourcePackage { name: own.into(), version })
}

#[cfg(test)]
#[path = "../rpm_tests.rs"]
mod tests;
