//! The bytes of a layer: plain, gzip or zstd by what they start with, both sides hashed, the expansion bounded.
//!
//! Deliberately absent: the media type, which writers get wrong; the first bytes cannot be.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use sha2::{Digest, Sha256};

use crate::hexadecimal;

use crate::tar::{Passing, read_over};

/// How a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    Plain,
    /// gzip, one or several members.
    Gzip,
    /// Zstandard.
    Zstd,
}

/// What the first bytes say.
#[must_use]
pub fn compression(head: &[u8]) -> Compression {
    if head.starts_with(&[0x1f, 0x8b]) {
        Compression::Gzip
    } else if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) || is_padding(head) {
        Compression::Zstd
    } else {
        Compression::Plain
    }
}

/// A frame that decoders skip (RFC 8878, 3.1.2).
fn is_padding(head: &[u8]) -> bool {
    matches!(head, [first, 0x2a, 0x4d, 0x18, ..] if first & 0xf0 == 0x50)
}

/// More than this many bytes come out of no layer of an image.
const MAX_EXPANDED: u64 = 64 << 30;
/// Up to here anything goes: an empty log of a gigabyte packs into nothing.
const SMALL: u64 = 1 << 30;
/// Text of an empty log compresses like this, software does not.
const MAX_RATIO: u64 = 250;
/// A frame may ask for this much memory.
const MAX_WINDOW: u64 = 64 << 20;
const BUFFER: usize = 64 * 1024;

/// Hashes what passes through it.
pub struct Hashed<R> {
    input: R,
    /// Of an archive as a whole nobody states the digest.
    hash: Option<Sha256>,
}

impl<R> Hashed<R> {
    /// The digest so far, `sha256:…`; empty when none was made.
    fn sum(self) -> String {
        self.hash.map(named).unwrap_or_default()
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        if let Some(hash) = &mut self.hash {
            hash.update(&buffer[..read]);
        }
        Ok(read)
    }
}

fn named(hash: Sha256) -> String {
    format!("sha256:{}", hexadecimal(&hash.finalize()))
}

/// The digest of a small text.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(bytes);
    named(hash)
}

/// The first bytes were read to tell what it is, one by one if need be.
type Begun<R> = io::Chain<io::Cursor<Vec<u8>>, R>;
/// The magic number was read to tell a frame from padding.
type FrameInput<R> = io::Chain<io::Cursor<[u8; 4]>, BufReader<Hashed<Begun<R>>>>;
type Frame<R> = StreamingDecoder<FrameInput<R>, FrameDecoder>;

enum Coding<R: Read> {
    Plain(BufReader<Hashed<Begun<R>>>),
    Gzip(Box<MultiGzDecoder<BufReader<Hashed<Begun<R>>>>>),
    Zstd(Box<Frame<R>>),
    /// Between two frames, or after the last one.
    Rest(BufReader<Hashed<Begun<R>>>),
    /// A frame could not be begun.
    Broken,
}

/// A stream as it was before it was compressed.
pub struct Decoded<R: Read> {
    coding: Coding<R>,
    compressed: bool,
    /// Of what comes out, where that is not what goes in.
    hash: Option<Sha256>,
    out: u64,
    packed: u64,
    /// From here on the ratio counts.
    small: u64,
}

/// The digests of both sides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Digests {
    /// Of the blob.
    pub blob: String,
    /// Of what it holds: what a configuration calls `diff_id`.
    pub plain: String,
}

impl<R: Read> Decoded<R> {
    /// Looks at the first bytes. `size` is the length of `input`, when it is known.
    ///
    /// # Errors
    /// As the input says, or when a Zstandard frame asks for too much.
    pub fn new(input: R, size: Option<u64>) -> io::Result<Self> {
        Self::begin(input, size, true)
    }

    /// The same without digests: of an archive as a whole nobody states one.
    ///
    /// # Errors
    /// As for [`Decoded::new`].
    pub fn unhashed(input: R, size: Option<u64>) -> io::Result<Self> {
        Self::begin(input, size, false)
    }

    fn begin(mut input: R, size: Option<u64>, hashed: bool) -> io::Result<Self> {
        let hash = || hashed.then(Sha256::new);
        let mut head = Vec::new();
        (&mut input).take(4).read_to_end(&mut head)?;
        let compression = compression(&head);
        let input = Hashed { input: io::Cursor::new(head).chain(input), hash: hash() };
        let input = BufReader::with_capacity(BUFFER, input);
        let coding = match compression {
            Compression::Plain => Coding::Plain(input),
            Compression::Gzip => Coding::Gzip(Box::new(MultiGzDecoder::new(input))),
            Compression::Zstd => Coding::Rest(input),
        };
        let compressed = compression != Compression::Plain;
        let packed = size.unwrap_or(MAX_EXPANDED);
        Ok(Self { coding, compressed, hash: hash(), out: 0, packed, small: SMALL })
    }

    /// Reads to the end and gives the digests.
    ///
    /// # Errors
    /// When the rest cannot be read.
    pub fn finish(mut self) -> io::Result<Digests> {
        let mut scratch = vec![0_u8; BUFFER];
        while self.read(&mut scratch)? > 0 {}
        let mut rest = match self.coding {
            // Nothing was changed: one digest serves for both.
            Coding::Plain(input) => {
                let digest = input.into_inner().sum();
                return Ok(Digests { blob: digest.clone(), plain: digest });
            }
            Coding::Gzip(decoder) => decoder.into_inner(),
            Coding::Rest(input) => input,
            Coding::Zstd(frame) => frame.into_inner().into_inner().1,
            Coding::Broken => return Err(io::ErrorKind::InvalidData.into()),
        };
        loop {
            let length = rest.fill_buf()?.len();
            if length == 0 {
                break;
            }
            rest.consume(length);
        }
        Ok(Digests { blob: rest.into_inner().sum(), plain: self.hash.map(named).unwrap_or_default() })
    }

    /// Reads from the frames of a Zstandard stream, which may be many and have padding between them.
    fn read_frames(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match std::mem::replace(&mut self.coding, Coding::Broken) {
                Coding::Zstd(mut frame) => {
                    let read = frame.read(buffer)?;
                    self.coding = if read > 0 {
                        Coding::Zstd(frame)
                    } else {
                        Coding::Rest(frame.into_inner().into_inner().1)
                    };
                    if read > 0 {
                        return Ok(read);
                    }
                }
                Coding::Rest(mut input) => {
                    if input.fill_buf()?.is_empty() {
                        self.coding = Coding::Rest(input);
                        return Ok(0);
                    }
                    let mut magic = [0_u8; 4];
                    input.read_exact(&mut magic)?;
                    if is_padding(&magic) {
                        let mut length = [0_u8; 4];
                        input.read_exact(&mut length)?;
                        read_over(&mut input, u64::from(u32::from_le_bytes(length)))?;
                        self.coding = Coding::Rest(input);
                        continue;
                    }
                    let invalid = |error: String| io::Error::new(io::ErrorKind::InvalidData, error);
                    let input = io::Cursor::new(magic).chain(input);
                    let frame = StreamingDecoder::new_with_max_window_size(input, MAX_WINDOW)
                        .map_err(|error| invalid(error.to_string()))?;
                    self.coding = Coding::Zstd(Box::new(frame));
                }
                other => {
                    self.coding = other;
                    return Err(io::ErrorKind::InvalidData.into());
                }
            }
        }
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = match &mut self.coding {
            Coding::Plain(input) => input.read(buffer)?,
            Coding::Gzip(input) => input.read(buffer)?,
            _ => self.read_frames(buffer)?,
        };
        if !self.compressed {
            return Ok(read);
        }
        self.out += read as u64;
        let bomb = self.out > self.small && self.out / MAX_RATIO > self.packed;
        if self.out > MAX_EXPANDED || bomb {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "it expands to far more than its size: the rest is not read",
            ));
        }
        if let Some(hash) = &mut self.hash {
            hash.update(&buffer[..read]);
        }
        Ok(read)
    }
}

impl<R: Read> Passing for Decoded<R> {
    fn pass(&mut self, count: u64) -> io::Result<()> {
        read_over(self, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Zeros, deflated: RFC 1951 needs about a thousandth of them.
    #[test]
    fn what_expands_without_end_is_not_read_to_its_end() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut packed, &vec![0; 3 << 20]).unwrap();
        let packed = packed.finish().unwrap();
        let size = Some(packed.len() as u64);
        let read = |small| {
            let mut decoded = Decoded::new(&*packed, size).unwrap();
            decoded.small = small;
            decoded.finish()
        };
        assert!(read(4 << 20).is_ok());
        assert!(read(1 << 20).unwrap_err().to_string().starts_with("it expands to far more"));
    }
}
