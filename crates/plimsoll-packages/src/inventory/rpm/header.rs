//! The header of a package as rpm keeps it: two counts, an index of tags, and the values behind it (rpm's `header.c`).
//!
//! Deliberately absent: signatures and everything that is not shown.

use std::sync::Arc;

use super::super::{Listed, Owned, is_ambiguous};
use super::{numbered, source};

const NAME: u32 = 1000;
const VERSION: u32 = 1001;
const RELEASE: u32 = 1002;
const EPOCH: u32 = 1003;
const VENDOR: u32 = 1011;
const LICENSE: u32 = 1014;
const ARCHITECTURE: u32 = 1022;
const SOURCE: u32 = 1044;
const DIRECTORY_OF: u32 = 1116;
const BASE_NAMES: u32 = 1117;
const DIRECTORIES: u32 = 1118;
/// The index may have so many entries; rpm itself allows as many.
const MAX_ENTRIES: usize = 0xffff;

struct Header<'b> {
    index: &'b [u8],
    values: &'b [u8],
}

/// A package and the files of it that may be packages of another kind.
pub(super) fn package(blob: &[u8]) -> Option<(Listed, Owned)> {
    let entries = usize::try_from(number(blob, 0)?).ok().filter(|entries| *entries <= MAX_ENTRIES)?;
    let length = usize::try_from(number(blob, 4)?).ok()?;
    let (index, rest) = blob.get(8..)?.split_at_checked(entries * 16)?;
    let header = Header { index, values: rest.get(..length.min(rest.len()))? };
    let (name, version) = (header.text(NAME)?, header.text(VERSION)?);
    if name.is_empty() || version.is_empty() {
        return None;
    }
    let version = format!("{version}-{}", header.text(RELEASE).unwrap_or_default());
    let epoch = header.value(EPOCH).and_then(|(value, _)| number(value, 0)).filter(|epoch| *epoch != 0);
    let text = |tag| header.text(tag).filter(|text| !text.is_empty() && *text != "(none)");
    let listed = Listed {
        name: name.as_str().into(),
        version: numbered(epoch, &version),
        source: text(SOURCE).and_then(|file| source(&file, &name, &version)),
        architecture: text(ARCHITECTURE).map(Arc::from),
        maintainer: text(VENDOR).map(Arc::from),
        license: text(LICENSE).map(Arc::from),
    };
    Some((listed, Owned { package: name.into(), files: header.files() }))
}

impl Header<'_> {
    /// The bytes from where the value of a tag starts, and how many there are of it.
    fn value(&self, wanted: u32) -> Option<(&[u8], usize)> {
        self.index.as_chunks::<16>().0.iter().find_map(|entry| {
            (number(entry, 0)? == wanted).then_some(())?;
            let start = usize::try_from(number(entry, 8)?).ok()?;
            let count = usize::try_from(number(entry, 12)?).ok()?;
            Some((self.values.get(start..)?, count))
        })
    }

    fn texts(&self, tag: u32) -> impl Iterator<Item = &[u8]> {
        let (bytes, count) = self.value(tag).unwrap_or_default();
        bytes.split(|byte| *byte == 0).take(count)
    }

    fn text(&self, tag: u32) -> Option<String> {
        let first = self.texts(tag).next()?;
        Some(String::from_utf8_lossy(first.get(..first.len().min(1024))?).into_owned())
    }

    fn files(&self) -> Vec<Box<str>> {
        let directories: Vec<&[u8]> = self.texts(DIRECTORIES).collect();
        let (of, count) = self.value(DIRECTORY_OF).unwrap_or_default();
        let of = of.as_chunks::<4>().0.iter().take(count);
        let files = self.texts(BASE_NAMES).zip(of).filter_map(|(base, of)| {
            let directory = directories.get(usize::try_from(u32::from_be_bytes(*of)).ok()?)?;
            let path = [directory.strip_prefix(b"/").unwrap_or(directory), base].concat();
            let path = String::from_utf8(path).ok()?;
            is_ambiguous(&path).then(|| path.into())
        });
        files.collect()
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}
