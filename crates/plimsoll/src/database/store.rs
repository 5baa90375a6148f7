//! Where imported data lies: one file for each part, and a manifest that says which and holds their checksums.
//!
//! The manifest is what counts. A file gets its name from its content, is written beside, synced and renamed; then the manifest is, and
//! only then the files that it no longer names go. Whoever reads sees all of the old or all of the new. What does not match its
//! checksum is told and not used: the data that the program carries takes its place. Deliberately absent: what the data says.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use plimsoll_packages::database::{Database, Part, Table};
use plimsoll_packages::hexadecimal;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::date::Date;

/// The version of the manifest.
const SCHEMA: &str = "plimsoll.store/1";
const MANIFEST: &str = "manifest.json";
/// The largest manifest and the largest part that are read, in bytes.
const MAX_MANIFEST: u64 = 1 << 20;
const MAX_PART: u64 = 1 << 30;
/// The name by which `--db` and `PLIMSOLL_DB` turn every store off.
pub(crate) const EMBEDDED: &str = "embedded";

/// Which store is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// None.
    Embedded,
    /// That one; `named` where somebody named it.
    Directory { path: PathBuf, named: bool },
}

impl Place {
    /// `--db`, else `PLIMSOLL_DB`, else the user's own.
    pub(crate) fn of(flag: Option<&Path>) -> Self {
        let variable =
            |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self::among(flag, &variable)
    }

    fn among(flag: Option<&Path>, variable: &dyn Fn(&str) -> Option<PathBuf>) -> Self {
        if let Some(path) = flag.map(Path::to_owned).or_else(|| variable("PLIMSOLL_DB")) {
            return match path == Path::new(EMBEDDED) {
                true => Self::Embedded,
                false => Self::Directory { path, named: true },
            };
        }
        // The base directory specification of freedesktop.org; relative values are no values.
        let data = variable("XDG_DATA_HOME").filter(|path| path.is_absolute());
        let data = data.or_else(|| variable("HOME").map(|home| home.join(".local/share")));
        match data.or_else(|| variable("LOCALAPPDATA")).filter(|path| path.is_absolute()) {
            Some(data) => Self::Directory { path: data.join("plimsoll").join("db"), named: false },
            None => Self::Embedded,
        }
    }
}

/// What a store says of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    file: String,
    sha256: String,
    from: String,
}

/// What a server said about a feed that was fetched, so that it need not be fetched again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Validator {
    /// The address.
    pub(crate) url: String,
    /// The `ETag`.
    pub(crate) etag: String,
}

/// A store that was read.
#[derive(Debug, Default)]
pub(crate) struct Store {
    entries: BTreeMap<Part, Entry>,
    /// By feed.
    pub(crate) validators: BTreeMap<String, Validator>,
    tables: BTreeMap<Part, Table>,
    /// What cannot be used, and why.
    pub(crate) complaints: Vec<String>,
}

fn checksum(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn read_up_to(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let mut bytes = Vec::with_capacity(usize::try_from(file.metadata()?.len().min(most)).unwrap_or_default());
    file.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(io::Error::other("it is too large")),
        false => Ok(bytes),
    }
}

impl Store {
    /// Reads a store. One that is not there is empty; what is damaged is told.
    pub(crate) fn read(path: &Path) -> Self {
        let mut store = Self::default();
        let manifest = path.join(MANIFEST);
        let bytes = match read_up_to(&manifest, MAX_MANIFEST) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return store,
            Err(error) => {
                store.complain(&manifest, &error.to_string());
                return store;
            }
        };
        let Ok(value) = serde_json::from_slice::<Value>(&bytes) else {
            store.complain(&manifest, "it is damaged");
            return store;
        };
        if value["schema"] != SCHEMA {
            store.complain(&manifest, "it is of a version that this program does not know");
            return store;
        }
        let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
        for (name, feed) in value["feeds"].as_object().into_iter().flatten() {
            let validator = Validator { url: text(&feed["url"]), etag: text(&feed["etag"]) };
            store.validators.insert(name.clone(), validator);
        }
        for (name, entry) in value["parts"].as_object().into_iter().flatten() {
            let Some(part) = Part::find(name) else { continue };
            let entry = Entry {
                file: text(&entry["file"]),
                sha256: text(&entry["sha256"]),
                from: text(&entry["from"]),
            };
            let file = path.join(&entry.file);
            match table(&file, &entry) {
                Ok(table) => {
                    store.tables.insert(part, table);
                    store.entries.insert(part, entry);
                }
                Err(why) => store.complain(&file, &why),
            }
        }
        store
    }

    fn complain(&mut self, path: &Path, why: &str) {
        self.complaints.push(format!("{}: {why}; the data that plimsoll carries is used", path.display()));
    }

    /// Whether anything was imported.
    pub(crate) fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// Whether a part was imported.
    pub(crate) fn has(&self, part: Part) -> bool {
        self.tables.contains_key(&part)
    }

    /// What the program carries with every part of the store that is as new or newer.
    pub(crate) fn database(&self) -> Database {
        let mut database = Database::default();
        for (part, table) in &self.tables {
            let carried = Database::embedded().part(*part);
            let day = |table: &Table| (table.newest().to_owned(), table.complete_to().to_owned());
            if carried.is_empty() || day(table) >= day(carried) {
                database = database.with(*part, table.clone());
            }
        }
        database
    }

    /// Whether a part is there and older than what the program carries, so that it is not used.
    pub(crate) fn is_outdated(&self, part: Part) -> bool {
        self.tables.contains_key(&part)
            && matches!(self.database().part(part).origin(), plimsoll_packages::database::Origin::Embedded)
    }

    /// Takes new parts in, each with what it was made from.
    ///
    /// # Errors
    /// What could not be written: the store is as it was then.
    pub(crate) fn write(&mut self, path: &Path, parts: Vec<(Part, String, String)>) -> Result<(), String> {
        let told = |path: &Path, error: &io::Error| format!("{}: {error}", path.display());
        fs::create_dir_all(path).map_err(|error| told(path, &error))?;
        for (part, text, from) in parts {
            let sha256 = checksum(text.as_bytes());
            let short = sha256.get(..16).unwrap_or("");
            let entry = Entry { file: format!("{}-{short}.tsv", part.name()), sha256, from };
            let file = path.join(&entry.file);
            place(&file, text.as_bytes()).map_err(|error| told(&file, &error))?;
            self.tables.insert(part, Table::imported(text, &entry.from));
            self.entries.insert(part, entry);
        }
        let parts: serde_json::Map<String, Value> = self
            .entries
            .iter()
            .map(|(part, entry)| {
                let value = json!({"file": entry.file, "sha256": entry.sha256, "from": entry.from});
                (part.name().to_owned(), value)
            })
            .collect();
        let feeds: serde_json::Map<String, Value> = self
            .validators
            .iter()
            .map(|(name, of)| (name.clone(), json!({"url": of.url, "etag": of.etag})))
            .collect();
        let manifest = json!({"schema": SCHEMA, "parts": parts, "feeds": feeds});
        let file = path.join(MANIFEST);
        place(&file, format!("{manifest:#}\n").as_bytes()).map_err(|error| told(&file, &error))?;
        self.sweep(path);
        Ok(())
    }

    /// Removes the files of parts that the manifest no longer names.
    fn sweep(&self, path: &Path) {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let own = Part::ALL.iter().any(|part| {
                name.strip_prefix(part.name())
                    .is_some_and(|rest| rest.starts_with('-') && rest.ends_with(".tsv"))
            });
            if own && !self.entries.values().any(|entry| entry.file == name) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

fn table(file: &Path, entry: &Entry) -> Result<Table, String> {
    let plain = Path::new(&entry.file).components().count() == 1 && !entry.file.starts_with('.');
    if !plain {
        return Err("it lies elsewhere".to_owned());
    }
    let bytes = read_up_to(file, MAX_PART).map_err(|error| error.to_string())?;
    if checksum(&bytes) != entry.sha256 {
        return Err("it is damaged: its checksum is another".to_owned());
    }
    let text = String::from_utf8(bytes).map_err(|_| "it is no text".to_owned())?;
    let table = Table::imported(text, &entry.from);
    let sound = |day: &str| day.is_empty() || Date::parse(day).is_some();
    match sound(table.complete_to()) && sound(table.newest()) {
        true => Ok(table),
        false => Err("it says no day".to_owned()),
    }
}

/// Writes beside, syncs, renames.
fn place(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension(format!("new-{}", std::process::id()));
    let written = File::create(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    if let Err(error) = written.and_then(|()| fs::rename(&beside, path)) {
        let _ = fs::remove_file(&beside);
        return Err(error);
    }
    // The name is as safe as the content only when the directory is, too. Not every system lets one ask.
    if let Some(directory) = path.parent().and_then(|parent| File::open(parent).ok()) {
        let _ = directory.sync_all();
    }
    Ok(())
}

/// Held while a store is changed: two at a time would lose what one of them wrote.
pub(crate) struct Lock(#[expect(dead_code, reason = "closing it is what ends the lock")] File);

impl Lock {
    /// # Errors
    /// That another one is at work, or what cannot be opened.
    pub(crate) fn take(path: &Path) -> Result<Self, String> {
        let told = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        fs::create_dir_all(path).map_err(|error| told(&error))?;
        let file = File::options()
            .create(true)
            .append(true)
            .open(path.join("lock"))
            .map_err(|error| told(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(fs::TryLockError::WouldBlock) => Err(told(&"another import or update is at work")),
            Err(fs::TryLockError::Error(error)) => Err(told(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_goes_before_the_variable_and_that_before_the_home() {
        let none = |_: &str| None;
        let all = |name: &str| match name {
            "PLIMSOLL_DB" => Some(PathBuf::from("/v")),
            "XDG_DATA_HOME" => Some(PathBuf::from("/x")),
            "HOME" => Some(PathBuf::from("/h")),
            _ => None,
        };
        let home = |name: &str| all(name).filter(|_| name == "HOME");
        let relative = |name: &str| match name {
            "XDG_DATA_HOME" => Some(PathBuf::from("x")),
            name => home(name),
        };
        let xdg = |name: &str| all(name).filter(|_| name != "PLIMSOLL_DB");
        let at = |path: &str, named| Place::Directory { path: PathBuf::from(path), named };
        assert_eq!(Place::among(Some(Path::new("d")), &all), at("d", true));
        assert_eq!(Place::among(Some(Path::new("embedded")), &all), Place::Embedded);
        assert_eq!(Place::among(None, &all), at("/v", true));
        assert_eq!(Place::among(None, &xdg), at("/x/plimsoll/db", false));
        assert_eq!(Place::among(None, &home), at("/h/.local/share/plimsoll/db", false));
        assert_eq!(Place::among(None, &relative), at("/h/.local/share/plimsoll/db", false));
        assert_eq!(Place::among(None, &none), Place::Embedded);
    }

    /// `.cargo/config.toml` says so for everything that runs under cargo.
    #[test]
    fn tests_never_read_a_real_store() {
        assert_eq!(Place::of(None), Place::Embedded);
    }
}
