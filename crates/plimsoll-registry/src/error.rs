//! What can go wrong, and whose fault it is.

use plimsoll_fetch::FetchError;

/// Why an image cannot be had from a registry. No message holds a credential or a token.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The name is none: the user's fault.
    #[error("`{0}` is no name of an image in a registry")]
    Name(String),
    /// The file of credentials: the user's fault.
    #[error("the credentials in {path} cannot be used: {why}")]
    Credentials {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// The way there, or what answers.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The registry wants to know who asks, or knows and says no.
    #[error("{registry} does not let {repository} be read: {why}")]
    Denied {
        /// The registry.
        registry: String,
        /// The repository.
        repository: String,
        /// What may be done about it.
        why: String,
    },
    /// There is no such image.
    #[error("{registry} has no image {name}")]
    Missing {
        /// The registry.
        registry: String,
        /// Repository with tag or digest.
        name: String,
    },
    /// The image is not made for the platform that was asked for.
    #[error("{name} is not made for {wanted}, only for {others}")]
    Platform {
        /// The image.
        name: String,
        /// What was asked for.
        wanted: String,
        /// What there is.
        others: String,
    },
    /// The registry answers something that the specification does not know.
    #[error("{registry}: {what}")]
    Unusable {
        /// The registry.
        registry: String,
        /// What is wrong.
        what: String,
    },
}
