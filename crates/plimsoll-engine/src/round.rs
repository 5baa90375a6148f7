//! Many questions one after the other over one connection, each answered in raw bytes.
//!
//! An engine may hang up between two of them: the next one is asked on a new connection. Deliberately absent: anything but `GET`.

use std::io::{self, BufReader, Read, Write};
use std::time::Instant;

use crate::EngineError;
use crate::http::{Fault, Reply};
use crate::line::{Answer, Line, MAX_MESSAGE, broken, called, message};
use crate::wire::Wire;

/// A row of questions.
pub(crate) struct Round<'l> {
    line: &'l Line,
    prefix: String,
    kept: Option<BufReader<Wire>>,
}

impl<'l> Round<'l> {
    pub(crate) fn new(line: &'l Line) -> Self {
        Self { line, prefix: line.prefix(), kept: None }
    }

    /// The answer to a `GET`, whole; one of more than `most` bytes cannot be used.
    pub(crate) fn get(&mut self, path: &str, most: usize) -> Result<Vec<u8>, EngineError> {
        let call = called("GET", path);
        let whole = self.line.patience.call;
        let broken = |error| broken(&call, whole, error);
        self.line.heed()?;
        let deadline = Instant::now() + whole;
        let reply = match self.again(path, deadline) {
            Some(reply) => reply,
            None => {
                let line = self.line;
                let (connect, quiet) = (line.patience.connect, line.patience.quiet);
                let wire = Wire::open(&line.address, connect, deadline, quiet, line.stop.clone(), false)?;
                self.ask(wire, path)
            }
        };
        let reply = reply.map_err(|fault| match fault {
            Fault::Io(error) => broken(error),
            fault => {
                let address = self.line.address.to_string();
                EngineError::NotAnEngine { address, what: fault.to_string() }
            }
        })?;
        let (status, last) = (reply.status, reply.is_last());
        let refused = !(200..300).contains(&status);
        let most = if refused { MAX_MESSAGE } else { most };
        let mut body = reply.body();
        let mut bytes = Vec::new();
        (&mut body).take(most as u64 + 1).read_to_end(&mut bytes).map_err(broken)?;
        self.kept = if last { None } else { body.into_reader() };
        if refused {
            return Err(EngineError::Refused { call, status, message: message(&bytes) });
        }
        if bytes.len() > most {
            let what = format!("it is larger than {} MiB", most >> 20);
            return Err(EngineError::Unusable { call, what });
        }
        Ok(bytes)
    }

    /// Over the connection that is open; nothing when there is none, or the other side has hung up.
    fn again(&mut self, path: &str, deadline: Instant) -> Option<Result<Answer, Fault>> {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};
        let mut wire = self.kept.take().filter(|reader| reader.buffer().is_empty())?.into_inner();
        wire.renew(deadline);
        match self.ask(wire, path) {
            Err(Fault::Io(error))
                if matches!(
                    error.kind(),
                    BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof
                ) =>
            {
                None
            }
            answer => Some(answer),
        }
    }

    fn ask(&self, mut wire: Wire, path: &str) -> Result<Answer, Fault> {
        let prefix = &self.prefix;
        let request = format!("GET {prefix}{path} HTTP/1.1\r\nHost: docker\r\nUser-Agent: plimsoll\r\n\r\n");
        wire.write_all(request.as_bytes()).map_err(Fault::Io)?;
        wire.flush().map_err(io::Error::into).and_then(|()| Reply::read(BufReader::new(wire), false))
    }
}
