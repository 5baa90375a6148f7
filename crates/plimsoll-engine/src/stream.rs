//! What containers print, as the engine sends it: frames of standard output and error, or plain bytes of a terminal.

use std::io::{self, Read};

/// The longest frame that is believed, in bytes.
const MAX_FRAME: usize = 16 * 1024 * 1024;

/// What was printed, up to a bound.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// Standard output; all of it for a container with a terminal.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// Whether more was printed than is kept.
    pub cut: bool,
}

impl Output {
    /// The lines of both, error first.
    pub fn lines(&self) -> impl Iterator<Item = String> + '_ {
        let split = |bytes: &[u8]| -> Vec<String> {
            String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect()
        };
        split(&self.stderr).into_iter().chain(split(&self.stdout))
    }

    /// Reads to the end; of each stream `most` bytes are kept.
    pub(crate) fn read(mut reader: impl Read, terminal: bool, most: usize) -> io::Result<Self> {
        let mut output = Self::default();
        let mut buffer = [0_u8; 8 * 1024];
        if terminal {
            loop {
                let read = reader.read(&mut buffer)?;
                if read == 0 {
                    return Ok(output);
                }
                output.keep(1, buffer.get(..read).unwrap_or_default(), most);
            }
        }
        loop {
            let mut head = [0_u8; 8];
            let mut filled = 0;
            while let Some(rest) = head.get_mut(filled..).filter(|rest| !rest.is_empty()) {
                match reader.read(rest)? {
                    0 if filled == 0 => return Ok(output),
                    0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                    read => filled += read,
                }
            }
            let [kind, zeros @ .., a, b, c, d] = head;
            let mut left = u32::from_be_bytes([a, b, c, d]) as usize;
            if kind > 3 || zeros != [0; 3] || left > MAX_FRAME {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame of output without a head"));
            }
            while left > 0 {
                let part = left.min(buffer.len());
                let read = reader.read(buffer.get_mut(..part).unwrap_or_default())?;
                if read == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                output.keep(kind, buffer.get(..read).unwrap_or_default(), most);
                left -= read;
            }
        }
    }

    fn keep(&mut self, kind: u8, bytes: &[u8], most: usize) {
        let stream = if kind == 2 { &mut self.stderr } else { &mut self.stdout };
        let room = most.saturating_sub(stream.len()).min(bytes.len());
        self.cut |= room < bytes.len();
        stream.extend_from_slice(bytes.get(..room).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_apart() {
        let bytes =
            b"\x01\0\0\0\0\0\0\x03one\x02\0\0\0\0\0\0\x04oh\nx\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\x02!\n";
        let output = Output::read(&bytes[..], false, 100).unwrap();
        assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (&b"one!\n"[..], &b"oh\nx"[..]));
        assert_eq!(output.lines().collect::<Vec<_>>(), ["oh", "x", "one!"]);
        let output = Output::read(&bytes[..], false, 2).unwrap();
        assert!(output.cut && output.stdout == b"on");
        assert_eq!(Output::read(&b"plain"[..], true, 100).unwrap().stdout, b"plain");
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        for bytes in
            [&b"plain text"[..], b"\x01\0\0", b"\x01\0\0\0\0\0\0\x05abc", b"\x01\0\0\0\xff\xff\xff\xff"]
        {
            assert!(Output::read(bytes, false, 100).is_err(), "{bytes:?}");
        }
    }
}
