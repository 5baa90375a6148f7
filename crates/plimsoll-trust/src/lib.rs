//! Whether signatures of an image hold: with a key, offline.
//!
//! Two layouts of cosign are checked: the tag `sha256-….sig` with its payloads (cosign's SIGNATURE_SPEC) and the Sigstore bundle
//! that refers to the image, a DSSE envelope over an in-toto statement. What rests on a certificate (keyless, Notary Project) is
//! told as present and not verified. Deliberately absent: certificates, transparency logs, fetching, policy.

mod attached;
mod bundle;
mod key;
mod payload;

pub use attached::{Attached, Findings, examine};
pub use key::{Key, KeyError};
