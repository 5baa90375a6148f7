//! ZIP archives, entry by entry.
//!
//! Deliberately absent: archives within archives, and names of entries as paths: nothing is unpacked to anywhere.

use std::io::{Read, Seek};

use super::{Import, LARGEST};

/// Entries of one archive: the feed of npm has a quarter of a million.
const MOST: usize = 2_000_000;
/// Bytes of one archive, unpacked.
const ALL: u64 = 16 * 1024 * 1024 * 1024;

pub(super) fn read(import: &mut Import<'_>, name: &str, file: impl Read + Seek) {
    let mut archive = match zip::ZipArchive::new(file) {
        Ok(archive) => archive,
        Err(error) => return import.fault(name, format!("the archive cannot be read: {error}")),
    };
    if archive.len() > MOST {
        return import.fault(name, format!("the archive has more than {MOST} entries"));
    }
    let mut left = ALL;
    let mut bytes = Vec::new();
    for at in 0..archive.len() {
        let mut entry = match archive.by_index(at) {
            Ok(entry) => entry,
            Err(error) => {
                import.fault(&format!("{name}: entry {}", at + 1), error.to_string());
                continue;
            }
        };
        if !entry.is_file() {
            continue;
        }
        let own: String =
            entry.name().unwrap_or_default().chars().filter(|c| !c.is_control()).take(200).collect();
        let own = format!("{name}: {own}");
        bytes.clear();
        let most = LARGEST.min(left);
        let read = (&mut entry).take(most + 1).read_to_end(&mut bytes);
        drop(entry);
        let length = bytes.len() as u64;
        left = left.saturating_sub(length);
        match read {
            Err(error) => import.fault(&own, format!("it is damaged: {error}")),
            Ok(_) if length > most => import.fault(&own, "it is too large"),
            Ok(_) => import.document(&own, &bytes, false),
        }
        if left == 0 {
            return import.fault(name, "the archive holds more than is read of one");
        }
        // One large entry does not stay in memory for all that come.
        if bytes.capacity() > 1 << 24 {
            bytes = Vec::new();
        }
    }
}
