//! Values that may honestly be unknown.

use std::fmt;
use std::sync::Arc;

/// A value, or the reason why it is not known. There is deliberately no `is_true`: not knowing is never an answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Known<T> {
    /// The value.
    Value(T),
    /// Not known, and why.
    Unknown(Reason),
}

/// Why a value is not known, and thereby what would settle it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A `${VARIABLE}` that nothing sets.
    UnsetVariable(Arc<str>),
    /// A build argument without a default.
    UnsetBuildArg(Arc<str>),
    /// The image's own configuration was not read and no table knows it.
    ImageNotInspected(Arc<str>),
    /// The image's user database was not read, so a name has no number (or the reverse).
    AccountNotListed {
        /// User or group name as written.
        name: Arc<str>,
        /// The image whose `/etc/passwd` would tell.
        image: Arc<str>,
    },
    /// A file that is referred to was not found or not readable.
    MissingSource(Arc<str>),
    /// The text could not be understood; the value is what was written.
    NotUnderstood(Arc<str>),
    /// The advisories at hand say nothing, or not enough, about these packages: `Debian 10`, `3 sources of Debian 12`.
    NoAdvisories(Arc<str>),
    /// Of the image only a bill of materials was read, which names its packages and nothing else.
    OnlyListed(Arc<str>),
    /// Only a running engine or host knows.
    NeedsEngine(&'static str),
}

impl<T> Known<T> {
    /// The value, when known.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// The reason, when unknown.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Value(_) => None,
            Self::Unknown(reason) => Some(reason),
        }
    }

    /// Maps the value; a reason stays.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Self::Value(value) => Known::Value(f(value)),
            Self::Unknown(reason) => Known::Unknown(reason),
        }
    }

    /// Maps the value to something that may be unknown itself.
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Known<U>) -> Known<U> {
        match self {
            Self::Value(value) => f(value),
            Self::Unknown(reason) => Known::Unknown(reason),
        }
    }

    /// Borrows the value.
    pub fn as_ref(&self) -> Known<&T> {
        match self {
            Self::Value(value) => Known::Value(value),
            Self::Unknown(reason) => Known::Unknown(reason.clone()),
        }
    }
}

impl Reason {
    /// What the user can do to settle it, as an instruction.
    #[must_use]
    pub fn settle(&self) -> String {
        match self {
            Self::UnsetVariable(name) => format!("set {name} in .env, with --env-file or with --shell-env"),
            Self::UnsetBuildArg(name) => format!("give ARG {name} a default or pass it in build.args"),
            Self::ImageNotInspected(image) => format!("look at the image: docker image inspect {image}"),
            Self::AccountNotListed { image, name } => {
                format!("use a number instead of `{name}`, or read /etc/passwd of {image}")
            }
            Self::MissingSource(path) => format!("make {path} readable"),
            Self::NotUnderstood(_) => "correct the value".to_owned(),
            Self::NoAdvisories(_) => "give plimsoll more advisories: plimsoll db import".to_owned(),
            Self::OnlyListed(image) => format!("scan the image itself: docker save {image}"),
            Self::NeedsEngine(what) => format!("look on the host: {what}"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnsetVariable(name) => write!(f, "variable {name} is not set"),
            Self::UnsetBuildArg(name) => write!(f, "build argument {name} has no value"),
            Self::ImageNotInspected(image) => write!(f, "image {image} was not inspected"),
            Self::AccountNotListed { name, image } => {
                write!(f, "`{name}` is looked up in the accounts of {image}, which were not read")
            }
            Self::MissingSource(path) => write!(f, "{path} was not found"),
            Self::NotUnderstood(what) => write!(f, "`{what}` was not understood"),
            Self::NoAdvisories(what) => write!(f, "too little is known about packages of {what}"),
            Self::OnlyListed(image) => write!(f, "of image {image} only a bill of materials was read"),
            Self::NeedsEngine(_) => f.write_str("only the host knows"),
        }
    }
}
