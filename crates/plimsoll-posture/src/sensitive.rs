//! Text that may be a secret, and what is said about a secret instead of the secret.

use std::fmt;
use std::sync::Arc;

use crate::{Claim, StageId};

/// Text that must not reach any output. `Debug` and `Display` hide it; [`Sensitive::expose`] is for judging only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sensitive(Arc<str>);

impl Sensitive {
    /// Wraps a text.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text itself: to compare and to judge, never to print.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sensitive({} bytes)", self.0.len())
    }
}

/// How sure the detection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// The name says secret and the value could be one, but also a weak default such as `postgres`.
    Likely,
    /// The value has the form of a provider's token, a key, a URL with a password, or name and value both speak.
    Certain,
}

/// Where a secret was seen. One control each: the remedy differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// `environment:` of a service.
    Environment,
    /// The default of an interpolation, `${X:-literal}`.
    InterpolationDefault,
    /// A file named by `env_file:`, or the project's `.env`.
    EnvFile,
    /// A URL or connection string with a password, in the environment or a command.
    Url,
    /// `build.args` of a service.
    BuildArg,
    /// A label or annotation.
    Label,
    /// `command`, `entrypoint`, `healthcheck.test` or a lifecycle hook.
    Command,
    /// `configs.*.content`.
    ConfigContent,
    /// `ENV` of a Dockerfile.
    ImageEnv,
    /// `ARG` of a Dockerfile: a default value, or a build argument named like a secret that a RUN uses.
    ImageArg,
    /// The text of a `RUN`.
    Run,
    /// A file copied into the image whose name says secret: `.env`, `id_rsa`, `.npmrc`.
    CopiedFile,
    /// Written in one layer and removed in a later one.
    RemovedLater,
    /// A file of the project that no lens reads, or a former version of one.
    ProjectFile,
}

/// One secret that was seen: its place, name, kind and length, never its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretSighting {
    /// In which kind of place.
    pub place: Place,
    /// The key, variable, file or option that carries it.
    pub name: Arc<str>,
    /// What it is: a provider format id (`github-pat-classic`), or `named` for name-and-value detection,
    /// `url-password`, `private-key`, `file`.
    pub kind: Arc<str>,
    /// Length of the value in characters; 0 when the value was not read.
    pub length: usize,
    /// How sure the detection is.
    pub certainty: Certainty,
    /// Where: the span covers exactly the secret value, so that renderers can mask it.
    pub at: Claim<()>,
    /// For build-time places: the stage it was seen in.
    pub stage: Option<StageId>,
    /// For build-time places: whether it is in the image that is shipped (final stage, or copied from there).
    /// `false` for a secret of a stage that does not ship. Always `true` for run-time places.
    pub ships: bool,
}
