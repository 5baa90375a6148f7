//! What can go wrong, and whose fault it is.

/// Why nothing, or not all of it, was fetched. Addresses in messages have neither query nor user: those may be secrets.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address cannot be fetched from: the user's or the configuration's fault.
    #[error("`{address}` cannot be fetched: {why}")]
    Address {
        /// The address.
        address: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A header that cannot be sent: the caller's fault.
    #[error("the header `{0}` cannot be sent")]
    Header(String),
    /// The file of authorities: the user's fault.
    #[error("the authorities in {path} cannot be used: {why}")]
    Authorities {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// The proxy of the environment: the user's fault.
    #[error("the proxy cannot be used: {0}")]
    Proxy(String),
    /// Nobody answers: the network's fault.
    #[error("{address}: cannot be reached: {why}")]
    Unreachable {
        /// The address.
        address: String,
        /// What the system says.
        why: String,
    },
    /// It cannot be told who answers.
    #[error(
        "{address}: who answers cannot be trusted: {why}; for an authority of your own name its file with \
PLIMSOLL_CA_FILE or --ca-file"
    )]
    Trust {
        /// The address.
        address: String,
        /// What the check of the certificate says.
        why: String,
    },
    /// It takes too long.
    #[error("{address}: no answer in time: {why}")]
    Slow {
        /// The address.
        address: String,
        /// Which limit it was.
        why: String,
    },
    /// The connection ended in the middle.
    #[error("{address}: the connection broke off: {why}")]
    Broken {
        /// The address.
        address: String,
        /// How.
        why: String,
    },
    /// The other side sent something that HTTP does not know.
    #[error("{address}: the answer cannot be used: {why}")]
    Unusable {
        /// The address.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// Redirects that are not followed.
    #[error("{address}: a redirect is not followed: {why}")]
    Redirect {
        /// The address that redirects.
        address: String,
        /// Why it is not followed.
        why: String,
    },
    /// More bytes than may be.
    #[error("{address}: the answer is larger than {most} bytes")]
    TooLarge {
        /// The address.
        address: String,
        /// The bound.
        most: u64,
    },
}

/// Whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// What was asked for or configured here.
    Own,
    /// The way there: no connection, no name, too slow, broken off. Worth another try.
    Way,
    /// The other side, or who claims to be it.
    Theirs,
}

impl FetchError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Address { .. } | Self::Header(_) | Self::Authorities { .. } | Self::Proxy(_) => Fault::Own,
            Self::Unreachable { .. } | Self::Slow { .. } | Self::Broken { .. } => Fault::Way,
            Self::Trust { .. } | Self::Unusable { .. } | Self::Redirect { .. } | Self::TooLarge { .. } => {
                Fault::Theirs
            }
        }
    }

    /// What the HTTP client says, with the address it was about.
    pub(crate) fn of(error: ureq::Error, address: &str) -> Self {
        let address = address.to_owned();
        let why = error.to_string();
        match error {
            ureq::Error::Timeout(limit) => Self::Slow { address, why: limit.to_string() },
            ureq::Error::Io(error) => Self::of_io(&error, address),
            ureq::Error::Rustls(_) | ureq::Error::Tls(_) => Self::Trust { address, why },
            ureq::Error::HostNotFound => {
                Self::Unreachable { address, why: "there is no such host".to_owned() }
            }
            ureq::Error::ConnectionFailed => Self::Unreachable { address, why },
            ureq::Error::ConnectProxyFailed(why) => Self::Proxy(why),
            ureq::Error::InvalidProxyUrl => Self::Proxy(why),
            ureq::Error::BodyStalled => Self::Broken { address, why },
            _ => Self::Unusable { address, why },
        }
    }

    fn of_io(error: &std::io::Error, address: String) -> Self {
        use std::io::ErrorKind;
        // TLS reports through the stream that it reads from.
        let mut source: Option<&(dyn std::error::Error + 'static)> =
            error.get_ref().map(|inner| inner as &(dyn std::error::Error + 'static));
        while let Some(inner) = source {
            if let Some(inner) = inner.downcast_ref::<ureq::Error>() {
                match inner {
                    ureq::Error::Timeout(limit) => {
                        return Self::Slow { address, why: limit.to_string() };
                    }
                    ureq::Error::Rustls(_) => return Self::Trust { address, why: inner.to_string() },
                    _ => {}
                }
            }
            source = inner.source();
        }
        let why = error.to_string();
        match error.kind() {
            ErrorKind::ConnectionRefused
            | ErrorKind::NotFound
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::AddrNotAvailable => Self::Unreachable { address, why },
            ErrorKind::TimedOut => Self::Slow { address, why },
            // rustls tells of a certificate it does not take by this kind.
            ErrorKind::InvalidData => Self::Trust { address, why },
            // What std says of a name that cannot be looked up has no kind of its own.
            _ if why.starts_with("failed to lookup address") => Self::Unreachable { address, why },
            _ => Self::Broken { address, why },
        }
    }
}
