//! Images of a registry by the OCI distribution API 1.1: found by name, one platform chosen, and then like a layout on the disk,
//! whose blobs come over the network when they are read.
//!
//! Nothing is kept on the disk. Manifests, signatures and attestations are fetched at once and are small; layers stream.
//! What identifies the user goes to the registry and to the service for tokens that it names, and nowhere else. Deliberately
//! absent: pushing, catalogues, helpers that keep credentials (they are programs, and none is run), identity tokens.

mod credentials;
mod error;
mod layout;
mod name;
mod registry;

pub use credentials::{Credentials, Keychain};
pub use error::RegistryError;
pub use layout::{Layout, Piece};
pub use name::Name;
pub use registry::Registry;
