//! `plimsoll db update`: fetches the public feeds into the store.
//!
//! What came so far stays beside the store when a connection breaks, with the mark by which the server knows it; the next attempt goes on
//! from there, in this run or a later one. Each feed is taken in by itself: one that cannot be fetched, or holds nothing that can be
//! read, leaves what was known as it was. Deliberately absent: when to update; nothing but this command fetches feeds.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plimsoll_fetch::{Fault, FetchError, Fetcher, Limits, Network};
use plimsoll_packages::database::Table;
use plimsoll_packages::feed::Import;
use plimsoll_packages::hexadecimal;
use plimsoll_report::plain;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::feeds::{Document, Feed, documents};
use super::store::{Lock, Validator};
use super::{Choice, directory, import, opened};
use crate::config;
use crate::date::Date;
use crate::disk;
use crate::run::{CLEAN, FAILED, FINDINGS, Failure, Streams, print};

/// The largest feed, in bytes: that of npm has some 250 million.
const LARGEST: u64 = 2 * 1024 * 1024 * 1024;
/// Attempts at one feed, as long as the connection is what fails.
const ATTEMPTS: usize = 4;
/// The checksums of a mirror.
const SUMS: &str = "SHA256SUMS";

/// What was asked for.
pub(super) struct Asked {
    pub(super) base: Option<String>,
    pub(super) only: Vec<Feed>,
    pub(super) alpine: Vec<String>,
    pub(super) config: Option<PathBuf>,
}

pub(super) fn run(asked: &Asked, choice: &Choice, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let bases = bases(asked, streams)?;
    let store_path = directory(choice)?;
    let limits = Limits { body: LARGEST, ..Limits::default() };
    let network = Network::of(|name| std::env::var(name).ok());
    let fetcher = Fetcher::new(limits, &network).map_err(|error| error.to_string())?;
    let _lock = Lock::take(&store_path)?;
    let mut store = opened(&store_path, streams);
    let mut database = store.database();
    let documents = documents(&asked.only, &bases, &asked.alpine, &database);
    let sums = match bases.get("base") {
        Some(base) => sums(&fetcher, base)?,
        None => BTreeMap::new(),
    };
    let partial = store_path.join("partial");
    fs::create_dir_all(&partial).map_err(|error| format!("{}: {error}", partial.display()))?;
    let mut changed = BTreeMap::new();
    let (mut done, mut failed) = (0_usize, 0_usize);
    let mut said = String::new();
    for document in &documents {
        let part = document.feed.part();
        let known = store.validators.get(&document.name).filter(|_| store.has(part)).cloned();
        let download = Download { fetcher: &fetcher, document, directory: &partial };
        let got = download.fetch(known.as_ref()).and_then(|got| match got {
            Got::Unchanged => Ok(None),
            Got::File { path, day, etag } => {
                check(&path, document, &sums)?;
                Ok(Some((path, day, etag)))
            }
        });
        match got {
            Ok(None) => {
                done += 1;
                said.push_str(&format!("{}: unchanged\n", document.name));
            }
            Ok(Some((path, day, etag))) => {
                let mut import = Import::new(&database);
                let read = import::file(&mut import, &path, &document.url, &day, true);
                let _ = fs::remove_file(&path);
                let imported = import.finish();
                for line in import::faults(&imported) {
                    let _ = writeln!(streams.stderr, "{}", plain(&line));
                }
                if read.is_err() || !imported.tables.iter().any(|(own, _)| *own == part) {
                    failed += 1;
                    let _ = writeln!(
                        streams.stderr,
                        "warning: {}: what came cannot be used; what was known stays",
                        document.name
                    );
                    continue;
                }
                done += 1;
                said.push_str(&import::said(&database, &imported));
                for (part, text) in import::tables(imported) {
                    database = database.with(part, Table::imported(text.clone(), &document.url));
                    changed.insert(part, (text, document.url.clone()));
                }
                store.validators.insert(document.name.clone(), Validator { url: document.url.clone(), etag });
            }
            Err(why) => {
                failed += 1;
                let _ = writeln!(
                    streams.stderr,
                    "warning: {}: {}; what was known stays",
                    document.name,
                    plain(&why)
                );
            }
        }
    }
    let _ = fs::remove_dir(&partial);
    if !changed.is_empty() {
        let parts = changed.into_iter().map(|(part, (text, from))| (part, text, from)).collect();
        store.write(&store_path, parts)?;
        said.push_str(&format!("kept in {}\n", plain(&store_path.display().to_string())));
    }
    print(streams, &said)?;
    Ok(match (done, failed) {
        (_, 0) => CLEAN,
        (0, _) => FAILED,
        _ => FINDINGS,
    })
}

/// Where feeds are: the flag for all of them, else the configuration.
fn bases(asked: &Asked, streams: &mut Streams<'_>) -> Result<BTreeMap<String, String>, Failure> {
    if let Some(base) = &asked.base {
        return Ok(BTreeMap::from([("base".to_owned(), base.clone())]));
    }
    let path = match &asked.config {
        Some(path) => path.clone(),
        None if Path::new(config::NAME).is_file() => PathBuf::from(config::NAME),
        None => return Ok(BTreeMap::new()),
    };
    let name = path.display().to_string();
    let bytes = disk::read_named(&path, disk::MAX_FILE).map_err(|error| format!("{name}: {error}"))?;
    let config = config::read(&name, &bytes, Date::today).map_err(|error| error.to_string())?;
    for notice in &config.notices {
        let _ = writeln!(streams.stderr, "warning: {name}: {}", plain(&notice.message));
    }
    for (key, url) in &config.database.bases {
        let _ = writeln!(streams.stderr, "{name}: {key} is {}", plain(url));
    }
    Ok(config.database.bases)
}

/// The checksums that a mirror states; it need not state any.
fn sums(fetcher: &Fetcher, base: &str) -> Result<BTreeMap<String, String>, String> {
    let url = format!("{}/{SUMS}", base.trim_end_matches('/'));
    let reply = fetcher.get(&url, &[], 0).map_err(|error| error.to_string())?;
    match reply.status {
        200 => {}
        404 | 410 => return Ok(BTreeMap::new()),
        status => return Err(format!("{url}: the server answers {status}")),
    }
    let bytes = reply.bytes(1 << 20).map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&bytes);
    let line = |line: &str| {
        let (sum, path) = line.split_once(char::is_whitespace)?;
        let path = path.trim().trim_start_matches('*').trim_start_matches("./");
        Some((path.to_owned(), sum.to_ascii_lowercase()))
    };
    Ok(text.lines().filter_map(line).collect())
}

/// Holds what came against what the mirror states.
fn check(path: &Path, document: &Document, sums: &BTreeMap<String, String>) -> Result<(), String> {
    let Some(stated) = sums.get(&document.path) else { return Ok(()) };
    let digest = digest(path).map_err(|error| error.to_string())?;
    if hexadecimal(&digest) == *stated {
        return Ok(());
    }
    let _ = fs::remove_file(path);
    Err(format!("{}: its checksum is not the one of {SUMS}", document.url))
}

fn digest(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finalize().to_vec()),
            read => hash.update(buffer.get(..read).unwrap_or(&[])),
        }
    }
}

/// One feed on its way here.
struct Download<'d> {
    fetcher: &'d Fetcher,
    document: &'d Document,
    directory: &'d Path,
}

enum Got {
    Unchanged,
    File { path: PathBuf, day: String, etag: String },
}

/// How an attempt ended that may be made again.
enum End {
    Again(String),
    Never(String),
}

impl From<FetchError> for End {
    fn from(error: FetchError) -> Self {
        match error.fault() {
            Fault::Way => Self::Again(error.to_string()),
            Fault::Own | Fault::Theirs => Self::Never(error.to_string()),
        }
    }
}

impl From<std::io::Error> for End {
    fn from(error: std::io::Error) -> Self {
        Self::Never(error.to_string())
    }
}

impl Download<'_> {
    fn fetch(&self, known: Option<&Validator>) -> Result<Got, String> {
        let mut why = String::new();
        for _ in 0..ATTEMPTS {
            match self.attempt(known) {
                Ok(got) => return Ok(got),
                Err(End::Never(why)) => return Err(why),
                Err(End::Again(again)) => why = again,
            }
        }
        Err(why)
    }

    fn file(&self) -> PathBuf {
        self.directory.join(format!("{}.part", self.document.name))
    }

    /// What says of which feed, and of which state of it, the file is a part.
    fn mark(&self) -> PathBuf {
        self.directory.join(format!("{}.json", self.document.name))
    }

    fn forget(&self) {
        let _ = fs::remove_file(self.file());
        let _ = fs::remove_file(self.mark());
    }

    /// The mark of a part that can be gone on with, and how long it is.
    fn begun(&self) -> Option<(String, u64)> {
        let mark: Value = serde_json::from_slice(&fs::read(self.mark()).ok()?).ok()?;
        let etag = mark["etag"].as_str()?.to_owned();
        let length = fs::metadata(self.file()).ok()?.len();
        // A weak mark is of what means the same, not of the same bytes.
        let sound = mark["url"] == self.document.url.as_str()
            && etag.starts_with('"')
            && (1..LARGEST).contains(&length);
        sound.then_some((etag, length))
    }

    fn attempt(&self, known: Option<&Validator>) -> Result<Got, End> {
        let begun = self.begun();
        let (headers, from): (Vec<(&str, &str)>, u64) = match (&begun, known) {
            (Some((etag, length)), _) => (vec![("if-range", etag)], *length),
            (None, Some(known)) if known.url == self.document.url && !known.etag.is_empty() => {
                (vec![("if-none-match", &known.etag)], 0)
            }
            _ => (Vec::new(), 0),
        };
        let url = &self.document.url;
        let mut reply = self.fetcher.get(url, &headers, from)?;
        match reply.status {
            200 | 206 => {}
            304 => return Ok(Got::Unchanged),
            // There is nothing behind what is here: it is not what the server has.
            416 => {
                self.forget();
                return Err(End::Again(format!("{url}: the server has less than was fetched before")));
            }
            status @ (500..=599 | 429) => {
                return Err(End::Again(format!("{url}: the server answers {status}")));
            }
            status => {
                self.forget();
                return Err(End::Never(format!("{url}: the server answers {status}")));
            }
        }
        let etag = reply.header("etag").unwrap_or("").to_owned();
        let day = reply.header("last-modified").or_else(|| reply.header("date")).and_then(day);
        let digest_stated = reply.headers("repr-digest").find_map(sha256);
        let mut file = if reply.from_byte == 0 {
            self.forget();
            fs::write(self.mark(), json!({"url": url, "etag": etag}).to_string())?;
            File::create(self.file())?
        } else {
            File::options().append(true).open(self.file())?
        };
        let mut left = LARGEST - reply.from_byte.min(LARGEST);
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = reply.body.read(&mut buffer).map_err(|error| FetchError::from_read(error, url))?;
            if read == 0 {
                break;
            }
            left = match left.checked_sub(read as u64) {
                Some(left) => left,
                None => {
                    self.forget();
                    return Err(End::Never(format!("{url}: is larger than {LARGEST} bytes")));
                }
            };
            file.write_all(buffer.get(..read).unwrap_or(&[]))?;
        }
        drop(file);
        let _ = fs::remove_file(self.mark());
        if let Some(stated) = digest_stated
            && digest(&self.file())? != stated
        {
            self.forget();
            return Err(End::Never(format!("{url}: its checksum is not the one that the server states")));
        }
        Ok(Got::File { path: self.file(), day: day.unwrap_or_default(), etag })
    }
}

/// `sha-256=:BASE64:` of a `Repr-Digest` (RFC 9530).
fn sha256(header: &str) -> Option<Vec<u8>> {
    let mut all = header.split(',').map(str::trim);
    let text = all.find_map(|one| one.strip_prefix("sha-256=:"))?.strip_suffix(':')?;
    let bytes = STANDARD.decode(text).ok()?;
    (bytes.len() == 32).then_some(bytes)
}

/// The day of an HTTP date: `Sun, 22 Nov 2026 08:49:37 GMT`.
fn day(header: &str) -> Option<String> {
    let mut words = header.split(", ").nth(1)?.split(' ');
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = names.iter().position(|name| *name == month)? + 1;
    Date::parse(&format!("{year}-{month:02}-{day}")).map(|date| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_http_have_a_day() {
        assert_eq!(day("Sun, 06 Nov 1994 08:49:37 GMT").as_deref(), Some("1994-11-06"));
        assert_eq!(day("Sunday, 06-Nov-94 08:49:37 GMT"), None);
        assert_eq!(day(""), None);
    }

    /// The digest of nothing, as every implementation of SHA-256 has it.
    #[test]
    fn a_stated_digest_is_read() {
        let empty = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
        assert_eq!(sha256(empty).unwrap(), Sha256::digest(b"").to_vec());
        assert_eq!(sha256(&format!("sha-512=:xx:, {empty}")).unwrap(), Sha256::digest(b"").to_vec());
        for header in ["", "sha-256=:47DE:", "sha-256=abc", "md5=:x:"] {
            assert_eq!(sha256(header), None, "{header}");
        }
    }
}
