//! An engine that plays a part: answers by path, over connections that stay open, whatever they are made of.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};

/// What is answered, by path without version and query.
#[derive(Clone, Default)]
pub(crate) struct Part {
    answers: BTreeMap<String, Reply>,
    /// Hangs up after so many answers.
    patience: Option<usize>,
    /// What paths without version are answered by.
    versionless: Option<Reply>,
}

/// One answer.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Status and body, with a length.
    Plain(&'static str, String),
    /// Body in chunks of so many bytes.
    Chunked(String, usize),
    /// These bytes.
    Raw(Vec<u8>),
    /// Silence.
    Never,
    /// The connection ends.
    HangUp,
}

/// What was asked: which connection, and the request's head.
pub(crate) type Heard = Arc<Mutex<Vec<(usize, String)>>>;

impl Part {
    pub(crate) fn new(answers: &[(&str, &str)]) -> Self {
        answers.iter().fold(Self::default(), |part, (path, body)| part.json(path, body))
    }

    pub(crate) fn json(self, path: &str, body: &str) -> Self {
        self.with(path, Reply::Plain("200 OK", body.to_owned()))
    }

    pub(crate) fn with(mut self, path: &str, reply: Reply) -> Self {
        self.answers.insert(path.to_owned(), reply);
        self
    }

    /// Hangs up after so many answers.
    pub(crate) fn moody(mut self, answers: usize) -> Self {
        self.patience = Some(answers);
        self
    }

    /// Answers so whatever has no version in its path.
    pub(crate) fn without_version(mut self, reply: Reply) -> Self {
        self.versionless = Some(reply);
        self
    }

    fn reply(&self, head: &str) -> Reply {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default();
        let version = path.strip_prefix("/v1.").and_then(|rest| rest.split_once('/'));
        if let (None, Some(reply)) = (version, &self.versionless) {
            return reply.clone();
        }
        let path = version.map_or_else(|| path.to_owned(), |(_, rest)| format!("/{rest}"));
        let missing = || Reply::Plain("404 Not Found", r#"{"message":"page not found"}"#.to_owned());
        self.answers.get(&path).cloned().unwrap_or_else(missing)
    }

    /// Plays on one connection until the other side, or the part, ends it.
    pub(crate) fn play(&self, number: usize, stream: &mut (impl Read + Write), heard: &Heard) {
        let mut bytes: Vec<u8> = Vec::new();
        let mut buffer = [0; 4096];
        let mut answered = 0;
        loop {
            while let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
                bytes.drain(..end + 4);
                if let Ok(mut heard) = heard.lock() {
                    heard.push((number, head.clone()));
                }
                let out = match self.reply(&head) {
                    Reply::Plain(status, body) => {
                        let head = format!("HTTP/1.1 {status}\r\nApi-Version: 1.41\r\n");
                        format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
                    }
                    Reply::Chunked(body, size) => {
                        let mut out = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
                        for chunk in body.as_bytes().chunks(size) {
                            out.extend(format!("{:x}\r\n", chunk.len()).bytes());
                            out.extend(chunk);
                            out.extend(b"\r\n");
                        }
                        out.extend(b"0\r\n\r\n");
                        out
                    }
                    Reply::Raw(bytes) => bytes,
                    Reply::Never => loop {
                        std::thread::park();
                    },
                    Reply::HangUp => return,
                };
                if stream.write_all(&out).and_then(|()| stream.flush()).is_err() {
                    return;
                }
                answered += 1;
                if self.patience == Some(answered) {
                    return;
                }
            }
            match stream.read(&mut buffer) {
                Ok(read) if read > 0 => bytes.extend_from_slice(&buffer[..read]),
                _ => return,
            }
        }
    }
}
