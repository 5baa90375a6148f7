//! The line to an engine: one call after the other, each on a connection of its own and in the API version that both speak.
//!
//! Deliberately absent: which calls there are. The two halves of the client have them.

use std::fmt;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use crate::http::{Fault, Reply};
use crate::tls::told;
use crate::wire::{Halt, Wire};
use crate::{Address, EngineError, Stop, VersionReply};

/// The oldest API that is understood: the Docker Engine 20.10 speaks 1.41, Podman 1.40.
pub const OLDEST: ApiVersion = ApiVersion { major: 1, minor: 40 };
/// The newest one whose changes were looked at: the Docker Engine 29.
pub const NEWEST: ApiVersion = ApiVersion { major: 1, minor: 52 };

/// One that engines speak from 25 on, and that 29 still takes.
const COMMON: ApiVersion = ApiVersion { major: 1, minor: 44 };

/// The largest answer that is taken as a whole, in bytes.
pub(crate) const MAX_ANSWER: usize = 64 * 1024 * 1024;
/// The largest message of an error.
pub(crate) const MAX_MESSAGE: usize = 64 * 1024;

/// A version of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion {
    /// Always 1 until now.
    pub major: u16,
    /// 41 for the Docker Engine 20.10.
    pub minor: u16,
}

impl ApiVersion {
    fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        Some(Self { major: major.parse().ok()?, minor: minor.parse().ok()? })
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Until the connection stands.
    pub connect: Duration,
    /// The longest silence in an answer that should come at once.
    pub quiet: Duration,
    /// A whole call that should be answered at once.
    pub call: Duration,
    /// A whole call that takes as long as it takes: a build, waiting for an end.
    pub work: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            quiet: Duration::from_secs(20),
            call: Duration::from_secs(60),
            work: Duration::from_secs(600),
        }
    }
}

/// What goes along with a request.
pub(crate) enum Parcel<'b> {
    Nothing,
    Json(&'b serde_json::Value),
    /// Whatever is written, in chunks.
    Stream(&'b mut dyn FnMut(&mut dyn Write) -> io::Result<()>, &'static str),
}

/// One request.
pub(crate) struct Request<'b> {
    pub(crate) method: &'static str,
    /// Path and query, percent-encoded, without version.
    pub(crate) path: String,
    pub(crate) parcel: Parcel<'b>,
    /// Whether it takes as long as it takes.
    pub(crate) work: bool,
    /// Whether the end of the answer is heard also after a stop, because it names what was made.
    pub(crate) lingers: bool,
}

/// The way to one engine.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) address: Address,
    pub(crate) patience: Patience,
    pub(crate) stop: Option<Stop>,
    version: Option<ApiVersion>,
    pub(crate) reply: VersionReply,
}

pub(crate) type Answer = Reply<BufReader<Wire>>;

impl Line {
    /// Asks who is there and which API both speak.
    pub(crate) fn open(
        address: &Address,
        patience: Patience,
        stop: Option<Stop>,
    ) -> Result<Self, EngineError> {
        let mut line =
            Self { address: address.clone(), patience, stop, version: None, reply: VersionReply::default() };
        let reply = line.introduce()?;
        let stranger =
            |what: &str| EngineError::NotAnEngine { address: address.to_string(), what: what.to_owned() };
        let newest = ApiVersion::parse(&reply.api_version)
            .ok_or_else(|| stranger("it does not say which API it speaks"))?;
        let oldest = ApiVersion::parse(&reply.min_api_version).unwrap_or(OLDEST);
        let common = newest.min(NEWEST);
        let cure = if common < OLDEST { "it is of 2019 or older" } else { "a newer plimsoll knows it" };
        if common < OLDEST || oldest > NEWEST {
            return Err(EngineError::Version { theirs: format!("{oldest} to {newest}"), cure });
        }
        line.version = Some(common);
        line.reply = reply;
        Ok(line)
    }

    /// Asks who is there. Where that is refused without a version in the path, it is asked in one that every engine of the last
    /// years speaks, and then for nothing but the version (`/_ping`, which some proxies let through alone).
    fn introduce(&mut self) -> Result<VersionReply, EngineError> {
        let refused = match self.get("/version") {
            Err(error @ EngineError::Refused { .. }) => error,
            answer => return answer.map_err(|error| self.stranger(error)),
        };
        for version in [COMMON, OLDEST] {
            self.version = Some(version);
            let answer = self.get("/version");
            self.version = None;
            if let Ok(reply) = answer {
                return Ok(reply);
            }
        }
        if let Ok(answer) = self.fetch("/_ping")
            && let Some(version) = answer.header("api-version")
        {
            return Ok(VersionReply { api_version: version.to_owned(), ..VersionReply::default() });
        }
        Err(self.stranger(refused))
    }

    /// What a first answer means that is none of an engine.
    fn stranger(&self, error: EngineError) -> EngineError {
        let address = self.address.to_string();
        let what = match error {
            EngineError::Refused { message, .. } if message.contains("to an HTTPS server") => {
                let what = "it wants TLS: DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH where ca.pem is not in ~/.docker";
                return EngineError::Tls { place: address, what: what.to_owned() };
            }
            EngineError::Refused { status, message, .. } => format!("{status} {message}"),
            EngineError::Unusable { what, .. } => what,
            EngineError::Broken { error, .. } => error.to_string(),
            other => return other,
        };
        EngineError::NotAnEngine { address, what }
    }

    /// An error when somebody said stop.
    pub(crate) fn heed(&self) -> Result<(), EngineError> {
        match self.stop.as_ref().is_some_and(|stop| stop.load(std::sync::atomic::Ordering::Relaxed)) {
            true => Err(EngineError::Stopped),
            false => Ok(()),
        }
    }

    pub(crate) fn version(&self) -> ApiVersion {
        self.version.unwrap_or(OLDEST)
    }

    /// `GET`, whose answer is JSON.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, EngineError> {
        let answer = self.fetch(path)?;
        json(&called("GET", path), self.patience.call, answer)
    }

    /// `GET`, whose answer is read by the caller.
    pub(crate) fn fetch(&self, path: &str) -> Result<Answer, EngineError> {
        self.send(Request {
            method: "GET",
            path: path.to_owned(),
            parcel: Parcel::Nothing,
            work: false,
            lingers: false,
        })
    }

    /// A change, whose answer is JSON.
    pub(crate) fn ask<T: DeserializeOwned>(&self, request: Request<'_>) -> Result<T, EngineError> {
        let call = called(request.method, &request.path);
        let whole = if request.work { self.patience.work } else { self.patience.call };
        let answer = self.send(request)?;
        json(&call, whole, answer)
    }

    /// A change that has no answer.
    pub(crate) fn order(&self, request: Request<'_>) -> Result<(), EngineError> {
        self.send(request).map(drop)
    }

    /// Sends a request; an answer that says no is an error.
    pub(crate) fn send(&self, request: Request<'_>) -> Result<Answer, EngineError> {
        let call = called(request.method, &request.path);
        let Patience { connect, quiet, call: short, work } = self.patience;
        let (whole, quiet) = if request.work { (work, work) } else { (short, quiet) };
        let broken = |error| broken(&call, whole, error);
        self.heed()?;
        let deadline = Instant::now() + whole;
        let wire = Wire::open(&self.address, connect, deadline, quiet, self.stop.clone(), request.lingers)?;
        let mut out = BufWriter::new(wire);
        let mut unread = None;
        // An engine that says no may do so before it has read everything: what it says is worth more than that it hung up.
        let sent = self.write(&mut out, request, &mut unread);
        if let Some(error) = unread {
            return Err(EngineError::Sending(error));
        }
        let (wire, _) = out.into_parts();
        let reply = match (Reply::read(BufReader::new(wire), false), sent) {
            (Ok(reply), Ok(())) => reply,
            (Ok(reply), Err(_)) if reply.status >= 400 => reply,
            (_, Err(error)) => return Err(broken(error)),
            (Err(Fault::Io(error)), _) => return Err(broken(error)),
            (Err(fault), _) => {
                return Err(EngineError::NotAnEngine {
                    address: self.address.to_string(),
                    what: fault.to_string(),
                });
            }
        };
        match reply.status {
            101 | 200..=299 | 304 => Ok(reply),
            status => {
                let (bytes, _) = reply.up_to(MAX_MESSAGE).map_err(broken)?;
                Err(EngineError::Refused { call, status, message: message(&bytes) })
            }
        }
    }

    /// What stands before every path.
    pub(crate) fn prefix(&self) -> String {
        self.version.map(|version| format!("/v{version}")).unwrap_or_default()
    }

    fn write(
        &self,
        out: &mut BufWriter<Wire>,
        request: Request<'_>,
        unread: &mut Option<io::Error>,
    ) -> io::Result<()> {
        let version = self.prefix();
        let Request { method, path, parcel, .. } = request;
        write!(out, "{method} {version}{path} HTTP/1.1\r\nHost: docker\r\nUser-Agent: plimsoll\r\n")?;
        write!(out, "Connection: close\r\n")?;
        match parcel {
            Parcel::Nothing if method == "GET" => write!(out, "\r\n")?,
            Parcel::Nothing => write!(out, "Content-Length: 0\r\n\r\n")?,
            Parcel::Json(value) => {
                let text = value.to_string();
                write!(
                    out,
                    "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
                    text.len()
                )?;
            }
            Parcel::Stream(fill, kind) => {
                write!(out, "Content-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n")?;
                out.flush()?;
                let mut chunks = Chunks { out, failure: None };
                let filled = {
                    let mut buffer = BufWriter::with_capacity(64 * 1024, &mut chunks);
                    let filled = fill(&mut buffer).and_then(|()| buffer.flush());
                    // What is left after a failure is not sent any more.
                    let _ = buffer.into_parts();
                    filled
                };
                if let Some(error) = chunks.failure {
                    return Err(error);
                }
                if let Err(error) = filled {
                    *unread = Some(error);
                    return Ok(());
                }
                write!(out, "0\r\n\r\n")?;
            }
        }
        out.flush()
    }
}

/// Makes each write a chunk, and remembers when it was the line that failed and not what is written.
struct Chunks<'w> {
    out: &'w mut BufWriter<Wire>,
    failure: Option<io::Error>,
}

impl Write for Chunks<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let mut send = || {
            write!(self.out, "{:x}\r\n", bytes.len())?;
            self.out.write_all(bytes)?;
            self.out.write_all(b"\r\n")
        };
        match send() {
            Ok(()) => Ok(bytes.len()),
            Err(error) => {
                let kind = error.kind();
                self.failure = Some(error);
                Err(kind.into())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// How a call is named in errors: without its query, which may hold values.
pub(crate) fn called(method: &str, path: &str) -> String {
    format!("{method} {}", path.split('?').next().unwrap_or(path))
}

fn json<T: DeserializeOwned>(call: &str, whole: Duration, answer: Answer) -> Result<T, EngineError> {
    let unusable = |what: String| EngineError::Unusable { call: call.to_owned(), what };
    let (bytes, all) = answer.up_to(MAX_ANSWER).map_err(|error| broken(call, whole, error))?;
    if !all {
        return Err(unusable(format!("it is larger than {} MiB", MAX_ANSWER >> 20)));
    }
    // What serde says of a wrong value may show it.
    serde_json::from_slice(&bytes).map_err(|error| {
        unusable(format!(
            "it is not the JSON that is documented, at line {} column {}",
            error.line(),
            error.column()
        ))
    })
}

/// What a failed read or write means.
pub(crate) fn broken(call: &str, whole: Duration, error: io::Error) -> EngineError {
    let call = call.to_owned();
    let inner = error.get_ref();
    if inner.is_some_and(|inner| inner.is::<Halt>()) {
        return EngineError::Stopped;
    }
    if let Some(error) = inner.and_then(|inner| inner.downcast_ref()) {
        return EngineError::Tls { place: call, what: told(error) };
    }
    match error.kind() {
        io::ErrorKind::TimedOut => EngineError::Slow { call, seconds: whole.as_secs() },
        io::ErrorKind::InvalidData => EngineError::Unusable { call, what: error.to_string() },
        _ => EngineError::Broken { call, error },
    }
}

impl Line {
    /// Reads what follows an answer's head, by way of the caller.
    pub(crate) fn read<T>(
        &self,
        call: &str,
        work: bool,
        answer: Answer,
        read: impl FnOnce(&mut dyn Read) -> io::Result<T>,
    ) -> Result<T, EngineError> {
        let whole = if work { self.patience.work } else { self.patience.call };
        read(&mut answer.body()).map_err(|error| broken(call, whole, error))
    }
}

/// The engine's own words: `{"message": …}`, or whatever it sent.
pub(crate) fn message(bytes: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Told {
        message: String,
    }
    match serde_json::from_slice::<Told>(bytes) {
        Ok(told) => told.message.trim().to_owned(),
        Err(_) => String::from_utf8_lossy(bytes).trim().chars().take(400).collect(),
    }
}

/// A value in a path or a query.
pub(crate) fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
        out
    })
}

/// A name in a path. Images have `/`, `:` and `@` in theirs.
pub(crate) fn named(name: &str) -> Result<String, EngineError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:@/".contains(&byte);
    let part = |part: &str| !matches!(part, "" | "." | "..");
    match name.len() < 512 && name.bytes().all(plain) && name.split('/').all(part) {
        true => Ok(name.to_owned()),
        false => Err(EngineError::Name(name.chars().take(100).collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers() {
        assert!(ApiVersion::parse("1.9") < ApiVersion::parse("1.41"));
        assert_eq!(ApiVersion::parse("1"), None);
        assert_eq!(NEWEST.to_string(), "1.52");
    }

    #[test]
    fn names_stay_in_their_place() {
        for good in ["node:22", "registry.example:5000/a/b@sha256:0f", "plimsoll-1_api.1"] {
            assert_eq!(named(good).unwrap(), good);
        }
        for bad in ["", "a/../b", "..", "a//b", "a?b", "a b", "a%2fb", "a\r\nb", "/a"] {
            assert!(named(bad).is_err(), "{bad}");
        }
        assert_eq!(encoded("{\"a\":[\"b=ü\"]}"), "%7B%22a%22%3A%5B%22b%3D%C3%BC%22%5D%7D");
    }

    #[test]
    fn the_engine_speaks_for_itself() {
        assert_eq!(message(br#"{"message":"No such image: x"}"#), "No such image: x");
        assert_eq!(message(b"  plain words\n"), "plain words");
        assert_eq!(message(b""), "");
    }
}
