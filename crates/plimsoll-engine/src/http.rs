//! Replies of HTTP/1.1: the head, and a body by its length, in chunks, or up to the end of the connection.
//!
//! Whatever the bytes are, reading ends, does not panic and holds no more than its bounds. Deliberately absent:
//! compression, trailers' meaning, redirects.

use std::io::{self, BufRead, Read};

/// The longest head, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// Informational replies before the real one.
const MAX_INTERIM: usize = 8;

/// The longest line between chunks, in bytes.
const MAX_CHUNK_LINE: usize = 4 * 1024;

/// Why a reply cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It is no HTTP/1.
    #[error("it does not speak HTTP ({0})")]
    NotHttp(String),
    /// The head is too long.
    #[error("the head of its answer is longer than 64 KiB")]
    Head,
    /// It ended, or could not be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A reply: its head is read, its body is not.
#[derive(Debug)]
pub struct Reply<R> {
    /// The status.
    pub status: u16,
    headers: Vec<(String, String)>,
    body: Body<R>,
}

impl<R: BufRead> Reply<R> {
    /// Reads the head. `bodiless` for an answer to `HEAD`.
    ///
    /// # Errors
    /// [`Fault`] when it is none.
    pub fn read(mut reader: R, bodiless: bool) -> Result<Self, Fault> {
        for _ in 0..MAX_INTERIM {
            let (status, headers) = head(&mut reader)?;
            if (100..200).contains(&status) && status != 101 {
                continue;
            }
            let empty = bodiless || matches!(status, 204 | 304);
            let framing = if empty { Framing::Length(0) } else { framing(&headers)? };
            return Ok(Self { status, headers, body: Body { reader, framing } });
        }
        Err(Fault::NotHttp("nothing but interim answers".to_owned()))
    }

    /// A header's first value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        value(&self.headers, name)
    }

    /// The body, to be read once.
    pub fn body(self) -> Body<R> {
        self.body
    }

    /// Whether the other side says that it hangs up after this.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    /// The body, up to `most` bytes, and whether that is all of it.
    ///
    /// # Errors
    /// As the connection says; what had come is lost.
    pub fn up_to(self, most: usize) -> io::Result<(Vec<u8>, bool)> {
        let mut bytes = Vec::new();
        self.body.take(most as u64 + 1).read_to_end(&mut bytes)?;
        let whole = bytes.len() <= most;
        bytes.truncate(most);
        Ok((bytes, whole))
    }
}

fn value<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// A line without its end; nothing at the end of the bytes.
fn line(reader: &mut impl BufRead, left: &mut usize) -> Result<Option<Vec<u8>>, Fault> {
    let mut bytes = Vec::new();
    let read = reader.take(*left as u64).read_until(b'\n', &mut bytes)?;
    *left -= read.min(*left);
    if read == 0 && *left > 0 {
        return Ok(None);
    }
    if bytes.pop() != Some(b'\n') {
        return Err(if *left == 0 { Fault::Head } else { Fault::Io(io::ErrorKind::UnexpectedEof.into()) });
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    Ok(Some(bytes))
}

type Headers = Vec<(String, String)>;

fn head(reader: &mut impl BufRead) -> Result<(u16, Headers), Fault> {
    // Whatever does not begin as HTTP is not waited for to its end.
    let begin = reader.fill_buf()?;
    let start = begin.get(..begin.len().min(5)).unwrap_or_default();
    if !b"HTTP/".starts_with(start) {
        return Err(Fault::NotHttp(shown(begin)));
    }
    let mut left = MAX_HEAD;
    let Some(first) = line(reader, &mut left)? else {
        return Err(Fault::Io(io::ErrorKind::UnexpectedEof.into()));
    };
    let status = first
        .strip_prefix(b"HTTP/1.")
        .and_then(|rest| rest.get(1..5))
        .filter(|rest| rest.first() == Some(&b' '))
        .and_then(|rest| std::str::from_utf8(&rest[1..]).ok())
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| Fault::NotHttp(shown(&first)))?;
    let mut headers = Vec::new();
    loop {
        let Some(line) = line(reader, &mut left)? else {
            return Err(Fault::Io(io::ErrorKind::UnexpectedEof.into()));
        };
        if line.is_empty() {
            return Ok((status, headers));
        }
        let text = String::from_utf8_lossy(&line);
        let (name, value) = text.split_once(':').ok_or_else(|| Fault::NotHttp(shown(&line)))?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

/// The beginning of bytes that are nobody's secret: what answered instead of an engine.
fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes.get(..bytes.len().min(40)).unwrap_or_default()).into_owned();
    text.chars().map(|one| if one.is_control() { ' ' } else { one }).collect::<String>().trim().to_owned()
}

fn framing(headers: &Headers) -> Result<Framing, Fault> {
    if let Some(coding) = value(headers, "transfer-encoding") {
        return match coding.eq_ignore_ascii_case("chunked") {
            true => Ok(Framing::Chunk { left: 0, first: true }),
            false => Err(Fault::NotHttp(format!("transfer coding {}", shown(coding.as_bytes())))),
        };
    }
    match value(headers, "content-length") {
        None => Ok(Framing::UntilEnd),
        Some(text) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => text
            .parse()
            .map(Framing::Length)
            .map_err(|_| Fault::NotHttp("a length past all bounds".to_owned())),
        Some(text) => Err(Fault::NotHttp(format!("length {}", shown(text.as_bytes())))),
    }
}

#[derive(Debug)]
enum Framing {
    Length(u64),
    /// In a chunk of which so much is left; at 0 the next one's size follows.
    Chunk {
        left: u64,
        first: bool,
    },
    UntilEnd,
    Done,
}

/// A body as it comes.
#[derive(Debug)]
pub struct Body<R> {
    reader: R,
    framing: Framing,
}

impl<R: BufRead> Body<R> {
    /// The reader behind it, when the body was read to an end that it told itself: another reply may follow.
    #[must_use]
    pub fn into_reader(self) -> Option<R> {
        matches!(self.framing, Framing::Done | Framing::Length(0)).then_some(self.reader)
    }

    /// The size of the next chunk; 0 for the last, whose trailers are read too.
    fn next_chunk(&mut self, first: bool) -> io::Result<u64> {
        let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let mut line = |most: usize| -> io::Result<Vec<u8>> {
            let mut left = most;
            match line(&mut self.reader, &mut left) {
                Ok(Some(line)) => Ok(line),
                Ok(None) => Err(io::ErrorKind::UnexpectedEof.into()),
                Err(Fault::Io(error)) => Err(error),
                Err(_) => Err(bad("a line between chunks is too long")),
            }
        };
        if !first && !line(MAX_CHUNK_LINE)?.is_empty() {
            return Err(bad("a chunk is longer than it says"));
        }
        let size = line(MAX_CHUNK_LINE)?;
        let digits = size.split(|byte| *byte == b';').next().unwrap_or_default();
        let digits = std::str::from_utf8(digits).map_err(|_| bad("a chunk has no size"))?.trim();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(bad("a chunk has no size"));
        }
        let size = u64::from_str_radix(digits, 16).map_err(|_| bad("a chunk is too large"))?;
        if size == 0 {
            for _ in 0..64 {
                if line(MAX_CHUNK_LINE)?.is_empty() {
                    return Ok(0);
                }
            }
            return Err(bad("too many trailers"));
        }
        Ok(size)
    }
}

impl<R: BufRead> Read for Body<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if let Framing::Chunk { left: 0, first } = self.framing {
            self.framing = match self.next_chunk(first)? {
                0 => Framing::Done,
                left => Framing::Chunk { left, first: false },
            };
        }
        let left = match &self.framing {
            Framing::Done | Framing::Length(0) => return Ok(0),
            Framing::UntilEnd => return self.reader.read(buffer),
            Framing::Length(left) | Framing::Chunk { left, .. } => *left,
        };
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.reader.read(buffer.get_mut(..most).unwrap_or_default())?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Framing::Length(left) | Framing::Chunk { left, .. } = &mut self.framing {
            *left -= read as u64;
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one byte at a time, so that every place is a place to split.
    struct Drops<'a>(&'a [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = buffer.len().min(1);
            self.0.read(&mut buffer[..most])
        }
    }

    fn read(bytes: &[u8]) -> Result<(u16, Vec<u8>), String> {
        let one = whole(io::BufReader::new(Drops(bytes)));
        let all = whole(bytes);
        assert_eq!(one.as_ref().ok(), all.as_ref().ok(), "how it comes makes no difference");
        all
    }

    fn whole(reader: impl BufRead) -> Result<(u16, Vec<u8>), String> {
        let reply = Reply::read(reader, false).map_err(|fault| fault.to_string())?;
        let status = reply.status;
        let (bytes, _) = reply.up_to(1 << 20).map_err(|error| error.to_string())?;
        Ok((status, bytes))
    }

    #[test]
    fn bodies_end_where_they_say() {
        let ok = |text: &str, body: &str| {
            assert_eq!(read(text.as_bytes()), Ok((200, body.as_bytes().to_vec())), "{text}");
        };
        ok("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloworld", "hello");
        ok("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nx", "");
        ok("HTTP/1.0 200\nA: b\n\nup to the end", "up to the end");
        ok(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: x\r\n\r\nrest",
            "hello world",
        );
        // A length beside chunks does not count (RFC 9112, 6.3).
        ok(
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n",
            "0123456789",
        );
        ok("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", "a");
        assert_eq!(read(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"), Ok((304, Vec::new())));
    }

    #[test]
    fn what_breaks_off_is_no_answer() {
        for text in [
            "",
            "HTTP",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_http_is_told() {
        let fault = |text: &str| read(text.as_bytes()).unwrap_err();
        assert_eq!(fault("SSH-2.0-OpenSSH_9.2\r\n"), "it does not speak HTTP (SSH-2.0-OpenSSH_9.2)");
        for text in [
            "HTTP/2 200\r\n\r\n",
            "HTTP/1.1 abc\r\n\r\n",
            "HTTP/1.1 +20 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n",
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn heads_and_lines_are_bounded() {
        let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "a".repeat(MAX_HEAD));
        assert_eq!(whole(long.as_bytes()), Err("the head of its answer is longer than 64 KiB".to_owned()));
        let interim = "HTTP/1.1 102 Processing\r\n\r\n".repeat(100);
        assert!(whole(interim.as_bytes()).is_err());
        let size =
            format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;{}", "x".repeat(MAX_CHUNK_LINE));
        assert!(whole(size.as_bytes()).is_err());
        let reply = Reply::read(&b"HTTP/1.1 200 OK\r\n\r\nabcdef"[..], false).unwrap();
        assert_eq!(reply.up_to(3).unwrap(), (b"abc".to_vec(), false));
    }
}
