//! The connection: a socket whose every read and write knows its deadline and can be stopped.
//!
//! Deliberately absent: what is said over it.

use std::io::{self, Read, Write};
#[cfg(unix)]
use std::os::unix::net::UnixStream as Stream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::{Address, EngineError};

#[cfg(not(unix))]
type Stream = std::net::TcpStream;

/// How often a waiting read looks whether it may go on.
const BEAT: Duration = Duration::from_millis(100);

/// How long is listened after a stop.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// Says stop to every call that is under way: set it from a signal's handler or another thread.
pub type Stop = Arc<AtomicBool>;

/// A connection with a deadline.
pub(crate) struct Wire {
    stream: Stream,
    deadline: Instant,
    /// The longest silence.
    quiet: Duration,
    stop: Option<Stop>,
    /// Whether what the other side still says is listened to after a stop.
    lingers: bool,
}

/// What a stopped read or write fails with.
#[derive(Debug)]
pub(crate) struct Halt;

impl std::fmt::Display for Halt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped")
    }
}

impl std::error::Error for Halt {}

impl Wire {
    /// Connects. A socket whose owner accepts nobody would wait for ever: the thread that does is left behind then.
    pub(crate) fn open(
        address: &Address,
        connect: Duration,
        deadline: Instant,
        quiet: Duration,
        stop: Option<Stop>,
        lingers: bool,
    ) -> Result<Self, EngineError> {
        let (sender, receiver) = std::sync::mpsc::channel();
        let path = address.path().to_owned();
        std::thread::spawn(move || sender.send(dial(&path)));
        let place = || address.to_string();
        match receiver.recv_timeout(connect) {
            Ok(Ok(stream)) => Ok(Self { stream, deadline, quiet, stop, lingers }),
            Ok(Err(error)) => Err(match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => EngineError::NoEngine(place()),
                io::ErrorKind::PermissionDenied => EngineError::Forbidden(place()),
                _ => EngineError::NotAnEngine { address: place(), what: error.to_string() },
            }),
            Err(_) => Err(EngineError::Slow {
                call: format!("connecting to {}", place()),
                seconds: connect.as_secs(),
            }),
        }
    }

    /// Takes the connection on for another call.
    pub(crate) fn renew(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    /// Does something for as long as it says that it has to wait.
    fn patiently(
        &mut self,
        mut act: impl FnMut(&mut Stream, Duration) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let begin = Instant::now();
        loop {
            if self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                if !self.lingers {
                    return Err(io::Error::other(Halt));
                }
                // Hanging up on our side ends the work over there; its last words are still worth hearing.
                self.stop = None;
                self.deadline = self.deadline.min(Instant::now() + LAST_WORDS);
                self.stream.shutdown(std::net::Shutdown::Write)?;
            }
            let now = Instant::now();
            if now >= self.deadline || now.duration_since(begin) >= self.quiet {
                return Err(io::ErrorKind::TimedOut.into());
            }
            // A timeout of nothing would mean none.
            let wait = BEAT.min(self.deadline.duration_since(now)).max(Duration::from_millis(1));
            match act(&mut self.stream, wait) {
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
                    ) => {}
                done => return done,
            }
        }
    }
}

#[cfg(unix)]
fn dial(path: &std::path::Path) -> io::Result<Stream> {
    Stream::connect(path)
}

#[cfg(not(unix))]
fn dial(_: &std::path::Path) -> io::Result<Stream> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "there are no unix sockets on this system"))
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.patiently(|stream, wait| {
            stream.set_read_timeout(Some(wait))?;
            stream.read(buffer)
        })
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.patiently(|stream, wait| {
            stream.set_write_timeout(Some(wait))?;
            stream.write(bytes)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
