//! The connection: a socket whose every read and write knows its deadline and can be stopped.
//!
//! Deliberately absent: what is said over it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustls::{ClientConnection, StreamOwned};

use crate::address::Way;
use crate::line::broken;
use crate::tls::told;
use crate::{Address, EngineError};

/// What a connection is made of.
enum Stream {
    #[cfg(unix)]
    Unix(UnixStream),
    Tcp(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    /// How long one read and one write may take. Behind TLS each may be part of the other.
    fn wait(&self, wait: Duration) -> io::Result<()> {
        let socket = match self {
            #[cfg(unix)]
            Self::Unix(stream) => {
                stream.set_read_timeout(Some(wait))?;
                return stream.set_write_timeout(Some(wait));
            }
            Self::Tcp(stream) => stream,
            Self::Tls(stream) => &stream.sock,
        };
        socket.set_read_timeout(Some(wait))?;
        socket.set_write_timeout(Some(wait))
    }

    /// Says that nothing more is sent.
    fn hang_up(&mut self) -> io::Result<()> {
        match self {
            #[cfg(unix)]
            Self::Unix(stream) => stream.shutdown(Shutdown::Write),
            Self::Tcp(stream) => stream.shutdown(Shutdown::Write),
            Self::Tls(stream) => {
                stream.conn.send_close_notify();
                stream.flush()?;
                stream.sock.shutdown(Shutdown::Write)
            }
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            #[cfg(unix)]
            Self::Unix(stream) => stream.read(buffer),
            Self::Tcp(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            #[cfg(unix)]
            Self::Unix(stream) => stream.write(bytes),
            Self::Tcp(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tls(stream) => stream.flush(),
            _ => Ok(()),
        }
    }
}

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
    /// Connects, and agrees on keys where there is TLS.
    pub(crate) fn open(
        address: &Address,
        connect: Duration,
        deadline: Instant,
        quiet: Duration,
        stop: Option<Stop>,
        lingers: bool,
    ) -> Result<Self, EngineError> {
        let mut wire = Self { stream: dialled(address, connect)?, deadline, quiet, stop, lingers };
        wire.shake_hands(connect).map_err(|error| {
            let place = address.to_string();
            match error.get_ref().and_then(|inner| inner.downcast_ref()) {
                Some(error) => EngineError::Tls { place, what: told(error) },
                None => broken(&format!("connecting to {place}"), connect, error),
            }
        })?;
        Ok(wire)
    }

    /// Behind TLS, agrees on keys before anything is said: what goes wrong here has its own words.
    fn shake_hands(&mut self, most: Duration) -> io::Result<()> {
        let deadline = self.deadline;
        self.deadline = deadline.min(Instant::now() + most);
        while let Stream::Tls(stream) = &self.stream
            && stream.conn.is_handshaking()
        {
            self.patiently(|stream| match stream {
                Stream::Tls(stream) => stream.conn.complete_io(&mut stream.sock).map(|_| 0),
                _ => Ok(0),
            })?;
        }
        self.deadline = deadline;
        Ok(())
    }

    /// Takes the connection on for another call.
    pub(crate) fn renew(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    /// Does something for as long as it says that it has to wait.
    fn patiently(&mut self, mut act: impl FnMut(&mut Stream) -> io::Result<usize>) -> io::Result<usize> {
        let begin = Instant::now();
        loop {
            if self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                if !self.lingers {
                    return Err(io::Error::other(Halt));
                }
                // Hanging up on our side ends the work over there; its last words are still worth hearing.
                self.stop = None;
                self.deadline = self.deadline.min(Instant::now() + LAST_WORDS);
                self.stream.hang_up()?;
            }
            let now = Instant::now();
            if now >= self.deadline || now.duration_since(begin) >= self.quiet {
                return Err(io::ErrorKind::TimedOut.into());
            }
            // A timeout of nothing would mean none.
            let wait = BEAT.min(self.deadline.duration_since(now)).max(Duration::from_millis(1));
            self.stream.wait(wait)?;
            match act(&mut self.stream) {
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

/// Connects. A socket whose owner accepts nobody would wait for ever: the thread that does is left behind then.
fn dialled(address: &Address, most: Duration) -> Result<Stream, EngineError> {
    let place = || address.to_string();
    let (sender, receiver) = std::sync::mpsc::channel();
    let way = address.way.clone();
    std::thread::spawn(move || sender.send(dial(&way, most)));
    match receiver.recv_timeout(most) {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => EngineError::NoEngine(place()),
            io::ErrorKind::PermissionDenied => EngineError::Forbidden(place()),
            _ => match address.way {
                Way::Unix(_) => EngineError::NotAnEngine { address: place(), what: error.to_string() },
                Way::Tcp { .. } => EngineError::NoEngine(format!("{} ({error})", place())),
            },
        }),
        Err(_) => {
            Err(EngineError::Slow { call: format!("connecting to {}", place()), seconds: most.as_secs() })
        }
    }
}

/// Whether somebody lets us in.
pub(crate) fn knock(address: &Address, most: Duration) -> Result<(), EngineError> {
    dialled(address, most).map(drop)
}

fn dial(way: &Way, most: Duration) -> io::Result<Stream> {
    match way {
        #[cfg(unix)]
        Way::Unix(path) => UnixStream::connect(path).map(Stream::Unix),
        #[cfg(not(unix))]
        Way::Unix(_) => {
            Err(io::Error::new(io::ErrorKind::Unsupported, "there are no unix sockets on this system"))
        }
        Way::Tcp { host, port, papers } => {
            let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
            for place in (host.as_str(), *port).to_socket_addrs()? {
                let stream = match TcpStream::connect_timeout(&place, most) {
                    Ok(stream) => stream,
                    Err(error) => {
                        last = error;
                        continue;
                    }
                };
                stream.set_nodelay(true)?;
                let Some(papers) = papers else { return Ok(Stream::Tcp(stream)) };
                let connection = papers.connection(host).map_err(io::Error::other)?;
                return Ok(Stream::Tls(Box::new(StreamOwned::new(connection, stream))));
            }
            Err(last)
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.patiently(|stream| stream.read(buffer))
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.patiently(|stream| stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.patiently(|stream| stream.flush().map(|()| 0)).map(drop)
    }
}
