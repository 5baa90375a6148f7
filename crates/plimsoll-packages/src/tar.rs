//! Reads a tar archive as a stream: one entry after the other, nothing unpacked, every length bounded.
//!
//! Knows ustar with its prefix, GNU long names and links, GNU base-256 numbers, PAX records (also those of old writers that say
//! size and names), hard links and sparse files. The crate `tar` was looked at first: it keeps records of long names in memory
//! whatever length they claim, and an archive that nobody trusts is the only kind there is here.
//! Deliberately absent: writing, and the contents of sparse files, of which only the size counts.

use std::io::{self, Read};

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A file with holes: its content is not what the archive holds.
    Sparse,
    /// Another name of a file of the same archive.
    HardLink,
    /// A symbolic link.
    Symlink,
    /// A directory.
    Directory,
    /// A device, a pipe and whatever else has no content.
    Other,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name as written: may be absolute or hold `..`.
    pub name: Vec<u8>,
    /// Where a link leads, as written.
    pub link: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// Bytes of content in the archive.
    pub size: u64,
    /// Bytes of the file: more than `size` for one with holes.
    pub real_size: u64,
    /// Permission bits with setuid, setgid and sticky.
    pub mode: u32,
    /// The account it belongs to.
    pub uid: u32,
}

/// What ends the reading of an archive.
#[derive(Debug, thiserror::Error)]
pub enum TarError {
    /// The archive ends in the middle of an entry.
    #[error("it ends in the middle of an entry")]
    Truncated,
    /// A header's checksum is wrong.
    #[error("the header of an entry is damaged")]
    Checksum,
    /// A header says what cannot be.
    #[error("the header of an entry makes no sense: {0}")]
    Header(&'static str),
    /// What lies below fails: the file, or the decompression.
    #[error("{0}")]
    Input(#[from] io::Error),
}

/// A stream that may know a faster way to pass over bytes than to read them.
pub trait Passing: Read {
    /// Passes over `count` bytes.
    ///
    /// # Errors
    /// `UnexpectedEof` when there are fewer, else whatever reading gives.
    fn pass(&mut self, count: u64) -> io::Result<()>;
}

/// Passes over bytes by reading them.
pub(crate) fn read_over(input: &mut impl Read, mut count: u64) -> io::Result<()> {
    let mut scratch = [0_u8; 16 * 1024];
    while count > 0 {
        let part = usize::try_from(count).unwrap_or(usize::MAX).min(scratch.len());
        let read = input.read(&mut scratch[..part])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        count -= read as u64;
    }
    Ok(())
}

const BLOCK: usize = 512;
/// Names and PAX records longer than this are no names.
const MAX_RECORD: u64 = 256 * 1024;
/// Extension headers before one entry.
const MAX_EXTENSIONS: usize = 16;

/// Reads entries from a stream.
#[derive(Debug)]
pub struct Archive<R> {
    input: R,
    /// Content of the current entry that was not read yet.
    content: u64,
    /// Bytes that fill its last block.
    padding: u64,
    /// Bytes consumed so far.
    position: u64,
}

/// What extension headers say about the next entry.
#[derive(Debug, Default)]
struct Extension {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    real_size: Option<u64>,
    uid: Option<u32>,
    sparse: bool,
}

impl<R: Passing> Archive<R> {
    /// Reads from the first byte of `input` on.
    pub fn new(input: R) -> Self {
        Self { input, content: 0, padding: 0, position: 0 }
    }

    /// Bytes consumed so far: after [`Archive::advance`] where the content begins.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Whatever follows the entries.
    pub fn into_inner(self) -> R {
        self.input
    }

    /// The next entry; `None` at the end.
    ///
    /// # Errors
    /// When the archive is cut off or damaged: nothing after that can be trusted.
    pub fn advance(&mut self) -> Result<Option<Entry>, TarError> {
        let mut extension = Extension::default();
        for _ in 0..=MAX_EXTENSIONS {
            self.finish()?;
            let Some(header) = self.header()? else { return Ok(None) };
            let size = number(&header[124..136]).ok_or(TarError::Header("its size is no number"))?;
            match header[156] {
                b'x' => {
                    let record = self.record(size)?;
                    read_pax(&record, &mut extension);
                }
                b'g' => {
                    self.record(size)?;
                }
                b'L' => extension.name = Some(trimmed(self.record(size)?)),
                b'K' => extension.link = Some(trimmed(self.record(size)?)),
                _ => return self.entry(&header, size, extension).map(Some),
            }
        }
        Err(TarError::Header("it has too many extensions"))
    }

    fn entry(&mut self, header: &[u8; BLOCK], size: u64, extension: Extension) -> Result<Entry, TarError> {
        let kind = match header[156] {
            _ if extension.sparse => EntryKind::Sparse,
            b'S' => EntryKind::Sparse,
            b'1' => EntryKind::HardLink,
            b'2' => EntryKind::Symlink,
            b'5' => EntryKind::Directory,
            b'3' | b'4' | b'6' => EntryKind::Other,
            // Old writers mark a directory by its name only; unknown types are files (pax(1)).
            _ => EntryKind::File,
        };
        let mut size = extension.size.unwrap_or(size);
        let mut real_size = extension.real_size.unwrap_or(size);
        if header[156] == b'S' {
            real_size = number(&header[483..495]).unwrap_or(size);
            let mut more = header[482] != 0;
            while more {
                let mut block = [0_u8; BLOCK];
                self.fill(&mut block)?;
                more = block[504] != 0;
            }
        }
        // Links and directories have no content, whatever their header claims; a hard link's size is that of its file.
        if !matches!(kind, EntryKind::File | EntryKind::Sparse) {
            size = 0;
            real_size = 0;
        }
        let name = extension.name.unwrap_or_else(|| ustar_name(header));
        let kind = if kind == EntryKind::File && name.ends_with(b"/") { EntryKind::Directory } else { kind };
        self.content = size;
        self.padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
        Ok(Entry {
            name,
            link: extension.link.unwrap_or_else(|| field(&header[157..257]).to_vec()),
            kind,
            size,
            real_size,
            mode: number(&header[100..108]).map_or(0, |mode| (mode & 0o7777) as u32),
            uid: extension.uid.or_else(|| u32::try_from(number(&header[108..116])?).ok()).unwrap_or(0),
        })
    }

    /// Reads some of the current entry's content; 0 at its end.
    ///
    /// # Errors
    /// When the archive ends before it.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TarError> {
        let most = usize::try_from(self.content).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let read = self.input.read(&mut buffer[..most])?;
        if read == 0 {
            return Err(TarError::Truncated);
        }
        self.content -= read as u64;
        self.position += read as u64;
        Ok(read)
    }

    /// Reads the rest of the current entry's content, which must have been found to be small enough.
    ///
    /// # Errors
    /// When the archive ends before it.
    pub fn read_whole(&mut self, into: &mut Vec<u8>) -> Result<(), TarError> {
        into.clear();
        let mut part = [0_u8; 8 * 1024];
        loop {
            match self.read(&mut part)? {
                0 => return Ok(()),
                read => into.extend_from_slice(&part[..read]),
            }
        }
    }

    /// Passes over what is left of the current entry.
    fn finish(&mut self) -> Result<(), TarError> {
        let rest = self.content.saturating_add(self.padding);
        self.content = 0;
        self.padding = 0;
        if rest > 0 {
            self.input.pass(rest).map_err(cut)?;
            self.position = self.position.saturating_add(rest);
        }
        Ok(())
    }

    /// The next header; `None` at the end of the archive.
    fn header(&mut self) -> Result<Option<[u8; BLOCK]>, TarError> {
        let mut block = [0_u8; BLOCK];
        let mut filled = 0;
        while filled < BLOCK {
            let read = self.input.read(&mut block[filled..])?;
            if read == 0 {
                break;
            }
            filled += read;
        }
        self.position += filled as u64;
        match filled {
            // Some writers leave the closing blocks out.
            0 => return Ok(None),
            BLOCK => {}
            _ => return Err(TarError::Truncated),
        }
        if block.iter().all(|&byte| byte == 0) {
            return Ok(None);
        }
        let said = number(&block[148..156]).ok_or(TarError::Checksum)?;
        let sum = |signed: bool| -> i64 {
            let bytes = block.iter().enumerate();
            bytes
                .map(|(at, &byte)| match at {
                    148..156 => 32,
                    _ if signed => i64::from(byte.cast_signed()),
                    _ => i64::from(byte),
                })
                .sum()
        };
        let said = i64::try_from(said).map_err(|_| TarError::Checksum)?;
        if said != sum(false) && said != sum(true) {
            return Err(TarError::Checksum);
        }
        Ok(Some(block))
    }

    /// The content of an extension header.
    fn record(&mut self, size: u64) -> Result<Vec<u8>, TarError> {
        if size > MAX_RECORD {
            return Err(TarError::Header("a name or record is too long"));
        }
        self.content = size;
        self.padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
        let mut record = Vec::new();
        self.read_whole(&mut record)?;
        Ok(record)
    }

    fn fill(&mut self, block: &mut [u8; BLOCK]) -> Result<(), TarError> {
        self.input.read_exact(block).map_err(cut)?;
        self.position += BLOCK as u64;
        Ok(())
    }
}

fn cut(error: io::Error) -> TarError {
    if error.kind() == io::ErrorKind::UnexpectedEof { TarError::Truncated } else { TarError::Input(error) }
}

/// Up to the first NUL.
fn field(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    &bytes[..end]
}

fn trimmed(mut name: Vec<u8>) -> Vec<u8> {
    let end = field(&name).len();
    name.truncate(end);
    name
}

fn ustar_name(header: &[u8; BLOCK]) -> Vec<u8> {
    let name = field(&header[..100]);
    // GNU's own format uses the place of the prefix for times.
    let prefix = if &header[257..263] == b"ustar\0" { field(&header[345..500]) } else { &[] };
    if prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() }
}

/// Octal digits, or GNU's base-256 with the first bit set.
fn number(bytes: &[u8]) -> Option<u64> {
    let (&first, rest) = bytes.split_first()?;
    if first & 0x80 != 0 {
        // A negative number makes no sense anywhere here.
        if first & 0x40 != 0 {
            return None;
        }
        let mut value = u64::from(first & 0x3f);
        for &byte in rest {
            value = value.checked_mul(256)?.checked_add(u64::from(byte))?;
        }
        return Some(value);
    }
    let text = field(bytes).trim_ascii();
    let mut value = 0_u64;
    for &digit in text {
        match digit {
            b'0'..=b'7' => value = value.checked_mul(8)?.checked_add(u64::from(digit - b'0'))?,
            _ => return None,
        }
    }
    Some(value)
}

/// Records `LENGTH KEY=VALUE\n`. What follows a broken one is not read.
fn read_pax(mut record: &[u8], extension: &mut Extension) {
    while let Some(space) = record.iter().position(|&byte| byte == b' ') {
        let length: Option<usize> =
            std::str::from_utf8(&record[..space]).ok().and_then(|digits| digits.parse().ok());
        let Some(length) = length.filter(|&length| length > space + 1 && length <= record.len()) else {
            return;
        };
        let (this, rest) = record.split_at(length);
        record = rest;
        let pair = this.get(space + 1..length - 1).unwrap_or_default();
        let Some(equals) = pair.iter().position(|&byte| byte == b'=') else { return };
        let (key, value) = (&pair[..equals], &pair[equals + 1..]);
        let decimal = || std::str::from_utf8(value).ok().and_then(|digits| digits.parse::<u64>().ok());
        match key {
            b"path" if !extension.sparse || extension.name.is_none() => {
                extension.name = Some(value.to_vec());
            }
            b"linkpath" => extension.link = Some(value.to_vec()),
            b"size" => extension.size = decimal(),
            b"uid" => extension.uid = decimal().and_then(|uid| u32::try_from(uid).ok()),
            b"GNU.sparse.name" => {
                extension.sparse = true;
                extension.name = Some(value.to_vec());
            }
            b"GNU.sparse.realsize" | b"GNU.sparse.size" => {
                extension.sparse = true;
                extension.real_size = decimal();
            }
            key if key.starts_with(b"GNU.sparse.") => extension.sparse = true,
            _ => {}
        }
    }
}
