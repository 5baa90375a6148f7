//! A reverse proxy or web server: what it listens on, where it forwards, and what it guards, free of any software's syntax.
//!
//! Deliberately absent: values of secrets (passwords of basic authentication, keys) and everything that concerns only
//! the inside of one software.

use std::sync::Arc;

use crate::{Plane, Provenance, Reason};

/// Which software reads the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxySoftware {
    /// nginx and OpenResty.
    Nginx,
    /// Caddy.
    Caddy,
    /// Traefik.
    Traefik,
}

impl ProxySoftware {
    /// The name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Caddy => "Caddy",
            Self::Traefik => "Traefik",
        }
    }
}

/// What is known about a proxy's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// The software.
    pub software: ProxySoftware,
    /// The beginning of its configuration; the image where nothing but its default is known.
    pub at: Said,
    /// The documents that were read, by name.
    pub files: Vec<Arc<str>>,
    /// Virtual hosts, in the order of the configuration.
    pub sites: Vec<Site>,
    /// Statements that matter by themselves.
    pub remarks: Vec<Remark>,
    /// Bytes that may be a secret, for renderers to mask.
    pub masked: Vec<plimsoll_text::Span>,
    /// Why a part of the configuration is not known; `None` when all of it was read.
    pub unread: Option<Reason>,
    /// Whether it also forwards what nobody listed (every container, say), so that more is reachable than `sites` tells.
    pub forwards_more: bool,
}

/// A place in a configuration and how sure it is that it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The place.
    pub at: Provenance,
    /// Assumed for an image's own default.
    pub plane: Plane,
}

/// One virtual host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The host names it answers to; empty for any.
    pub names: Vec<Arc<str>>,
    /// Where it is defined.
    pub at: Said,
    /// Whether it speaks HTTP; `false` for plain TCP and UDP.
    pub http: bool,
    /// What it listens on.
    pub listeners: Vec<Listener>,
    /// What it does with requests.
    pub routes: Vec<Route>,
}

impl Site {
    /// Whether requests are sent to HTTPS and nothing else is served; challenges of certificate authorities may be
    /// answered.
    #[must_use]
    pub fn only_redirects(&self) -> bool {
        self.routes.iter().any(|route| route.action == Action::RedirectToTls) && !self.serves()
    }

    /// Whether it serves anything but refusals and redirects.
    #[must_use]
    pub fn serves(&self) -> bool {
        self.routes.iter().any(|route| {
            matches!(route.action, Action::Forward(_) | Action::Files { .. })
                && !route.path.contains("/.well-known")
        })
    }
}

/// One port that a proxy listens on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// The port in the container.
    pub port: u16,
    /// The address, when one is written.
    pub address: Option<Arc<str>>,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Where it is said.
    pub at: Said,
}

/// What happens to requests of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The path or rule as written.
    pub path: Arc<str>,
    /// Where it is defined.
    pub at: Said,
    /// What is done.
    pub action: Action,
    /// Where the number of requests or connections per client is limited.
    pub limited: Option<Provenance>,
    /// Where a user has to say who they are, or an address has to be on a list.
    pub guarded: Option<Provenance>,
    /// How large a request's body may be.
    pub body: BodyLimit,
    /// Response headers that it sets, names in lower case.
    pub headers: Vec<ResponseHeader>,
    /// Request headers that it sends on beside the client's, names in lower case.
    pub forwarded: Vec<Arc<str>>,
}

/// What a route does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Forwards to one of these.
    Forward(Vec<Upstream>),
    /// Serves files.
    Files {
        /// The directory in the container.
        root: Arc<str>,
        /// Names of entries in it that nobody should get, where the directory lies in the project and no rule denies them.
        hidden: Vec<Arc<str>>,
    },
    /// Sends the client to HTTPS.
    RedirectToTls,
    /// Answers by itself: a fixed text, a status, another redirect.
    Answer,
}

/// Where requests are forwarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// The host name; `None` when the request or a variable decides.
    pub host: Option<Arc<str>>,
    /// The port.
    pub port: Option<u16>,
    /// Whether the connection to it is encrypted.
    pub tls: bool,
    /// Where it is said.
    pub at: Said,
}

/// The largest body that is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyLimit {
    /// This many bytes; the place when somebody wrote it.
    Bytes(u64, Option<Provenance>),
    /// Any size; the place when somebody wrote it.
    Unlimited(Option<Provenance>),
}

/// A header of responses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHeader {
    /// In lower case.
    pub name: Arc<str>,
    /// As written.
    pub value: Arc<str>,
    /// Whether error responses carry it too.
    pub always: bool,
    /// Where it is set.
    pub at: Provenance,
}

/// A statement of a configuration that matters by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What it states.
    pub kind: RemarkKind,
    /// What it is about: a path, a name, a value that is no secret.
    pub about: Arc<str>,
    /// Where.
    pub at: Said,
}

/// The kinds of statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemarkKind {
    /// A path prefix without a slash at its end is replaced by a directory with one.
    AliasWithoutSlash,
    /// Files are served from the root of the file system or from a system directory.
    FilesystemServed,
    /// The request decides to which host it is forwarded.
    UpstreamFromRequest,
    /// The decoded path of the request is put into a header or a request line.
    DecodedPathInHeader,
    /// The client's own `Host` header is passed on unchecked.
    HostPassedOn,
    /// `X-Forwarded-For` and the like are believed whoever sends them.
    EverybodyForwards,
    /// A rate limit counts by a header that the client sets.
    LimitBySpoofableKey,
    /// TLS below version 1.2 is accepted.
    OldTls,
    /// Ciphers without strength are accepted.
    WeakCiphers,
    /// A port that stands for TLS is listened on without it.
    PlainOnTlsPort,
    /// The certificate of an upstream is not checked.
    UpstreamUnchecked,
    /// The private key of a certificate is a file of the project.
    KeyInProject,
    /// Responses tell the software's version.
    VersionTold,
    /// Directories are listed.
    DirectoryListed,
    /// A status page is open.
    StatusOpen,
    /// A dashboard is open.
    DashboardOpen,
    /// An interface that changes the configuration is open.
    AdminOpen,
    /// Headers set further out are not sent, since headers are set here too.
    HeadersLost,
    /// A security header is not sent with error responses.
    HeaderNotAlways,
    /// HSTS is shorter than half a year.
    ShortHsts,
    /// Addresses are allowed and nobody is denied, or the answer is given before the list is looked at.
    AccessListIdle,
    /// A `Referer` that is empty counts as valid.
    RefererOptional,
    /// A pattern for the origin or referer is not anchored.
    OriginUnanchored,
    /// Several slashes are not made one before paths are compared.
    SlashesKept,
    /// The client's own `Upgrade` and `Connection` are passed on.
    UpgradePassedOn,
    /// A condition inside a path changes more than the answer.
    ConditionInRoute,
    /// Names are resolved outside of the project.
    OutsideResolver,
    /// Timeouts towards clients are off or very long.
    LongClientTimeout,
    /// Requests are not logged.
    LogOff,
    /// Every container is routed unless it says no.
    EverybodyRouted,
}
