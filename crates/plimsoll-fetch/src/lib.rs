//! Fetches over HTTPS what the user asked for by a flag: feeds of advisories, images of registries.
//!
//! Plain HTTP goes to this machine only. Time, size and redirects are bounded; what identifies the user is never sent to
//! another origin than the one it was given for. Deliberately absent: what is fetched and when (a scan fetches nothing by
//! itself), methods other than `GET`, cookies, decompression, retries, caches.

mod address;
mod error;
mod fetcher;
mod network;
mod reply;

pub use address::Address;
pub use error::{Fault, FetchError};
pub use fetcher::{Fetcher, Limits};
pub use network::Network;
pub use reply::{Body, Reply};
