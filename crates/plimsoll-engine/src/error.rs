//! What can go wrong, and whose fault it is.

use std::io;

/// Why the engine gave no answer, or not the one that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Nothing listens: the user starts an engine or says where it is.
    #[error(
        "there is no Docker Engine at {0}: start one, or say where it is with DOCKER_HOST=unix:///path or tcp://host:port"
    )]
    NoEngine(String),
    /// The user may not open the socket.
    #[error(
        "no permission to open {0}: the Docker Engine lets in root and the group of its socket (often `docker`)"
    )]
    Forbidden(String),
    /// The user named an address that this client cannot reach.
    #[error("the address `{address}` of the Docker Engine cannot be used: {why}")]
    Address {
        /// What was named.
        address: String,
        /// Why, and what to do instead.
        why: &'static str,
    },
    /// What is asked for works on an engine of this machine alone.
    #[error("the engine at {0} is on another machine, where neither files nor containers of this one are")]
    Elsewhere(String),
    /// A context of the `docker` command that leads nowhere.
    #[error("the context `{name}` of the docker command cannot be used: {why}")]
    Context {
        /// Its name.
        name: String,
        /// Why.
        why: String,
    },
    /// Certificates of the user that cannot be used.
    #[error("{file} cannot be used for TLS: {why}")]
    Papers {
        /// Which file.
        file: String,
        /// Why.
        why: String,
    },
    /// One side does not take what the other side shows.
    #[error("{place}: there is no TLS with the engine: {what}")]
    Tls {
        /// Which address, or which call over it.
        place: String,
        /// What is wrong, and who can mend it.
        what: String,
    },
    /// Something else listens there.
    #[error("what answers at {address} is no Docker Engine: {what}")]
    NotAnEngine {
        /// Where.
        address: String,
        /// What it said.
        what: String,
    },
    /// The engine is too old or too new.
    #[error("the engine speaks API {theirs}, and {OLDEST} to {NEWEST} are understood here: {cure}", OLDEST = crate::OLDEST, NEWEST = crate::NEWEST)]
    Version {
        /// Its versions.
        theirs: String,
        /// Which of the two has to change.
        cure: &'static str,
    },
    /// The engine says no, in its own words.
    #[error("{call}: the engine answers {status}: {message}")]
    Refused {
        /// What was asked.
        call: String,
        /// The HTTP status.
        status: u16,
        /// Its message.
        message: String,
    },
    /// A build that did not come to its end, in the engine's words.
    #[error("the image cannot be built: {0}")]
    Build(String),
    /// The engine did not answer in time.
    #[error("{call}: no answer within {seconds} s")]
    Slow {
        /// What was asked.
        call: String,
        /// How long was waited.
        seconds: u64,
    },
    /// Others before it had no answer.
    #[error("{0}: not asked, because the engine had stopped answering")]
    NotAsked(String),
    /// The connection ended in the middle.
    #[error("{call}: the connection to the engine broke off: {error}")]
    Broken {
        /// What was asked.
        call: String,
        /// How.
        error: io::Error,
    },
    /// The answer is not what the API's documentation says, or larger than it may be.
    #[error("{call}: the engine's answer cannot be used: {what}")]
    Unusable {
        /// What was asked.
        call: String,
        /// What is wrong with it.
        what: String,
    },
    /// What was to be sent could not be read: the caller's files.
    #[error("what is sent to the engine cannot be read: {0}")]
    Sending(io::Error),
    /// A name that cannot be one.
    #[error("`{0}` is no name of an image, a container, a network or a volume")]
    Name(String),
    /// The caller said stop.
    #[error("it was interrupted")]
    Stopped,
}

impl EngineError {
    /// Whether the engine says that there is no such thing.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }
}
