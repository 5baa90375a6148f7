//! Limits, restarts and logs.

use std::sync::Arc;

use crate::Known;

/// `ulimits.<name>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ulimit {
    /// `nofile`, `nproc` …
    pub name: Arc<str>,
    /// Soft limit; -1 is unlimited.
    pub soft: Known<i64>,
    /// Hard limit; -1 is unlimited.
    pub hard: Known<i64>,
}

/// `restart:` or `deploy.restart_policy`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestartPolicy {
    /// `no`.
    Never,
    /// `always`.
    Always,
    /// `unless-stopped`.
    UnlessStopped,
    /// `on-failure[:n]`; `None` means without end.
    OnFailure(Option<u32>),
    /// Anything else, as written.
    Other(Arc<str>),
}

/// `logging:`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Logging {
    /// The driver; `None` means the daemon's default (json-file unless configured).
    pub driver: Option<Arc<str>>,
    /// Options.
    pub options: Vec<(Arc<str>, Arc<str>)>,
}

impl Logging {
    /// An option by name.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(key, _)| &**key == name).map(|(_, value)| &**value)
    }
}
