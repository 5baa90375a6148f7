//! What is to be changed so that a fact becomes another: asked for by controls, written by lenses.
//!
//! Deliberately absent: the notation of any document, save where a build step or a value is written as its document
//! writes it.

use std::sync::Arc;

use plimsoll_text::Span;

use crate::Provenance;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A service gets a setting.
    Service {
        /// Its key, where the project declares it.
        anchor: Span,
        /// The setting.
        setting: Setting,
    },
    /// What is said at a place is taken away: an entry of a list, a key with its value, a build step.
    Withdraw {
        /// The place: any bytes of it.
        at: Provenance,
    },
    /// What is said at a place is said otherwise.
    Reword {
        /// The place: a whole value, or words of a build step. An empty span of a build step adds words there.
        at: Provenance,
        /// What stands there afterwards, as the document writes it.
        text: String,
    },
    /// A build gets one more step.
    Step {
        /// Any bytes of the step beside which it goes.
        beside: Provenance,
        /// Before that one, or behind it.
        before: bool,
        /// The step, as the recipe writes it.
        text: String,
    },
    /// A network of the project comes to be, or gets a setting.
    Network {
        /// Any place in the document that declares the project.
        anchor: Span,
        /// Its name.
        name: Arc<str>,
        /// `internal: true`.
        internal: bool,
    },
    /// A published port listens on one address only.
    Listen {
        /// The entry.
        at: Provenance,
        /// The address: `127.0.0.1`.
        address: Arc<str>,
    },
    /// A value, or the default of a variable that holds it, is asked for from outside: without it nothing starts.
    Ask {
        /// Its bytes.
        at: Provenance,
        /// The variable that takes its place where it is no default of one.
        variable: Arc<str>,
    },
    /// A mount gets options and loses others.
    MountOptions {
        /// The mount.
        at: Provenance,
        /// Options that it gets: `ro`.
        with: Vec<Arc<str>>,
        /// Options that it loses: `rshared`, `exec`.
        without: Vec<Arc<str>>,
    },
    /// A secret of the project comes to be, read from a file.
    Secret {
        /// Any place in the document that declares the project.
        anchor: Span,
        /// Its name.
        name: Arc<str>,
        /// The file, beside the document: `./secrets/db_password`.
        file: Arc<str>,
    },
    /// A secret of the project comes to be, read from a variable of whoever runs Compose.
    SecretOfVariable {
        /// Any place in the document that declares the project.
        anchor: Span,
        /// Its name.
        name: Arc<str>,
        /// The variable.
        variable: Arc<str>,
    },
    /// The configuration of a reverse proxy gets a directive.
    Directive {
        /// Any bytes of the virtual host.
        at: Provenance,
        /// Where it goes.
        level: Level,
        /// The directive as the configuration writes it, without what ends it.
        text: String,
    },
    /// A file that is not there is made; a file that is there gets lines at its end.
    File {
        /// Relative to the scanned root, with `/`.
        path: String,
        /// Its lines, each with a line feed.
        lines: String,
    },
}

/// Where in a proxy's configuration something goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Where the virtual host is declared, for all that are declared there.
    Beside,
    /// Into the virtual host.
    Site,
}

/// A setting of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// A read-only root file system, or not.
    ReadOnly(bool),
    /// No process gains privileges.
    NoNewPrivileges,
    /// A capability is dropped; `ALL` is one.
    CapDrop(Arc<str>),
    /// A capability is added.
    CapAdd(Arc<str>),
    /// `1000:1000`, `node`.
    User(Arc<str>),
    /// An init reaps processes and passes signals on.
    Init,
    /// The most memory: `512m`.
    Memory(Arc<str>),
    /// The most CPU time: `1.0`.
    Cpus(Arc<str>),
    /// The most processes.
    Pids(u32),
    /// The most open files: soft and hard.
    OpenFiles(u32, u32),
    /// `unless-stopped`, `on-failure:5`.
    Restart(Arc<str>),
    /// The default log files are rotated: size of one, number of them.
    LogRotation(Arc<str>, u32),
    /// Memory is mounted on a path, with options: `/tmp`, `/tmp:noexec,nosuid,nodev,size=64m`.
    Tmpfs(Arc<str>),
    /// A command that tells whether the program answers, as words.
    Healthcheck(Vec<Arc<str>>),
    /// It starts when that service, on which it depends already, is healthy.
    Await(Arc<str>),
    /// Membership in a network of the project.
    Network(Arc<str>),
    /// An environment variable: its name, and its value as the document writes it.
    Environment(Arc<str>, Arc<str>),
    /// A secret of the project is mounted.
    Secret(Arc<str>),
    /// A secret of the project is given to the build of its image.
    BuildSecret(Arc<str>),
    /// When the image is pulled: `build`.
    PullPolicy(Arc<str>),
}
