//! `plimsoll db import`: opens what is named and hands it to the readers of feeds.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufReader, Read, Seek};
use std::path::Path;
use std::time::UNIX_EPOCH;

use plimsoll_packages::database::{Database, Part, Table};
use plimsoll_packages::feed::{Import, Imported, LARGEST};
use plimsoll_report::plain;

use super::store::Lock;
use super::{Choice, directory, opened};
use crate::date::Date;
use crate::run::{CLEAN, FAILED, Failure, Streams, print};

/// Files of all directories together, and how deep those are.
const MOST: usize = 1_000_000;
const DEEPEST: usize = 16;

pub(super) fn run(
    paths: &[std::path::PathBuf],
    published: Option<&str>,
    choice: &Choice,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    if let Some(day) = published.filter(|day| Date::parse(day).is_none()) {
        return Err(Failure::Told(format!("`{day}` is no day: write it as 2027-01-31")));
    }
    for path in paths {
        fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let store_path = directory(choice)?;
    let _lock = Lock::take(&store_path)?;
    let mut store = opened(&store_path, streams);
    let base = store.database();
    let mut import = Import::new(&base);
    let mut left = MOST;
    for path in paths {
        take(&mut import, path, published, 0, &mut left);
    }
    let imported = import.finish();
    let said = said(&base, &imported);
    for line in faults(&imported) {
        let _ = writeln!(streams.stderr, "{}", plain(&line));
    }
    if imported.tables.is_empty() {
        let _ = writeln!(streams.stderr, "error: nothing was imported");
        return Ok(FAILED);
    }
    let names: Vec<String> =
        paths.iter().filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
    let from = from(&names);
    let parts = imported.tables.into_iter().map(|(part, text)| (part, text, from.clone())).collect();
    store.write(&store_path, parts)?;
    print(streams, &format!("{said}kept in {}\n", plain(&store_path.display().to_string())))?;
    Ok(CLEAN)
}

/// What a part was made from, in a line.
pub(super) fn from(names: &[String]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(5)
        .map(|name| name.chars().filter(|c| !c.is_control()).take(80).collect())
        .collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// What was read, and what each part says now.
pub(super) fn said(base: &Database, imported: &Imported) -> String {
    let mut text = String::new();
    for (kind, count) in &imported.read {
        let _ = writeln!(text, "read {count}: {}", kind.name());
    }
    for (part, new) in &imported.tables {
        let table = Table::imported(new.clone(), "");
        let (old, rows) = (base.part(*part), table.rows().count());
        let days = |table: &Table| match table.complete_to() {
            "" => "of unknown completeness".to_owned(),
            day => format!("complete to {day}"),
        };
        let _ = writeln!(
            text,
            "{}: {rows} rows, {} (before: {} rows, {})",
            part.name(),
            days(&table),
            old.rows().count(),
            days(old)
        );
    }
    text
}

/// What could not be used.
pub(super) fn faults(imported: &Imported) -> Vec<String> {
    let mut lines: Vec<String> =
        imported.faults.iter().map(|fault| format!("warning: {}: {}", fault.name, fault.why)).collect();
    if imported.more_faults > 0 {
        lines.push(format!("warning: and {} more", imported.more_faults));
    }
    lines
}

/// Takes a file, or every file of a directory in the order of their names.
fn take(import: &mut Import<'_>, path: &Path, published: Option<&str>, depth: usize, left: &mut usize) {
    let name = path.display().to_string();
    let Ok(data) = fs::symlink_metadata(path) else { return import.unread(&name, "it cannot be read") };
    // What is named may be a link; what lies in a directory is read where it is.
    let data = if depth == 0 { fs::metadata(path).unwrap_or(data) } else { data };
    if data.is_dir() {
        if depth > DEEPEST {
            return import.unread(&name, "it lies too deep");
        }
        let mut entries: Vec<_> =
            fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for entry in entries {
            take(import, &entry, published, depth + 1, left);
        }
        return;
    }
    if !data.is_file() {
        return;
    }
    if *left == 0 {
        return import.unread(&name, "there are too many files");
    }
    *left -= 1;
    let changed = data.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let changed = changed.and_then(|passed| i64::try_from(passed.as_secs() / 86_400).ok());
    let day = published.map(str::to_owned).or_else(|| changed.map(|days| Date::from_days(days).to_string()));
    if let Err(error) = file(import, path, &name, day.as_deref().unwrap_or(""), depth == 0) {
        import.unread(&name, &error.to_string());
    }
}

/// Takes a file: an archive by its first bytes, else a document.
pub(super) fn file(
    import: &mut Import<'_>,
    path: &Path,
    name: &str,
    day: &str,
    alone: bool,
) -> std::io::Result<()> {
    import.published(day);
    let mut file = File::open(path)?;
    let mut head = [0; 4];
    let read = file.read(&mut head)?;
    file.rewind()?;
    if read == 4 && head.starts_with(b"PK") {
        import.archive(name, BufReader::new(file));
        return Ok(());
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(std::io::Error::other("it is too large"));
    }
    import.document(name, &bytes, alone);
    Ok(())
}

/// The parts of an import, by name.
pub(super) fn tables(imported: Imported) -> BTreeMap<Part, String> {
    imported.tables.into_iter().collect()
}
